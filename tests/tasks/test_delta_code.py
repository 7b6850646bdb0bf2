import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import delta_code


def walk(n_steps=200, largest=0.09):
    steps = torch.rand(n_steps, 3, 4, generator=Rng(0)("walk"), dtype=torch.float64)
    return ((2 * steps - 1) * largest).cumsum(0)


def test_what_a_receiver_knows_stays_within_one_event_of_a_slow_signal():
    x = walk()
    on, off = delta_code(x, threshold=0.1).chunk(2, dim=-1)
    known = x[0] + 0.1 * (on - off).cumsum(0)
    assert (x - known).abs().max() < 0.1
    assert on.sum() > 50
    assert off.sum() > 50
    assert (on * off).sum() == 0


def test_a_jump_is_caught_up_with_one_event_a_step():
    x = torch.zeros(8, 1, dtype=torch.float64)
    x[2:] = -0.35
    events = delta_code(x, threshold=0.1)
    assert events[:, 0].sum() == 0
    assert events[:, 1].tolist() == [0, 0, 1, 1, 1, 0, 0, 0]


def test_a_slow_drift_adds_up_to_events():
    x = torch.arange(9, dtype=torch.float64).unsqueeze(1) / 16
    assert delta_code(x, threshold=0.125)[:, 0].tolist() == [0, 0, 1, 0, 1, 0, 1, 0, 1]


def test_a_constant_is_silent_and_channels_come_in_order():
    x = torch.zeros(5, 2, 3)
    x[3:, 1, 2] = 1.0
    x[3:, 0, 1] = -1.0
    events = delta_code(x, threshold=1.0)
    assert events.shape == (5, 2, 6)
    assert events.nonzero().tolist() == [[3, 0, 4], [3, 1, 2]]
    assert delta_code(torch.full((4, 2), 7.0)).sum() == 0


def test_a_bad_threshold_is_refused():
    with pytest.raises(NeurariumError, match="delta_code: `threshold` must be a positive number"):
        delta_code(walk(), threshold=0.0)
