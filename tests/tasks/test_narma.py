import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import narma


@pytest.mark.parametrize("order", [2, 5, 10])
def test_every_step_obeys_the_recurrence(order):
    x, y = narma(order=order, n_steps=300, n_trials=2, rng=Rng(0))
    for n in range(order, 300):
        past = y[n - order : n].sum(0)
        expected = 0.3 * y[n - 1] + 0.05 * y[n - 1] * past + 1.5 * x[n - order + 1] * x[n] + 0.1
        torch.testing.assert_close(y[n], expected, atol=1e-14, rtol=0)


def test_input_and_output_are_in_their_ranges():
    x, y = narma(n_steps=5000, n_trials=2, rng=Rng(1))
    assert x.shape == y.shape == (5000, 2, 1)
    assert 0 <= x.min() < 0.001 < 0.499 < x.max() < 0.5
    assert 0.1 < y.min() < y.max() < 1
    assert not torch.equal(x[:, 0], x[:, 1])
    assert y.mean().item() == pytest.approx(0.38, abs=0.03)  # what the field's series have


def test_a_seed_gives_one_series():
    assert torch.equal(narma(n_steps=50, rng=Rng(3)).y, narma(n_steps=50, rng=Rng(3)).y)
    assert not torch.equal(narma(n_steps=50, rng=Rng(3)).y, narma(n_steps=50, rng=Rng(4)).y)


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="n_steps"):
        narma(n_steps=0, rng=Rng(0))
    with pytest.raises(NeurariumError, match="stays bounded, got 30"):
        narma(order=30, rng=Rng(0))
