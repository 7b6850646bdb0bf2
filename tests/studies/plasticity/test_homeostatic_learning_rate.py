import pytest
import torch
import torch.nn.functional as F

from neurarium.core import Rng
from neurarium.studies.plasticity import _rate_learners as learners
from neurarium.tasks import Images, label_swap_stream

RNGS = [Rng(1), Rng(2)]


@pytest.fixture
def images():
    y = torch.arange(40) % 10
    x = torch.rand(40, 2, 3, generator=Rng(0)("x"))
    return Images(x, y, x[:10], y[:10], n_classes=10)


@pytest.fixture
def parts(images):
    """Two learners, their parameters, and the steps of their streams."""
    swaps = [label_swap_stream(images, n_swaps=4, n_epochs=2, rng=rng.child("stream")) for rng in RNGS]
    streams = learners.stacked([images] * 2, swaps, "cpu")
    parameters = learners.perceptrons((6, 5, 4, 10), [rng.child("net") for rng in RNGS], "cpu")
    return parameters, swaps, list(learners.batches(streams, 10, 20))


def test_gradients_by_hand_are_those_of_autograd(parts):
    parameters, _, (batch, *_) = parts
    by_hand = learners.gradients(parameters, learners.forward(parameters, batch.x), batch.labels)
    leaves = [p.clone().requires_grad_() for p in parameters]
    logits = learners.forward(leaves, batch.x)[-1]
    F.cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), reduction="sum").div(10).backward()
    for got, leaf in zip(by_hand, leaves, strict=True):
        torch.testing.assert_close(got, leaf.grad)


def test_batches_follow_the_stream_and_the_memory_speaks_todays_language(parts, images):
    _, swaps, steps = parts
    assert len(steps) == 8
    assert steps[0].memory_x.shape[1] == 0
    for one, stream in enumerate(swaps):
        assert torch.equal(steps[5].labels[one], stream.labels[50:60])
        past = stream.order[30:50]
        torch.testing.assert_close(steps[5].memory_x[one], images.train_x[past].flatten(1).double())
        assert torch.equal(steps[5].memory_labels[one], stream.mappings[5, images.train_y[past]])


def test_learners_do_not_see_each_other(parts):
    parameters, _, (_, batch, *_) = parts
    for kind in (learners.Homeostatic, learners.HomeostaticBatch, learners.Random, learners.Adam):
        both = stepped(kind, parameters, batch, RNGS)
        alone = stepped(kind, [p[1:] for p in parameters], learners.Batch(*(field[1:] for field in batch)), RNGS[1:])
        for p, q in zip(both, alone, strict=True):
            torch.testing.assert_close(p[1:], q)


def stepped(kind, parameters, batch, rngs):
    rule = kind(0.5, [rng.child("coin") for rng in rngs], "cpu")
    layers = learners.forward(parameters, batch.x)
    return rule.update(parameters, learners.gradients(parameters, layers, batch.labels), layers, batch)


def test_a_move_is_tried_on_the_memory_and_made_by_the_true_class(parts):
    parameters, _, (*_, batch) = parts
    rule = learners.HomeostaticBatch(0.5, RNGS, "cpu")
    layers = learners.forward(parameters, batch.x)
    gradient = learners.gradients(parameters, layers, batch.labels)
    believed, true = layers[-1][:, 0].argmax(-1), batch.labels[:, 0]
    offered = torch.where(believed >= 5, 0.55, 0.45).double()
    kept, gained = (
        learners.accuracy(learners.moved(parameters, gradient, rate), batch.memory_x, batch.memory_labels)
        for rate in (torch.full((2,), 0.5).double(), offered)
    )
    rule.update(parameters, gradient, layers, batch)
    want = torch.where(gained > kept, torch.where(true >= 5, 0.55, 0.45).double(), 0.5)
    torch.testing.assert_close(rule.rate, want)


def test_the_published_code_tries_a_tenth_of_the_first_samples_gradient(parts):
    parameters, _, (*_, batch) = parts
    layers = learners.forward(parameters, batch.x)
    tried = learners.Homeostatic(0.1, RNGS, "cpu").tried(parameters, None, layers, batch)
    one = learners.gradients(parameters, learners.forward(parameters, batch.x[:, :1]), batch.labels[:, :1])
    for got, want in zip(tried, one, strict=True):
        torch.testing.assert_close(got, want / 10)


def test_adam_is_torchs(parts):
    parameters, _, steps = parts
    rule, leaves = learners.Adam(0.01, RNGS, "cpu"), [p.clone().requires_grad_() for p in parameters]
    peer = torch.optim.Adam(leaves, lr=0.01)
    for batch in steps[:3]:
        layers = learners.forward(parameters, batch.x)
        gradient = learners.gradients(parameters, layers, batch.labels)
        for leaf, g in zip(leaves, gradient, strict=True):
            leaf.grad = g
        parameters = rule.update(parameters, gradient, layers, batch)
        peer.step()
    for p, leaf in zip(parameters, leaves, strict=True):
        torch.testing.assert_close(p, leaf.detach())


def test_separation_is_the_share_between_classes(images):
    identity = torch.eye(6).double().unsqueeze(0)
    zero = torch.zeros(1, 1, 6).double()
    parameters = [identity, zero, torch.zeros(1, 6, 10).double(), torch.zeros(1, 1, 10).double()]
    (share,) = learners.class_separation(parameters, [images])
    assert share == pytest.approx(1.0), "one image a class: all variance is between them"
