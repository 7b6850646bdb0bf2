"""Batched L-BFGS over the orthogonal group: many small alignment problems advance together.

Problem p minimises ``φ(C) = ½ ‖A - X‖²`` with ``X = C B Cᵀ`` over C in O(n), in a frame where A = diag(d) + K, K skew.
C moves to ``R(W) C``, W skew; with the symmetric and skew parts s and k of X

    -∇φ = [diag(d), s] - [K - k, k],   [M, N] = M N - N M,

of which the first is elementwise and the second one product, P - Pᵀ with P = (K - k) k. Both are exact to rounding
even where A - X is tiny, because no large terms cancel. A skew matrix is kept as its upper triangle, so that the
memory of L-BFGS is half as long. All is matrix products over the batch: full speed on a CPU and on a GPU.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Batch = Float[Tensor, "problems n n"]
Planes = Float[Tensor, "problems planes"]  # one entry for each plane (i, j), i < j, that C can turn in
PerProblem = Float[Tensor, " problems"]

N_MEMORY = 6  # pairs of L-BFGS; more costs bandwidth and gains nothing on these problems
CHECK_EVERY = 10  # iterations between convergence checks, clean-ups of rounding drift and new curvatures
CACHE_BYTES = 2**24  # of one block of problems on a CPU: more of them at once wait for memory
LONGEST_MOVE = 1.0  # Frobenius norm of W, so ‖W‖₂ <= 0.71 and R is orthogonal to 3e-5
CURVATURE_FLOOR = 0.05  # of the mean: flat and negative directions are not trusted to be flat
CUBIC = (1 - 0.5**0.5) / 2  # R = I + W + W²/2 + c W³ + c² W⁴ has R Rᵀ = I + c⁴ W⁸ for this c alone


class Problem(NamedTuple):
    """What is aligned: B to A = diag(d) + K; `gaps` are ``d_i - d_j``."""

    A: Batch
    B: Batch
    K: Batch
    gaps: Planes


class Point(NamedTuple):
    """Where a batch stands: ``X = C B Cᵀ``, ``loss = ‖A - X‖²`` and the steepest descent direction of half of it."""

    C: Batch
    X: Batch
    loss: PerProblem
    descent: Planes


def minimise(A: Batch, B: Batch, C: Batch, *, n_iterations: int, rtol: float) -> tuple[Batch, PerProblem]:
    """Minimise ``‖A - C B Cᵀ‖²`` from the given C, each problem until ten steps gain less than `rtol` of it.

    Args:
        A: targets, in a frame where their symmetric part is diagonal.
        B: what is aligned to them.
        C: orthogonal starts.
        n_iterations: the most steps any problem may take.
        rtol: relative gain of ten steps below which a problem has converged.

    Returns:
        the orthogonal matrices reached and their squared distances.
    """
    bytes_each = (N_MEMORY + 16) * A[0].numel() * A.element_size()  # held for a problem
    size = len(A) if A.is_cuda else max(1, CACHE_BYTES // bytes_each)
    blocks = zip(A.split(size), B.split(size), C.split(size), strict=True)
    found = [_minimise_block(*block, n_iterations, rtol) for block in blocks]
    return torch.cat([C for C, _ in found]), torch.cat([loss for _, loss in found])


def _minimise_block(A: Batch, B: Batch, C: Batch, n_iterations: int, rtol: float) -> tuple[Batch, PerProblem]:
    problem, memory = pose(A, B), _Memory(A)
    point = arrive(problem, C)
    best_C, best_loss = C.clone(), point.loss.clone()
    alive, before = torch.arange(len(A), device=A.device), point.loss
    negligible = (20 * torch.finfo(A.dtype).eps) ** 2 * A.shape[-1]
    for iteration in range(1, n_iterations + 1):
        is_check = iteration % CHECK_EVERY == 0
        if iteration % CHECK_EVERY == 1:
            weight = curvature(problem.A, point.X).reciprocal()
        move, slope = memory.direction(point.descent, weight)
        reached, move, is_stuck = _line_search(problem, point, move, slope, is_check, negligible)
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
        alive, before, weight = alive[keep], before[keep], weight[keep]
        problem, point = Problem(*(m[keep] for m in problem)), Point(*(m[keep] for m in point))
        memory.keep(keep)
    return orthonormal(best_C), best_loss


def pose(A: Batch, B: Batch) -> Problem:
    """The problem of aligning B to A."""
    d = A.diagonal(dim1=-2, dim2=-1)
    return Problem(A, B, 0.5 * (A - A.mT), upper(d[..., :, None] - d[..., None, :]))


def arrive(problem: Problem, C: Batch) -> Point:
    """The point at C."""
    X = C @ problem.B @ C.mT
    return _point(problem, C, X, (problem.A - X).square_().sum((-1, -2)))


def _point(problem: Problem, C: Batch, X: Batch, loss: PerProblem) -> Point:
    k = (X - X.mT).mul_(0.5)
    P = (problem.K - k) @ k
    s = upper(X).add_(lower(X)).mul_(0.5)
    return Point(C, X, loss, s.mul_(problem.gaps).sub_(upper(P)).add_(lower(P)))


def curvature(A: Batch, X: Batch) -> Planes:
    """Second derivative of φ along each plane rotation (i, j), kept positive.

    ``½ (r_i + r_j) + A_ij X_ji + A_ji X_ij - A_ii X_jj - A_jj X_ii``, r the row plus column sums of ``A ∘ X``.
    """
    product, crossed = A * X, A * X.mT
    sums = 0.5 * (product.sum(-1) + product.sum(-2))
    diagonals = A.diagonal(dim1=-2, dim2=-1)[..., :, None] * X.diagonal(dim1=-2, dim2=-1)[..., None, :]
    size = upper(sums[..., :, None] + sums[..., None, :] + crossed + crossed.mT - diagonals - diagonals.mT).abs()
    return size.maximum(CURVATURE_FLOOR * size.mean(-1, keepdim=True)).clamp_min(torch.finfo(A.dtype).tiny)


def orthonormal(C: Batch, n_steps: int = 1) -> Batch:
    """Newton-Schulz: ``C <- C (3 I - Cᵀ C) / 2``, which squares the distance from orthogonality each step."""
    for _ in range(n_steps):
        C = torch.baddbmm(C, C, C.mT @ C, beta=1.5, alpha=-0.5)
    return C


def retract(W: Batch) -> Batch:
    """``R(W) = I + W + W²/2 + c W³ + c² W⁴``: ``exp(W)`` to second order, orthogonal to eighth."""
    square = W @ W
    R = torch.baddbmm(W.add(square, alpha=0.5), square, W.add(square, alpha=CUBIC), alpha=CUBIC)
    R.diagonal(dim1=-2, dim2=-1).add_(1)
    return R


def upper(M: Batch) -> Planes:
    """The entries above the diagonal, row by row."""
    return M.flatten(-2).index_select(-1, _places(M.shape[-1], M.device)[0])


def lower(M: Batch) -> Planes:
    """Those of the transpose."""
    return M.flatten(-2).index_select(-1, _places(M.shape[-1], M.device)[1])


def skew(planes: Planes, n: int) -> Batch:
    """The skew matrices with these entries above the diagonal."""
    if planes.shape[-1] == 0:  # a single unit turns nowhere
        return planes.new_zeros(len(planes), n, n)
    _, _, plane, sign = _places(n, planes.device)
    return planes.index_select(-1, plane).mul_(sign.to(planes.dtype)).view(-1, n, n)


@lru_cache(maxsize=16)
def _places(n: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Flat index of each plane above and below the diagonal; and of each entry of a matrix its plane and sign."""
    i, j = torch.triu_indices(n, n, 1, device=device)
    plane, sign = torch.zeros(n, n, dtype=torch.long, device=device), torch.zeros(n, n, device=device)
    plane[i, j] = plane[j, i] = torch.arange(len(i), device=device)
    sign[i, j], sign[j, i] = 1.0, -1.0
    return i * n + j, j * n + i, plane.flatten(), sign.flatten()


