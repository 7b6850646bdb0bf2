import math

import pytest
import torch

from neurarium.core import Rng
from neurarium.engine.loader import load_study
from neurarium.engine.study import Scale
from neurarium.neurons import Asynchronous, PointSum
from neurarium.studies.neurons import _two_streams as nets

SIZES = dict(widths=(5, 3), n_outputs=4, n_layers=2)


def net_of(context, transfer=None, n_units=6):
    return nets.TwoStreams(n_units=n_units, transfer=transfer or Asynchronous(), context=context, rng=Rng(0), **SIZES)


def streams(n_steps=7, batch=4):
    generator = Rng(1)("x")
    return (torch.randn(n_steps, batch, n, generator=generator) for n in (5, 3))


def test_memory_is_the_recursion_it_says():
    h, share = next(streams()).double(), math.exp(-1 / nets.MEMORY_STEPS)
    m, expected = h[0], []
    for h_t in h.unbind(0):
        m = share * m + (1 - share) * h_t
        expected.append(m)
    torch.testing.assert_close(nets.recent(h), torch.stack(expected))


def test_a_frame_is_not_told_of_the_future():
    a, b = streams()
    net = net_of(nets.both)
    out, _ = net(a, b)
    changed, _ = net(torch.cat([a[:4], a[4:] + 1]), b)
    torch.testing.assert_close(out[:4], changed[:4])
    assert not torch.equal(out[4], changed[4])


@pytest.mark.parametrize(
    ("context", "own", "other"), [("both", True, False), ("own", True, False), ("strange", True, True)]
)
def test_who_depends_on_whom(context, own, other):
    """Do sequences 1 and 2 answer to a change of the first stream of sequence 1?"""
    a, b = streams()
    net = net_of(getattr(nets, context))
    changed = a.clone()
    changed[:, 1] += 1
    moved = (net(a, b)[0] != net(changed, b)[0]).any(-1).any(0)
    assert (moved[1].item(), moved[2].item()) == (own, other)


def test_streams_meet_only_in_the_read_out_when_fused_late():
    a, b = streams()
    for context, meets in ((nets.own, False), (nets.both, True)):
        net = net_of(context)
        before, after = net(a, b)[1], net(a + 1, b)[1]
        assert torch.equal(before[1], after[1]) != meets
        assert torch.equal(before[3], after[3]) != meets


def test_all_conditions_have_one_budget():
    study = load_study("two-point-cells").study
    scale = Scale("quick", study.scales["quick"])
    sizes = []
    for condition in study.conditions.values():
        kind = {k: condition[k] for k in ("transfer", "context")}
        sizes.append(nets.n_parameters(nets.build(scale, Rng(0), **kind, widths=(22, 8), n_outputs=22)))
    assert max(sizes) == sizes[0]
    assert min(sizes) >= 0.98 * max(sizes)
    assert len(set(sizes)) == 2  # late fusion alone is not exactly equal


def test_dead_units_send_nothing_and_no_death_changes_nothing():
    a, b = streams()
    net = net_of(nets.both, PointSum())
    kept = torch.ones(4, 6)
    assert torch.equal(net(a, b, kept)[0], net(a, b)[0])
    kept[1, 2] = 0
    assert (net(a, b, kept)[1][1][..., 2] == 0).all()
    silent = net(a, b, torch.zeros(4, 6))[0]
    torch.testing.assert_close(silent, net.bias.expand_as(silent))


def test_explained_variance_and_error_by_hand():
    a, b = streams()
    target = torch.randn(7, 4, 4, generator=Rng(2)("target"))
    net = net_of(nets.both)
    with torch.no_grad():
        net.out.zero_()
        net.bias.copy_(target.mean((0, 1)))
    assert nets.explained(net, (a, b, target)) == pytest.approx(0, abs=1e-6)
    assert nets.log_error(0.75) == pytest.approx(math.log10(0.5))


def test_a_price_on_activity_lowers_it():
    a, b = streams(20, 32)
    target = torch.cat([a, b], -1)[..., :4].cumsum(0).tanh()
    found = []
    for price in (0.0, 1.0):
        net = net_of(nets.both, PointSum(), 12)
        nets.train(
            net, (a, b, target), torch.nn.functional.mse_loss, n_updates=30, batch=8, lr=3e-2, activity_cost=price,
            watch=lambda net: None, every=40, rng=Rng(0),
        )  # fmt: skip
        found.append(nets.activity_of(net, (a, b)).mean().item())
    assert found[1] < 0.7 * found[0]
