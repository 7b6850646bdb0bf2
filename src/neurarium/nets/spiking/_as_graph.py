"""The networks of this room as graphs whose nodes do one thing each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

from neurarium.core.errors import bad
from neurarium.nets.spiking.delayed_snn import DelayedSNN
from neurarium.nets.spiking.spiking_graph import INPUT, OUTPUT, SpikingGraph
from neurarium.nets.spiking.spiking_mlp import SpikingMLP
from neurarium.synapses import AxonalDelay, DelayedDense

Link = tuple[str, str]


def as_graph(net: nn.Module) -> SpikingGraph:
    """`net` as a graph without synapses that have delays: those become axonal delays and dense synapses behind them."""
    if isinstance(net, SpikingGraph):
        nodes, links = dict(net.nodes.items()), list(net.links)
    elif isinstance(net, SpikingMLP):
        nodes, links = _layers(net)
    elif isinstance(net, DelayedSNN):
        nodes, links = _delayed_layers(net)
    else:
        known = "SpikingGraph, SpikingMLP or DelayedSNN"
        raise bad("to_nir", "net", f"be a {known}", type(net).__name__, "Draw it as a SpikingGraph first.")
    while inner := [(name, node) for name, node in nodes.items() if isinstance(node, SpikingGraph)]:
        nodes, links = _opened(nodes, links, *inner[0])
    for name, node in tuple(nodes.items()):
        if isinstance(node, DelayedDense):
            nodes, links = _without_delays(nodes, links, name, node)
    return SpikingGraph(nodes=nodes, links=links)


def _layers(net: SpikingMLP) -> tuple[dict[str, nn.Module], list[Link]]:
    nodes: dict[str, nn.Module] = {}
    for i, synapses in enumerate(net.synapses):
        nodes[f"synapses_{i}"] = synapses
        if i < len(net.neurons):
            nodes[f"neurons_{i}"] = net.neurons[i]
    chain = [INPUT, *nodes, OUTPUT]
    return nodes, [*pairwise(chain)]


def _delayed_layers(net: DelayedSNN) -> tuple[dict[str, nn.Module], list[Link]]:
    nodes: dict[str, nn.Module] = {}
    links: list[Link] = []
    before = INPUT
    for i, layer in enumerate(net.layers):
        synapses, neurons, recurrent = f"synapses_{i}", f"neurons_{i}", f"recurrent_{i}"
        nodes |= {synapses: layer.synapses, neurons: layer.neuron}
        links += [(before, synapses), (synapses, neurons)]
        if layer.recurrent is not None:
            nodes[recurrent] = layer.recurrent
            links += [(neurons, recurrent), (recurrent, neurons)]
        before = neurons
    return nodes, [*links, (before, OUTPUT)]


def _opened(
    nodes: dict[str, nn.Module], links: list[Link], name: str, graph: SpikingGraph
) -> tuple[dict[str, nn.Module], list[Link]]:
    """A graph within the graph, such as a neuron made of parts, as nodes of the outer one."""
    full = {inner: f"{name}.{inner}" for inner in graph.nodes}
    begins = [full[b] for a, b in graph.links if a == INPUT]
    ends = [full[a] for a, b in graph.links if b == OUTPUT]
    into, out_of = [a for a, b in links if b == name], [b for a, b in links if a == name]
    within = [(full[a], full[b]) for a, b in graph.links if a in full and b in full]
    links = [link for link in links if name not in link] + within
    links += [(a, b) for a in into for b in begins] + [(a, b) for a in ends for b in out_of]
    kept = {n: m for n, m in nodes.items() if n != name}
    return kept | {full[n]: m for n, m in graph.nodes.items()}, links


def _without_delays(
    nodes: dict[str, nn.Module], links: list[Link], name: str, synapses: DelayedDense
) -> tuple[dict[str, nn.Module], list[Link]]:
    """Synapses with a delay each as a bundle for each delay: all axons delayed, then the weights that wait so long."""
    if synapses.training and synapses.delay_steps.requires_grad:
        hint = "Call net.eval() first: then each synapse has one delay, of whole steps."
        raise bad("to_nir", "net", "have learned its delays", f"{name} in training", hint)
    into, out_of = [a for a, b in links if b == name], [b for a, b in links if a == name]
    links = [link for link in links if name not in link]
    kept: dict[str, nn.Module] = {}
    for delay, weight in _bundles(synapses):
        axons, dense = f"{name}_axons_{delay}", f"{name}_delay_{delay}"
        kept |= {axons: AxonalDelay(delay_steps=delay), dense: _dense(weight)}
        links += [*((a, axons) for a in into), (axons, dense), *((dense, b) for b in out_of)]
    return {n: m for n, m in nodes.items() if n != name} | kept, links


def _bundles(synapses: DelayedDense) -> Iterator[tuple[int, Tensor]]:
    delays = synapses.rounded()
    for delay in delays.unique().tolist():
        yield delay, torch.where(delays == delay, synapses.weight.detach(), 0)


def _dense(weight: Tensor) -> nn.Module:
    linear = nn.utils.skip_init(nn.Linear, weight.shape[1], weight.shape[0], bias=False, dtype=weight.dtype)
    with torch.no_grad():
        linear.weight.copy_(weight)
    return linear
