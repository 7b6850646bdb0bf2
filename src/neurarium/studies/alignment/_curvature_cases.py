"""Systems of known geometry, and what each of them is asked: digits with an observer, surfaces, trees, clusters."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import brentq
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score
from torch import nn

from neurarium.alignment import (
    cka,
    curvature_correlation,
    curvature_distance,
    neighbour_graph,
    ollivier_ricci_curvature,
    rdm,
    rewire_undirected,
    ricci_flow,
    rsa,
    threshold_graph,
)
from neurarium.engine import Outcome
from neurarium.tasks import digits

N_STYLES = 6  # directions of style that the observer tells apart


def observer_features(images):
    """What an observer made for this study sees in training and test images: the class, and how the digit is written.

    A unit vector for each class, and beside it the leading principal components of what distinguishes an image from
    the mean of its class, with a standard deviation of one half each.
    """
    x = torch.cat([images.train_x, images.test_x]).flatten(1).double()
    y = torch.cat([images.train_y, images.test_y])
    rest = x - torch.stack([x[y == c].mean(0) for c in range(images.n_classes)])[y]
    style = rest @ torch.linalg.svd(rest, full_matrices=False)[2][:N_STYLES].mT
    seen = torch.cat([F.one_hot(y, images.n_classes), 0.5 * style / style.std(0)], dim=1)
    return seen.split([len(images.train_y), len(images.test_y)])


class DigitNet(nn.Module):
    """A perceptron of two hidden layers; the second one is its representation."""

    def __init__(self, n_hidden, *, rng):
        super().__init__()
        sizes = (64, n_hidden, n_hidden // 2, 10)
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in pairwise(sizes))
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, generator=rng("weights"))
            nn.init.zeros_(layer.bias)

    def features(self, x):
        first, second, _ = self.layers
        return second(first(x.flatten(1)).relu()).relu()

    def forward(self, x):
        return self.layers[-1](self.features(x))

    def fit(self, images, n_updates, *, rng, observed=None, strength=0.0):
        """Learn the labels; with `strength` also to keep images as far apart as they are in what is `observed`."""
        optimiser = torch.optim.Adam(self.parameters(), lr=3e-3)
        for _ in range(n_updates):
            batch = torch.randperm(len(images.train_y), generator=rng("batches"))[:150]
            features = self.features(images.train_x[batch])
            loss = F.cross_entropy(self.layers[-1](features), images.train_y[batch])
            if strength:
                pairs = torch.stack([torch.pdist(features), torch.pdist(observed[batch]).float()])
                loss = loss + strength * (1 - torch.corrcoef(pairs)[0, 1])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


def on_sphere(n_points, *, rng):
    """Points drawn evenly on the unit sphere."""
    x = rng.normal(size=(n_points, 3))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def sphere(n_points, *, rng):
    """Great-circle distances of points drawn evenly on the unit sphere."""
    x = on_sphere(n_points, rng=rng)
    angle = np.arccos(np.clip(x @ x.T, -1, 1))
    np.fill_diagonal(angle, 0)
    return angle


def torus(n_points, *, rng):
    """Distances of points drawn evenly on a flat torus with the area of the unit sphere."""
    side = np.sqrt(4 * np.pi)
    x = rng.uniform(0, side, size=(n_points, 2))
    apart = np.abs(x[:, None] - x)
    return np.linalg.norm(np.minimum(apart, side - apart), axis=-1)


def tree(n_points, *, rng):
    """Path lengths in a binary tree whose branches are 0.8 to 1.2 long."""
    graph = nx.Graph()
    graph.add_weighted_edges_from(((k - 1) // 2, k, rng.uniform(0.8, 1.2)) for k in range(1, n_points))
    return np.asarray(nx.floyd_warshall_numpy(graph, nodelist=range(n_points)))


def stretched(x, amount):
    """A sphere pulled lengthwise: still one closed surface."""
    return x * np.array([1, 1, 1 + 10 * amount])


def clumped(x, amount):
    """A sphere whose points moved towards the nearest of the first eight: no surface is left."""
    centres = x[:8]
    nearest = np.linalg.norm(x[:, None] - centres, axis=-1).argmin(1)
    return x + 0.95 * amount * (centres[nearest] - x)


def as_alike(bend, x, likeness):
    """`bend` of x by the amount at which the distances within correlate with those of x as asked."""
    amount = brentq(lambda a: rsa(x, bend(x, a), distance="euclidean") - likeness, 1e-3, 1.0, xtol=1e-6)
    return bend(x, amount)


def bridged_clusters(sizes, *, rng, spacing=6.0, n_between=4):
    """Gaussian clusters on an open ring, neighbours joined by a few points between them; and each point's cluster."""
    angle = 2 * np.pi * np.arange(len(sizes)) / len(sizes)
    centres = spacing / (2 * np.sin(np.pi / len(sizes))) * np.stack([np.cos(angle), np.sin(angle)], 1)
    x = [centre + rng.normal(size=(n, 2)) for centre, n in zip(centres, sizes, strict=True)]
    labels = [np.full(n, k) for k, n in enumerate(sizes)]
    way = 0.25 + 0.5 * (np.arange(n_between) + 0.5) / n_between
    for k in range(len(sizes) - 1):
        bridge = centres[k] + way[:, None] * (centres[k + 1] - centres[k])
        x.append(bridge + 0.1 * rng.normal(size=bridge.shape))
        labels.append(np.where(way < 0.5, k, k + 1))
    return np.concatenate(x), np.concatenate(labels)


