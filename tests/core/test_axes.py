"""The converters between the order of systems and that of instruments."""

import pytest
import torch

from neurarium.core.axes import from_trials, to_samples, to_trials

X = torch.arange(2 * 3 * 4).reshape(2, 3, 4)  # time, batch, units


def test_to_trials_puts_the_trial_first_and_flattens_features():
    y = to_trials(X)
    assert y.shape == (3, 2, 4)
    assert all(torch.equal(y[b, t], X[t, b]) for b in range(3) for t in range(2))
    image = torch.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    assert torch.equal(to_trials(image)[1, 0], image[0, 1].flatten())


def test_there_and_back():
    assert torch.equal(from_trials(to_trials(X)), X)


def test_samples_run_through_each_trial_in_turn():
    y = to_samples(to_trials(X))
    assert y.shape == (6, 4)
    assert torch.equal(y[1], X[1, 0])
    assert torch.equal(y[2], X[0, 1])


@pytest.mark.parametrize(
    ("convert", "shape"),
    [(to_trials, (2, 3)), (from_trials, (2, 3)), (from_trials, (2, 3, 4, 5)), (to_samples, (2, 3))],
)
def test_another_number_of_axes_is_refused(convert, shape, refuses):
    with refuses(f"{convert.__name__}: `x` must be"):
        convert(torch.zeros(shape))
