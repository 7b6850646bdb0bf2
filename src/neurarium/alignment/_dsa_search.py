"""The search behind :func:`dsa_distances`: a table of the best rotation known for each pair of operators."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from neurarium.alignment._dsa_effort import Effort
from neurarium.alignment._dsa_starts import covariant_bases, sign_starts
from neurarium.alignment._lie_lbfgs import N_MEMORY, minimise, orthonormal
from neurarium.core.rng import Rng

CHUNK_BYTES = 2**28  # of optimiser state held at once
N_ROUNDS = 2  # of repair; more gain less than the starts differ
N_DETOURS = 3  # third systems tried for a pair in a round
PROMISING = 1.3  # a detour this much longer than what is known may still lead to a better optimum
IS_LOWER = 1e-5  # relative gain that is a better optimum and not rounding
SMALL = 1e-3  # chords below it are finished in float64
VIOLATION_RAD = 1e-10  # of the triangle inequality: larger than rounding, smaller than anything measured

Pairs = Int[Tensor, " pairs"]


class AlignmentTable:
    """Best known rotations between unit-norm operators, kept in the eigenbases of their symmetric parts.

    In these frames the optimiser's diagonal curvature is good, and a start is little more than a choice of signs.
    ``chords[i, j] = ‖A_i - C_ij A_j C_ijᵀ‖`` and ``rotations[i, j] = C_ij = C_jiᵀ``.
    """

    def __init__(self, operators: Float[Tensor, "systems n n"], effort: Effort, rng: Rng) -> None:
        n_systems, n, _ = operators.shape
        self.effort, self.rng = effort, rng
        eye = torch.eye(n, dtype=operators.dtype, device=operators.device)
        traceless = operators - operators.diagonal(dim1=-2, dim2=-1).mean(-1)[:, None, None] * eye
        bases = covariant_bases(traceless, effort.n_bases)
        self.frames = bases[:, 0]
        self.bases = self.frames.mT[:, None] @ bases
        self.operators = self.frames.mT @ operators @ self.frames
        core = self.frames.mT @ traceless @ self.frames
        self.core = core / core.norm(dim=(-1, -2), keepdim=True).clamp_min(1e-12)
        self.coarse = self.core.float()
        self.rotations = eye.repeat(n_systems, n_systems, 1, 1)
        self.chords = torch.zeros(n_systems, n_systems, dtype=operators.dtype, device=operators.device)
        self.is_repaired = torch.zeros_like(self.chords, dtype=torch.bool)
        self.pairs = torch.triu_indices(n_systems, n_systems, 1, device=operators.device)

    @property
    def angles(self) -> Float[Tensor, "systems systems"]:
        """``θ = 2 asin(d / 2)``, accurate for small angles."""
        return to_angle(self.chords)

    @property
    def alignments(self) -> Float[Tensor, "systems systems n n"]:
        """The rotations between the operators as they were given."""
        return self.frames[:, None] @ self.rotations @ self.frames.mT

    def search(self) -> None:
        """Screen every start of every pair, polish the best few, keep the best."""
        effort, n_starts = self.effort, self.effort.n_bases + self.effort.n_random
        for i, j in self._chunks(self.pairs, n_starts):
            starts = self._starts(i, j)
            A = self.coarse[i].repeat_interleave(n_starts, 0)
            B = self.coarse[j].repeat_interleave(n_starts, 0)
            C, loss = minimise(A, B, starts.flatten(0, 1).float(), n_iterations=effort.n_screen, rtol=1e-3)
            for n_kept, n_steps in ((effort.n_kept, 2 * effort.n_screen), ((effort.n_kept + 1) // 2, effort.n_polish)):
                best = _best_of_each(loss.view(len(i), -1), n_kept)
                A, B = A[best], B[best]
                C, loss = minimise(A, B, C[best], n_iterations=n_steps, rtol=effort.rtol)
            self._put(i, j, C[_best_of_each(loss.view(len(i), -1), 1)])

    def repair(self) -> None:
        """Search again from detours: ``C_ik C_kj`` is a rotation for (i, j), never longer than ``θ_ik + θ_kj``."""
        if len(self.chords) < 3:
            return
        tried = torch.full_like(self.chords, torch.inf)
        for _ in range(N_ROUNDS):
            n_better = 0
            for i, j in self._chunks(self.pairs, N_DETOURS):
                C, chord = self._best_detour(i, j)
                known = self.chords[i, j]
                go = (chord < PROMISING * known) & (known > 1e-5) & ((chord - tried[i, j]).abs() > 1e-6)
                tried[i, j] = torch.where(go, chord, tried[i, j])
                if go.any():
                    n_better += self._try(i[go], j[go], C[go])
            if n_better == 0:
                return

    def finish(self) -> None:
        """Bring nearly conjugate pairs to float64 accuracy."""
        is_small = self.chords[*self.pairs] < SMALL
        for i, j in self._chunks(self.pairs[:, is_small], 2):
            C, _ = minimise(self.core[i], self.core[j], self.rotations[i, j], n_iterations=40, rtol=1e-6)
            chord = self._chord(i, j, C)
            better = chord < self.chords[i, j]
            self._put(i[better], j[better], C[better])

    def close_triangles(self) -> None:
        """Replace each rotation that violates the triangle inequality by the detour that proves it."""
        has_changed = True
        while has_changed:
            has_changed = False
            for k in range(len(self.chords)):
                angles = self.angles
                excess = angles - (angles[:, k, None] + angles[None, k])
                i, j = (excess.triu(1) > VIOLATION_RAD).nonzero(as_tuple=True)
                if len(i):
                    self._put(i, j, self.rotations[i, k] @ self.rotations[k, j])
                    self.is_repaired[i, j] = has_changed = True

    def _starts(self, i: Pairs, j: Pairs) -> Float[Tensor, "pairs starts n n"]:
        starts = sign_starts(self.core[i], self.core[j], self.bases[i], self.bases[j])
        if self.effort.n_random == 0:
            return starts
        shape = (len(i), self.effort.n_random, *self.core.shape[1:])
        noise = torch.randn(shape, dtype=torch.float64, generator=self.rng("starts")).to(starts.device)
        return torch.cat([starts, torch.linalg.qr(noise)[0]], 1)

    def _best_detour(self, i: Pairs, j: Pairs) -> tuple[Float[Tensor, "pairs n n"], Float[Tensor, " pairs"]]:
        via = self.chords + torch.diag_embed(torch.full_like(self.chords[0], torch.inf))
        via = (via[i] + via[j]).topk(min(N_DETOURS, len(via) - 2), largest=False).indices
        C = self.rotations[i[:, None], via] @ self.rotations[via, j[:, None]]
        chord, best = self._chord(i[:, None], j[:, None], C).min(1)
        return C[torch.arange(len(i), device=i.device), best], chord

    def _try(self, i: Pairs, j: Pairs, C: Float[Tensor, "pairs n n"]) -> int:
        effort = self.effort
        C, _ = minimise(self.coarse[i], self.coarse[j], C.float(), n_iterations=effort.n_polish, rtol=effort.rtol)
        C = orthonormal(C.double())
        better = self._chord(i, j, C) < self.chords[i, j] * (1 - IS_LOWER)
        i, j = i[better], j[better]
        self._put(i, j, C[better])
        self.is_repaired[i, j] = True
        return len(i)

    def _put(self, i: Pairs, j: Pairs, C: Float[Tensor, "pairs n n"]) -> None:
        C = orthonormal(C.double(), 2)
        self.rotations[i, j], self.rotations[j, i] = C, C.mT
        self.chords[i, j] = self.chords[j, i] = self._chord(i, j, C)

    def _chord(
        self, i: Int[Tensor, "*left"], j: Int[Tensor, "*right"], C: Float[Tensor, "*pairs n n"]
    ) -> Float[Tensor, "*pairs"]:
        return (self.operators[i] - C @ self.operators[j] @ C.mT).norm(dim=(-1, -2))

    def _chunks(self, pairs: Int[Tensor, "2 pairs"], n_starts: int) -> list[tuple[Pairs, Pairs]]:
        bytes_each = n_starts * 4 * (2 * N_MEMORY + 16) * self.core[0].numel()
        return [(i, j) for i, j in pairs.split(max(1, CHUNK_BYTES // bytes_each), 1)] if pairs.numel() else []


def _best_of_each(loss: Float[Tensor, "pairs starts"], n_kept: int) -> Int[Tensor, " kept"]:
    """Flat indices of the `n_kept` lowest losses of each pair, pair by pair."""
    best = loss.topk(min(n_kept, loss.shape[1]), largest=False).indices
    return (best + loss.shape[1] * torch.arange(len(loss), device=loss.device)[:, None]).flatten()


def to_angle(chord: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
    """Angle between two unit vectors that are `chord` apart."""
    return 2 * torch.asin((chord / 2).clamp_max(1))
