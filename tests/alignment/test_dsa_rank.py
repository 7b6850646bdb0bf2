import numpy as np
import pytest
import torch

from neurarium.alignment import dsa_rank
from neurarium.core.errors import NeurariumError


def system(order, noise, seed=0, n_trials=20, n_steps=80, n_units=8):
    """Trials of a linear system of known order, seen through more units, with noise on what is seen."""
    rng = np.random.default_rng(seed)
    W = np.linalg.qr(rng.normal(size=(order, order)))[0] * 0.99
    z, zs = rng.normal(size=(n_trials, order)), []
    for _ in range(n_steps):
        z = z @ W.T + 0.1 * rng.normal(size=z.shape)
        zs.append(z)
    x = np.stack(zs, 1) @ rng.normal(size=(order, n_units))
    return x + noise * rng.normal(size=x.shape)


@pytest.mark.parametrize("order", [2, 3, 5])
def test_finds_the_order_of_a_linear_system(order):
    found = dsa_rank(system(order, noise=0.02), ranks=range(1, 9), delays=(1,))
    assert (found.rank, found.n_delays) == (order, 1)
    assert found.errors.shape == (1, 8)
    assert found.errors[0, order - 1] < 0.9 * found.errors[0, order - 2]


def test_a_hidden_state_needs_delays():
    """One channel of a rotation says nothing of its direction until two states are seen."""
    t = np.arange(60)[:, None] + 7.0 * np.arange(12)[:, None, None]
    x = np.cos(0.4 * t) + 0.01 * np.random.default_rng(0).normal(size=t.shape)
    found = dsa_rank(x, ranks=(1,), delays=(1, 4))
    assert found.errors[0, 0] > 0.9
    found = dsa_rank(x, ranks=(1, 2, 3, 4), delays=(4, 6))
    assert found.rank == 2
    assert found.errors[0, 1] < 0.05


def test_errors_equal_explicit_predictions():
    """At full rank and one delay it is least squares on the other half of the trials."""
    x = system(3, noise=0.5, n_units=3)
    found = dsa_rank(x, ranks=(3,), delays=(1,), ridge=0.0)
    squares = 0.0
    for held_out in (0, 1):
        seen, unseen = x[1 - held_out :: 2], x[held_out::2]
        A = np.linalg.lstsq(seen[:, :-1].reshape(-1, 3), seen[:, 1:].reshape(-1, 3), rcond=None)[0]
        squares += np.square(unseen[:, 1:] - unseen[:, :-1] @ A).sum()
    assert found.errors[0, 0] == pytest.approx(squares / np.square(np.diff(x, axis=1)).sum(), rel=1e-9)


def test_answers_in_kind_and_changes_nothing():
    x = torch.from_numpy(system(2, noise=0.1))
    before = x.clone()
    found = dsa_rank(x, ranks=(1, 2), delays=(1, 2))
    assert isinstance(found.errors, torch.Tensor)
    assert torch.equal(x, before)


def test_bad_input_is_refused():
    x = system(2, noise=0.1)
    with pytest.raises(NeurariumError, match="have at least 4 trials, got 3"):
        dsa_rank(x[:3], ranks=(1,), delays=(1,))
    with pytest.raises(NeurariumError, match="wide enough for rank 9 at 1"):
        dsa_rank(x, ranks=(9,), delays=(1, 2))
    with pytest.raises(NeurariumError, match="whole numbers of at least 1"):
        dsa_rank(x, ranks=(), delays=(1,))
    with pytest.raises(NeurariumError, match="long enough for 80 delays"):
        dsa_rank(x, ranks=(1,), delays=(80,))
