import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.synapses import NMDA, DoubleExponential

V = torch.linspace(-90, 40, 14, dtype=torch.float64)


def test_block_is_that_of_jahr_and_stevens():
    nmda = NMDA(magnesium_mmol=1.8)
    for v, b in zip(V.tolist(), nmda.unblocked(V).tolist(), strict=True):
        assert b == pytest.approx(1 / (1 + 1.8 / 3.57 * math.exp(-0.062 * v)))
    half_mv = math.log(1.8 / 3.57) / 0.062
    assert nmda.unblocked(torch.tensor(half_mv, dtype=torch.float64)).item() == pytest.approx(0.5)


def test_current_has_a_negative_slope_below_and_reverses_at_the_reversal_potential():
    nmda = NMDA(reversal_mv=5.0)
    i = nmda.current(torch.ones_like(V), V)
    assert torch.equal(i > 0, V < 5)
    assert i[V < -30].diff().min() > 0, "depolarisation brings more inward current while the block is lifted"
    assert i[V > -10].diff().max() < 0
    assert nmda.current(torch.ones(1), torch.full((1,), 5.0)).item() == 0


def test_without_magnesium_it_is_ohmic():
    g = torch.rand(14, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(NMDA(magnesium_mmol=0.0).current(g, V), g * (0 - V))


def test_conductance_is_a_double_exponential():
    x = torch.rand(30, 3, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    g, _ = NMDA(tau_rise_ms=3.0, tau_decay_ms=60.0, dt_ms=0.5)(x)
    assert torch.equal(g, DoubleExponential(tau_rise_ms=3.0, tau_decay_ms=60.0, dt_ms=0.5)(x)[0])


def test_gradient_check_of_the_current():
    g, v = torch.ones(14, dtype=torch.float64, requires_grad=True), V.clone().requires_grad_()
    assert torch.autograd.gradcheck(NMDA().current, (g, v))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"magnesium_mmol": -1.0}, "NMDA: `magnesium_mmol` must be zero or a positive number"),
        ({"reversal_mv": float("inf")}, "NMDA: `reversal_mv` must be a finite number"),
        ({"tau_rise_ms": 100.0}, "`tau_decay_ms` must be longer than 100 ms"),
    ],
)
def test_bad_numbers_are_refused(wrong, message):
    with pytest.raises(NeurariumError, match=message):
        NMDA(**wrong)
