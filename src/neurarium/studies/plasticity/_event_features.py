"""Features of events, learned in four ways, and one read-out for all of them."""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import entropy
from sklearn.cluster import MiniBatchKMeans
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from neurarium.plasticity import FeastState
from neurarium.tasks import Images, patches, time_surface

BLOCK = 1000  # events


def learn_feast(rule, events, w, rng):
    """Start as the paper does: thresholds that nothing reaches."""
    return by_blocks(lambda block, w, state: rule.learn(block, w, state), events, w, rule.init_state(w))


def learn_frozen(rule, events, w, rng):
    """Thresholds of zero, which every event reaches, for good: competition alone."""
    return by_blocks(lambda block, w, state: rule.learn(block, w, state), events, w, FeastState(torch.zeros(len(w))))


def learn_k_means(rule, events, w, rng):
    """Each centre the mean of the events it won so far; they start as events drawn at random."""
    start = events[torch.randperm(len(events), generator=rng("centres"))[: len(w)]]
    means = MiniBatchKMeans(len(w), init=start.numpy(), n_init=1, batch_size=BLOCK, reassignment_ratio=0.0)

    def update(block, w, state):
        means.partial_fit(block.numpy())
        winner = torch.from_numpy(means.labels_).long()
        return F.normalize(torch.from_numpy(means.cluster_centers_), dim=1).to(w), state, winner

    return by_blocks(update, events, F.normalize(start, dim=1), None)


def learn_nothing(rule, events, w, rng):
    return by_blocks(lambda block, w, state: (w, state, (block @ w.T).argmax(1)), events, w, None)


def by_blocks(update, events, w, state):
    """Features, the winner of each event, and the norm of the weights' change in each block."""
    winners, change = [], []
    for block in events.split(BLOCK):
        after, state, winner = update(block, w, state)
        change.append((after - w).norm().item())
        winners.append(winner)
        w = after
    return w, torch.cat(winners), change


def chosen(images, scale, rng):
    """Some of the images, in random order."""
    sets = ((images.train_x, images.train_y, scale.n_train), (images.test_x, images.test_y, scale.n_test))
    picked = []
    for x, y, n in sets:
        order = torch.randperm(len(y), generator=rng("images"))[:n]
        picked += [x[order], y[order]]
    return Images(*picked, images.n_classes, images.note)


class Seen(NamedTuple):
    """`patches`: the surroundings of all events; `clip`, `row`, `column`: where each is; `shape`: of the raster."""

    patches: Tensor
    clip: Tensor
    row: Tensor
    column: Tensor
    shape: tuple[int, ...]


def around(events, scale):
    cut, index = patches(time_surface(events, tau_steps=scale.tau_steps), events, reach=scale.reach)
    clip, _, _, row, column = index.unbind(1)
    return Seen(cut, clip, row, column, tuple(events.shape))


def skill(w, seen, unseen, clips, *, n_cells):
    """Accuracy of ridge regression on histograms of the nearest feature of each event."""
    train, test = (histograms((s.patches @ w.T).argmax(1), s, len(w), n_cells) for s in (seen, unseen))
    readout = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(-1, 5, 13)))
    return readout.fit(train, clips.train_y.numpy()).score(test, clips.test_y.numpy())


def histograms(code, seen, n_units, n_cells):
    """Share of a clip's events that have each feature in each of `n_cells` by `n_cells` cells."""
    _, n_clips, _, height, width = seen.shape
    cell = seen.row * n_cells // height * n_cells + seen.column * n_cells // width
    counts = torch.zeros(n_clips, n_cells**2, n_units)
    counts.index_put_((seen.clip, cell, code), torch.ones(len(code)), accumulate=True)
    return F.normalize(counts.flatten(1), p=1, dim=1).numpy()


def usage(winner, scale):
    return float(entropy(torch.bincount(winner[winner >= 0], minlength=scale.n_units).numpy(), base=2))
