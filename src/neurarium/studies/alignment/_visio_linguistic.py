"""Captioned digits, the nets that encode them, and a synthetic brain whose voxels have a known origin."""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from neurarium.alignment import variance_partition
from neurarium.nets import gaussian
from neurarium.tasks import digits

FRAMES = ("this is {}", "a picture of {}", "you see {} here", "look : {}", "the number {}")
NAMES = "zero one two three four five six seven eight nine".split()
NUMERALS = list("0123456789")
VOCABULARY = ["", *dict.fromkeys(w for frame in FRAMES for w in frame.replace("{}", "").split()), *NAMES, *NUMERALS]
LENGTH, WIDTH, N_HEADS, N_PATCHES = 4, 64, 4, 16
ORIGIN = {"visual": 0, "text": 1, "interaction": 2, "beyond_agreement": 2, "congruence": 2, "noise": 3}


class Stimuli(NamedTuple):
    """Real digits, each with a generated caption that names its class (`agrees`) or another one."""

    images: torch.Tensor  # (n, 8, 8)
    captions: torch.Tensor  # (n, LENGTH), indices of VOCABULARY
    shown: torch.Tensor  # class of the image
    named: torch.Tensor  # class named by the caption
    frame: torch.Tensor  # which words surround the name, and whether it is spelled out

    @property
    def agrees(self):
        return self.shown == self.named


def captioned(images, shown, generator):
    """Give each image a caption; every second one, at random, names another class."""
    n = len(shown)
    lie = torch.randint(1, 10, (n,), generator=generator) * torch.randint(2, (n,), generator=generator)
    named, frame = (shown + lie) % 10, torch.randint(2 * len(FRAMES), (n,), generator=generator)
    table = torch.zeros(10, 2 * len(FRAMES), LENGTH, dtype=torch.int64)
    for c in range(10):
        for k in range(2 * len(FRAMES)):
            words = FRAMES[k // 2].format((NAMES, NUMERALS)[k % 2][c]).split()
            table[c, k, : len(words)] = torch.tensor([VOCABULARY.index(w) for w in words])
    return Stimuli(images, table[named, frame], shown, named, frame)


def stimuli(rng, scale):
    """Stimuli to train the nets on, and others to show to nets and brain."""
    split = digits(test_fraction=scale.test_fraction, rng=rng)
    order = torch.randperm(len(split.test_y), generator=rng("order"))[: scale.n_stimuli]  # the split sorts by place
    seen = captioned(split.test_x[order], split.test_y[order], rng("captions"))
    return split, seen


def brain(seen, rng, scale):
    """Responses (stimuli, repeats, voxels) of the regions of ORIGIN in turn, of equal noise; no net takes part.

    Visual: rectified random filters of the pixels. Text: random values of each name and of each frame. The three that
    integrate answer a pair of classes with ``g(shown) h(named)`` less what one class explains (:func:`tables`).
    """
    g, n = rng.numpy("brain"), scale.n_voxels
    pixels = seen.images.flatten(1).numpy()
    visual = np.maximum(0, (pixels - pixels.mean(0)) @ g.standard_normal((64, n)) + g.standard_normal(n))
    named, frame = np.eye(10)[seen.named], np.eye(2 * len(FRAMES))[seen.frame]
    text = named @ g.standard_normal((10, n)) + 0.5 * frame @ g.standard_normal((2 * len(FRAMES), n))
    pairs = [table[10 * seen.shown.numpy() + seen.named.numpy()] for table in tables(g, n)]
    signal = np.concatenate([(v - v.mean(0)) / v.std(0) for v in (visual, text, *pairs)] + [np.zeros_like(text)], 1)
    share = scale.ceiling**2  # of signal in the variance of the mean over repeats
    noise = g.standard_normal((len(signal), scale.n_repeats, signal.shape[1]))
    return share**0.5 * signal[:, None] + ((1 - share) * scale.n_repeats) ** 0.5 * noise


def tables(g, n):
    """Values of the 100 pairs (shown, named) for n voxels of each region that integrates, orthogonal to either class.

    Interaction: g and h are independent. Beyond agreement: the same, orthogonal to whether the two agree. Congruence:
    g = h, as of one meaning that both modalities evoke, so that agreement makes up some 30 % of the variance.
    """
    chance = np.where(np.eye(10, dtype=bool), 0.05, 0.05 / 9).reshape(100, 1)  # of each pair among the stimuli
    shown, named = np.repeat(np.eye(10), 10, 0), np.tile(np.eye(10), (10, 1))
    classes = np.concatenate([shown, named], 1)
    agreement = np.concatenate([classes, np.eye(10).reshape(100, 1)], 1)
    of_shown, of_named = g.standard_normal((2, 10, n))
    product, square = (shown @ of_shown) * (named @ of_named), (shown @ of_shown) * (named @ of_shown)
    return [_without(x, chance, y) for x, y in ((classes, product), (agreement, product), (classes, square))]


def _without(x, chance, y):
    """What is left of `y` when `x` has explained all it can, pairs weighted by their chance."""
    return y - x @ np.linalg.lstsq(chance**0.5 * x, chance**0.5 * y, rcond=None)[0]


class Block(nn.Module):
    """Residual attention from `x` to `source`, then a residual pair of layers, each after layer normalisation."""

    def __init__(self):
        super().__init__()
        self.attend = nn.MultiheadAttention(WIDTH, N_HEADS, batch_first=True)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))
        self.feed = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.ReLU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x, source):
        keys = self.norms[1](source)
        x = x + self.attend(self.norms[0](x), keys, keys, need_weights=False)[0]
        return x + self.feed(self.norms[2](x))


