from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.neurons import _akorn_digits as digits
from neurarium.studies.neurons import _akorn_shapes as shapes
from neurarium.studies.neurons import _akorn_sudoku as sudoku
from neurarium.studies.neurons._akorn_nets import Attention, Convolution, Oscillators, PlainUnits
from neurarium.tasks import Sudoku, tetrominoes

SCALE = SimpleNamespace(n_features=16, n_steps=3, n_channels=8, n_conv_steps=2, n_votes=3, reach=0.1, n_shape_steps=2)


def solver(body=Oscillators, is_coupled=True):
    return sudoku.Solver(body=body, is_coupled=is_coupled, scale=SCALE, rng=Rng(0))


@pytest.mark.parametrize("body", [Oscillators, PlainUnits])
def test_a_blank_cell_says_nothing_of_its_solution(body):
    boards = Sudoku(rng=Rng(0)).draw(6, n_given=8)
    other = boards._replace(solution=torch.where(boards.is_given, boards.solution, 3 - boards.solution))
    assert torch.equal(solver(body)(boards), solver(body)(other))


def test_given_cells_start_at_their_stimulus_and_blank_ones_at_random():
    boards, net = Sudoku(rng=Rng(0)).draw(6, n_given=8), solver()
    c, start = net.stimulus(boards)
    assert torch.equal(c[boards.is_given], start[boards.is_given])
    assert not torch.equal(start, net.stimulus(boards)[1])


def test_uncoupled_cells_do_not_hear_of_each_other():
    boards = Sudoku(rng=Rng(0)).draw(6, n_given=8)
    other = boards._replace(solution=boards.solution.clone())
    other.solution[:, 1:] = 3 - boards.solution[:, 1:]
    alone, coupled = ([solver(is_coupled=k)(b)[:, 0] for b in (boards, other)] for k in (False, True))
    assert torch.equal(*alone)
    assert not torch.equal(*coupled)


def test_places_matter_to_attention_only_through_the_learned_bias():
    joined, x = Attention(n_features=8, n_places=5, n_heads=2, rng=Rng(0)), torch.randn(3, 5, 8)
    order = torch.tensor([2, 0, 4, 1, 3])
    assert not torch.allclose(joined(x)[:, order], joined(x[:, order]), atol=1e-5)
    with torch.no_grad():
        joined.place.zero_()
    torch.testing.assert_close(joined(x)[:, order], joined(x[:, order]), rtol=0, atol=1e-5)


def test_convolution_moves_with_its_image():
    around, x = Convolution(n_features=3, n_inputs=2, size=3, rng=Rng(0)), torch.zeros(1, 8, 8, 2)
    x[0, 3, 4] = 1.0
    torch.testing.assert_close(around(x.roll(1, 2)), around(x).roll(1, 2))


def test_vote_auc_by_hand():
    right = np.array([[True, True], [False, True], [False, True]])  # (votes, boards); the second has no pair
    assert sudoku.vote_auc(right, np.array([[2.0, 9], [1.0, 9], [3.0, 9]])) == 0.5
    assert sudoku.vote_auc(right, np.array([[0.0, 9], [1.0, 9], [3.0, 9]])) == 1.0
    assert sudoku.vote_auc(right[:, 1:], np.zeros((3, 1))) == 0.5


def test_votes_take_the_answer_of_least_energy():
    answers = torch.tensor([[1, 2, 3], [4, 5, 6]])
    chosen = sudoku.of_least_energy(answers, torch.tensor([[-1.0, 0.0, 5.0], [2.0, -3.0, 4.0]]))
    assert chosen.tolist() == [1, 5, 6]


def test_with_one_start_the_vote_is_that_answer():
    boards, net = Sudoku(rng=Rng(0)).draw(20, n_given=14), solver()
    with torch.no_grad():
        one = sudoku.votes(net, boards, SimpleNamespace(n_steps=2, n_votes=1))
    assert one["solved_share__few_vote"] == one["solved_share__few_any"]


def test_an_attack_stays_near_and_raises_the_loss():
    net = digits.Classifier(body=Oscillators, scale=SCALE, rng=Rng(0))
    x, y = torch.rand(20, 8, 8, generator=torch.Generator().manual_seed(0)), torch.arange(20) % 10
    seen = digits.attack(net, x, y, SCALE)
    assert (seen - x).abs().max() <= 0.1 + 1e-6
    assert (seen.min() >= 0) & (seen.max() <= 1)
    before, after = (torch.nn.functional.cross_entropy(net(images), y) for images in (x, seen))
    assert after > before + 0.01


def test_calibration_error_by_hand():
    sure = torch.tensor([0.9, 0.9, 0.6, 0.6])
    logits = torch.stack([sure, 1 - sure], dim=1).log()
    assert digits.calibration_error(logits, torch.tensor([0, 0, 0, 1])) == pytest.approx(0.1)
    assert digits.calibration_error(logits, torch.tensor([1, 1, 0, 0])) == pytest.approx(0.65)


def test_a_hidden_patch_is_dark_and_others_are_noisy():
    clean = torch.ones(300, 24, 24, 3)
    spoiled = shapes.spoil(clean, torch.Generator().manual_seed(0))
    patches = spoiled.unflatten(1, (8, 3)).unflatten(3, (8, 3)).transpose(2, 3).flatten(3)
    is_hidden = (patches == 0).all(-1)
    assert is_hidden.float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert (patches[~is_hidden] != 0).all()
    assert patches[~is_hidden].std().item() == pytest.approx(0.3, abs=0.01)


def test_pixels_come_back_where_they_were():
    images, net = torch.zeros(1, 24, 24, 3), shapes.Cleaner(body=PlainUnits, is_coupled=False, scale=SCALE, rng=Rng(0))
    seen = images.clone()
    seen[0, 7, 16, 1] = 5.0  # in the patch of rows 6 to 8 and columns 15 to 17
    with torch.no_grad():
        changed = (net(seen) != net(images)).any(-1)[0].nonzero()
    assert changed.shape == (9, 2)
    assert changed.amin(0).tolist() == [6, 15]
    assert changed.amax(0).tolist() == [8, 17]


def test_places_that_show_one_object_are_one_group_and_equal_places_are_none():
    images = tetrominoes(n_images=6, rng=Rng(0))
    at = images.objects[:, 1::3, 1::3]  # the middle of each place
    told = torch.nn.functional.one_hot(at, 4).float()
    upsampled = at.repeat_interleave(3, 1).repeat_interleave(3, 2)
    assert shapes.grouping(told, upsampled) == pytest.approx(1.0)
    assert 0.4 < shapes.grouping(told, images.objects) < 1.0  # borders of objects do not fall on those of places
    assert shapes.grouping(torch.ones_like(told), images.objects) == 0.0
