from collections import Counter

import pytest
import torch
from jaxtyping import TypeCheckError

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import OneChoiceMaze, Trials, accuracy

# (goal, offer) -> move, from the paper
PUBLISHED = {
    (9, "ul"): "u",
    (9, "rd"): "r",
    (19, "ld"): "d",
    (17, "rd"): "d",
    (17, "ul"): "l",
    (7, "ur"): "u",
    (19, "lr"): "r",
    (7, "lr"): "l",
}


def decoded(trials):
    """Goal and offer of every trial, read off the inputs."""
    goal = trials.inputs[slice(*trials.periods["goal"]), :, :4].mean(0).argmax(-1)
    offer = trials.inputs[slice(*trials.periods["choice"]), :, 4:].mean(0) > 0.5
    return [
        ((7, 9, 17, 19)[g], frozenset(d for d, is_on in zip("urdl", o, strict=True) if is_on))
        for g, o in zip(goal.tolist(), offer.tolist(), strict=True)
    ]


def logits_of(moves, trials):
    index = torch.tensor(["urdl".index(m) for m in moves])
    return torch.nn.functional.one_hot(index, 4).float().expand(*trials.targets.shape, 4)


def test_the_published_problems_and_no_others():
    trials = OneChoiceMaze().draw(80, rng=Rng(0))
    rows = Counter(zip(trials.table.goal, trials.table.offer, trials.table.move, strict=True))
    assert rows == {(goal, offer, move): 10 for (goal, offer), move in PUBLISHED.items()}


def test_goal_and_offer_together_tell_the_answer():
    trials = OneChoiceMaze().draw(800, rng=Rng(0))
    rule = {(goal, frozenset(offer)): move for (goal, offer), move in PUBLISHED.items()}
    logits = logits_of([rule[seen] for seen in decoded(trials)], trials)
    assert accuracy(logits, trials) == 1.0
    targets = trials.targets[:, torch.randperm(800, generator=Rng(1)("x"))]
    shuffled = Trials(trials.inputs, targets, trials.mask, trials.table, trials.periods)
    assert abs(accuracy(logits, shuffled) - 0.25) < 0.06  # u, r, d, l are two problems each


@pytest.mark.parametrize(("knows", "best"), [(0, 1 / 2), (1, 5 / 8)], ids=["goal alone", "offer alone"])
def test_one_of_the_two_does_not(knows, best):
    trials = OneChoiceMaze().draw(80, rng=Rng(0))
    seen = [s[knows] for s in decoded(trials)]
    votes = {}
    for key, move in zip(seen, trials.table.move, strict=True):
        votes.setdefault(key, Counter())[move] += 1
    logits = logits_of([votes[key].most_common(1)[0][0] for key in seen], trials)
    assert accuracy(logits, trials) == best


def test_the_course_of_a_trial():
    trials = OneChoiceMaze(goal_steps=8, delay_steps=4, choice_steps=8, noise_std=0.0).draw(8, rng=Rng(0))
    assert trials.periods == {"goal": (0, 8), "delay": (8, 12), "choice": (12, 20), "decision": (19, 20)}
    assert (trials.inputs[:8].sum(-1) == 1).all()
    assert (trials.inputs[8:12] == 0).all()
    assert (trials.inputs[12:].sum(-1) == 2).all()
    assert (trials.inputs[12:, :, :4] == 0).all()
    assert (trials.mask.sum(0) == 1).all()
    assert (trials.mask[-1] == 1).all()


def test_noise_is_on_every_channel_at_every_step():
    quiet, noisy = (OneChoiceMaze(noise_std=s).draw(200, rng=Rng(0)) for s in (0.0, 0.05))
    noise = noisy.inputs - quiet.inputs
    assert abs(noise.std() - 0.05) < 0.001
    assert (noise.std((0, 1)) > 0.045).all()
    assert (noise.std((1, 2)) > 0.04).all()


@pytest.mark.parametrize("bad", [{"goal_steps": 0}, {"delay_steps": -1}, {"choice_steps": 1.5}])
def test_bad_steps(bad):
    with pytest.raises((NeurariumError, TypeCheckError), match=next(iter(bad))):
        OneChoiceMaze(**bad)
