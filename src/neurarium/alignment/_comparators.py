"""How two RDMs are compared: what :func:`rsa`, :func:`compare_rdms` and :func:`noise_ceiling` choose from.

An RDM is here its upper triangle, row by row, as one vector ``d`` of all pairs. Most comparators prepare each of the
two on its own and take the cosine of what comes out; those that need only sums over pairs can be had without any RDM
(:class:`Sums`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.stats import kendalltau
from torch import Tensor

from neurarium.alignment._ranks import average_ranks
from neurarium.core.errors import NeurariumError, bad, unknown

Pairs = Float[Tensor, " pairs"]
Compare = Callable[[Pairs, Pairs], float]


class Sums(NamedTuple):
    """Sums over the pairs of two RDMs D and E, whose row sums are r and s, of `n` samples.

    `d`, `e`: Σd, Σe. `de`, `dd`, `ee`: Σde, Σd², Σe². `rs`, `rr`, `ss`: r·s, r·r, s·s.
    """

    d: float
    e: float
    de: float
    dd: float
    ee: float
    rs: float
    rr: float
    ss: float
    n: int


@dataclass(frozen=True)
class Comparator:
    """One way to compare RDMs.

    Attributes:
        prepare: what becomes of each vector before the cosine is taken; ``None``: see `direct`.
        direct: the value from two vectors at once, for what is no cosine.
        from_sums: the same value from sums over pairs.
        needs_all_pairs: no pair may be missing.
        pool: what is averaged over systems to give the RDM that agrees best with all of them.
    """

    prepare: Callable[[Pairs], Tensor] | None = None
    direct: Compare | None = None
    from_sums: Callable[[Sums], float] | None = None
    needs_all_pairs: bool = False
    pool: Callable[[Pairs], Pairs] = lambda d: _unit(_centred(d))

    def __call__(self, d: Pairs, e: Pairs) -> float:
        """The value for two vectors of pairs, which it may overwrite."""
        if self.prepare is None:
            return self.direct(d, e)
        p, q = self.prepare(d), self.prepare(e)
        return _ratio(float(p @ q), float(p @ p), float(q @ q))


def _centred(d: Pairs) -> Pairs:
    p = d - d.mean()
    if bool(p.abs().max() <= 1e-13 * d.abs().max()):  # what is left is rounding of the mean
        raise _without_structure()
    return p


def _unit(d: Pairs) -> Pairs:
    return d / d.norm()


def _centred_ranks(d: Pairs) -> Pairs:
    return average_ranks(d.contiguous()).sub_((len(d) + 1) / 2)


def _double_centred(d: Pairs) -> Float[Tensor, " samples_squared"]:
    """``H D H`` in a row: its inner product is that of d and e whitened by their covariance under pure noise."""
    D = square(d)
    mean = D.mean(0)
    return (D - mean - mean[:, None] + mean.mean()).flatten()


def _ratio(inner: float, left: float, right: float) -> float:
    if not (left > 0 and right > 0):
        raise _without_structure()
    return max(-1.0, min(1.0, inner / (math.sqrt(left) * math.sqrt(right))))


def _without_structure() -> NeurariumError:
    return bad("comparison", "rdm", "vary over pairs", "one that does not", "Its samples are all equally far apart.")


def _cosine_of_sums(s: Sums) -> float:
    return _ratio(s.de, s.dd, s.ee)


def _pearson_of_sums(s: Sums) -> float:
    pairs = s.n * (s.n - 1) / 2
    left, right = s.dd - s.d**2 / pairs, s.ee - s.e**2 / pairs
    if left <= 1e-12 * s.dd or right <= 1e-12 * s.ee:  # what is left is rounding
        raise _without_structure()
    return _ratio(s.de - s.d * s.e / pairs, left, right)


def _whitened_of_sums(s: Sums) -> float:
    """``½ ⟨HDH, HEH⟩ = Σde - r·s / n + 2 Σd Σe / n²``."""

    def inner(de: float, rs: float, d: float, e: float) -> float:
        return de - rs / s.n + 2 * d * e / s.n**2

    return _ratio(inner(s.de, s.rs, s.d, s.e), inner(s.dd, s.rr, s.d, s.d), inner(s.ee, s.ss, s.e, s.e))


def _whitened_pearson_of_sums(s: Sums) -> float:
    """Whitened, after the mean over pairs is taken from d and from e."""
    _pearson_of_sums(s)  # refuses RDMs that are flat
    n, pairs = s.n, s.n * (s.n - 1) / 2
    a, b = s.d / pairs, s.e / pairs
    shifted = Sums(
        d=0.0,
        e=0.0,
        de=s.de - pairs * a * b,
        dd=s.dd - pairs * a * a,
        ee=s.ee - pairs * b * b,
        rs=s.rs - n * (n - 1) ** 2 * a * b,  # Σr = 2 Σd, and each row of J - I sums to n - 1
        rr=s.rr - n * (n - 1) ** 2 * a * a,
        ss=s.ss - n * (n - 1) ** 2 * b * b,
        n=n,
    )
    return _whitened_of_sums(shifted)


def _rho_a(d: Pairs, e: Pairs) -> float:
    n = len(d)
    return 12 * float(_centred_ranks(d) @ _centred_ranks(e)) / (n**3 - n)


def _tau_a(d: Pairs, e: Pairs) -> float:
    """Tau-b without its correction for ties in the denominator."""
    d, e = d.numpy(force=True), e.numpy(force=True)
    untied = [_untied(v) for v in (d, e)]
    pairs = len(d) * (len(d) - 1) / 2
    if 0 in untied:
        return 0.0
    return float(kendalltau(d, e).statistic) * math.sqrt(untied[0] * untied[1]) / pairs


def _untied(v: Float[np.ndarray, " n"]) -> float:
    counts = np.unique(v, return_counts=True)[1].astype(np.float64)
    return (len(v) * (len(v) - 1) - (counts * (counts - 1)).sum()) / 2


def square(d: Pairs) -> Float[Tensor, "samples samples"]:
    """The symmetric matrix with this upper triangle."""
    n = n_samples(len(d))
    out = d.new_zeros(n, n)
    i, j = torch.triu_indices(n, n, 1, device=d.device)
    out[i, j] = out[j, i] = d
    return out


def n_samples(n_pairs: int) -> int:
    """How many samples have that many pairs, ``n (n - 1) / 2``."""
    return round((1 + math.sqrt(1 + 8 * n_pairs)) / 2)


def _ranks(d: Pairs) -> Pairs:
    return average_ranks(d.clone())


COMPARATORS: dict[str, Comparator] = {
    "pearson": Comparator(_centred, from_sums=_pearson_of_sums),
    "spearman": Comparator(_centred_ranks, pool=_ranks),
    "cosine": Comparator(lambda d: d, from_sums=_cosine_of_sums, pool=_unit),
    "whitened_cosine": Comparator(
        _double_centred, from_sums=_whitened_of_sums, needs_all_pairs=True, pool=lambda d: d / _double_centred(d).norm()
    ),
    "whitened_pearson": Comparator(
        lambda d: _double_centred(_centred(d)),
        from_sums=_whitened_pearson_of_sums,
        needs_all_pairs=True,
        pool=lambda d: _centred(d) / _double_centred(_centred(d)).norm(),
    ),
    "tau_a": Comparator(direct=_tau_a, pool=_ranks),
    "rho_a": Comparator(direct=_rho_a, pool=_ranks),
}


def comparator_of(compare: str | Compare) -> Comparator:
    """The comparator of that name, or one made of the given function.

    Raises:
        UnknownNameError: for a name that is not in the table.
    """
    if isinstance(compare, Comparator):
        return compare
    if not isinstance(compare, str):
        return Comparator(direct=lambda d, e: float(compare(d, e)))
    if compare not in COMPARATORS:
        raise unknown("comparator of RDMs", compare, COMPARATORS, "Any function of two vectors of pairs will do.")
    return COMPARATORS[compare]
