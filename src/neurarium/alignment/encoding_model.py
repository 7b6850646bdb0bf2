"""Encoding model: how well responses of one system are predicted, unit by unit, from those of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Real, Shaped
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.alignment._folds import folds_of
from neurarium.alignment._regressors import Regressor, Ridge
from neurarium.alignment.split_half_reliability import split_half_reliability
from neurarium.core.card import measure
from neurarium.core.errors import bad


@dataclass(frozen=True)
class EncodingModel:
    """Held-out predictions and their quality, one value for each target.

    Attributes:
        predictions: of every sample by the map that never saw its fold (samples, targets).
        correlation: Pearson r of predicted and recorded, mean over folds; 0 where the prediction is constant.
        r2: 1 - squared error over that of the mean of the samples fitted to; below zero is worse than that mean.
        ridge: penalty chosen in each fold (folds, targets); None for a map without one.
        ceiling: sqrt of the reliability of the recorded mean: the r of a perfect model. None without repeats, NaN
            where reliability is not positive.
    """

    predictions: Array
    correlation: Array
    r2: Array
    ridge: Array | None
    ceiling: Array | None

    @property
    def corrected(self) -> Array | None:
        """Correlation over ceiling; may exceed 1, because both are estimates. None without repeats."""
        return None if self.ceiling is None else self.correlation / self.ceiling


@measure(
    summary="Cross-validated linear prediction of one system from another, with a noise ceiling for each target.",
    level="representation",
    paper="doi:10.1016/j.neuroimage.2010.07.073",
    tags=("encoding", "cross-validated"),
)
@torch.no_grad()
def encoding_model(
    X: Real[Array, "samples units_x"],
    Y: Real[Array, "samples_y *repeats targets"],
    *,
    regressor: Regressor | None = None,
    n_folds: int = 5,
    blocks: Shaped[Array, " samples"] | None = None,
) -> EncodingModel:
    """``ŷ = x W + b`` fitted to all folds but one and tested on that one, in turn; penalties are chosen inside.

    Args:
        X: features; row i of both answers the same stimulus.
        Y: responses (samples, targets), or with repeats (samples, repeats, targets), whose mean is predicted.
        regressor: :class:`Ridge` (default) or :class:`PLS`, or any function ``(x, y, blocks) -> LinearFit``.
        n_folds: number of folds, contiguous runs of the samples unless `blocks` says otherwise.
        blocks: label of each sample; a block (a passage, a session) is never split, neither by a fold nor in the
            choice of penalties, and blocks are dealt out in the order of their labels. For shuffled folds give
            a permutation.

    Raises:
        NeurariumError: for unequal samples, too few for the folds, values that are not finite, or constant data.

    Example:
        >>> X = torch.randn(60, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> encoding_model(X, X @ torch.ones(3, 2, dtype=torch.float64)).correlation.round(decimals=3).tolist()
        [1.0, 1.0]

    Paper: Naselaris et al. 2011, doi:10.1016/j.neuroimage.2010.07.073; penalties: Dupré la Tour et al. 2022.
    """
    x, y, repeats = _paired(X, Y)
    fold, block = (t.to(x.device) for t in folds_of("encoding_model", len(x), n_folds, blocks))
    predicted, baseline, fits, rs = torch.empty_like(y), torch.empty_like(y), [], []
    for k in range(n_folds):
        test = fold == k
        fits.append((regressor or Ridge())(x[~test], y[~test], block[~test]))
        predicted[test], baseline[test] = fits[-1](x[test]), y[~test].mean(0)
        rs.append(_pearson(y[test], predicted[test], k))
    r2 = 1 - (y - predicted).square().sum(0) / (y - baseline).square().sum(0)
    reliability = None if repeats is None else split_half_reliability(repeats)
    return EncodingModel(
        predictions=like(predicted, Y),
        correlation=like(torch.stack(rs).mean(0), Y),
        r2=like(r2, Y),
        ridge=None if fits[0].ridge is None else like(torch.stack([fit.ridge for fit in fits]), Y),
        ceiling=None if reliability is None else like(torch.where(reliability > 0, reliability, torch.nan).sqrt(), Y),
    )


def _paired(X: Array, Y: Array) -> tuple[Tensor, Tensor, Tensor | None]:
    """Features with at most as many coordinates as samples, mean responses, and the repeats if there are any."""
    owner = "encoding_model"
    x = as_double(owner, "X", X, ("samples", "units"))
    has_repeats = isinstance(Y, (np.ndarray, Tensor)) and Y.ndim == 3
    y = as_double(owner, "Y", Y, ("samples", *["repeats"] * has_repeats, "targets"))
    if len(x) != len(y):
        hint = "Row i of both must answer the same stimulus."
        raise bad(owner, "Y", f"have as many samples as X ({len(x)})", len(y), hint)
    if x.device != y.device:
        raise bad(owner, "Y", f"be on the device of X ({x.device})", str(y.device))
    repeats, y = (y, y.mean(1)) if has_repeats else (None, y)
    if bool((x == x[0]).all()):
        raise bad(owner, "X", "vary over samples", "constant data", "Constant features predict nothing.")
    if x.shape[1] > len(x):  # the same Gram matrix, hence the same fit
        x = torch.linalg.qr((x - x.mean(0)).mT, mode="r")[1].mT
    return x, y, repeats


def _pearson(y: Tensor, predicted: Tensor, fold: int) -> Float[Tensor, " targets"]:
    """Correlation within a fold; a prediction that is constant but for rounding correlates with nothing."""
    centred, guess = y - y.mean(0), predicted - predicted.mean(0)
    size, guessed = torch.linalg.vector_norm(centred, dim=0), torch.linalg.vector_norm(guess, dim=0)
    constant = size <= 1e-13 * y.abs().amax(0)
    if bool(constant.any()):
        which = torch.nonzero(constant).flatten()[:5].tolist()
        hint = f"Drop targets that never respond (here {which} in fold {fold}), or take fewer or shuffled folds."
        raise bad("encoding_model", "Y", "vary within every fold", "constant data", hint)
    moves = guessed > 1e-12 * predicted.abs().amax(0).clamp_min(1e-300)
    return torch.where(moves, (centred * guess).sum(0) / (size * guessed.clamp_min(1e-300)), 0.0)
