import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import Images, mixed_stream


def test_mixing_keeps_lengths_and_angles_but_no_pixel(images):
    e = mixed_stream(images, n_tasks=2, rng=Rng(0))[1]
    a, b = images.train_x[:50].flatten(1).double(), e.train_x[:50].flatten(1).double()
    torch.testing.assert_close(a @ a.T, b @ b.T, atol=1e-4, rtol=1e-5)
    one_pixel = torch.zeros(1, 8, 8)
    one_pixel[0, 3, 3] = 1
    y = torch.zeros(1, dtype=torch.int64)
    spread = mixed_stream(Images(one_pixel, y, one_pixel, y, n_classes=1), n_tasks=2, rng=Rng(0))[1].train_x
    assert spread.abs().max() < 0.7
    assert (spread != 0).all()


def test_the_first_task_shows_the_images_as_they_are(images):
    stream = mixed_stream(images, n_tasks=2, rng=Rng(0))
    assert torch.equal(stream[0].train_x, images.train_x)
    assert not torch.equal(stream[1].train_x, images.train_x)


def test_a_longer_stream_begins_with_the_shorter_one(images):
    short, long = mixed_stream(images, n_tasks=2, rng=Rng(5)), mixed_stream(images, n_tasks=3, rng=Rng(5))
    assert torch.equal(short[1].test_x, long[1].test_x)
    assert not torch.equal(mixed_stream(images, n_tasks=2, rng=Rng(6))[1].test_x, short[1].test_x)


def test_global_randomness_is_untouched(images):
    before, before_np = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    mixed_stream(images, n_tasks=2, rng=Rng(0))
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(before_np, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("n_tasks", [0, -1, True])
def test_bad_number_of_tasks(images, n_tasks):
    with pytest.raises(NeurariumError, match="n_tasks"):
        mixed_stream(images, n_tasks=n_tasks, rng=Rng(0))


def test_dtype_is_followed(pixels):
    source = pixels(2, 4, 4)
    double = Images(source.train_x.double(), source.train_y, source.test_x.double(), source.test_y, n_classes=2)
    assert mixed_stream(double, n_tasks=2, rng=Rng(0))[-1].train_x.dtype == torch.float64
