"""Networks written as NIR: what is written means the same, what cannot be said is refused."""

from functools import partial

import nir
import numpy as np
import pytest
import torch
from torch import nn

from neurarium.core import NeurariumError, Rng
from neurarium.nets.spiking import DelayedSNN, EulerStep, ExactStep, SpikingGraph, SpikingMLP, from_nir, to_nir
from neurarium.neurons import ALIF, LIF, CubaLIF, HardReset, IntegrateAndFire, LeakyIntegrator
from neurarium.synapses import AxonalDelay, DelayedDense, Dense, OneToOne

lif = partial(LIF, reset=HardReset(v_reset=-0.1))
X = (torch.rand(60, 2, 5, generator=Rng(0)("x")) < 0.4).double()


def recurrent():
    nodes = {
        "w": nn.Linear(5, 8),
        "cells": CubaLIF(tau_mem_ms=12.0, reset=HardReset()),
        "again": Dense(n_pre=8, n_post=8, gain=2.0, rng=Rng(3)),
        "slow": LeakyIntegrator(tau_mem_ms=80.0),
        "back": OneToOne(n_units=8, weight=-0.2),
        "axons": AxonalDelay(delay_steps=(0, 1, 2, 3, 4, 5, 6, 7)),
        "count": IntegrateAndFire(reset=HardReset(), threshold=2.0),
    }
    nn.init.uniform_(nodes["w"].weight, 0.0, 2.0, generator=Rng(2)("w"))
    nn.init.zeros_(nodes["w"].bias)
    loops = [("cells", "again"), ("again", "cells"), ("cells", "slow"), ("slow", "back"), ("back", "cells")]
    links = [("input", "w"), ("w", "cells"), *loops, ("cells", "axons"), ("axons", "count"), ("count", "output")]
    return SpikingGraph(nodes=nodes, links=links)


def adaptive():
    nodes = {"lif": lif, "slow": partial(LeakyIntegrator, tau_mem_ms=90.0), "back": OneToOne(n_units=20, weight=-0.2)}
    loop = [("lif", "slow"), ("slow", "back"), ("back", "lif")]
    return SpikingGraph(nodes=nodes, links=[("input", "lif"), *loop, ("lif", "output")])


NETS = {
    "feed-forward": lambda: SpikingMLP(sizes=(5, 30, 4), neuron=lif, gain=4.0, rng=Rng(1)),
    "recurrent": recurrent,
    "delayed": lambda: DelayedSNN(
        sizes=(5, 20, 4),
        synapses=partial(DelayedDense, max_delay_steps=6, gain=4.0),
        neuron=lif,
        recurrent=partial(Dense, gain=2.0),
        rng=Rng(1),
    ).eval(),
    "neurons made of parts": lambda: DelayedSNN(
        sizes=(5, 20, 4),
        synapses=partial(DelayedDense, max_delay_steps=3, gain=4.0),
        neuron=adaptive,
        recurrent=partial(Dense, gain=2.0),
        rng=Rng(1),
    ).eval(),
}


@pytest.mark.parametrize("integrator", [ExactStep(), EulerStep()], ids=str)
@pytest.mark.parametrize("name", NETS)
def test_what_is_written_to_a_file_and_read_again_does_the_same(name, integrator, tmp_path):
    net = NETS[name]().double()
    nir.write(tmp_path / "net.nir", to_nir(net, like=X[0], integrator=integrator))
    again = from_nir(nir.read(tmp_path / "net.nir"), integrator=integrator, dtype=torch.float64)
    expected = net(X)[0]
    assert (expected != 0).double().mean() > 0.05, "a silent net would show nothing"
    torch.testing.assert_close(again(X)[0], expected, rtol=1e-9, atol=1e-9)


def test_the_equation_that_is_written_has_the_neurons_solution():
    """Integrated finely by hand, a LIF node reaches the potential that the neuron reaches in steps of 1 ms."""
    graph = to_nir(SpikingGraph(nodes={"cell": LIF(reset=HardReset())}, links=LINKS), like=torch.zeros(1, 1))
    node, v, dt = graph.nodes["cell"], 0.0, 1e-7
    neuron = LIF(reset=HardReset())
    x, state = torch.tensor([[0.04]], dtype=torch.float64), None
    for _ in range(5):
        for _ in range(round(1e-3 / dt)):
            v += dt / node.tau[0] * (node.v_leak[0] - v + node.r[0] * x.item())
        state = neuron(x.unsqueeze(0), state)[1]
    assert v == pytest.approx(state.v.item(), rel=1e-4)
    assert (node.v_threshold, node.v_reset) == (1.0, 0.0)


LINKS = (("input", "cell"), ("cell", "output"))


def test_delays_are_in_seconds_and_cover_every_synapse_once():
    net = NETS["delayed"]()
    graph = to_nir(net, like=X[0].float(), integrator=ExactStep(dt_ms=2.0))
    synapses = net.synapses[0]
    total = np.zeros(synapses.weight.shape)
    for name, node in graph.nodes.items():
        if name.startswith("synapses_0_axons_"):
            delay = int(name.rsplit("_", 1)[1])
            np.testing.assert_allclose(node.delay, delay * 2e-3)
            weight = graph.nodes[f"synapses_0_delay_{delay}"].weight
            assert np.array_equal(weight != 0, (synapses.rounded() == delay).numpy())
            total += weight
    np.testing.assert_array_equal(total, synapses.weight.detach().numpy())


@pytest.mark.parametrize(
    ("node", "says"),
    [
        (LIF(), "hard resets, got SoftReset"),
        (ALIF(reset=HardReset()), r"got 'ALIF \(node cell\)'. NIR has no adaptive threshold"),
        (nn.MultiheadAttention(4, 2), "MultiheadAttention"),
        (nn.ReLU(), r"ReLU \(node cell\)"),
    ],
    ids=["soft reset", "adaptive threshold", "attention", "rate unit"],
)
def test_what_nir_cannot_say_is_refused(node, says, monkeypatch):
    monkeypatch.setattr(SpikingGraph, "shapes", lambda self, like: dict.fromkeys(("input", "cell", "output"), (4,)))
    with pytest.raises(NeurariumError, match=says):
        to_nir(SpikingGraph(nodes={"cell": node}, links=LINKS), like=torch.ones(1, 4))


def test_delays_still_in_training_are_refused():
    with pytest.raises(NeurariumError, match=r"got 'synapses_0 in training'. Call net.eval\(\)"):
        to_nir(NETS["delayed"]().train(), like=X[0].float())


def test_a_net_that_is_no_graph_is_refused():
    with pytest.raises(NeurariumError, match=r"got 'Sequential'\. Draw it as a SpikingGraph"):
        to_nir(nn.Sequential(nn.Linear(2, 2)), like=torch.ones(1, 2))
