"""Kernels that numba compiles."""

import numba
import pytest
import torch

from neurarium.core import kernels


def test_a_place_without_cache_still_works(monkeypatch):
    def refuses(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda kernel: kernel

    monkeypatch.setattr(kernels.numba, "njit", refuses)
    assert kernels.compiled()(lambda: 3)() == 3


def test_threads_are_those_of_torch_unless_they_had_too_little_to_do(monkeypatch):
    monkeypatch.setattr(kernels.torch, "get_num_threads", lambda: 4)
    monkeypatch.setattr(kernels.numba.config, "NUMBA_NUM_THREADS", 3)
    assert [kernels.threads_for(n, 10) for n in (0, 19, 20, 29, 30, 1000)] == [1, 1, 2, 2, 3, 3]


def test_a_team_is_dissolved_even_by_an_error(monkeypatch):
    before, teams = numba.get_num_threads(), []
    monkeypatch.setattr(kernels.numba, "set_num_threads", teams.append)
    with pytest.raises(KeyError), kernels.team(7):
        raise KeyError
    assert teams == [7, before]


def test_a_counter_and_a_compiler_are_seen():
    class Counter(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            return func(*args, **(kwargs or {}))

    assert not kernels.is_watched()
    with Counter():
        assert kernels.is_watched()
