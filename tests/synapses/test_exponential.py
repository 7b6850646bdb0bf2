import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.synapses import Exponential


def test_a_spike_leaves_an_exponential():
    x = torch.zeros(60, 1, dtype=torch.float64)
    x[3] = 2.0
    g, state = Exponential(tau_syn_ms=7.0, dt_ms=0.5)(x)
    t = 0.5 * (torch.arange(60, dtype=torch.float64) - 3)
    torch.testing.assert_close(g[:, 0], torch.where(t < 0, 0.0, 2 * torch.exp(-t / 7)))
    torch.testing.assert_close(state.g, g[-1])


def test_constant_input_ends_at_the_geometric_sum():
    g, _ = Exponential(tau_syn_ms=2.0)(torch.ones(60, 1, dtype=torch.float64))
    assert g[-1].item() == pytest.approx(1 / (1 - math.exp(-0.5)), rel=1e-9)


@pytest.mark.parametrize("wrong", [{"tau_syn_ms": 0.0}, {"dt_ms": -1.0}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"Exponential: `{next(iter(wrong))}` must be a positive number"):
        Exponential(**wrong)
