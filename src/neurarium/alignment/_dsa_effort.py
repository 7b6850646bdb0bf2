"""How hard to search for the best rotation: a named, published choice."""

from __future__ import annotations

from dataclasses import dataclass

from neurarium.core.errors import bad, unknown


@dataclass(frozen=True)
class Effort:
    """How hard :func:`dsa_distances` searches; publish it with the number.

    Attributes:
        n_bases: spectral starts for each pair, 1 to 8.
        n_random: random rotations added to them.
        n_kept: starts that survive `n_screen` steps; half of them survive twice as many more.
        n_screen: steps given to every start.
        n_polish: the most further steps for those.
        rtol: relative gain of ten steps below which a search has converged.
    """

    n_bases: int = 8
    n_random: int = 0
    n_kept: int = 4
    n_screen: int = 20
    n_polish: int = 200
    rtol: float = 2e-4

    def __post_init__(self) -> None:
        if not 1 <= self.n_bases <= 8:
            raise bad("Effort", "n_bases", "be from 1 to 8", self.n_bases)
        for name in ("n_kept", "n_screen", "n_polish"):
            if getattr(self, name) < 1:
                raise bad("Effort", name, "be at least 1", getattr(self, name))
        if self.n_random < 0 or not 0 < self.rtol < 1:
            raise bad("Effort", "n_random, rtol", "be at least 0, and between 0 and 1", (self.n_random, self.rtol))


FAST = Effort(n_bases=4, n_kept=2, rtol=1e-3)
DEFAULT = Effort()
THOROUGH = Effort(n_random=24, n_kept=16, n_polish=1000, rtol=1e-5)
EFFORTS = {"fast": FAST, "default": DEFAULT, "thorough": THOROUGH}


def effort_named(effort: Effort | str) -> Effort:
    """An :class:`Effort` as it is, or the one of that name."""
    if isinstance(effort, Effort):
        return effort
    if not isinstance(effort, str) or effort not in EFFORTS:
        raise unknown("effort", str(effort), EFFORTS, "Or give an Effort(...) of your own.")
    return EFFORTS[effort]
