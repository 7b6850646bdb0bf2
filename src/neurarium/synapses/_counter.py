"""Random numbers by position: a hash of a key and a counter, so that any of them can be drawn again without the others.

It is SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195) read at any place of its stream.
"""

from __future__ import annotations

from typing import no_type_check

import numpy as np

from neurarium.core.kernels import compiled

_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_STEP = 2.0**-53


@compiled()
@no_type_check
def bits(key, counter):
    """64 random bits; both arguments are ``uint64``, or numba would go through floats."""
    z = key + (counter + np.uint64(1)) * _GOLDEN
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@compiled()
@no_type_check
def uniform(key, counter):
    """A float64 strictly between 0 and 1."""
    return (np.float64(bits(key, counter) >> _11) + 0.5) * _STEP
