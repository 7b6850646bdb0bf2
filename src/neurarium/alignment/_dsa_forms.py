"""Other forms of a delay-space operator, for when one step hardly moves and operators look alike for that alone."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import torch
from jaxtyping import Float, Real

from neurarium.alignment._arrays import Array, as_double, like
from neurarium.core.errors import bad, check_positive


def traceless(operators: Real[Array, "systems rank _rank"]) -> Float[Array, "systems rank rank"]:
    """``A - tr(A) / rank · I``: what is left of an operator near the identity once its common decay is taken off.

    >>> traceless(torch.tensor([[[0.9, 0.2], [0.0, 0.7]]]))[0].round(decimals=3)
    tensor([[ 0.1000,  0.2000],
            [ 0.0000, -0.1000]], dtype=torch.float64)
    """
    A = _square("traceless", operators)
    means = A.diagonal(dim1=-2, dim2=-1).mean(-1)
    return like(A - means[:, None, None] * torch.eye(A.shape[-1], dtype=A.dtype, device=A.device), operators)


def generators(operators: Real[Array, "systems rank _rank"], *, dt_ms: float) -> Float[Array, "systems rank rank"]:
    """``log(A) / dt_ms``, so that ``v' = L v`` passes A after one step: rates in 1/ms, the same for any step length.

    Args:
        operators: one matrix a system, of :func:`dsa_operators`.
        dt_ms: time between two steps of the data.

    Raises:
        NeurariumError: where an eigenvalue is zero or negative: no real generator passes it. Lower the rank.

    >>> turn = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])  # a quarter of a turn in 10 ms
    >>> round(float(generators(turn, dt_ms=10.0)[0, 1, 0]), 4)
    0.1571
    """
    check_positive("generators", dt_ms=dt_ms)
    A = _square("generators", operators)
    values = torch.linalg.eigvals(A)
    has_none = ((values.imag == 0) & (values.real <= 0)).any(-1)
    if has_none.any():
        worst = values.real[has_none].min().item()
        hint = "A mode that flips or vanishes in one step is noise or sampled too slowly: lower the rank."
        raise bad("generators", "operators", "have no eigenvalue that is zero or negative", worst, hint)
    logs = np.stack([scipy.linalg.logm(a).real for a in A.numpy(force=True)])
    return like(torch.from_numpy(logs).to(A.device) / dt_ms, operators)


def _square(owner: str, operators: Array) -> Float[torch.Tensor, "systems rank rank"]:
    A = as_double(owner, "operators", operators, ("systems", "rank", "rank"))
    if A.shape[1] != A.shape[2]:
        raise bad(owner, "operators", "be square matrices of one rank", tuple(A.shape))
    return A
