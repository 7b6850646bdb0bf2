"""ON-OFF integrate-and-fire pairs that minimise an Ising energy under a Fowler-Nordheim threshold."""

from __future__ import annotations

from typing import Any, NamedTuple, no_type_check

import numpy as np
import torch
from jaxtyping import Float64, Int8, Int64
from scipy.sparse import csr_array, issparse
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_count
from neurarium.core.kernels import compiled
from neurarium.neurons._annealing_schedules import FowlerNordheim, Schedule

_CHUNK = 1 << 16  # random numbers drawn at a time


class Annealed(NamedTuple):
    """What a run found, and what it cost.

    Attributes:
        spins: the best state, of -1 and 1.
        energy: its energy.
        hit_steps: ticks at which the best energy fell; 0 is the start.
        hit_energies: what it fell to.
        n_spikes: spikes of OFF cells and of ON cells.
        n_events: synaptic events, one for each neighbour that a spike reaches.
        last: the state at the end.
    """

    spins: Int8[Tensor, " units"]
    energy: float
    hit_steps: Int64[Tensor, " hits"]
    hit_energies: Float64[Tensor, " hits"]
    n_spikes: tuple[int, int]
    n_events: int
    last: Int8[Tensor, " units"]

    def first_below(self, energy: float) -> int | None:
        """The tick at which the energy first was `energy` or less; None if it never was."""
        reached = self.hit_energies <= energy
        return int(self.hit_steps[reached][0]) if reached.any() else None


