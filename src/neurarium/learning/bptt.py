"""Back-propagation through time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor

from neurarium.core import Tape, part
from neurarium.learning._watch import check_watch
from neurarium.nets.spiking import SpikingMLP


@part(
    summary="Exact gradients of a spiking network's mean read-out, up to the surrogate.",
    paper="arxiv:1706.04698",
    tags=("spiking",),
)
def bptt(
    net: SpikingMLP,
    x: Float[Tensor, "time batch inputs"],
    loss: Callable[[Tensor], Tensor],
    *,
    watch: Sequence[list[Tensor]] = (),
) -> Float[Tensor, "time batch outputs"]:
    """Accumulate weight gradients of ``loss(mean_t out[t])`` by back-propagation through time.

    ``ΔW_l = Σ_t δ_l[t] s_(l-1)[t]ᵀ`` with δ from the unrolled graph; called like its twin :func:`ottt`.

    Args:
        net: a :class:`SpikingMLP`.
        x: input, time first.
        loss: of the mean read-out, a scalar.
        watch: a list for each layer; its presynaptic factor ``(time, batch, pre)`` is appended.

    Returns:
        the read-out at every instant, detached; gradients are added to ``net``'s parameters.

    Raises:
        NeurariumError: when `watch` does not hold a list for each layer.

    Example:
        >>> import torch
        >>> from neurarium.core import Rng
        >>> net = SpikingMLP(sizes=(4, 8, 2), rng=Rng(0))
        >>> out = bptt(net, torch.ones(5, 3, 4), lambda out: out.square().mean())
        >>> net.synapses[0].weight.grad.shape
        torch.Size([8, 4])

    Paper: with surrogates as in Huh and Sejnowski 2018, arXiv:1706.04698.
    """
    check_watch("bptt", net, watch)
    sites = [f"synapses.{i}.in" for i in range(len(net.synapses))]
    with Tape(net, sites, detach=False) as tape:
        out, _ = net(x)
        loss(out.mean(0)).backward()
    for factors, site in zip(watch, sites, strict=False):
        factors.append(tape[site].detach())
    return out.detach()
