"""Elastic weight consolidation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from neurarium.core import part
from neurarium.core.errors import bad, check_positive


@part(
    summary="A spring to the old weights, as stiff as each of them mattered to the old tasks.",
    paper="arxiv:1612.00796",
    tags=("continual",),
    example=dict(strength=1.0),
)
class ElasticWeightConsolidation:
    """Elastic weight consolidation (EWC) in its online form: one anchor, summed importances.

    ``penalty(θ) = strength / 2 · Σ_i F_i (θ_i - θ*_i)²`` with the diagonal empirical Fisher information
    ``F_i = Σ_tasks mean_n (∂ log p(y_n | x_n) / ∂θ_i)²``.

    Args:
        strength: stiffness, the paper's λ.

    Example:
        >>> net, ewc = nn.Linear(1, 1, bias=False), ElasticWeightConsolidation(strength=2.0)
        >>> ewc.consolidate(net, [torch.tensor([[3.0]])], lambda m, x: m(x).sum())   # F = 3² = 9
        >>> _ = nn.init.constant_(net.weight, net.weight.item() + 1.0)
        >>> round(ewc.penalty(net).item(), 3)
        9.0

    Paper: Kirkpatrick et al. 2017, arXiv:1612.00796; one anchor as in Schwarz et al. 2018, arXiv:1805.06370.
    """

    def __init__(self, *, strength: float) -> None:
        check_positive("ElasticWeightConsolidation", strength=strength)
        self.strength = strength
        self.anchor: dict[str, Tensor] = {}
        self.fisher: dict[str, Tensor] = {}

    def consolidate(self, net: nn.Module, samples: Iterable[Any], log_likelihood: Callable[..., Tensor]) -> None:
        """Move the anchor here and add the importances of one more task.

        Args:
            net: the network as the task left it.
            samples: one sample at a time, whatever `log_likelihood` takes.
            log_likelihood: ``(net, sample) -> log p``, a scalar.

        Raises:
            NeurariumError: without samples.
        """
        weights = {name: p for name, p in net.named_parameters() if p.requires_grad}
        new = {name: torch.zeros_like(p) for name, p in weights.items()}
        n_samples = 0
        for sample in samples:
            n_samples += 1
            grads = torch.autograd.grad(log_likelihood(net, sample), list(weights.values()), materialize_grads=True)
            for name, grad in zip(new, grads, strict=True):
                new[name] += grad**2
        if n_samples == 0:
            hint = "An iterator that was used up is empty."
            raise bad("ElasticWeightConsolidation", "samples", "hold at least one sample", n_samples, hint)
        self.fisher = {name: self.fisher.get(name, 0) + f / n_samples for name, f in new.items()}
        self.anchor = {name: p.detach().clone() for name, p in weights.items()}

    def penalty(self, net: nn.Module) -> Tensor:
        """The energy of the springs; zero before the first task ends."""
        weights = dict(net.named_parameters())
        terms = [(f * (weights[name] - self.anchor[name]) ** 2).sum() for name, f in self.fisher.items()]
        return self.strength / 2 * sum(terms, start=torch.zeros(()))
