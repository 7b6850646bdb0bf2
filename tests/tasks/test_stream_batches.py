import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import permuted_stream


@pytest.fixture
def task(pixels):
    return permuted_stream(pixels(10, 2, 3), n_tasks=1, rng=Rng(0))[0]


def labels(task, **kwargs):
    return [y for _, y in task.batches(**kwargs)]


def test_every_epoch_shows_every_image_once_with_its_label(task):
    batches = list(task.batches(batch_size=4, n_epochs=3, rng=Rng(0)))
    assert [len(y) for _, y in batches] == [4, 4, 2] * 3
    for epoch in (batches[:3], batches[3:6], batches[6:]):
        x, y = torch.cat([x for x, _ in epoch]), torch.cat([y for _, y in epoch])
        assert torch.equal(y.sort().values, task.train_y)
        assert torch.equal(x, task.train_x[y])  # here label i is that of image i


def test_every_epoch_and_every_call_has_an_order_of_its_own(task):
    rng = Rng(0)
    one, two = torch.cat(labels(task, batch_size=10, n_epochs=2, rng=rng)).split(10)
    (three,) = labels(task, batch_size=10, rng=rng)
    orders = {tuple(order.tolist()) for order in (one, two, three, task.train_y)}
    assert len(orders) == 4


def test_order_comes_from_its_stream_and_no_other(task):
    rng = Rng(0)
    torch.rand(5, generator=rng("data"))
    before = torch.random.get_rng_state()
    (a,), (b,), (other,) = (labels(task, batch_size=10, rng=r) for r in (rng, Rng(0), Rng(1)))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(a, b)
    assert not torch.equal(a, other)


def test_batches_larger_than_the_task_hold_all_of_it(task):
    assert [len(y) for y in labels(task, batch_size=99, rng=Rng(0))] == [10]


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"batch_size": 2.5}, {"n_epochs": 0}, {"n_epochs": True}])
def test_bad_numbers_are_refused_at_the_call(task, wrong):
    says = f"Experience.batches: `{next(iter(wrong))}` must be a whole number above zero"
    with pytest.raises(NeurariumError, match=says):
        task.batches(**{"batch_size": 4, **wrong}, rng=Rng(0))
