"""Batched L-BFGS over the orthogonal group: many small alignment problems advance together.

Problem p minimises ``φ(C) = ½ ‖A - X‖²`` with ``X = C B Cᵀ`` over C in O(n). C moves to ``exp(W) C``, W skew; there

    -∇φ = skew(E Xᵀ - Xᵀ E),   E = A - X,   skew(M) = ½ (M - Mᵀ),

which is exact to rounding even where E is tiny, because no large terms cancel. Everything is matrix products over
the batch, so that it runs at full speed on a CPU and on a GPU.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Batch = Float[Tensor, "problems n n"]
PerProblem = Float[Tensor, " problems"]

N_MEMORY = 6  # pairs of L-BFGS; more costs bandwidth and gains nothing on these problems
CHECK_EVERY = 10  # iterations between convergence checks, clean-ups of rounding drift and new curvatures
LONGEST_MOVE = 1.0  # Frobenius norm of W, so ‖W‖₂ <= 0.71 and the Taylor sum of exp is safe
SHORT_MOVE = 0.15  # below it the Taylor sum alone is orthogonal to float32 rounding
CURVATURE_FLOOR = 0.05  # of the mean: flat and negative directions are not trusted to be flat


class Point(NamedTuple):
    """Where a batch stands: ``X = C B Cᵀ``, ``loss = ‖A - X‖²`` and the steepest descent direction of half of it."""

    C: Batch
    X: Batch
    loss: PerProblem
    descent: Batch


def minimise(A: Batch, B: Batch, C: Batch, *, n_iterations: int, rtol: float) -> tuple[Batch, PerProblem]:
    """Minimise ``‖A - C B Cᵀ‖²`` from the given C, each problem until ten steps gain less than `rtol` of it.

    Args:
        A: targets, best in a frame where their symmetric part is diagonal (the diagonal curvature is then good).
        B: what is aligned to them.
        C: orthogonal starts.
        n_iterations: the most steps any problem may take.
        rtol: relative gain of ten steps below which a problem has converged.

    Returns:
        the orthogonal matrices reached and their squared distances.
    """
    point, memory = _point(A, C, C @ B @ C.mT), _Memory(A)
    best_C, best_loss = C.clone(), point.loss.clone()
    alive, before = torch.arange(len(A), device=A.device), point.loss
    negligible = (20 * torch.finfo(A.dtype).eps) ** 2 * A.shape[-1]
    for iteration in range(1, n_iterations + 1):
        is_check = iteration % CHECK_EVERY == 0
        if iteration % CHECK_EVERY == 1:
            curvature = _curvature(A, point.X)
        move, slope = memory.direction(point.descent, curvature)
        reached, move, is_stuck = _line_search(A, B, point, move, slope, is_check, negligible)
        memory.push(move, point.descent - reached.descent)
        point = reached
        is_done = is_stuck | (point.loss <= negligible)
        if is_check:
            is_done |= before - point.loss <= rtol * point.loss
            before = point.loss
        if iteration == n_iterations:
            is_done = torch.ones_like(is_done)
        if not is_done.any():
            continue
        best_C[alive[is_done]], best_loss[alive[is_done]] = point.C[is_done], point.loss[is_done]
        keep = ~is_done
        if not keep.any():
            break
        A, B, alive, before, curvature = A[keep], B[keep], alive[keep], before[keep], curvature[keep]
        point = Point(*(field[keep] for field in point))
        memory.keep(keep)
    return orthonormal(best_C), best_loss


def _point(A: Batch, C: Batch, X: Batch) -> Point:
    E = A - X
    torque = torch.baddbmm(E @ X.mT, X.mT, E, alpha=-1)
    return Point(C, X, E.square().sum((-1, -2)), 0.5 * (torque - torque.mT))


def _curvature(A: Batch, X: Batch) -> Batch:
    """Second derivative of φ along each plane rotation (i, j), kept positive.

    ``½ (r_i + r_j) + A_ij X_ji + A_ji X_ij - A_ii X_jj - A_jj X_ii``, r the row plus column sums of ``A ∘ X``.
    """
    product, crossed = A * X, A * X.mT
    sums = 0.5 * (product.sum(-1) + product.sum(-2))
    diagonals = A.diagonal(dim1=-2, dim2=-1)[..., :, None] * X.diagonal(dim1=-2, dim2=-1)[..., None, :]
    curvature = sums[..., :, None] + sums[..., None, :] + crossed + crossed.mT - diagonals - diagonals.mT
    size = curvature.abs()
    return size.maximum(CURVATURE_FLOOR * size.mean((-1, -2), keepdim=True)).clamp_min(torch.finfo(A.dtype).tiny)


def orthonormal(C: Batch, n_steps: int = 1) -> Batch:
    """Newton-Schulz: ``C <- C (3 I - Cᵀ C) / 2``, which squares the distance from orthogonality each step."""
    for _ in range(n_steps):
        C = torch.baddbmm(C, C, C.mT @ C, beta=1.5, alpha=-0.5)
    return C


def _exp(W: Batch, is_short: bool) -> Batch:
    """``exp(W)`` by its Taylor sum to fourth order, made orthogonal."""
    square = W @ W
    R = torch.baddbmm(W.add(square, alpha=0.5), square, torch.add(square / 24, W, alpha=1 / 6))
    R.diagonal(dim1=-2, dim2=-1).add_(1)
    return R if is_short else orthonormal(R)


def _line_search(
    A: Batch, B: Batch, point: Point, move: Batch, slope: PerProblem, is_check: bool, negligible: float
) -> tuple[Point, Batch, Bool[Tensor, " problems"]]:
    """Armijo backtracking from the longest allowed move; a problem that finds no decrease stays and is stuck."""
    length = move.norm(dim=(-1, -2))
    size = (LONGEST_MOVE / length.clamp_min(torch.finfo(A.dtype).tiny)).clamp_max(1.0)
    allowed = point.loss + 50 * torch.finfo(A.dtype).eps * point.loss + negligible
    R, X, loss = _trial(A, point.X, move, size)
    is_stuck = loss > allowed - 1e-4 * size * slope
    for _ in range(8):
        if not is_stuck.any():
            break
        size = torch.where(is_stuck, 0.3 * size, size)
        k = is_stuck.nonzero()[:, 0]
        R[k], X[k], loss[k] = _trial(A[k], point.X[k], move[k], size[k])
        is_stuck = loss > allowed - 1e-4 * size * slope
    if is_stuck.any():
        size = size.masked_fill(is_stuck, 0.0)
        R[is_stuck], X[is_stuck] = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device), point.X[is_stuck]
    C = R @ point.C
    if is_check:
        C = orthonormal(C)
        X = C @ B @ C.mT
    return _point(A, C, X), size[:, None, None] * move, is_stuck


def _trial(A: Batch, X: Batch, move: Batch, size: PerProblem) -> tuple[Batch, Batch, PerProblem]:
    W = size[:, None, None] * move
    R = _exp(W, is_short=bool(W.norm(dim=(-1, -2)).max() < SHORT_MOVE))
    X = R @ X @ R.mT
    return R, X, (A - X).square_().sum((-1, -2))


class _Memory:
    """The last steps s and gradient changes y of every problem, and the L-BFGS direction they imply."""

    def __init__(self, like: Batch) -> None:
        n_problems, n, _ = like.shape
        self.steps = like.new_zeros(n_problems, N_MEMORY, n * n)
        self.changes = like.new_zeros(n_problems, N_MEMORY, n * n)
        self.products = like.new_zeros(n_problems, N_MEMORY, N_MEMORY)  # [a, b] = s_a · y_b
        self.slots: list[int] = []  # oldest first

    def direction(self, descent: Batch, curvature: Batch) -> tuple[Batch, PerProblem]:
        """Two-loop recursion with ``1 / curvature`` as the first guess of the inverse Hessian; and its slope."""
        g, weight = descent.flatten(1), curvature.flatten(1).reciprocal()
        if not self.slots:
            move = g * weight
            return move.view_as(descent), (move * g).sum(-1)
        sy = self.products.diagonal(dim1=-2, dim2=-1)
        rho = torch.where(sy > 0, sy.clamp_min(torch.finfo(g.dtype).tiny).reciprocal(), 0.0)
        first = _dots(self.steps, g)
        alpha = torch.zeros_like(first)
        for k in reversed(self.slots):
            alpha[:, k] = rho[:, k] * (first[:, k] - (alpha * self.products[:, k]).sum(-1))
        move = weight * (g - _mix(alpha, self.changes))
        second = _dots(self.changes, move)
        blend = torch.zeros_like(alpha)
        for k in self.slots:
            blend[:, k] = alpha[:, k] - rho[:, k] * (second[:, k] + (blend * self.products[:, :, k]).sum(-1))
        move = move + _mix(blend, self.steps)
        slope = (move * g).sum(-1)
        is_uphill = slope <= 0
        if is_uphill.any():
            move = torch.where(is_uphill[:, None], g * weight, move)
            slope = torch.where(is_uphill, (g * g * weight).sum(-1), slope)
        return move.view_as(descent), slope

    def push(self, step: Batch, change: Batch) -> None:
        slot = self.slots.pop(0) if len(self.slots) == N_MEMORY else len(self.slots)
        self.slots.append(slot)
        s, y = step.flatten(1), change.flatten(1)
        self.steps[:, slot], self.changes[:, slot] = s, y
        self.products[:, :, slot] = _dots(self.steps, y)
        self.products[:, slot] = _dots(self.changes, s)

    def keep(self, mask: Bool[Tensor, " problems"]) -> None:
        self.steps, self.changes, self.products = self.steps[mask], self.changes[mask], self.products[mask]


def _dots(rows: Float[Tensor, "problems k d"], v: Float[Tensor, "problems d"]) -> Float[Tensor, "problems k"]:
    return torch.bmm(v[:, None], rows.mT)[:, 0]  # row times matrix: on a CPU 20 times faster than matrix times column


def _mix(weights: Float[Tensor, "problems k"], rows: Float[Tensor, "problems k d"]) -> Float[Tensor, "problems d"]:
    return torch.bmm(weights[:, None], rows)[:, 0]
