import numpy as np
import pytest

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import Sudoku
from neurarium.tasks.sudoku import all_grids


def n_solutions(cells):
    """Completions of a board by plain search; -1 is a blank cell."""
    if -1 not in cells:
        return 1
    at = int(np.flatnonzero(cells == -1)[0])
    row, column = divmod(at, 4)
    others = [
        k for k in range(16) if k // 4 == row or k % 4 == column or (k // 8 == at // 8 and (k % 4) // 2 == column // 2)
    ]
    found = 0
    for digit in set(range(4)) - set(cells[others].tolist()):
        tried = cells.copy()
        tried[at] = digit
        found += n_solutions(tried)
    return found


def test_every_grid_is_there_once():
    grids = all_grids()
    assert len(grids) == len(np.unique(grids, axis=0)) == n_solutions(np.full(16, -1)) == 288
    square = grids.reshape(-1, 4, 4)
    quarters = grids.reshape(-1, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4).reshape(-1, 4, 4)
    for units in (square, square.transpose(0, 2, 1), quarters):
        assert (np.sort(units, axis=2) == np.arange(4)).all()


@pytest.mark.parametrize("n_given", [4, 6, 9])
def test_each_board_has_one_solution_by_plain_search(n_given):
    boards = Sudoku(rng=Rng(0)).draw(12, n_given=n_given)
    assert (boards.is_given.sum(1) == n_given).all()
    for solution, is_given in zip(boards.solution.numpy(), boards.is_given.numpy(), strict=True):
        assert n_solutions(np.where(is_given, solution, -1)) == 1


def test_grids_to_test_on_are_held_out():
    sudoku = Sudoku(n_test=60, rng=Rng(1))
    train, test = ({tuple(grid) for grid in part.tolist()} for part in (sudoku.train, sudoku.test))
    assert (len(train), len(test), train & test) == (228, 60, set())
    assert {tuple(g) for g in sudoku.draw(50, n_given=8).solution.tolist()} <= train
    assert {tuple(g) for g in sudoku.draw(50, n_given=8, is_test=True).solution.tolist()} <= test


def test_a_seed_gives_the_same_boards():
    first, second = (Sudoku(rng=Rng(2)).draw(9, n_given=7) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_bad_splits_are_refused():
    for n_test in (0, 288):
        with pytest.raises(NeurariumError, match="Sudoku: `n_test` must"):
            Sudoku(n_test=n_test, rng=Rng(0))


def test_bad_boards_are_refused():
    for n_given in (3, 17):
        with pytest.raises(NeurariumError, match="lie between 4 and 16"):
            Sudoku(rng=Rng(0)).draw(1, n_given=n_given)
    with pytest.raises(NeurariumError, match="n_boards"):
        Sudoku(rng=Rng(0)).draw(0, n_given=8)
