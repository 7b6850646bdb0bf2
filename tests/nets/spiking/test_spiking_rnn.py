"""A recurrent layer of spiking neurons."""

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.nets.spiking import SpikingGraph, SpikingRNN
from neurarium.neurons import ALIF, LIF
from neurarium.synapses import Dense

X = torch.rand(30, 3, 4, generator=Rng(1)("x"), dtype=torch.float64)


@pytest.mark.parametrize("neuron", [LIF, ALIF])
def test_it_is_the_graph_of_its_neurons_and_synapses(neuron):
    net = SpikingRNN(n_inputs=4, n_units=6, neuron=neuron, gain=2.0, rng=Rng(0)).double()
    nodes = {"in": Dense(n_pre=4, n_post=6, rng=Rng(0)), "cells": neuron, "rec": Dense(n_pre=6, n_post=6, rng=Rng(0))}
    links = (("input", "in"), ("in", "cells"), ("cells", "rec"), ("rec", "cells"), ("cells", "output"))
    graph = SpikingGraph(nodes=nodes, links=links).double()
    graph.nodes["in"].weight.data, graph.nodes["rec"].weight.data = net.weight_in.data, net.weight_rec.data
    expected = graph(X)[0]
    assert 0.02 < expected.mean() < 0.98
    torch.testing.assert_close(net(X)[0], expected, rtol=0, atol=0)


def test_stacked_networks_start_alike_and_run_apart():
    single = SpikingRNN(n_inputs=4, n_units=6, gain=2.0, rng=Rng(0)).double()
    stacked = SpikingRNN(n_inputs=4, n_units=6, gain=2.0, n_stacked=2, rng=Rng(0)).double()
    with torch.no_grad():
        stacked.weight_rec[1] = 0
    z, _ = stacked(X.unsqueeze(1).expand(-1, 2, -1, -1))
    torch.testing.assert_close(z[:, 0], single(X)[0], rtol=0, atol=0)
    assert not torch.equal(z[:, 1], z[:, 0])


def test_bad_stacked_input_is_refused():
    with pytest.raises(NeurariumError, match="SpikingRNN: `x` must be"):
        SpikingRNN(n_inputs=4, n_units=6, n_stacked=2, rng=Rng(0))(torch.rand(5, 3, 4))


def test_bad_sizes_are_refused():
    with pytest.raises(NeurariumError, match="SpikingRNN: `n_units`"):
        SpikingRNN(n_inputs=4, n_units=0, rng=Rng(0))
