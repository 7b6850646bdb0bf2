import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.plasticity import Feast, FeastState


def unit(x):
    return torch.nn.functional.normalize(x, dim=-1)


def stream(n_events, n_inputs=9, seed=0):
    return unit(torch.rand(n_events, n_inputs, generator=Rng(seed)("events"), dtype=torch.float64))


def test_a_win_by_hand():
    """Unit 1 is nearer, but its threshold is too high; unit 0 wins and moves half way."""
    w = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    s = torch.tensor([[0.6, 0.8]], dtype=torch.float64)
    rule = Feast(lr=0.5, rise=0.1, fall=0.2)
    after, state = rule.step(s, rule.respond(s, w), w, FeastState(torch.tensor([0.6, 0.9], dtype=torch.float64)))
    torch.testing.assert_close(after, torch.stack([unit(torch.tensor([0.8, 0.4], dtype=torch.float64)), w[1]]))
    torch.testing.assert_close(state.threshold, torch.tensor([0.7, 0.9], dtype=torch.float64))
    after, state, winner = rule.learn(s, w, FeastState(torch.tensor([0.6, 0.8], dtype=torch.float64)))
    assert winner.tolist() == [1]  # at the threshold counts as reached
    torch.testing.assert_close(after[0], w[0])


def test_a_miss_by_hand():
    w, s = torch.eye(2), torch.tensor([[0.6, 0.8]])
    rule = Feast(lr=0.5, rise=0.1, fall=0.2)
    after, state, winner = rule.learn(s, w, FeastState(torch.tensor([0.7, 0.9])))
    assert winner.tolist() == [-1]
    assert torch.equal(after, w)
    torch.testing.assert_close(state.threshold, torch.tensor([0.5, 0.7]))


def reference(rule, events, w, threshold):
    """The rule as the paper states it, one event after the other."""
    winners = []
    for s in events:
        cosine = w @ s
        open_ = cosine >= threshold
        if not open_.any():
            threshold = threshold - rule.fall
            winners.append(-1)
            continue
        k = int(torch.where(open_, cosine, -torch.inf).argmax())
        w, threshold = w.clone(), threshold.clone()
        w[k] = unit((1 - rule.lr) * w[k] + rule.lr * s)
        threshold[k] += rule.rise
        winners.append(k)
    return w, threshold, winners


def test_stream_is_the_rule_event_by_event():
    rule, events = Feast(lr=0.05, rise=0.01, fall=0.05), stream(400)
    w, state = rule.start(n_units=5, n_inputs=9, rng=Rng(1))
    w, state = w.double(), FeastState(state.threshold.double())
    expected = reference(rule, events, w, state.threshold)
    at_once = rule.learn(events, w, state)
    torch.testing.assert_close(at_once[0], expected[0])
    torch.testing.assert_close(at_once[1].threshold, expected[1])
    assert at_once[2].tolist() == expected[2]
    stepped, last = w, state
    for s in events.split(1):
        stepped, last = rule.step(s, rule.respond(s, stepped), stepped, last)
    torch.testing.assert_close(stepped, expected[0])
    torch.testing.assert_close(last.threshold, expected[1])


def test_units_win_equally_often_and_the_share_of_misses_is_known():
    rule, n_units = Feast(lr=0.01, rise=0.002, fall=0.01), 6
    events = unit(stream(60_000) ** 3 * torch.tensor([4.0, 1, 1, 1, 1, 1, 1, 1, 1]))  # some kinds are rarer
    w, state = rule.start(n_units=n_units, n_inputs=9, rng=Rng(0))
    _, _, winner = rule.learn(events, w, state)
    late = winner[20_000:]
    missed = (late < 0).double().mean().item()
    assert missed == pytest.approx(1 / (1 + n_units * 0.01 / 0.002), rel=0.05)
    counts = torch.bincount(late[late >= 0], minlength=n_units).double()
    assert counts.std() / counts.mean() < 0.03
    _, _, winner = Feast(lr=0.01, rise=0.0, fall=0.0).learn(events, w, FeastState(torch.zeros(n_units)))
    counts = torch.bincount(winner, minlength=n_units).double()
    assert counts.std() / counts.mean() > 0.2  # without thresholds there is no homeostasis


def test_finds_the_clusters_in_a_stream():
    centres = torch.eye(4, 12, dtype=torch.float64)
    which = torch.randint(4, (8000,), generator=Rng(0)("which"))
    events = unit(centres[which] + 0.1 * torch.rand(8000, 12, generator=Rng(0)("noise"), dtype=torch.float64))
    rule = Feast(lr=0.02, rise=0.002, fall=0.01)
    w, state = rule.start(n_units=4, n_inputs=12, rng=Rng(2))
    w, state, _ = rule.learn(events, w, state)
    assert sorted(w[:, :4].argmax(1).tolist()) == [0, 1, 2, 3]
    torch.testing.assert_close(w.norm(dim=1), torch.ones(4))


def test_modulator_scales_what_an_event_changes():
    rule, events = Feast(lr=0.1, rise=0.01, fall=0.02), stream(1).repeat(2, 1)
    w, _ = rule.start(n_units=3, n_inputs=9, rng=Rng(0))
    w, low = w.double(), FeastState(torch.zeros(3, dtype=torch.float64))
    once, state = rule.step(events[:1], rule.respond(events[:1], w), w, low)
    gated, same = rule.step(events, rule.respond(events, w), w, low, torch.tensor([1.0, 0.0], dtype=torch.float64))
    torch.testing.assert_close(gated, once)
    torch.testing.assert_close(same.threshold, state.threshold)
    half, state = Feast(lr=0.2, rise=0.02).step(
        events[:1], rule.respond(events[:1], w), w, low, torch.tensor([0.5], dtype=torch.float64)
    )
    torch.testing.assert_close(half, once)


def test_nothing_is_mutated_and_dtype_follows():
    rule = Feast()
    for dtype in (torch.float32, torch.float64):
        w, state = rule.start(n_units=3, n_inputs=9, rng=Rng(0))
        w, state = w.to(dtype), FeastState(state.threshold.to(dtype))
        before = w.clone(), state.threshold.clone()
        after, last, _ = rule.learn(stream(600).to(dtype), w, state)
        assert torch.equal(w, before[0])
        assert torch.equal(state.threshold, before[1])
        assert after.dtype == last.threshold.dtype == dtype
        assert not torch.equal(after, w)


@pytest.mark.parametrize("wrong", [{"lr": 1.5}, {"rise": -0.1}, {"fall": -1.0}])
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"Feast: `{next(iter(wrong))}` must"):
        Feast(**wrong)


def test_bad_shapes_are_refused():
    with pytest.raises(NeurariumError, match="Feast: `pre` must be"):
        Feast().learn(torch.zeros(3, 4), torch.eye(5), FeastState(torch.zeros(5)))
    with pytest.raises(NeurariumError, match=r"Feast.start: `n_units` must"):
        Feast().start(n_units=0, n_inputs=3, rng=Rng(0))
