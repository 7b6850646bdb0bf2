"""Sudoku of four by four, every grid there is."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng


class Boards(NamedTuple):
    """`solution`: digits 0..3, ``(boards, 16)``, row by row; `is_given`: which cells are shown."""

    solution: Int64[Tensor, "boards cells"]
    is_given: Bool[Tensor, "boards cells"]


@task(
    summary="Sudoku of four by four with one solution each; grids to test on are held out.",
    source="generated",
    paper="arxiv:2410.13821",
    tags=("reasoning", "constraints"),
)
class Sudoku:
    """The 288 grids, split by seed, and boards drawn from them.

    A grid holds the digits 0..3 once in each row, column and quarter. A board shows `n_given` cells of one, such that
    no other of the 288 grids agrees with them: draws of cells are repeated until this holds.

    Args:
        n_test: grids held out, strictly between 0 and 288.
        rng: stream ``"split"`` for the grids held out, ``"boards"`` for all that is drawn later.

    Raises:
        NeurariumError: if no grid is left on a side, or cells asked for cannot fix a grid.

    Example:
        >>> boards = Sudoku(n_test=72, rng=Rng(0)).draw(5, n_given=8)
        >>> boards.solution.shape, boards.is_given.sum(1).tolist()
        (torch.Size([5, 16]), [8, 8, 8, 8, 8])

    Paper: made for the question of Miyato et al. 2025, arXiv:2410.13821, which has grids of nine by nine.
    """

    def __init__(self, *, n_test: int = 72, rng: Rng) -> None:
        grids = all_grids()
        check_count("Sudoku", n_test=n_test)
        if n_test >= len(grids):
            raise bad("Sudoku", "n_test", f"be below the {len(grids)} grids there are", n_test)
        order = rng.numpy("split").permutation(len(grids))
        self.grids, self.test, self.train = grids, grids[order[:n_test]], grids[order[n_test:]]
        self._random = rng.numpy("boards")

    def draw(self, n_boards: int, *, n_given: int, is_test: bool = False) -> Boards:
        """Boards from the grids to learn from, or from those held out, each with one solution."""
        check_count("Sudoku.draw", n_boards=n_boards, n_given=n_given)
        if not 4 <= n_given <= 16:
            raise bad("Sudoku.draw", "n_given", "lie between 4 and 16", n_given, "Fewer cells fix no grid.")
        pool = self.test if is_test else self.train
        solution = pool[self._random.integers(len(pool), size=n_boards)]
        is_given = np.zeros(solution.shape, dtype=bool)
        undecided = np.arange(n_boards)
        while len(undecided):
            rank = self._random.random((len(undecided), 16)).argsort(1)
            is_given[undecided] = rank < n_given
            undecided = undecided[self._n_solutions(solution[undecided], is_given[undecided]) > 1]
        return Boards(torch.as_tensor(solution), torch.as_tensor(is_given))

    def _n_solutions(self, solution: np.ndarray, is_given: np.ndarray) -> np.ndarray:
        """How many of all grids agree with the given cells of each board."""
        wrong = sum(  # cells that are given and differ, as a product of one-hot codes
            (is_given & (solution == digit)).astype(np.float32) @ (self.grids != digit).astype(np.float32).T
            for digit in range(4)
        )
        return (wrong == 0).sum(1)


def all_grids() -> np.ndarray:
    """The 288 grids of four by four, ``(288, 16)``, in lexical order."""
    rows = np.array(list(permutations(range(4))))
    found = []
    for a in rows:
        for b in rows[~np.isin(rows[:, :2], a[:2]).any(1)]:  # the quarters of the upper half
            left = rows[(rows != a).all(1) & (rows != b).all(1)]
            found += [
                np.concatenate([a, b, c, d])
                for c in left
                for d in left
                if (c != d).all() and not np.isin(c[:2], d[:2]).any()
            ]
    return np.array(found, dtype=np.int64)
