import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import SpikeCount


def test_defaults_are_the_papers_grid():
    y = torch.tensor([0.0, 0.009, 0.011, -0.031, 19.999, 25.0, -300.0], dtype=torch.float64)
    exact = torch.tensor([0.0, 0.0, 0.02, -0.04, 20.0, 20.0, -20.0], dtype=torch.float64)
    torch.testing.assert_close(SpikeCount()(y), exact, atol=1e-12, rtol=0)


def test_error_is_at_most_half_a_spike():
    grid = SpikeCount(scale=3.0, n_steps=10)
    y = torch.linspace(-3, 3, 1001)
    counts = grid(y) / 0.3
    assert (grid(y) - y).abs().max() <= 0.15 + 1e-6
    torch.testing.assert_close(counts, counts.round(), atol=1e-5, rtol=0)
    assert counts.round().unique().numel() == 21


def test_numbers_must_be_positive():
    with pytest.raises(NeurariumError, match="SpikeCount: `n_steps` must be a positive number"):
        SpikeCount(n_steps=0)