def spectral_clusters(joined, n_clusters, *, rng):
    """Normalised spectral clustering of a graph into `n_clusters`."""
    seed = int(rng.integers(2**31))
    return SpectralClustering(n_clusters, affinity="precomputed", random_state=seed).fit_predict(joined.astype(float))


def observed(rng, scale, *, updates=0, strength=0.0, is_shuffled=False):
    """A net that learned digits, perhaps trained on, beside the observer: on test images that neither was fitted to."""
    images = digits(rng=rng)
    train, test = observer_features(images)
    net = DigitNet(scale.n_hidden, rng=rng)
    net.fit(images, scale.n_updates, rng=rng.child("first"))
    net.fit(images, updates * scale.n_updates, rng=rng.child("then"), observed=train, strength=strength)
    shown = torch.randperm(len(test), generator=rng("shown"))[: scale.n_points]
    with torch.no_grad():
        x, accuracy = net.features(images.test_x[shown]), net(images.test_x).argmax(1) == images.test_y
    if is_shuffled:
        x = torch.stack([unit[torch.randperm(len(x), generator=rng("shuffle"))] for unit in x.mT], dim=1)
    row = {"accuracy": accuracy.float().mean(), "n_parameters": sum(p.numel() for p in net.parameters())}
    return row | compared(x.double(), test[shown])


def compared(x, y):
    """Every measure of the study, of two systems' responses to the same stimuli."""
    return {
        "curvature_distance": curvature_distance(x, y),
        "curvature_distance__nodes": curvature_distance(x, y, is_by_node=True),
        "likeness__curvature": curvature_correlation(x, y),
        "likeness__rsa": rsa(x, y, distance="euclidean"),
        "likeness__cka": cka(x, y),
    }


def bent(rng, scale, *, bend):
    """A sphere beside a copy that is bent until their distances correlate at 0.9."""
    x = on_sphere(scale.n_points, rng=rng.numpy("points"))
    return compared(as_alike(bend, x, 0.9), x)


def shape(rng, scale, *, draw, is_branching=False, is_rewired=False):
    """Mean curvature of a known space: points joined to their 16 nearest or, on a tree, to where branches lead."""
    means = []
    for k in range(scale.n_draws):
        distances = draw(scale.n_points, rng=rng.numpy(f"points {k}"))
        graph = (
            threshold_graph(distances, threshold=1.5) if is_branching else neighbour_graph(distances, n_neighbours=16)
        )
        graph = rewire_undirected((graph > 0).astype(float), rng=rng.child(f"rewire {k}")) if is_rewired else graph
        means.append(ollivier_ricci_curvature(graph, idleness=0.0).by_edge.mean())
    return {"mean_curvature": np.mean(means)}


def communities(rng, scale, *, is_rewired=False):
    """How well the flow, and spectral clustering of the same graph, find clusters that are joined by bridges."""
    x, label = bridged_clusters(scale.sizes, rng=rng.numpy("points"))
    graph = neighbour_graph(rdm(x, distance="euclidean").values)
    graph = rewire_undirected(graph, rng=rng) if is_rewired else graph
    told = spectral_clusters(graph > 0, len(scale.sizes), rng=rng.numpy("spectral"))
    tried = [spectral_clusters(graph > 0, k, rng=rng.numpy("spectral")) for k in range(2, scale.most_clusters)]
    untold = max(tried, key=lambda labels: modularity(graph, labels))
    flow = ricci_flow(graph)
    found = {"flow": flow.communities, "spectral": told, "spectral_untold": untold}
    row = {f"adjusted_rand__{name}": adjusted_rand_score(label, labels) for name, labels in found.items()}
    return Outcome(row, curves={"spread of curvature in the flow": flow.spread})


def modularity(graph, labels):
    """Newman's Q of a partition of the graph, each edge counted as one."""
    groups = [set(np.flatnonzero(labels == c)) for c in set(labels)]
    return nx.community.modularity(nx.from_numpy_array(graph > 0), groups)