def _line_search(
    problem: Problem, point: Point, move: Planes, slope: PerProblem, is_check: bool, negligible: float
) -> tuple[Point, Planes, Bool[Tensor, " problems"]]:
    """Armijo backtracking from the longest allowed move; a problem that finds no decrease stays and is stuck."""
    tiny, eps = torch.finfo(move.dtype).tiny, torch.finfo(move.dtype).eps
    size = (LONGEST_MOVE * 0.5**0.5 / move.norm(dim=-1).clamp_min(tiny)).clamp_max(1.0)
    allowed = point.loss + 50 * eps * point.loss + negligible
    C, X, loss = _trial(problem.A, problem.B, point.C, move, size, is_check)
    is_stuck = loss > allowed - 1e-4 * size * slope
    for _ in range(8):
        if not is_stuck.any():
            break
        size = torch.where(is_stuck, 0.3 * size, size)
        k = is_stuck.nonzero()[:, 0]
        C[k], X[k], loss[k] = _trial(problem.A[k], problem.B[k], point.C[k], move[k], size[k], is_check)
        is_stuck = loss > allowed - 1e-4 * size * slope
    if is_stuck.any():
        size = size.masked_fill(is_stuck, 0.0)
        C[is_stuck], X[is_stuck], loss[is_stuck] = point.C[is_stuck], point.X[is_stuck], point.loss[is_stuck]
    return _point(problem, C, X, loss), size[:, None] * move, is_stuck


