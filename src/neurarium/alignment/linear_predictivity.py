"""Linear predictivity: how well one system predicts another."""

from __future__ import annotations

from jaxtyping import Real, Shaped

from neurarium.alignment._arrays import Array
from neurarium.alignment._regressors import Regressor
from neurarium.alignment.encoding_model import encoding_model
from neurarium.core.card import measure


@measure(
    summary="Mean held-out correlation of the units of Y with their best linear prediction from X.",
    level="representation",
    paper="doi:10.1073/pnas.1403112111",
    tags=("similarity", "paired", "asymmetric", "encoding", "cross-validated"),
)
def linear_predictivity(
    X: Real[Array, "samples units_x"],
    Y: Real[Array, "samples_y units_y"],
    *,
    regressor: Regressor | None = None,
    n_folds: int = 5,
    blocks: Shaped[Array, " samples"] | None = None,
) -> float:
    """``mean over units u of Y of  mean over folds of  r(y_u, x W_u)``, the map fitted to the other folds.

    1 if every unit of Y is a linear function of X, about 0 for unrelated data however many units X has; not
    symmetric: a large system may predict a small one that cannot predict it. :func:`encoding_model` gives the values of
    single units, and ceilings where there are repeats.

    Args:
        X: responses of the system that predicts; row i of both answers the same stimulus.
        Y: responses of the system that is predicted.
        regressor: :class:`Ridge` (default; penalty chosen for each unit inside each fold) or :class:`PLS`.
        n_folds: number of folds, contiguous runs of the samples unless `blocks` says otherwise.
        blocks: label of each sample; samples of one label are never separated.

    Raises:
        NeurariumError: for unequal samples, too few for the folds, values that are not finite, or constant data.

    Example:
        >>> import torch
        >>> X = torch.randn(60, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> linear_predictivity(X, X[:, :1]) > 0.999 > linear_predictivity(X[:, :1], X)
        True

    Paper: Yamins et al. 2014, doi:10.1073/pnas.1403112111.
    """
    return float(encoding_model(X, Y, regressor=regressor, n_folds=n_folds, blocks=blocks).correlation.mean())