class ImageNet(nn.Module):
    """Two convolutions and a dense layer, trained to classify; tokens: the dense layer and the 16 patches below it."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, WIDTH // 2, 3, padding=1), nn.Conv2d(WIDTH // 2, WIDTH, 3, 2, padding=1)
        self.dense, self.head = nn.Linear(N_PATCHES * WIDTH, WIDTH), nn.Linear(WIDTH, 10)

    def tokens(self, s):
        patches = self.second(self.first(s.images[:, None]).relu()).relu().flatten(2).mT
        return torch.cat([self.dense(patches.flatten(1)).relu()[:, None], patches], 1)

    def features(self, s):
        return self.tokens(s)[:, 0]

    def forward(self, s):
        return self.head(self.features(s))


class TextNet(nn.Module):
    """Word embeddings and one block of self-attention, trained to say which digit the caption names."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(len(VOCABULARY), WIDTH)
        self.places = nn.Parameter(torch.zeros(LENGTH, WIDTH))
        self.block, self.head = Block(), nn.Linear(WIDTH, 10)

    def tokens(self, s):
        x = self.words(s.captions) + self.places
        return self.block(x, x)

    def features(self, s):
        return self.tokens(s).mean(1)

    def forward(self, s):
        return self.head(self.features(s))


class MatchingNet(nn.Module):
    """Two streams on the tokens of the trained image and text nets, which stay fixed, trained to tell agreement.

    With `crosses` each stream attends to the other one (co-attention) and a linear layer reads agreement off both;
    without, each attends to itself and the two meet only in a bilinear score: no interaction in the features.
    """

    def __init__(self, image_net, text_net, *, crosses):
        super().__init__()
        self.below, self.crosses = (image_net, text_net), crosses
        self.blocks = nn.ModuleList(Block() for _ in range(4))
        self.meet = nn.Linear(2 * WIDTH, 1) if crosses else nn.Bilinear(WIDTH, WIDTH, 1)

    def streams(self, s):
        with torch.no_grad():
            image, text = (net.tokens(s) for net in self.below)
        for on_image, on_text in (self.blocks[:2], self.blocks[2:]):
            sources = (text, image) if self.crosses else (image, text)
            image, text = on_image(image, sources[0]), on_text(text, sources[1])
        return image[:, 0], text.mean(1)

    def features(self, s):
        return torch.cat(self.streams(s), 1)

    def forward(self, s):
        match = self.meet(self.features(s)) if self.crosses else self.meet(*self.streams(s))
        return torch.cat([-match, match], 1)


def drawn(net, generator):
    """`net` with weights drawn anew from `generator`; biases start at zero."""
    with torch.no_grad():
        for module in net.modules():
            for name, p in module.named_parameters(recurse=False):
                if name.endswith("bias"):
                    p.zero_()
                elif isinstance(module, nn.LayerNorm):
                    p.fill_(1.0)
                elif p.ndim > 1:
                    p.copy_(gaussian(tuple(p.flatten(1).shape), generator).reshape(p.shape))
    return net


def fit(net, images, shown, answer, *, n_updates, rng, scale):
    """Train on fresh captions of random images; `answer` picks from the stimuli what the net should say."""
    optimiser = torch.optim.Adam(net.parameters(), lr=scale.lr)
    for _ in range(n_updates):
        pick = torch.randint(len(shown), (scale.batch,), generator=rng("batches"))
        s = captioned(images[pick], shown[pick], rng("captions"))
        optimiser.zero_grad()
        F.cross_entropy(net(s), answer(s).long()).backward()
        optimiser.step()
    return net.requires_grad_(False)


def score(net, s, answer):
    return float((net(s).argmax(1) == answer(s).long()).float().mean())


def assigned(families, recorded, regions, scale):
    """Share of each region's voxels that a partition of variance gives to the family they come from.

    A voxel goes to what explains most: the image alone, text alone, or what the matching net adds to both; it is noise
    where all of them explain less than 2 %.
    """
    explained = variance_partition(families, recorded, n_folds=scale.n_folds).explained
    whole, both = explained["image", "text", "matching"], explained["image", "text"]
    parts = torch.stack([explained["image",], explained["text",], whole - both])
    guess = torch.where(torch.maximum(whole, both) < 0.02, ORIGIN["noise"], parts.argmax(0))
    return {f"assigned_share__{name}": (guess[i] == ORIGIN[name]).double().mean() for name, i in regions.items()}
