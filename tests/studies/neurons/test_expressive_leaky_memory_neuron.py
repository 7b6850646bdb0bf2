import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.neurons import _neuron_students as students

RNGS = [Rng(0), Rng(1)]


def size(kind, **options):
    return sum(p.numel() for p in kind(96, 2, RNGS[:1], **options).parameters())


def test_sizes_are_as_far_apart_as_the_claims_say():
    elm = size(students.MemoryNeurons, n_memory=15, n_branches=24)
    assert size(students.TCNs, n_hidden=16) > 11 * elm
    assert size(students.LSTMs, n_hidden=16) > 4 * elm
    assert size(students.TCNs, n_hidden=4) > elm
    assert size(students.LSTMs, n_hidden=4) > 0.9 * elm


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (students.MemoryNeurons, dict(n_memory=3, n_branches=2)),
        (students.LSTMs, dict(n_hidden=3)),
        (students.TCNs, dict(n_hidden=3)),
    ],
)
def test_students_are_causal_apart_from_each_other_and_drawn_by_their_own_stream(kind, options):
    net = kind(4, 2, RNGS, **options)
    x = torch.randn(40, 2, 5, 4, generator=Rng(0)("x"))
    out = net(x)
    assert out.shape == (40, 2, 5, 2)
    changed = x.clone()
    changed[20:, 0] += 1.0
    other = net(changed)
    torch.testing.assert_close(other[:20], out[:20])
    torch.testing.assert_close(other[:, 1], out[:, 1])
    assert not torch.allclose(other[20:, 0], out[20:, 0])
    alone = kind(4, 2, [Rng(1)], **options)
    twin = kind(4, 2, [Rng(0), Rng(1)], **options)
    torch.testing.assert_close(alone(x[:, 1:]), twin(x)[:, 1:])


def test_a_tcn_sees_190_steps():
    net = students.TCNs(1, 1, RNGS[:1], n_hidden=4)
    with torch.no_grad():
        for p in net.parameters():
            p.abs_()
    x = torch.zeros(400, 1, 1, 1)
    x[50] = 1.0
    differs = (net(x) != net(torch.zeros_like(x))).flatten().nonzero().flatten()
    assert (differs.min().item(), differs.max().item()) == (50, 50 + 189)


def test_every_trial_is_drawn_once_an_epoch():
    batches = students.drawn([Rng(0), Rng(1)], 10, 5)
    first, second = next(batches), next(batches)
    both = torch.cat([first, second], dim=1)
    assert torch.equal(both.sort(1).values, torch.arange(10).expand(2, 10))
    assert not torch.equal(both[0], both[1])
    x = torch.arange(20.0).view(1, 2, 10)
    assert torch.equal(students.chosen(x, first)[0, 1], first[1] + 10.0)
