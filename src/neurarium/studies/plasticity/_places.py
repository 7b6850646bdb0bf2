"""What both studies of place recognition share: trained layers and their spikes, and the scores of a read-out."""

from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import auc

from neurarium.core import Rng
from neurarium.engine import asset
from neurarium.learning import poisson_presentation, response_record
from neurarium.nets.spiking import DiehlCook
from neurarium.plasticity import DiehlCookSTDP
from neurarium.tasks import digits, photo_route

IMAGE_MS, RATE_HZ = 350.0, 63.75
N_KEPT = 3  # passes whose answers are the record, as in the released code: while the layer still learns


class Answers(NamedTuple):
    """Spikes of a layer: `record` (units, labels) from the end of training, then for queries and for references."""

    record: torch.Tensor
    training: torch.Tensor
    labels: torch.Tensor
    queries: torch.Tensor
    references: torch.Tensor
    input_spikes: float

    @property
    def n_parameters(self):
        return int(self.record.shape[0]) * (784 + 1)

    @property
    def effective_acs(self):
        """A query's accumulates: input spikes reach every unit, and so does the inhibition that a spike sets off."""
        return float((self.input_spikes + self.queries.sum(1).mean()) * len(self.record))


def several_queries(*, seed, n_places, n_queries):
    """A route with two reference traverses and `n_queries` query traverses, one after the other."""
    route = photo_route(n_places=n_places, n_references=1 + n_queries, rng=Rng(seed))
    return route.references[:2], torch.stack([*route.references[2:], route.queries])


def route_answers(*, first, n_places, shown, **layer):
    """Train on places `first` onwards of a route, and show the stretch `shown` (first, number) of every query."""
    return _answers(_route_layer(first=first, n_places=n_places, shown=shown, **layer), n_places)


def digit_answers(*, seed, n_units, n_epochs):
    """Train on the digits of scikit-learn, at 28 by 28 pixels; the queries are the images held out."""
    return _answers(_digit_layer(seed=seed, n_units=n_units, n_epochs=n_epochs), 10)


def _answers(arrays, n_labels):
    a = {name: torch.from_numpy(array) for name, array in arrays.items()}
    record = response_record(a["training"], a["labels"], n_labels=n_labels)
    return Answers(record, a["training"], a["labels"], a["queries"], a["references"], float(a["input_spikes"]))


@asset
def _route_layer(*, seed, n_route, n_queries, first, n_places, shown, n_units, n_epochs, tau_gi_ms=2.0):
    references, queries = several_queries(seed=seed, n_places=n_route, n_queries=n_queries)
    own, seen = references[:, first : first + n_places], slice(shown[0], sum(shown))
    labels, rng = torch.arange(n_places).repeat(2), Rng(seed).child(f"places {first} to {first + n_places}")
    net = DiehlCook(n_inputs=784, n_units=n_units, tau_gi_ms=tau_gi_ms, rng=rng)
    asked = queries[:, seen].flatten(0, 1)
    return _trained(net, own.flatten(0, 1), labels, asked, references[0, seen], n_epochs, rng)


@asset
def _digit_layer(*, seed, n_units, n_epochs):
    images = digits(size=28, rng=Rng(seed))
    order = torch.randperm(len(images.train_x), generator=Rng(seed)("order"))
    x, y = images.train_x[order], images.train_y[order]
    rng = Rng(seed).child("digits")
    net = DiehlCook(n_inputs=784, n_units=n_units, rng=rng)
    return _trained(net, x, y, images.test_x, x[:1], n_epochs, rng)


def _trained(net, x, labels, queries, references, n_epochs, rng):
    rule = DiehlCookSTDP(a_minus=-1e-4)  # its sign as in the released code
    shown = [poisson_presentation(net, x, rule=rule, rng=rng) for _ in range(n_epochs)][-N_KEPT:]
    return dict(
        training=torch.cat(shown),
        labels=labels.repeat(len(shown)),
        queries=poisson_presentation(net, queries, rng=rng.child("queries")),
        references=poisson_presentation(net, references, rng=rng.child("references")),
        input_spikes=queries.flatten(1).sum(1).mean() * RATE_HZ * IMAGE_MS / 1000,
    )


def recall(scores, truth=None):
    """Share of queries whose best label is right; a query without any score is wrong."""
    is_right = scores.argmax(1) == (places(scores) if truth is None else truth)
    return float((is_right & (scores.max(1).values > scores.min(1).values)).float().mean())


def places(scores):
    """The right places of queries that pass all places in order, once or several times."""
    return torch.arange(len(scores)) % scores.shape[1]


def pr_area(scores):
    """Area under precision over recall, as in the released code: a query that is turned down is a miss."""
    confidence, best = scores.max(1)
    is_right = (best == places(scores))[confidence.argsort(descending=True)].numpy()
    accepted = np.arange(1, len(scores) + 1)
    hits = is_right.cumsum()
    found = hits / np.maximum(hits + len(scores) - accepted, 1)
    return float(auc([0, *found], [1, *(hits / accepted)]))


def nearest(queries, references):
    """Minus the least sum of absolute differences between a query and a place, over traverses: SAD as a score."""
    return -torch.cdist(queries.flatten(1), references.flatten(2), p=1).amin(0)
