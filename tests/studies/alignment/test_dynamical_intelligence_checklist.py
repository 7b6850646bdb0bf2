import numpy as np
import pytest
import torch

from neurarium.alignment import closed_loop_dependence, phase_synchrony
from neurarium.core import Rng
from neurarium.studies.alignment import _dynamics_cases as cases
from neurarium.studies.alignment import _dynamics_profile as nets

CORES = (nets.feed_forward, nets.leaky_rnn, nets.Oscillators, nets.spiking_rnn)


def test_dealing_keeps_signals_and_parts_company():
    x = Rng(0).numpy("x").normal(size=(5, 7, 3))
    dealt = cases.dealt(x)
    np.testing.assert_array_equal(dealt[0, :, 0], x[0, :, 0])
    np.testing.assert_array_equal(dealt[4, :, 2], x[1, :, 2])
    np.testing.assert_array_equal(np.sort(dealt.ravel()), np.sort(x.ravel()))


def test_coupling_synchronises():
    found = [phase_synchrony(cases.oscillators(4, 500, k, rng=Rng(1).numpy("x"))).mean() for k in (0, 60)]
    assert found[0] < 0.4
    assert found[1] > 0.8


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_weights_are_as_many_whatever_is_planted(strength):
    w = cases.modular_weights(strength, rng=Rng(2).numpy("w"))
    np.testing.assert_array_equal(w, w.T)
    assert (w > 0).mean() == pytest.approx(0.12 + 0.28 * strength * (-1 / 63), abs=0.02)


def test_an_agent_without_gain_does_not_depend_on_what_it_does():
    draw = Rng(3).numpy("agent")
    w, w_in, w_out, s = draw.normal(size=(5, 5)), draw.normal(size=5), draw.normal(size=5), draw.normal(size=(9, 4))
    closed, actions = cases.act(s, w, w_in, w_out, gain=0.7)
    replayed, _ = cases.act(s + 0.7 * actions, w, w_in, w_out, gain=0.0)
    np.testing.assert_allclose(closed, replayed, atol=1e-12)  # its own actions, replayed, are the loop
    other, _ = cases.act(s + 0.7 * np.roll(actions, 1, axis=1), w, w_in, w_out, gain=0.0)
    assert closed_loop_dependence(closed, other) > 0.1


def test_half_of_the_replays_run_backwards():
    spikes = cases.replayed(2, 1.0, rng=Rng(4).numpy("x"))
    times = [np.nonzero(trial[:, [0, 29]]) for trial in spikes]
    early = [t[unit == 0].mean() < t[unit == 1].mean() for t, unit in times]
    assert early == [False, True]


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.__name__)
def test_own_answers_replayed_are_the_closed_loop(core):
    task = nets.memory_task(40.0)
    agent = nets.Agent(core, task, 6, rng=Rng(5))
    x = task.draw(8, rng=Rng(6)).inputs
    with torch.no_grad():
        activity, logits, answers = agent(x)
        replayed = agent.decoupled(x, answers)
    torch.testing.assert_close(activity, replayed)
    torch.testing.assert_close(answers[1:], logits[:-1].softmax(-1))
    assert (answers[0] == 0).all()


def test_a_feed_forward_net_learns_no_recurrent_weights():
    task = nets.memory_task(40.0)
    agent = nets.Agent(nets.feed_forward, task, 6, rng=Rng(7))
    assert not agent.core.weight_rec.any()
    assert not agent.core.weight_rec.requires_grad
    assert agent.core.a == pytest.approx(0, abs=1e-12)


def test_order_of_a_fixed_sequence_is_found():
    steps = np.arange(60)[:, None]
    wave = np.exp(-((steps - np.linspace(5, 55, 10)) ** 2) / 20)
    noise = 0.05 * Rng(8).numpy("x").normal(size=(12, 60, 10))
    assert nets.order(wave + noise, Rng(9))["sequence_order"] > 0.9
    assert nets.order(noise, Rng(9))["sequence_order"] < 0.5