@part(
    summary="Ising machine of ON-OFF spiking pairs whose noisy threshold falls as tunnelling does.",
    paper="arxiv:2406.05224",
    tags=("spiking", "optimisation", "ising", "event-driven"),
)
class FowlerNordheimAnnealer:
    """Integrate-and-fire pairs that seek the minimum of ``E(s) = ½ sᵀ Q s`` over spins of ±1.

    Pair i holds spin s_i. Its ON cell may fire while ``s_i = -1``, its OFF cell while ``s_i = 1``, and either spike
    flips the spin. The membrane of the cell that may fire is ``v_i = 2 s_i h_i``, ``h = Q s``: the energy that its
    spike sets free. At each tick a mask enables a few random pairs, and an enabled one fires if

    ``v_i + T(t) N >= 0,  N ~ Exp(1)``,  that is with probability ``min(1, exp(v_i / T))``.

    One pair a tick is the Metropolis rule, exactly. A spike reaches neighbours only: ``h_j += 2 Q_ji s_i``.

    Args:
        schedule: temperature T(t); default :class:`FowlerNordheim`. Others: :class:`Geometric`, :class:`Constant`.
        n_enabled: pairs that the mask enables at a tick, drawn with replacement; they fire at once, unaware of each
            other. With many, neighbours flip together and the energy need not fall.

    Example:
        >>> ring = np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0)   # six spins that want to differ from both
        >>> found = FowlerNordheimAnnealer()(ring, n_steps=10_000, rng=Rng(0))
        >>> found.energy, abs(int(found.spins[::2].sum()))
        (-6.0, 3)

    Paper: Chen et al. 2025, arXiv:2406.05224 (NeuroSA).
    """

    def __init__(self, *, schedule: Schedule | None = None, n_enabled: int = 1) -> None:
        check_count("FowlerNordheimAnnealer", n_enabled=n_enabled)
        self.schedule = FowlerNordheim() if schedule is None else schedule
        self.n_enabled = n_enabled

    def __call__(
        self, couplings: Any, *, n_steps: int, start: Int8[Tensor, " units"] | None = None, rng: Rng
    ) -> Annealed:
        """Run for `n_steps` ticks.

        Args:
            couplings: Q (units, units), symmetric with a zero diagonal; array, tensor or scipy sparse. A field on the
                spins is a coupling to one more spin.
            n_steps: ticks; each proposes `n_enabled` flips.
            start: first state; default drawn.
            rng: streams ``start``, ``mask`` and ``noise``.
        """
        check_count("FowlerNordheimAnnealer", n_steps=n_steps)
        q = as_couplings(couplings)
        s = _first_state(start, q.shape[0], rng)
        h = q @ s
        best, tally = s.copy(), np.zeros(5)  # energy, best energy, OFF spikes, ON spikes, events
        tally[:2] = s @ h / 2
        hits = [(np.zeros(1, dtype=np.int64), tally[:1].copy())]
        scratch = np.zeros(len(s), dtype=np.bool_), np.zeros(self.n_enabled, dtype=np.int64)
        mask, noise, chunk = rng.numpy("mask"), rng.numpy("noise"), max(1, _CHUNK // self.n_enabled)
        for before in range(0, n_steps, chunk):
            ticks = np.arange(before, min(before + chunk, n_steps)) + 1
            size = len(ticks), self.n_enabled
            drawn = mask.integers(len(s), size=size), noise.standard_exponential(size)
            found = np.empty(len(ticks), dtype=np.int64), np.empty(len(ticks))
            temperature = self.schedule(ticks, n_steps)
            n_hits = _spike(q.indptr, q.indices, q.data, s, h, best, tally, *drawn, temperature, *scratch, *found)
            hits.append((before + 1 + found[0][:n_hits], found[1][:n_hits]))
        steps, energies = (torch.from_numpy(np.concatenate(part)) for part in zip(*hits, strict=True))
        spins, last = (torch.from_numpy(state.astype(np.int8)) for state in (best, s))
        n_off, n_on, n_events = map(int, tally[2:])
        return Annealed(spins, float(tally[1]), steps, energies, (n_off, n_on), n_events, last)


@compiled()
@no_type_check
def _spike(indptr, indices, weights, s, h, best, tally, mask, noise, temperature, is_firing, firing, at, energies):
    """Advance `s`, `h`, `best` and `tally` over the rows of `mask`; gives how often the best energy fell."""
    n_hits = 0
    for i in range(mask.shape[0]):
        n_firing = 0
        for k in range(mask.shape[1]):  # all decide before any acts
            cell = mask[i, k]
            if not is_firing[cell] and 2 * s[cell] * h[cell] + temperature[i] * noise[i, k] >= 0:
                is_firing[cell] = True
                firing[n_firing] = cell
                n_firing += 1
        for k in range(n_firing):
            cell = firing[k]
            is_firing[cell] = False
            tally[0] -= 2 * s[cell] * h[cell]
            s[cell] = -s[cell]
            tally[3 if s[cell] > 0 else 2] += 1
            tally[4] += indptr[cell + 1] - indptr[cell]
            for synapse in range(indptr[cell], indptr[cell + 1]):
                h[indices[synapse]] += 2 * weights[synapse] * s[cell]
        if tally[0] < tally[1]:
            tally[1] = tally[0]
            best[:] = s
            at[n_hits] = i
            energies[n_hits] = tally[0]
            n_hits += 1
    return n_hits


def as_couplings(given: Any) -> csr_array:
    """Symmetric couplings in compressed rows, float64.

    Raises:
        NeurariumError: unless they are square, finite and symmetric, with nothing on the diagonal.
    """
    owner = "FowlerNordheimAnnealer"
    given = given.numpy(force=True) if isinstance(given, Tensor) else given
    q = csr_array(given if issparse(given) else np.asarray(given), dtype=np.float64)
    if q.ndim != 2 or q.shape[0] != q.shape[1] or not q.shape[0]:
        raise bad(owner, "couplings", "be a square matrix", q.shape)
    if not np.isfinite(q.data).all():
        raise bad(owner, "couplings", "be finite", "NaN or infinity")
    if q.diagonal().any():
        hint = "Drop it: a spin's coupling to itself is the same in every state."
        raise bad(owner, "couplings", "have a zero diagonal", q.diagonal().tolist(), hint)
    if (q != q.T).nnz:
        raise bad(owner, "couplings", "be symmetric", "an asymmetric matrix", "Give (Q + Qᵀ) / 2, of the same energy.")
    q.sum_duplicates()
    return q


def _first_state(start: Tensor | None, n_units: int, rng: Rng) -> Float64[np.ndarray, " units"]:
    if start is None:
        return rng.numpy("start").choice([-1.0, 1.0], n_units)
    s = torch.as_tensor(start).to(torch.float64, copy=True).numpy(force=True)
    if s.shape != (n_units,) or (abs(s) != 1).any():
        raise bad("FowlerNordheimAnnealer", "start", f"hold {n_units} spins of -1 and 1", s.tolist())
    return s
