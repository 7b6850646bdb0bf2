"""Named streams of randomness: a new draw in one stream shifts nothing in another."""

from __future__ import annotations

import hashlib

import numpy as np
import torch

from neurarium.core.errors import bad


class Rng:
    """The only source of randomness: named, independent, reproducible streams.

    ``rng("weights")`` is a :class:`torch.Generator` seeded with ``hash(seed, "weights")``. It is made once and
    then continues, so two layers that share a stream get different weights; :meth:`child` gives a subtree of its own.

    Args:
        seed: any non-negative integer.

    Example:
        >>> rng = Rng(7)
        >>> a = torch.rand(2, generator=rng("weights"))
        >>> _ = torch.rand(9, generator=Rng(7)("data"))      # another stream shifts nothing
        >>> bool((a == torch.rand(2, generator=Rng(7)("weights"))).all())
        True
    """

    def __init__(self, seed: int | np.integer) -> None:
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
            raise bad("Rng", "seed", "be a non-negative integer", seed)
        self.seed = int(seed)
        self._torch: dict[str, torch.Generator] = {}
        self._numpy: dict[str, np.random.Generator] = {}

    def __call__(self, name: str) -> torch.Generator:
        """The torch generator (CPU) of stream `name`."""
        if name not in self._torch:
            self._torch[name] = torch.Generator().manual_seed(self._hash(name))
        return self._torch[name]

    def numpy(self, name: str) -> np.random.Generator:
        """The NumPy generator of stream `name`."""
        if name not in self._numpy:
            self._numpy[name] = np.random.default_rng(self._hash(name))
        return self._numpy[name]

    def child(self, name: str) -> Rng:
        """A tree of streams below this one, e.g. one for each task of a sequence."""
        return Rng(self._hash(f"child:{name}"))

    def _hash(self, name: str) -> int:
        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1  # torch seeds are signed 64 bit

    def __repr__(self) -> str:
        return f"Rng({self.seed})"