def _trial(
    A: Batch, B: Batch, C: Batch, move: Planes, size: PerProblem, is_check: bool
) -> tuple[Batch, Batch, PerProblem]:
    C = retract(skew(size[:, None] * move, A.shape[-1])) @ C
    if is_check:
        C = orthonormal(C)
    X = C @ B @ C.mT
    return C, X, (A - X).square_().sum((-1, -2))


class _Memory:
    """The last steps s and gradient changes y of every problem, and the L-BFGS direction they imply."""

    def __init__(self, like: Batch) -> None:
        n_problems, n, _ = like.shape
        self.steps = like.new_zeros(n_problems, N_MEMORY, n * (n - 1) // 2)
        self.changes = torch.zeros_like(self.steps)
        self.products = like.new_zeros(n_problems, N_MEMORY, N_MEMORY)  # [a, b] = s_a · y_b
        self.oldest = 0  # slot that is overwritten next

    def direction(self, descent: Planes, weight: Planes) -> tuple[Planes, PerProblem]:
        """Two-loop recursion from the inverse Hessian ``diag(weight)``; and its slope.

        Each loop is a triangular solve with ``R = triu(SᵀY)``, oldest first: ``R α = Sᵀ g``, then
        ``Rᵀ β = diag(R) ∘ α - Yᵀ m`` for ``m = weight ∘ (g - Y α)``; the move is ``m + S β``.
        """
        R = self.products.roll((-self.oldest, -self.oldest), (1, 2)).triu()
        sizes = R.diagonal(dim1=-2, dim2=-1)
        is_used = sizes > 0
        R = R * (is_used[:, :, None] & is_used[:, None, :]) + torch.diag_embed((~is_used).to(R.dtype))
        first = self._by_age(_dots(self.steps, descent)) * is_used
        alpha = torch.linalg.solve_triangular(R, first[..., None], upper=True)[..., 0]
        move = weight * (descent - _mix(self._by_slot(alpha), self.changes))
        second = sizes * alpha - self._by_age(_dots(self.changes, move))
        beta = torch.linalg.solve_triangular(R.mT, (second * is_used)[..., None], upper=False)[..., 0]
        move = move + _mix(self._by_slot(beta), self.steps)
        slope = (move * descent).sum(-1)
        is_uphill = slope <= 0
        if is_uphill.any():
            move = torch.where(is_uphill[:, None], descent * weight, move)
            slope = torch.where(is_uphill, (descent.square() * weight).sum(-1), slope)
        return move, slope

    def push(self, step: Planes, change: Planes) -> None:
        slot, self.oldest = self.oldest, (self.oldest + 1) % N_MEMORY
        self.steps[:, slot], self.changes[:, slot] = step, change
        self.products[:, :, slot] = _dots(self.steps, change)
        self.products[:, slot] = _dots(self.changes, step)

    def keep(self, mask: Bool[Tensor, " problems"]) -> None:
        self.steps, self.changes, self.products = self.steps[mask], self.changes[mask], self.products[mask]

    def _by_age(self, values: Float[Tensor, "problems k"]) -> Float[Tensor, "problems k"]:
        return values.roll(-self.oldest, 1)

    def _by_slot(self, values: Float[Tensor, "problems k"]) -> Float[Tensor, "problems k"]:
        return values.roll(self.oldest, 1)


def _dots(rows: Float[Tensor, "problems k d"], v: Float[Tensor, "problems d"]) -> Float[Tensor, "problems k"]:
    return torch.bmm(v[:, None], rows.mT)[:, 0]  # row times matrix: on a CPU 20 times faster than matrix times column


def _mix(weights: Float[Tensor, "problems k"], rows: Float[Tensor, "problems k d"]) -> Float[Tensor, "problems d"]:
    return torch.bmm(weights[:, None], rows)[:, 0]
