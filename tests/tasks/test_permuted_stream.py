import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import Images, permuted_stream


def test_permutation_is_a_bijection_and_one_for_train_and_test(pixels):
    source = pixels(1, 5, 7)
    stream = permuted_stream(source, n_tasks=4, rng=Rng(0))
    seen = {tuple(e.train_x.flatten().tolist()) for e in stream}
    assert len(seen) == 4  # every task has its own
    for e in stream:
        assert torch.equal(e.train_x.flatten().sort().values, source.train_x.flatten())
        assert torch.equal(e.train_x, e.test_x)
        assert torch.equal(e.train_y, source.train_y)


def test_permutations_have_no_favourite_place(pixels):
    stream = permuted_stream(pixels(1, 4, 4), n_tasks=2001, rng=Rng(0))
    where = torch.stack([e.train_x.flatten().argmax() for e in stream[1:]])
    counts = torch.bincount(where, minlength=16).double()
    chi2 = ((counts - 125) ** 2 / 125).sum()
    assert chi2 < 37.7  # 99.9 % quantile at 15 degrees of freedom


def test_the_first_task_shows_the_images_as_they_are(images):
    stream = permuted_stream(images, n_tasks=2, rng=Rng(0))
    assert torch.equal(stream[0].train_x, images.train_x)
    assert not torch.equal(stream[1].train_x, images.train_x)


def test_a_longer_stream_begins_with_the_shorter_one(images):
    short, long = permuted_stream(images, n_tasks=2, rng=Rng(5)), permuted_stream(images, n_tasks=3, rng=Rng(5))
    assert torch.equal(short[1].test_x, long[1].test_x)
    assert not torch.equal(permuted_stream(images, n_tasks=2, rng=Rng(6))[1].test_x, short[1].test_x)


def test_global_randomness_is_untouched(images):
    before, before_np = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    permuted_stream(images, n_tasks=2, rng=Rng(0))
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(before_np, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("n_tasks", [0, -1, True])
def test_bad_number_of_tasks(images, n_tasks):
    with pytest.raises(NeurariumError, match="n_tasks"):
        permuted_stream(images, n_tasks=n_tasks, rng=Rng(0))


def test_dtype_is_followed(pixels):
    source = pixels(2, 4, 4)
    double = Images(source.train_x.double(), source.train_y, source.test_x.double(), source.test_y, n_classes=2)
    assert permuted_stream(double, n_tasks=2, rng=Rng(0))[-1].train_x.dtype == torch.float64
