"""Bridging and increasing: a shared space for several nets, and a student that is brought closer to its teacher."""

from itertools import permutations

import torch
import torch.nn.functional as F

from neurarium.alignment import cka, error_consistency, hyperalignment, misalignment
from neurarium.studies.alignment._small_nets import SmallNet, images

RIDGE = 1e-2  # of the mean square of a regressor


def unaligned(systems):
    """Every system as it is."""
    return lambda source, target, x: x


def in_shared_space(systems):
    """Source and target in the space that all systems share."""
    space = hyperalignment(systems)
    return lambda source, target, x: space(source, x)


def stitched(systems):
    """The source as the target would answer, by ridge regression."""
    maps = {(i, j): _ridge(systems[i], systems[j]) for i, j in permutations(range(len(systems)), 2)}
    return lambda source, target, x: _with_one(x) @ maps[source, target] if source != target else x


def bridge(rng, scale, *, by):
    """How well a decoder that was fitted to one net reads another, after a map that was fitted to other images."""
    train_x, train_y, test_x, test_y = images(rng)
    shown, labels = train_x[: scale.n_shown], F.one_hot(train_y[: scale.n_shown], 10).double()
    widths = (scale.width,)
    nets = [
        SmallNet(widths, rng.child(f"subject {i}")).fit(train_x, train_y, n_updates=scale.n_updates, lr=scale.lr)
        for i in range(scale.n_subjects)
    ]
    seen, held_out = ([net.hidden(x).detach().double() for net in nets] for x in (shown, test_x))
    to = by(seen)
    decoders = [_ridge(to(i, i, x), labels) for i, x in enumerate(seen)]
    found = [
        (_with_one(to(i, j, held_out[i])) @ decoders[j]).argmax(1).eq(test_y).double().mean()
        for i, j in permutations(range(len(nets)), 2)
    ]
    accuracy = sum(float(net.is_right(test_x, test_y).double().mean()) for net in nets) / len(nets)
    return {"transfer_accuracy": float(sum(found) / len(found)), "accuracy": accuracy}


def _ridge(x, y):
    x = _with_one(x)
    power = x.square().mean() * RIDGE * len(x)
    return torch.linalg.solve(x.mT @ x + power * torch.eye(x.shape[1], dtype=x.dtype), x.mT @ y)


def _with_one(x):
    return torch.cat([x, x.new_ones(len(x), 1)], 1)


def increase(rng, scale, *, term, weight=0.0):
    """A small student of few labels, drawn closer to its teacher on images without labels; `term` says by what."""
    train_x, train_y, test_x, test_y = images(rng)
    teacher = SmallNet((128,), rng.child("teacher")).fit(train_x, train_y, n_updates=scale.n_updates, lr=scale.lr)
    pool = train_x[scale.n_labels : scale.n_labels + scale.n_pool]
    wrong = torch.randperm(len(pool), generator=rng("shuffle"))
    with torch.no_grad():
        shown = pool[wrong] if term == "shuffled" else pool
        hidden, logits = teacher.hidden(shown), teacher(shown).log_softmax(1)

    def extra(student):
        if term == "logits":
            return weight * F.kl_div(student(pool).log_softmax(1), logits, reduction="batchmean", log_target=True)
        similarity = "cka" if term == "shuffled" else term
        return weight * misalignment(student.hidden(pool), hidden, similarity=similarity)

    student = SmallNet((scale.n_student,), rng.child("student"))
    student.fit(
        train_x[: scale.n_labels],
        train_y[: scale.n_labels],
        n_updates=scale.n_updates,
        lr=scale.lr,
        extra=extra if weight else None,
    )
    right = [net.is_right(test_x, test_y) for net in (student, teacher)]
    with torch.no_grad():
        likeness = cka(student.hidden(test_x), teacher.hidden(test_x))
    return {
        "accuracy": float(right[0].double().mean()),
        "accuracy__teacher": float(right[1].double().mean()),
        "error_consistency": error_consistency(*right),
        "likeness": likeness,
        "n_parameters": sum(p.numel() for p in student.parameters()),
    }
