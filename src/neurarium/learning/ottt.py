"""Online training through time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import part, unroll
from neurarium.core.errors import bad
from neurarium.learning._watch import check_watch
from neurarium.nets.spiking import SpikingMLP


class OTTTState(NamedTuple):
    """`cells`: neurons of each hidden layer; `traces`: presynaptic trace of each synapse that feeds one."""

    cells: tuple[Any, ...]
    traces: tuple[Tensor, ...]


@part(
    summary="Spiking credit without a backward pass through time: presynaptic traces, instantaneous errors.",
    paper="arxiv:2210.04195",
    tags=("spiking", "online"),
)
def ottt(
    net: SpikingMLP,
    x: Float[Tensor, "time batch inputs"],
    loss: Callable[[Tensor], Tensor],
    *,
    watch: Sequence[list[Tensor]] = (),
) -> Float[Tensor, "time batch outputs"]:
    """Accumulate weight gradients while the network runs; memory does not grow with time.

    ``â_l[t] = α_l â_l[t-1] + s_l[t]``,  ``ΔW_l = Σ_t δ_l[t] â_l[t]ᵀ / T``, δ back-propagated through the layers
    of one instant only. A trace decays as the membrane that it feeds (α); read-out synapses feed none and use s.

    Args:
        net: a :class:`SpikingMLP` whose neurons have a decay `alpha`.
        x: input, time first.
        loss: of the read-out of one instant, a scalar; the mean over instants is what falls.
        watch: a list for each layer; its presynaptic factor is appended at every instant, ``(batch, pre)``.

    Returns:
        the read-out at every instant, detached; gradients are added to ``net``'s parameters.

    Raises:
        NeurariumError: for neurons without `alpha`, or when `watch` does not hold a list for each layer.

    Example:
        >>> from neurarium.core import Rng
        >>> net = SpikingMLP(sizes=(4, 8, 2), rng=Rng(0))
        >>> out = ottt(net, torch.ones(5, 3, 4), lambda out: out.square().mean())
        >>> net.synapses[0].weight.grad.shape
        torch.Size([8, 4])

    Paper: Xiao et al. 2022, arXiv:2210.04195.
    """
    check_watch("ottt", net, watch)
    for neuron in net.neurons:
        if not hasattr(neuron, "alpha"):
            raise bad("ottt", "net", "have neurons with a decay `alpha`", type(neuron).__name__, "Take bptt.")

    def step(s: Tensor, state: OTTTState) -> tuple[Tensor, OTTTState]:
        cells, traces = [], []
        layers = zip(net.synapses, net.neurons, state.cells, state.traces, strict=False)
        for i, (synapses, neuron, cell, trace) in enumerate(layers):
            trace = neuron.alpha * trace + s.detach()
            if watch:
                watch[i].append(trace)
            s, cell = neuron.step(synapses(s, trace), cell)
            cells.append(type(cell)(*(field.detach() for field in cell)))
            traces.append(trace)
        if watch:
            watch[len(traces)].append(s.detach())
        out = net.synapses[-1](s)
        (loss(out) / len(x)).backward()
        return out.detach(), OTTTState(tuple(cells), tuple(traces))

    with torch.no_grad():
        cells = net.init_state(x[0]).cells
        widths = [synapses.weight.shape[1] for synapses in net.synapses][:-1]
        traces = tuple(x.new_zeros(*x.shape[1:-1], width) for width in widths)
    return unroll(step, x, OTTTState(cells, traces))[0]
