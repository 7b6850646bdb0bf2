"""Maximum manifold capacity representations: the objective."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Real
from torch import Tensor

from neurarium.alignment._arrays import Array
from neurarium.core.card import measure
from neurarium.core.errors import bad


@measure(
    summary="How near class centroids of unit vectors come to the most room that they can fill; a loss once negated.",
    level="representation",
    paper="arxiv:2303.03307",
    tags=("capacity", "differentiable"),
)
def mmcr(X: Real[Array, "manifolds views units"]) -> Float[Tensor, ""]:
    """``‖C‖_* / √(P min(P, D))``, C the mean of the unit-norm views of each of P manifolds in D units.

    The nuclear norm is large where the views of a manifold point one way (long centroids: small radius) and centroids
    are spread evenly (a tight frame: no direction is wasted). 1 is reached by both together. Gradients flow; maximise
    it, e.g. ``loss = -mmcr(views)``. Its slope with respect to C is ``U Vᵀ`` over the bound.

    Args:
        X: responses, e.g. to several views of each image.

    Returns:
        a number from 0 to 1, in the precision of `X` and on its device.

    Raises:
        NeurariumError: for views without a direction.

    Example:
        >>> round(mmcr(torch.eye(3)[:, None].repeat(1, 4, 1)).item(), 6)
        1.0

    Paper: Yerxa et al. 2023, arXiv:2303.03307.
    """
    views = torch.from_numpy(np.asarray(X, np.float64)) if isinstance(X, np.ndarray) else X
    if views.ndim != 3 or 0 in views.shape:
        raise bad("mmcr", "X", "be (manifolds, views, units), none of them empty", tuple(views.shape))
    views = views if views.is_floating_point() else views.double()
    if not bool((views.detach().norm(dim=-1) > 0).all()):
        raise bad("mmcr", "X", "have a direction in every view", "NaN or a view of zeros")
    centroids = F.normalize(views, dim=-1, eps=torch.finfo(views.dtype).tiny).mean(1)
    n_manifolds, n_units = centroids.shape
    return torch.linalg.matrix_norm(centroids, "nuc") / math.sqrt(n_manifolds * min(n_manifolds, n_units))
