"""Kernels that numba compiles: how they are kept on disk, when they may stand in for operators, on how many threads.

Kernels are compiled the first time they are needed (a second or two, no compiler to install) and kept on disk beside
their file, or in the user's cache where that is read-only, or in ``$NUMBA_CACHE_DIR``; where none of the three can be
written they are compiled once a process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
import torch
from torch.utils._python_dispatch import is_in_torch_dispatch_mode

_ONE_TEAM = threading.Lock()  # two teams of threads at once would only take the cores from each other


def compiled(**options: Any) -> Callable[[Any], Any]:
    """Decorator: ``numba.njit`` with IEEE arithmetic, no operation reordered; the machine code is kept on disk."""

    def compiled(kernel: Any) -> Any:
        try:
            return numba.njit(cache=True, nogil=True, error_model="numpy", **options)(kernel)
        except RuntimeError:  # numba found no folder to keep it in
            return numba.njit(nogil=True, error_model="numpy", **options)(kernel)

    return compiled


def is_watched() -> bool:
    """Whether somebody watches operators (a cost counter, a compiler): a kernel would show them nothing."""
    return torch.compiler.is_compiling() or is_in_torch_dispatch_mode()


def threads_for(n: int, fewest: int) -> int:
    """As many threads as torch uses, fewer if each would have less than `fewest` of `n` columns; at least one."""
    most = numba.config.NUMBA_NUM_THREADS  # pyright: ignore
    return max(1, min(torch.get_num_threads(), most, n // fewest))


@contextmanager
def team(n_threads: int) -> Iterator[None]:
    """Within it, numba's parallel kernels run on `n_threads`; one team at a time."""
    with _ONE_TEAM:
        before = numba.get_num_threads()
        numba.set_num_threads(n_threads)
        try:
            yield
        finally:
            numba.set_num_threads(before)
