import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import SynapticScaling


def test_linear_units_reach_the_target_with_the_ratios_they_had():
    x, w0 = torch.tensor([[1.0, 2.0], [3.0, 0.0]]).double(), torch.tensor([[0.1, 0.4], [2.0, 1.0]]).double()
    rule, w = SynapticScaling(lr=0.05, target=0.7, tau_ms=4.0), w0
    state = rule.init_state(w)
    for _ in range(3000):
        w, state = rule.step(x, x @ w.mT, w, state)
    torch.testing.assert_close((x @ w.mT).mean(0), torch.full((2,), 0.7).double())
    torch.testing.assert_close(w[:, 0] / w[:, 1], w0[:, 0] / w0[:, 1])


def test_silent_unit_grows_by_a_constant_factor():
    rule, w = SynapticScaling(lr=0.1, target=0.5, tau_ms=1e-3), torch.ones(1, 3).double()
    state = rule.init_state(w)
    for _ in range(10):
        w, state = rule.step(torch.zeros(1, 3).double(), torch.zeros(1, 1).double(), w, state)
    torch.testing.assert_close(w, torch.full_like(w, 1.05**10))


def test_modulator_scales_the_step():
    rule, w = SynapticScaling(lr=1.0, target=1.0, tau_ms=1e-3), torch.ones(1, 1)
    y = torch.zeros(2, 1)
    assert rule.step(y, y, w, rule.init_state(w), torch.tensor([0.0, 1.0]))[0].item() == 1.5


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"tau_ms": 0.0}, {"dt_ms": -1.0}, {"target": float("nan")}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"SynapticScaling: `{next(iter(wrong))}` must"):
        SynapticScaling(**wrong)
