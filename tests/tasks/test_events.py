import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import EventClips, patches, time_surface
from neurarium.tasks._events import DARK, camera


def light(*values):
    """One pixel, a frame for each log intensity."""
    return torch.tensor(values, dtype=torch.float64).exp().reshape(-1, 1, 1, 1) - DARK


def signed(events):
    return (events[:, :, 0].int() - events[:, :, 1].int()).flatten().tolist()


def test_an_event_is_one_threshold_of_log_intensity_and_the_rest_is_kept():
    # steps of 0.3: the sums 0.3, 0.6, 0.9, 1.2 pass 0.5 at the second; 0.1 is left, then 0.4, then 0.7
    assert signed(camera(light(-2.0, -1.7, -1.4, -1.1, -0.8), contrast=0.5)) == [0, 1, 0, 1]


def test_a_big_step_is_paid_off_one_event_at_a_time():
    assert signed(camera(light(0.0, -1.6, -1.6, -1.6, -1.6), contrast=0.5)) == [-1, -1, -1, 0]


def test_events_follow_contrast_not_light():
    movie = torch.rand(20, 3, 4, 4, generator=Rng(0)("movie"), dtype=torch.float64)
    dim = (movie + DARK) / 3 - DARK  # every intensity a third of what it was
    assert torch.equal(camera(movie, contrast=0.4), camera(dim, contrast=0.4))


def test_balance_of_events_is_the_change_of_log_intensity():
    wave = torch.linspace(0, 40, 200, dtype=torch.float64).reshape(-1, 1, 1, 1).sin() + 1  # slow enough to keep up
    movie = wave / 2 * torch.rand(2, 3, 3, generator=Rng(1)("movie"), dtype=torch.float64)
    events = camera(movie, contrast=0.4).double()
    balance = 0.4 * (events[:, :, 0] - events[:, :, 1]).sum(0)
    assert (balance - (torch.log(movie[-1] + DARK) - torch.log(movie[0] + DARK))).abs().max() < 0.4
    assert events.sum() > 10
    assert (events.sum(2) <= 1).all()


def test_time_surface_is_the_age_of_the_last_event():
    events = torch.rand(30, 4, 2, 3, 5, generator=Rng(2)("events")) < 0.1
    surface = time_surface(events, tau_steps=7.0)
    for t in (0, 11, 29):
        past = events[: t + 1].double() * torch.arange(1, t + 2).reshape(-1, 1, 1, 1, 1)
        last = past.amax(0) - 1
        expected = torch.where(last >= 0, torch.exp((last - t) / 7.0), 0.0).float()
        torch.testing.assert_close(surface[t], expected)


def test_patches_are_what_surrounds_an_event_in_order_of_time():
    events = torch.zeros(3, 2, 2, 4, 5, dtype=torch.bool)
    events[2, 0, 1, 0, 4] = events[0, 1, 0, 2, 2] = events[1, 0, 1, 1, 3] = True
    surface = time_surface(events, tau_steps=2.0)
    cut, index = patches(surface, events, reach=1)
    assert index.tolist() == [[0, 1, 1, 1, 3], [0, 2, 1, 0, 4], [1, 0, 0, 2, 2]]
    old = math.exp(-0.5)
    norm = math.sqrt(1 + old**2)
    expected = torch.zeros(3, 3, 3)
    expected[0, 1, 1] = expected[2, 1, 1] = 1.0
    expected[1, 1, 1], expected[1, 2, 0] = 1 / norm, old / norm  # the older event is one row below, one column before
    torch.testing.assert_close(cut, expected.flatten(1))


def test_bad_numbers_and_shapes_are_refused():
    x, y = torch.zeros(3, 2, 2, 4, 4, dtype=torch.bool), torch.zeros(2, dtype=torch.int64)
    with pytest.raises(NeurariumError, match="EventClips: `test_x` must be"):
        EventClips(x, y, x[:, :1], y, 2)
    with pytest.raises(NeurariumError, match="camera: `contrast` must"):
        camera(torch.zeros(2, 1, 1, 1), contrast=0.0)
    with pytest.raises(NeurariumError, match="time_surface: `tau_steps` must"):
        time_surface(x, tau_steps=-1.0)
    with pytest.raises(NeurariumError, match="patches: `reach` must"):
        patches(x.float(), x, reach=-1)
