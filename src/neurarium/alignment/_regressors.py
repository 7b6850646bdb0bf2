"""Linear maps from one system to another: what :func:`encoding_model` fits in each fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from neurarium.core.errors import bad, check_count, check_not_negative

RIDGES = tuple(10 ** (k / 2) for k in range(8, -7, -1))  # strong first: it wins a tie


class LinearFit(NamedTuple):
    """``y = x W + b``; `ridge` is the penalty chosen for each target, None for a map without one."""

    weight: Float[Tensor, "units targets"]
    bias: Float[Tensor, " targets"]
    ridge: Float[Tensor, " targets"] | None = None

    def __call__(self, x: Float[Tensor, "samples units"]) -> Float[Tensor, "samples targets"]:
        """The prediction."""
        return x @ self.weight + self.bias


Regressor = Callable[
    [Float[Tensor, "samples units"], Float[Tensor, "samples targets"], Int64[Tensor, " samples"]], LinearFit
]


@dataclass(frozen=True)
class Ridge:
    """Ridge regression whose penalty is chosen for each target on samples left out.

    ``W = (X'X + λ I)⁻¹ X'Y`` of centred X and Y, ``λ = ridge · mean non-zero eigenvalue of X'X``. One singular value
    decomposition serves all penalties, and nothing is refitted: with the hat matrix H of all samples, 1/n included,
    the residuals of samples B, had they been left out, are ``(I - H_BB)⁻¹ e_B``; for one sample ``e_i / (1 - h_ii)``.

    Args:
        ridges: penalties to choose from by the squared error of samples left out; the first one wins a tie.
        n_inner_folds: contiguous runs of blocks that are left out in turn; None leaves out each block alone, which is
            faster, but for about as many units as samples takes an interpolation for a good fit now and then.

    Example:
        >>> x = torch.tensor([[0.0], [1.0], [2.0], [3.0]], dtype=torch.float64)
        >>> Ridge(ridges=(0.0,))(x, 2 * x + 1, torch.arange(4)).bias.round(decimals=9).tolist()
        [1.0]
    """

    ridges: tuple[float, ...] = RIDGES
    n_inner_folds: int | None = 4

    def __post_init__(self) -> None:
        if not self.ridges:
            raise bad("Ridge", "ridges", "name at least one penalty", self.ridges)
        for ridge in self.ridges:
            check_not_negative("Ridge", ridges=ridge)
        if self.n_inner_folds is not None:
            check_count("Ridge", least=2, n_inner_folds=self.n_inner_folds)

    def __call__(
        self,
        x: Float[Tensor, "samples units"],
        y: Float[Tensor, "samples targets"],
        blocks: Int64[Tensor, " samples"],
    ) -> LinearFit:
        """Fit `y` by `x`; samples that share a number in `blocks` are left out together."""
        x_mean, y_mean = x.mean(0), y.mean(0)
        U, s, Vh = torch.linalg.svd(x - x_mean, full_matrices=False)
        kept = s > 1e-12 * s[0].clamp_min(torch.finfo(s.dtype).tiny)
        U, s, Vh = U[:, kept], s[kept], Vh[kept]
        if not len(s):
            raise bad("Ridge", "X", "vary over the samples that a map is fitted to", "constant data")
        ridges = torch.tensor(self.ridges, dtype=torch.float64).to(x)
        shrinkage = s.square() / (s.square() + (ridges * s.square().mean())[:, None])  # (ridges, modes)
        chosen = self._choose(U, shrinkage, y - y_mean, blocks)
        weight = Vh.mT @ (shrinkage[chosen].mT / s[:, None] * (U.mT @ (y - y_mean)))
        return LinearFit(weight, y_mean - x_mean @ weight, ridges[chosen])

    def _choose(self, U: Tensor, shrinkage: Tensor, y: Tensor, blocks: Tensor) -> Int64[Tensor, " targets"]:
        """Which penalty errs least for each target, over all groups of samples left out."""
        if len(shrinkage) == 1:
            return torch.zeros(y.shape[1], dtype=torch.int64, device=y.device)
        _, group = torch.unique(blocks, return_inverse=True)
        if self.n_inner_folds is not None:
            group = group * self.n_inner_folds // (int(group.max()) + 1)
        if not group.any():
            hint = "Give more blocks or fewer folds."
            raise bad("Ridge", "blocks", "leave two blocks to choose a penalty on", "one block", hint)
        is_single = len(group.unique()) == len(group)
        runs = [] if is_single else [_Run.of(U, torch.nonzero(group == g).flatten()) for g in group.unique()]
        scores, error = U.mT @ y, y.new_zeros(len(shrinkage), y.shape[1])
        for f, err in zip(shrinkage, error, strict=True):
            e = y - U @ (f[:, None] * scores)
            if is_single:
                err += _left_out_singly(U, f, e)
            for run in runs:
                err += run.left_out(f, e)
        return error.nan_to_num(nan=torch.inf).argmin(0)  # a penalty beyond all numbers


def _left_out_singly(U: Tensor, f: Tensor, e: Tensor) -> Float[Tensor, " targets"]:
    """``Σ_i (e_i / (1 - h_ii))²``; infinite where the fit reproduces a sample whatever it is."""
    free = (1 - U.square() @ f - 1 / len(U))[:, None]
    return torch.where(free > 1e-12, e / free, torch.inf).square().sum(0)


class _Run(NamedTuple):
    """Samples left out together: where they are, their modes (the mean is one), and the modes' products."""

    here: Tensor
    u: Tensor
    products: Tensor | None

    @classmethod
    def of(cls, U: Tensor, here: Tensor) -> _Run:
        u = torch.cat([U[here], U.new_full((len(here), 1), len(U) ** -0.5)], 1)
        return cls(here, u, u.mT @ u if u.shape[0] > u.shape[1] else None)

    def left_out(self, f: Tensor, e: Tensor) -> Float[Tensor, " targets"]:
        """``|(I - H_BB)⁻¹ e_B|²`` with ``H_BB = u F u'``, by Woodbury's identity if samples outnumber modes."""
        u, f, e = self.u, torch.cat([f, f.new_ones(1)]), e[self.here]
        is_long = self.products is not None
        free = torch.diag(1 / f) - self.products if is_long else torch.eye(len(u)).to(u) - (u * f) @ u.mT
        factor, failed = torch.linalg.cholesky_ex(free)
        if failed:  # the fit reproduces these samples whatever they are
            return torch.full_like(e[0], torch.inf)
        left_out = e + u @ torch.cholesky_solve(u.mT @ e, factor) if is_long else torch.cholesky_solve(e, factor)
        return left_out.square().sum(0)


@dataclass(frozen=True)
class PLS:
    """Partial least squares (PLS2 by NIPALS of scikit-learn): directions of X that covary most with Y.

    Args:
        n_components: number of directions; fewer where X has fewer dimensions.

    Example:
        >>> x = torch.tensor([[0.0], [1.0], [2.0], [3.0]], dtype=torch.float64)
        >>> PLS(n_components=1)(x, 2 * x + 1, torch.arange(4)).bias.round(decimals=9).tolist()
        [1.0]
    """

    n_components: int = 25

    def __post_init__(self) -> None:
        check_count("PLS", n_components=self.n_components)

    def __call__(
        self,
        x: Float[Tensor, "samples units"],
        y: Float[Tensor, "samples targets"],
        blocks: Int64[Tensor, " samples"],
    ) -> LinearFit:
        """Fit `y` by `x`; there is no penalty to choose, so `blocks` are not needed."""
        from sklearn.cross_decomposition import PLSRegression  # here, because importing scikit-learn takes a second

        rank = int(torch.linalg.matrix_rank(x - x.mean(0)))
        fit = PLSRegression(n_components=min(self.n_components, rank), scale=False, max_iter=1000)
        fit.fit(x.numpy(force=True), y.numpy(force=True))
        weight = torch.from_numpy(np.ascontiguousarray(fit.coef_.T)).to(x)
        return LinearFit(weight, y.mean(0) - x.mean(0) @ weight)
