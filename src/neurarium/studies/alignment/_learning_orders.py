"""Populations of learners on the same examples, each with its own start and its own order of batches."""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from sklearn.ensemble import AdaBoostClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from neurarium.tasks import Images, digits

SIDE, N_CLASSES = 8, 10


def real_digits(scale, rng):
    """Half of the digits to learn from, half to be asked about."""
    return digits(test_fraction=0.5, rng=rng)


def teacher(scale, rng):
    """Gaussian images, named by the strongest of some random directions: no structure but that of the teacher."""
    n = scale.n_teacher
    x = torch.randn(n + scale.n_asked, SIDE, SIDE, generator=rng("gaussian"))
    y = (x.flatten(1) @ torch.randn(SIDE**2, scale.n_named, generator=rng("teacher"))).argmax(1)
    return Images(x[:n], y[:n], x[n:], y[n:], n_classes=N_CLASSES)


class MLPs:
    """One hidden rectified layer; all nets at once, weights ``(nets, in, out)``."""

    def __init__(self, *, scale, rng):
        self.weights = stacked(scale.n_models, (SIDE**2, scale.n_hidden, N_CLASSES), rng("weights"))

    def hidden(self, x):
        w, b = self.weights[:2]
        return (x.flatten(2) @ w + b).relu()

    def __call__(self, x):
        """Logits, ``(nets, samples, classes)``, of images ``(nets or 1, samples, height, width)``."""
        w, b = self.weights[2:]
        return self.hidden(x) @ w + b


class CNNs:
    """A layer of 3 by 3 filters, maxima of 2 by 2, then a hidden layer; all nets at once."""

    def __init__(self, *, scale, rng):
        self.filters = stacked(scale.n_models, (9, scale.n_filters), rng("filters"))
        n_pooled = (SIDE // 2) ** 2 * scale.n_filters
        self.weights = self.filters + stacked(scale.n_models, (n_pooled, scale.n_hidden, N_CLASSES), rng("weights"))

    def hidden(self, x):
        patches = F.unfold(x.flatten(0, 1).unsqueeze(1), 3, padding=1).mT.unflatten(0, x.shape[:2])
        w, b = self.filters
        seen = (patches.flatten(1, 2) @ w + b).relu()  # (nets, samples * places, filters)
        places = seen.unflatten(1, (x.shape[1], SIDE // 2, 2, SIDE // 2, 2))
        w, b = self.weights[2:4]
        return (places.amax((3, 5)).flatten(2) @ w + b).relu()

    def __call__(self, x):
        w, b = self.weights[4:]
        return self.hidden(x) @ w + b


def stacked(n_models, sizes, generator):
    """He's weights and zero biases of each layer in turn, to be learned."""
    found = []
    for n_in, n_out in pairwise(sizes):
        found.append(torch.randn(n_models, n_in, n_out, generator=generator) * math.sqrt(2 / n_in))
        found.append(torch.zeros(n_models, 1, n_out))
    return [p.requires_grad_() for p in found]


def networks(kind, images, scale, rng, pace=1.0):
    """Answers after each epoch of at most `n_an_epoch` examples, ``(nets, epochs, samples)``, and the nets."""
    nets = kind(scale=scale, rng=rng)
    descent = torch.optim.SGD(nets.weights, lr=pace * scale.lr, momentum=0.9)
    answers = []
    for _ in range(scale.n_epochs):
        order = torch.rand(scale.n_models, len(images.train_y), generator=rng("batches")).argsort(1)
        for some in order[:, : scale.n_an_epoch].split(scale.batch, 1):
            logits = nets(images.train_x[some]).flatten(0, 1)
            loss = F.cross_entropy(logits, images.train_y[some].flatten())
            descent.zero_grad()
            (loss * scale.n_models).backward()  # the mean over nets would shrink each one's gradient
            descent.step()
        with torch.no_grad():
            answers.append(nets(images.test_x.unsqueeze(0)).argmax(2))
    return torch.stack(answers, 1), nets


def forests(images, scale, rng):
    """Random forests, asked after each tree."""
    return _trees(images, scale, rng, RandomForestClassifier(n_estimators=scale.n_stages), _votes)


def boosters(images, scale, rng):
    """AdaBoost on small trees that look at few pixels, asked after each tree."""
    tree = DecisionTreeClassifier(max_depth=5, max_features="sqrt")
    boost = AdaBoostClassifier(tree, n_estimators=scale.n_stages)
    return _trees(images, scale, rng, boost, _staged)


def _trees(images, scale, rng, learner, stages):
    seeds = rng.numpy("trees").integers(2**31, size=scale.n_models)
    x, asked = (z.flatten(1).numpy() for z in (images.train_x, images.test_x))
    answers = []
    for seed in seeds:
        fitted = learner.set_params(random_state=int(seed)).fit(x, images.train_y.numpy())
        said = stages(fitted, asked)
        said += said[-1:] * (scale.n_stages - len(said))  # boosting ends early where nothing is left to learn
        answers.append(torch.stack(said))
    return torch.stack(answers), None


def _votes(forest, x):
    shares = torch.stack([torch.as_tensor(tree.predict_proba(x)) for tree in forest.estimators_])
    return list(shares.cumsum(0).argmax(2))


def _staged(boost, x):
    return [torch.as_tensor(stage) for stage in boost.staged_predict(x)]
