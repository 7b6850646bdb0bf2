import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.tasks import split_stream


def test_split_holds_every_image_once(images):
    stream = split_stream(images, is_relabelled=False)
    assert [e.classes for e in stream] == [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
    assert [e.task_id for e in stream] == [0, 1, 2, 3, 4]
    assert sum(len(e.train_x) for e in stream) == len(images.train_x)
    assert stream.n_classes == 10
    for e in stream:
        assert set(e.train_y.tolist()) == set(e.test_y.tolist()) == set(e.classes)


def test_relabelling_follows_the_order_of_the_group(images):
    stream = split_stream(images, groups=((7, 2, 5), (0,)))
    plain = split_stream(images, groups=((7, 2, 5), (0,)), is_relabelled=False)
    assert stream.n_classes == 3
    original = torch.tensor(stream[0].classes)[stream[0].train_y]
    assert torch.equal(original, plain[0].train_y)
    assert torch.equal(stream[0].train_x, images.train_x[torch.isin(images.train_y, torch.tensor([7, 2, 5]))])


@pytest.mark.parametrize("groups", [(), ((0, 1), (1, 2)), ((0, 10),), ((0,), ()), ((-1,),)])
def test_bad_groups(images, groups):
    with pytest.raises(NeurariumError, match="groups"):
        split_stream(images, groups=groups)
