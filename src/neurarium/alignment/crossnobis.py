"""Cross-validated squared Mahalanobis distance."""

from __future__ import annotations

import torch
from jaxtyping import Float, Real

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.alignment._distances import root_of_precision
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="Distances between repeated responses to each two stimuli, free of the bias of noise.",
    level="representation",
    paper="doi:10.1016/j.neuroimage.2015.12.012",
    tags=("rdm", "geometry"),
)
@torch.no_grad()
def crossnobis(
    X: Real[Array, "samples repeats units"], *, precision: Real[Array, "units units2"] | None = None
) -> Float[Array, "samples samples"]:
    """The mean over each two different repeats a, b of ``(x_i^a - x_j^a)ᵀ P (x_i^b - x_j^b) / units``.

    Noise of different repeats is independent, so it averages out: the expected distance is that of the mean responses,
    and 0 where they do not differ. Single values may be negative; keep them, for clipping brings the bias back.

    Args:
        X: responses to each stimulus, in at least two independent repeats (runs, sessions or folds).
        precision: inverse covariance P of the noise, e.g. of :func:`noise_precision`; default: identity (Euclidean).

    Returns:
        symmetric, zero diagonal, for :func:`compare_rdms`.

    Raises:
        NeurariumError: for a single repeat, or a precision that is not positive definite or of other units.

    Example:
        >>> crossnobis(torch.tensor([[[0.0], [1.0]], [[2.0], [2.0]]]))     # (2 - 0) (2 - 1)
        tensor([[0., 2.],
                [2., 0.]], dtype=torch.float64)

    Paper: Walther et al. 2016, doi:10.1016/j.neuroimage.2015.12.012.
    """
    x = as_double("crossnobis", "X", X, ("samples", "repeats", "units"))
    n, n_repeats, n_units = x.shape
    if n_repeats < 2:
        hint = "With one repeat use rdm(X, distance=Mahalanobis(precision=...))."
        raise bad("crossnobis", "X", "hold at least 2 repeats", n_repeats, hint)
    if precision is not None:
        x = x @ root_of_precision("crossnobis", precision, x)
    x = x - x.mean(0)  # moves nothing apart within a repeat, and keeps digits
    total, flat = x.sum(1), x.reshape(n, -1)
    K = total @ total.mT - flat @ flat.mT  # every repeat with every one, less each with itself
    K /= n_repeats * (n_repeats - 1) * n_units
    own = K.diagonal()
    return like((own + own[:, None] - 2 * K).fill_diagonal_(0), X)
