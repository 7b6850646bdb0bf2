import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import Images, digits


def test_digits_are_all_there_and_split_in_every_class():
    images = digits(rng=Rng(0))
    assert images.train_x.shape[1:] == images.test_x.shape[1:] == (8, 8)
    assert len(images.train_x) + len(images.test_x) == 1797
    assert images.train_x.dtype == torch.float32
    assert images.train_y.dtype == torch.int64
    assert images.train_x.min() == 0
    assert images.train_x.max() == 1
    counts = torch.bincount(torch.cat([images.train_y, images.test_y]))
    held_out = torch.bincount(images.test_y, minlength=10)
    torch.testing.assert_close(held_out, (counts * 0.2).round().long())


def test_no_image_is_on_both_sides_or_lost():
    from sklearn.datasets import load_digits

    images = digits(rng=Rng(3))
    ours = torch.cat([images.train_x, images.test_x]).flatten(1).numpy()
    whole = (load_digits().data / 16).astype(np.float32)
    np.testing.assert_array_equal(np.unique(ours, axis=0), np.unique(whole, axis=0))
    np.testing.assert_array_equal(np.sort(ours.sum(1)), np.sort(whole.sum(1)))


def test_the_seed_decides_the_split():
    a, b, c = digits(rng=Rng(1)), digits(rng=Rng(1)), digits(rng=Rng(2))
    assert torch.equal(a.test_x, b.test_x)
    assert not torch.equal(a.test_y, c.test_y)


def test_labels_belong_to_their_images():
    images = digits(rng=Rng(0))
    means = torch.stack([images.train_x[images.train_y == k].mean(0) for k in range(10)]).flatten(1)
    nearest = torch.cdist(images.test_x.flatten(1), means).argmin(1)
    assert (nearest == images.test_y).double().mean() > 0.85  # nearest class mean; chance is 0.1


def test_upsampling_is_bilinear():
    small, large = digits(rng=Rng(0)), digits(size=16, rng=Rng(0))
    assert large.train_x.shape[1:] == (16, 16)
    a, b = small.train_x[0, 3, 3:5]
    c, d = small.train_x[0, 4, 3:5]
    # new pixel (7, 7) lies a quarter of a pixel from old pixel (3, 3) on both axes
    expected = 0.75 * (0.75 * a + 0.25 * b) + 0.25 * (0.75 * c + 0.25 * d)
    torch.testing.assert_close(large.train_x[0, 7, 7], expected)
    assert torch.equal(small.train_y, large.train_y)


def test_shrinking_averages():
    x = torch.rand(2, 8, 8, generator=Rng(0)("x"))
    y = torch.tensor([0, 1])
    half = Images(x, y, x, y, n_classes=2).resized(1)
    assert x.amin() < half.train_x.amin() < half.train_x.amax() < x.amax()
    assert (half.train_x.flatten() - x.mean((1, 2))).abs().max() < 0.1


@pytest.mark.parametrize("bad", [{"size": 0}, {"size": 2.5}, {"test_fraction": 0.0}, {"test_fraction": 1.0}])
def test_digits_refuses(bad):
    with pytest.raises((NeurariumError, TypeCheckError), match=next(iter(bad))):
        digits(**bad, rng=Rng(0))


def test_images_refuse_labels_of_another_length():
    x = torch.zeros(3, 2, 2)
    with pytest.raises((NeurariumError, TypeCheckError), match="train_x"):
        Images(x, torch.zeros(2, dtype=torch.int64), x, torch.zeros(3, dtype=torch.int64), n_classes=1)


def test_global_randomness_is_untouched():
    before, before_np = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    digits(rng=Rng(0))
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(before_np, np.random.get_state()[1])  # noqa: NPY002
