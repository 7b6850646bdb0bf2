"""Any wiring, as a graph."""

import pytest
import torch
from torch import nn

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.nets.spiking import SpikingGraph, SpikingMLP
from neurarium.neurons import ALIF, LIF, HardReset, LeakyIntegrator
from neurarium.synapses import AxonalDelay, Dense, OneToOne

CHAIN = (("input", "w"), ("w", "lif"), ("lif", "output"))


def current(*shape):
    return torch.rand(20, 3, *shape, generator=Rng(0)("x"), dtype=torch.float64)


def test_a_chain_is_the_layers_one_after_the_other():
    net = SpikingMLP(sizes=(4, 6, 2), rng=Rng(1)).double()
    nodes = {"a": net.synapses[0], "b": net.neurons[0], "c": net.synapses[1]}
    graph = SpikingGraph(nodes=nodes, links=(("c", "output"), ("input", "a"), ("b", "c"), ("a", "b")))
    assert graph.order == ["a", "b", "c", "output"]
    torch.testing.assert_close(graph(current(4))[0], net(current(4))[0], rtol=0, atol=0)


def test_feedback_is_one_step_late():
    w = Dense(n_pre=4, n_post=4, gain=3.0, rng=Rng(0)).double()
    links = (("input", "lif"), ("w", "lif"), ("lif", "w"), ("lif", "output"))
    graph, lif = SpikingGraph(nodes={"lif": LIF, "w": w}, links=links), LIF()

    def by_hand(x, state):
        cell, z = state
        z, cell = lif.step(x + w(z), cell)
        return z, (cell, z)

    x = current(4)
    expected = unroll(by_hand, x, (lif.init_state(x[0]), torch.zeros_like(x[0])))[0]
    assert 0.05 < expected.mean() < 0.95
    torch.testing.assert_close(graph(x)[0], expected, rtol=0, atol=0)


def test_what_meets_in_a_node_is_added():
    nodes = {"double": OneToOne(n_units=2, weight=2.0), "late": AxonalDelay(delay_steps=1), "sum": LeakyIntegrator}
    links = [("input", n) for n in nodes] + [("double", "sum"), ("late", "sum"), ("sum", "output")]
    x = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]], dtype=torch.float64)
    out, _ = SpikingGraph(nodes=nodes, links=links).double()(x)
    alpha = LeakyIntegrator().alpha
    expected = torch.tensor([[[3.0, 0.0]], [[3 * alpha + 1, 3.0]]], dtype=torch.float64)
    torch.testing.assert_close(out, expected)


def test_a_subtracted_slow_trace_of_the_spikes_is_an_adaptation_current():
    nodes = {
        "lif": LIF(reset=HardReset()),
        "slow": LeakyIntegrator(tau_mem_ms=200.0),
        "back": OneToOne(n_units=1, weight=-0.03),
    }
    loop = [("input", "lif"), ("lif", "slow"), ("slow", "back"), ("back", "lif"), ("lif", "output")]
    z, _ = SpikingGraph(nodes=nodes, links=loop)(torch.full((400, 1, 1), 0.3))
    gaps = z.flatten().nonzero().flatten().diff()
    assert gaps[-1] > 2 * gaps[0]


def test_shapes_are_those_that_come_out_of_each_node():
    graph = SpikingGraph(nodes={"w": nn.Linear(4, 7), "lif": ALIF}, links=CHAIN)
    assert graph.shapes(torch.zeros(2, 4)) == {"input": (4,), "w": (7,), "lif": (7,), "output": (7,)}


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ((*CHAIN, ("lif", "nobody")), "nobody"),
        ((*CHAIN, ("output", "w")), "output"),
        ((*CHAIN, ("w", "input")), "input"),
        ((("input", "lif"), ("lif", "output")), "'w'"),
        ((("input", "w"), ("w", "lif")), "'output'"),
    ],
)
def test_bad_links_are_refused(links, says):
    with pytest.raises(NeurariumError, match=f"SpikingGraph: `links` must .*{says}"):
        SpikingGraph(nodes={"w": nn.Linear(2, 2), "lif": LIF}, links=links)
