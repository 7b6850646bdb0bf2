"""Named streams: reproducible, independent, and never the global state."""

import numpy as np
import pytest
import torch
from scipy import stats

from neurarium.core import Rng


def draw(rng, name, n=5):
    return torch.rand(n, generator=rng(name)).tolist()


def test_a_seed_and_a_name_give_the_same_numbers_always():
    assert draw(Rng(7), "weights") == draw(Rng(7), "weights")
    assert Rng(7).numpy("weights").random(3).tolist() == Rng(7).numpy("weights").random(3).tolist()


def test_golden_values_hold_across_versions():
    """Stored rows rely on them: a change here makes every old result stale."""
    assert Rng(7)("weights").initial_seed() == 6795307509797646295
    assert Rng(1000).child("task")("data").initial_seed() == 1079814059236947992
    assert Rng(0).numpy("x").integers(1 << 40) == np.random.default_rng(Rng(0)("x").initial_seed()).integers(1 << 40)


def test_seeds_names_and_children_are_told_apart():
    rngs = [Rng(7)("a"), Rng(7)("b"), Rng(8)("a"), Rng(7).child("a")("a"), Rng(7).child("b")("a"), Rng(70)("a")]
    assert len({g.initial_seed() for g in rngs}) == len(rngs)
    assert Rng(7).child("a").seed != Rng(7)("a").initial_seed()


def test_a_draw_in_one_stream_shifts_nothing_in_another():
    quiet, busy = Rng(3), Rng(3)
    draw(busy, "data", 100)
    busy.numpy("data").random(100)
    busy.child("data")("weights")
    assert draw(quiet, "weights") == draw(busy, "weights")


def test_a_stream_is_made_once_and_then_goes_on():
    rng = Rng(3)
    first, second = draw(rng, "weights"), draw(rng, "weights")
    assert first != second
    assert first + second == draw(Rng(3), "weights", 10)
    assert rng.numpy("x") is rng.numpy("x")


def test_the_global_state_is_untouched():
    torch_before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    rng = Rng(0)
    draw(rng, "a")
    rng.numpy("b").random(4)
    rng.child("c").numpy("d").random(4)
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


def test_streams_of_neighbouring_seeds_are_uncorrelated():
    x = np.array([draw(Rng(seed), "a", 50) for seed in range(200)])
    assert stats.kstest(x.ravel(), "uniform").pvalue > 1e-3
    neighbours = np.corrcoef(x)[np.arange(199), np.arange(1, 200)]
    assert abs(neighbours.mean()) < 4 / np.sqrt(199 * 50)


@pytest.mark.parametrize("seed", [-1, 1.5, "7", None, True])
def test_a_seed_that_is_no_count_is_refused(seed, refuses):
    with refuses("`seed` must be a non-negative integer"):
        Rng(seed)


def test_numpy_integers_are_seeds_too():
    assert Rng(np.int64(7)).seed == 7
    assert repr(Rng(np.uint8(7))) == "Rng(7)"
