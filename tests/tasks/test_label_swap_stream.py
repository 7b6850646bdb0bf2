import dataclasses

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import Images, label_swap_stream


@pytest.fixture
def images():
    y = torch.arange(60) % 10
    return Images(torch.rand(60, 2, 2), y, torch.rand(5, 2, 2), y[:5], n_classes=10)


def test_every_pass_shows_every_image_once_in_another_order(images):
    order = label_swap_stream(images, n_swaps=0, n_epochs=3, rng=Rng(0)).order.reshape(3, 60)
    assert (order.sort(1).values == torch.arange(60)).all()
    assert not torch.equal(order[0], order[1])


def test_each_segment_differs_from_the_last_by_one_swap(images):
    stream = label_swap_stream(images, n_swaps=4, n_epochs=5, rng=Rng(0))
    assert stream.mappings.shape == (20, 10)
    assert ((stream.mappings[1:] != stream.mappings[:-1]).sum(1) == 2).all()
    assert (stream.mappings.sort(1).values == torch.arange(10)).all()


def test_swaps_are_evenly_spaced_and_labels_follow_them(images):
    stream = label_swap_stream(images, n_swaps=4, n_epochs=2, rng=Rng(0))
    assert (stream.segment == torch.arange(8).repeat_interleave(15)).all()
    for i in (0, 14, 15, 119):
        want = stream.mappings[i // 15, images.train_y[stream.order[i]]]
        assert stream.labels[i] == want


def test_without_swaps_labels_are_the_classes(images):
    stream = label_swap_stream(images, n_swaps=0, n_epochs=2, rng=Rng(0))
    assert len(stream.mappings) == 1
    assert torch.equal(stream.labels, images.train_y[stream.order])


def test_a_longer_stream_begins_with_the_shorter_one_and_swaps_do_not_change_the_order(images):
    short, long = (label_swap_stream(images, n_swaps=3, n_epochs=n, rng=Rng(4)) for n in (1, 3))
    assert torch.equal(long.labels[:60], short.labels)
    assert torch.equal(label_swap_stream(images, n_swaps=9, n_epochs=1, rng=Rng(4)).order, short.order)


@pytest.mark.parametrize("change", [dict(n_swaps=-1), dict(n_swaps=61), dict(n_swaps=1, n_epochs=0)])
def test_bad_counts_are_refused(images, change):
    with pytest.raises(NeurariumError, match="n_"):
        label_swap_stream(images, **dict(rng=Rng(0)) | change)


def test_bad_images_of_one_class_are_refused(images):
    with pytest.raises(NeurariumError, match="two classes"):
        label_swap_stream(dataclasses.replace(images, n_classes=1), n_swaps=1, rng=Rng(0))
