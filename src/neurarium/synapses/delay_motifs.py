"""A layer of spiking neurons, each of which waits for one spatio-temporal motif."""

from __future__ import annotations

import copy
from typing import no_type_check

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_count
from neurarium.core.kernels import compiled


@part(
    summary="Synapses with many delays each, so that a spatio-temporal motif of events arrives all at once.",
    paper="arxiv:2307.14077",
    tags=("spiking", "delays", "events", "convolutional"),
)
class DelayMotifs(nn.Module):
    """Neurons that know a motif of events by heart: one weight for every polarity, place and axonal delay.

    ``z[t,k,y,x] = b[k] + Σ W[k,p,δ,dy,dx] · a[t-δ,p,y+dy,x+dx];  Pr(k | t,y,x) = softmax_k z``

    The sum runs over δ = 0 .. max_delay_steps and dy, dx = -reach .. reach; nothing comes from beyond the border or
    from before the start. Every neuron sits at every pixel. Fitting W by cross-entropy is a logistic regression,
    hence convex, so weights start at zero.

    Args:
        n_units: motifs, one neuron a pixel for each.
        n_inputs: polarities of the events.
        reach: pixels a synapse reaches to each side.
        max_delay_steps: longest axonal delay; 0 sees the present alone.

    Raises:
        NeurariumError: for numbers out of range.

    Example:
        >>> neurons = DelayMotifs(n_units=3, reach=1)
        >>> events = torch.rand(9, 2, 2, 6, 6, generator=Rng(0)("events")) < 0.1
        >>> neurons(events).shape
        torch.Size([9, 2, 3, 6, 6])

    Paper: Grimaldi and Perrinet 2023, arXiv:2307.14077.
    """

    def __init__(self, *, n_units: int = 8, n_inputs: int = 2, reach: int = 2, max_delay_steps: int = 6) -> None:
        super().__init__()
        check_count("DelayMotifs", n_units=n_units, n_inputs=n_inputs)
        check_count("DelayMotifs", least=0, reach=reach, max_delay_steps=max_delay_steps)
        side = 2 * reach + 1
        self.reach, self.max_delay_steps = reach, max_delay_steps
        self.weight = nn.Parameter(torch.zeros(n_units, n_inputs, max_delay_steps + 1, side, side))
        self.bias = nn.Parameter(torch.zeros(n_units))

    def forward(
        self, x: Bool[Tensor, "time batch inputs height width"] | Float[Tensor, "time batch inputs height width"]
    ) -> Float[Tensor, "time batch units height width"]:
        """The potentials z of all neurons at all times, as a convolution."""
        kernel = self.weight.flip(2)  # a convolution counts time forwards, a delay backwards
        return F.conv3d(self._framed(x), kernel, self.bias).permute(2, 0, 1, 3, 4)

    def arriving(
        self,
        x: Bool[Tensor, "time batch inputs height width"] | Float[Tensor, "time batch inputs height width"],
        where: Int64[Tensor, "places 4"],
    ) -> Float[Tensor, "places synapses"]:
        """What each synapse delivers at some places only: ``z = arriving @ weight.flatten(1).T + bias``.

        Args:
            x: events.
            where: step, batch row, pixel row and pixel column of each place.
        """
        time, batch, row, column = (i.reshape(-1, 1, 1, 1, 1) for i in where.unbind(1))
        _, n_inputs, n_delays, side, _ = self.weight.shape
        polarity = torch.arange(n_inputs, device=where.device).reshape(-1, 1, 1, 1)
        delay = torch.arange(n_delays, device=where.device).reshape(-1, 1, 1)
        offset = torch.arange(side, device=where.device)
        moment = time + self.max_delay_steps - delay  # the frame put as many steps in front
        return self._framed(x)[batch, polarity, moment, row + offset[:, None], column + offset].flatten(1)

    def _framed(self, x: Tensor) -> Float[Tensor, "batch inputs time height width"]:
        """The input with silence around it and before it."""
        if x.ndim != 5 or x.shape[2] != self.weight.shape[1]:
            raise bad("DelayMotifs", "x", f"be (time, batch, {self.weight.shape[1]}, height, width)", tuple(x.shape))
        silent = (self.reach,) * 4 + (self.max_delay_steps, 0)
        return F.pad(x.permute(1, 2, 0, 3, 4).to(self.weight.dtype), silent)

    @torch.no_grad()
    def scatter(
        self, x: Bool[Tensor, "time batch inputs height width"]
    ) -> tuple[Float[Tensor, "time batch units height width"], int]:
        """The same potentials, event by event: each event goes through every synapse it has into a ring buffer.

        Returns:
            potentials z, and the synaptic operations: additions of a weight that is not zero.
        """
        n_steps, n_batch, _, height, width = x.shape
        events = x.transpose(0, 1).nonzero().cpu().numpy()  # batch row, step, polarity, row, column
        weight = self.weight.transpose(0, 1).double().cpu()
        synapse = weight.nonzero().numpy()  # polarity, unit, delay, row, column
        synapse[:, 3:] -= self.reach
        first = np.searchsorted(synapse[:, 0], np.arange(len(weight) + 1))
        z = np.empty((n_steps, n_batch, len(self.bias), height, width))
        ring = np.empty((self.max_delay_steps + 1, *z.shape[2:]))
        bias = self.bias.double().cpu().numpy()
        n_operations = _scatter(events, synapse, weight[weight != 0].numpy(), first, bias, ring, z)
        return torch.from_numpy(z).to(self.weight), n_operations

    def pruned(self, density: float) -> DelayMotifs:
        """A copy with only the share `density` of all synapses, those with the largest absolute weight."""
        return self._keeping(self.weight.detach().abs().flatten(), density)

    def pruned_at_random(self, density: float, *, rng: Rng) -> DelayMotifs:
        """A copy with only the share `density` of all synapses, drawn from stream ``pruning``."""
        return self._keeping(torch.rand(self.weight.numel(), generator=rng("pruning")), density)

    def _keeping(self, rank: Float[Tensor, " synapses"], density: float) -> DelayMotifs:
        if not 0 < density <= 1:
            raise bad("DelayMotifs", "density", "lie above 0 and be at most 1", density)
        kept = rank.argsort(descending=True)[: max(1, round(density * len(rank)))]
        mask = torch.zeros_like(self.weight).flatten()
        mask[kept] = 1
        thin = copy.deepcopy(self)
        thin.weight.data *= mask.reshape(self.weight.shape)
        return thin


@compiled()
@no_type_check
def _scatter(events, synapse, weight, first, bias, ring, z):
    n_steps, n_batch, n_units, height, width = z.shape
    n_slots, n_operations, i = len(ring), 0, 0
    for b in range(n_batch):
        ring[:] = 0.0
        for now in range(n_steps):
            while i < len(events) and events[i, 0] == b and events[i, 1] == now:
                polarity = events[i, 2]
                for s in range(first[polarity], first[polarity + 1]):
                    y, x = events[i, 3] - synapse[s, 3], events[i, 4] - synapse[s, 4]
                    if 0 <= y < height and 0 <= x < width:
                        ring[(now + synapse[s, 2]) % n_slots, synapse[s, 1], y, x] += weight[s]
                        n_operations += 1
                i += 1
            arrived = ring[now % n_slots]
            for k in range(n_units):
                z[now, b, k] = arrived[k] + bias[k]
            arrived[:] = 0.0
    return n_operations
