"""Bimodality: do numbers fall into two groups?"""

from __future__ import annotations

import torch
from jaxtyping import Real

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Pearson's index of how far numbers fall into two groups: 0 for two values alone, 2 for a normal law.",
    level="behaviour",
    paper="arxiv:1905.10854",
    tags=("behaviour", "learning-order", "distribution"),
)
def bimodality(shares: Real[Array, " samples"]) -> float:
    """Pearson's index ``κ - s² - 1`` with kurtosis κ and skewness s: the lower, the more bimodal.

    ``s = <z³>``, ``κ = <z⁴>``, z the values with mean zero and variance one. 0: two values and nothing between them;
    0.8: all values of an interval alike; 2: a normal law. Shares of n models that are right independently of each
    other, all with the same chance, give ``2 - 2 / n`` whatever that chance: the binomial null for TP-agreement.

    Args:
        shares: the numbers, such as the share of models that is right about each example.

    Returns:
        the index, 0 or more; NaN if all values are the same.

    Raises:
        NeurariumError: for no finite vector of two values or more.

    Example:
        >>> bimodality(torch.tensor([0.0, 0.0, 1.0])), bimodality(torch.tensor([0.0, 0.5, 0.5, 1.0]))
        (0.0, 1.0)

    Paper: Hacohen, Choshen & Weinshall 2020, arXiv:1905.10854, after Pearson 1894, doi:10.1098/rsta.1894.0003.
    """
    x = as_double("bimodality", "shares", shares, ("samples",))
    if len(x) < 2:
        raise bad("bimodality", "shares", "be two or more", len(x))
    spread = torch.std(x, correction=0)
    if bool(spread <= 1e-13 * x.abs().max()):  # what is left is rounding of the mean
        return float("nan")
    z = (x - x.mean()) / spread
    return max(0.0, round((z**4).mean().item() - (z**3).mean().item() ** 2 - 1, 12))
