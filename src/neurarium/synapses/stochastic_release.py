"""Synapses that fail at random, and release more or less when they do not."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_fraction
from neurarium.synapses.dense import Dense


@part(
    summary="All-to-all synapses that release at random and with a random amplitude, a chance learned for each input.",
    paper="doi:10.1523/JNEUROSCI.22-11-04746.2002",
    tags=("stochastic", "trained", "differentiable"),
    example=dict(n_pre=4, n_post=3),
)
class StochasticRelease(nn.Module):
    """All-to-all synapses with quantal failure and amplitude noise.

    ``y_j = Σ_i w_ji φ_ji Q_ji x_i``,  ``φ ~ Bernoulli(s_i)``,  ``Q ~ Uniform(1 - jitter, 1 + jitter)``

    Both are drawn anew for each synapse whenever something arrives, and for nothing else. On average
    ``y = W (s ∘ x)``; the variance is ``Σ w² x² s (1 + jitter²/3 - s)``. The gradient of the chance
    ``s = sigmoid(logit)`` is that of the average release (straight through), that of w is exact for what was drawn.

    Args:
        n_pre: presynaptic units.
        n_post: postsynaptic units.
        gain: weights are drawn uniformly within ``± gain / √n_pre`` from stream ``weights``.
        p_release: chance of release at first.
        jitter: half the width of the amplitude's distribution, up to 1.
        is_fixed: chances of release are not learned.
        rng: streams ``weights`` and ``release``; the second goes on from call to call.

    Raises:
        NeurariumError: for a chance that is not above 0 and below 1, or a jitter outside 0 to 1.

    Example:
        >>> synapses = StochasticRelease(n_pre=2, n_post=3, p_release=0.5, rng=Rng(0))
        >>> y = synapses(torch.ones(4000, 2))
        >>> bool((y.mean(0) - 0.5 * synapses.weight.sum(1)).abs().max() < 0.03)
        True

    Paper: Levy and Baxter 2002, Journal of Neuroscience 22, 4746-4755.
    """

    def __init__(
        self,
        *,
        n_pre: int,
        n_post: int,
        gain: float = 1.0,
        p_release: float = 0.5,
        jitter: float = 1.0,
        is_fixed: bool = False,
        rng: Rng,
    ) -> None:
        super().__init__()
        check_fraction("StochasticRelease", jitter=jitter)
        if not 0 < p_release < 1:
            raise bad("StochasticRelease", "p_release", "lie between 0 and 1, the ends excluded", p_release)
        self.weight = Dense(n_pre=n_pre, n_post=n_post, gain=gain, rng=rng).weight
        logit = torch.logit(torch.full((n_pre,), p_release, dtype=torch.float64)).to(self.weight.dtype)
        self.logit = nn.Parameter(logit, requires_grad=not is_fixed)
        self.jitter, self.rng = jitter, rng

    @property
    def p_release(self) -> Float[Tensor, " pre"]:
        """The chance of release of each input's synapses."""
        return self.logit.sigmoid()

    def forward(self, x: Float[Tensor, "*batch pre"]) -> Float[Tensor, "*batch post"]:
        """What arrives at the postsynaptic units."""
        flat = x.reshape(-1, x.shape[-1])
        row, pre = flat.detach().nonzero().unbind(1)
        draw = torch.rand(2, len(row), len(self.weight), generator=self.rng("release"), dtype=torch.float32).to(x)
        chance = self.p_release[pre].unsqueeze(1)
        release = chance + ((draw[0] < chance).to(x.dtype) - chance).detach()
        quantum = 1 + self.jitter * (2 * draw[1] - 1)
        arrives = self.weight.mT[pre] * (release * quantum) * flat[row, pre].unsqueeze(1)
        y = flat.new_zeros(len(flat), len(self.weight)).index_add(0, row, arrives)
        return y.view(*x.shape[:-1], -1)
