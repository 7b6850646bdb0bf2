import math

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import ThresholdHomeostasis

GRID = (torch.arange(1000, dtype=torch.float64).unsqueeze(1) + 0.5) / 1000  # a uniform input, without noise


@pytest.mark.parametrize("target", [0.1, 0.5, 0.8])
def test_threshold_settles_at_the_quantile_that_gives_the_target(target):
    rule, theta = ThresholdHomeostasis(lr=0.05, target=target, tau_ms=3.0), torch.zeros(1, 1, dtype=torch.float64)
    state = rule.init_state(theta)
    for _ in range(1500):
        theta, state = rule.step(torch.ones_like(GRID), (GRID > theta).double(), theta, state)
    assert theta.item() == pytest.approx(1 - target, abs=2e-3)


def test_silent_unit_follows_the_closed_form():
    """From rest at target p the mean is p κⁿ, so the threshold falls by lr p Σ (1 - κᵏ)."""
    rule, theta = ThresholdHomeostasis(lr=0.2, target=0.4, tau_ms=7.0), torch.zeros(3, 1, dtype=torch.float64)
    state = rule.init_state(theta)
    for _ in range(25):
        theta, state = rule.step(torch.ones(2, 1).double(), torch.zeros(2, 3).double(), theta, state)
    keep = math.exp(-1 / 7)
    fall = 0.2 * 0.4 * sum(1 - keep**k for k in range(1, 26))
    torch.testing.assert_close(theta, torch.full_like(theta, -fall))


def test_modulator_scales_the_step():
    rule, theta = ThresholdHomeostasis(lr=1.0, target=0.0, tau_ms=1e-3), torch.zeros(1, 1)
    y = torch.ones(2, 1)
    assert rule.step(y, y, theta, rule.init_state(theta), torch.tensor([0.0, 1.0]))[0].item() == 0.5


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"tau_ms": 0.0}, {"dt_ms": -1.0}, {"target": float("inf")}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"ThresholdHomeostasis: `{next(iter(wrong))}` must"):
        ThresholdHomeostasis(**wrong)
