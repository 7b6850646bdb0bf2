"""Sudoku of four by four, solved by a net that settles."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from neurarium.core.loop import unroll
from neurarium.engine import Outcome
from neurarium.studies.neurons._akorn_nets import Attention, Head, Oscillators, Uncoupled, n_parameters, train
from neurarium.tasks import Sudoku

BLANK, N_DIGITS, N_CELLS = 4, 4, 16


class Solver(nn.Module):
    """Embedded cells are the stimulus; given cells start there, blank ones at random; a head names digits."""

    def __init__(self, *, body, is_coupled, scale, rng):
        super().__init__()
        of = dict(n_features=scale.n_features)
        joined = Attention(**of, n_places=N_CELLS, n_heads=4, rng=rng.child("attention")) if is_coupled else Uncoupled()
        self.embedding = nn.Parameter(torch.randn(N_DIGITS + 1, scale.n_features, generator=rng("embedding")))
        self.body = body(connectivity=joined, **of, n_dims=4, n_steps=scale.n_steps, rng=rng.child("body"))
        self.head = Head(n_inputs=self.body.n_outputs, n_outputs=N_DIGITS, rng=rng.child("head"))
        self.noise = rng("noise")

    def stimulus(self, boards):
        """Stimulus and a random start for each board."""
        c = self.embedding[torch.where(boards.is_given, boards.solution, BLANK)]
        noise = torch.randn(c.shape, generator=self.noise)
        return c, torch.where(boards.is_given.unsqueeze(-1), c, noise)

    def forward(self, boards, n_steps=None):
        return self.head(self.body(*self.stimulus(boards), n_steps)[0])


def solve_sudoku(rng, scale, *, body, is_coupled=True):
    """Train on many givens; test on held-out grids with as many, and with fewer, for longer, and by votes."""
    sudoku, net = Sudoku(rng=rng), Solver(body=body, is_coupled=is_coupled, scale=scale, rng=rng)

    def loss():
        boards = sudoku.draw(scale.n_boards, n_given=scale.n_given)
        return F.cross_entropy(net(boards).flatten(0, 1), boards.solution.flatten())

    losses = train(net, loss, scale.n_updates, scale.lr)
    same, fewer = (
        sudoku.draw(scale.n_test_boards, n_given=n, is_test=True) for n in (scale.n_given, scale.n_given_few)
    )
    with torch.no_grad():
        answers = net(same).argmax(-1) == same.solution
        row = {
            "accuracy": answers[~same.is_given].float().mean(),
            "solved_share": answers.all(1).float().mean(),
            "n_parameters": n_parameters(net),
        }
        for factor in (1, 2, 4):
            right = (net(fewer, factor * scale.n_steps).argmax(-1) == fewer.solution).all(1)
            row[f"solved_share__few_{factor}x"] = right.float().mean()
        row["solved_share__few_best"] = max(row[f"solved_share__few_{k}x"] for k in (1, 2, 4))
        if isinstance(net.body, Oscillators):
            row |= votes(net, fewer, scale)
    return Outcome(row={k: float(v) for k, v in row.items()}, curves={"loss": losses})


def votes(net, boards, scale):
    """Solved share of the answer of least energy (summed over the steps) among several starts, and of any one."""
    layer, n_steps = net.body.layer, 4 * scale.n_steps
    right, energy = [], []
    for _ in range(scale.n_votes):
        c, start = net.stimulus(boards)

        def step(c_t, state):
            state = layer.move(c_t, state)
            return layer.energy(c_t, state).sum(-1), state

        path, state = unroll(step, c.expand(n_steps, *c.shape), layer.start_at(start))
        right.append((net.head(layer.read(state)).argmax(-1) == boards.solution).all(1))
        energy.append(path.sum(0))
    right, energy = torch.stack(right), torch.stack(energy)
    return {
        "solved_share__few_vote": of_least_energy(right, energy).float().mean(),
        "solved_share__few_any": right.float().mean(),
        "vote_auc": vote_auc(right.numpy(), energy.numpy()),
    }


def of_least_energy(answers, energy):
    """For each board the answer of the vote with the least energy; ``(votes, boards)``."""
    return answers.gather(0, energy.argmin(0, keepdim=True)).squeeze(0)


def vote_auc(is_right, energy):
    """Chance that of two answers to one board, a right and a wrong one, the right one has less energy."""
    less = []
    for right, e in zip(is_right.T, energy.T, strict=True):
        less += list((e[right][:, None] < e[~right]).ravel())
    return np.mean(less) if less else 0.5
