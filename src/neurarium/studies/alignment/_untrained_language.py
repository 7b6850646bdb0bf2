"""Untrained encoders of strings of words, their tokenisers, and a simulated cortex that reads a real English text."""

import itertools
import math
import re
from collections import Counter
from functools import cache
from pydoc_data.topics import topics
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from neurarium.alignment import encoding_model, localiser
from neurarium.nets import gaussian

KINDS = ("sentences", "word_lists", "jabberwocky", "nonword_lists")
N_MERGES = 1200
SPAN = 3  # words over which a channel smooths what it reads
N_CODE = 30  # dimensions of a word's random code in cortex


@cache
def text():
    """Words of the documentation that Python ships with, and the position of each in its sentence."""
    words, positions = [], []
    for sentence in re.split(r"[.:;!?]\s", " ".join(topics[k] for k in sorted(topics)).lower()):
        found = re.findall(r"[a-z]+", sentence)
        words += found
        positions += range(len(found))
    return words, np.array(positions)


@cache
def merges():
    """Pairs of pieces that byte-pair encoding joins, most frequent first, from the words of the text."""
    counts = Counter(text()[0])
    words = {word: list(word) for word in counts}
    pairs = Counter()
    where = {}
    for word, pieces in words.items():
        for pair in itertools.pairwise(pieces):
            pairs[pair] += counts[word]
            where.setdefault(pair, set()).add(word)
    ranks = {}
    for rank in range(N_MERGES):
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        ranks[best] = rank
        for word in where.pop(best):
            old, new = words[word], joined(words[word], best)
            for pair in itertools.pairwise(old):
                pairs[pair] -= counts[word]
            for pair in itertools.pairwise(new):
                pairs[pair] += counts[word]
                where.setdefault(pair, set()).add(word)
            words[word] = new
        del pairs[best]
    return ranks


def joined(pieces, pair):
    """`pieces` with every occurrence of `pair` made one."""
    out = []
    for piece in pieces:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return out


@cache
def byte_pairs(word):
    """Pieces of a word by byte-pair encoding: a frequent word is one piece, a rare one or a non-word several."""
    ranks, pieces = merges(), list(word)
    while len(pieces) > 1:
        best = min(itertools.pairwise(pieces), key=lambda pair: ranks.get(pair, math.inf))
        if best not in ranks:
            break
        pieces = joined(pieces, best)
    return tuple(pieces)


def letters(word):
    """A word letter by letter, with a space at its end."""
    return (*word, " ")


class Tokens(NamedTuple):
    """Numbers of pieces, padded at the end, and where each word ends."""

    pieces: torch.Tensor  # (strings, pieces)
    ends: torch.Tensor  # (strings, words)


def tokenised(strings, tokeniser, vocabulary):
    """Pieces of strings of the same number of words; `vocabulary` grows by the pieces that it meets first."""
    pieces, ends = [], []
    for words in strings:
        parts = [tokeniser(word) for word in words]
        pieces.append(torch.tensor([vocabulary.setdefault(p, len(vocabulary)) for part in parts for p in part]))
        ends.append(np.cumsum([len(part) for part in parts]) - 1)
    return Tokens(torch.nn.utils.rnn.pad_sequence(pieces, batch_first=True), torch.tensor(np.array(ends)))


class Encoder:
    """A shallow untrained encoder of random weights: ``x ← x + mix(norm(x))``, the same block `n_cycles` times.

    Units are those of the block's norm and of what it adds, in every cycle. Weights have the standard deviation
    that gives queries and keys the size they have in the paper's model of 4096 units, 0.02 · √4096.
    """

    def __init__(self, n_tokens, *, mix, width, n_heads, n_cycles, rng):
        self.mix, self.n_heads, self.n_cycles = mix, n_heads, n_cycles
        self.embedding = 0.02 * torch.randn(n_tokens, width, generator=rng("embedding"))
        self.weights = [gaussian((width, width), rng("weights"), gain=1.28) for _ in range(4)]

    def __call__(self, pieces):
        x, units = self.embedding[pieces], []
        for _ in range(self.n_cycles):
            z = F.layer_norm(x, x.shape[-1:])
            added = self.mix(z, self.weights, self.n_heads)
            x = x + added
            units += [z, added]
        return torch.cat(units, -1)


def attention(z, weights, n_heads):
    """Causal attention of many heads, without positions."""
    q, k, v = ((z @ w.mT).unflatten(-1, (n_heads, -1)).transpose(1, 2) for w in weights[:3])
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return out.transpose(1, 2).flatten(2) @ weights[3].mT


def one_head(z, weights, n_heads):
    """The same weights as one head."""
    return attention(z, weights, 1)


def no_attention(z, weights, n_heads):
    """Two layers of the same weights for each token alone."""
    return torch.relu(z @ weights[0].mT) @ weights[1].mT


class Bag:
    """Mean of the random embeddings of all tokens so far: neither order nor weights."""

    def __init__(self, n_tokens, *, width, rng, **_):
        self.embedding = torch.randn(n_tokens, 4 * width, generator=rng("embedding"))

    def __call__(self, pieces):
        x = self.embedding[pieces]
        return x.cumsum(1) / torch.arange(1, x.shape[1] + 1)[:, None]


def at_words(units, ends):
    """The state at the end of each word, (strings, words, units)."""
    return units.gather(1, ends[..., None].expand(-1, -1, units.shape[-1]))


def passages(rng, scale):
    """Passages of running text that do not overlap: words, positions in the sentence, and surprisal in bits."""
    words, positions = text()
    n = scale.n_words
    starts = rng.numpy("passages").choice(len(words) // n, scale.n_passages, replace=False) * n
    taken = (starts[:, None] + np.arange(n)).ravel()
    known = np.ones(len(words), dtype=bool)
    known[taken] = False
    read = [words[i : i + n] for i in starts]
    return read, positions[taken].reshape(-1, n), surprisal(words, known, starts, n)


def surprisal(words, known, starts, n):
    """``-log2 p`` of each word by bigrams mixed with single words, counted on the rest of the text."""
    rest = [w for w, k in zip(words, known, strict=True) if k]
    single, pairs = Counter(rest), Counter(itertools.pairwise(rest))
    total, size = len(rest), len(set(words))

    def bits(before, word):
        alone = (single[word] + 1) / (total + size)
        return -math.log2(0.5 * pairs[before, word] / max(single[before], 1) + 0.5 * alone)

    return np.array([[bits(words[i - 1] if i else "", words[i]) for i in range(s, s + n)] for s in starts])


def cortex(read, positions, surprises, rng, scale):
    """What drives the channels (words, features), and their responses (words, repeats, channels).

    Each channel sums, with random weights, a random mixture of word codes smoothed over three words, the position in
    the sentence and the surprisal; noise is such that a perfect model correlates with the mean by `ceiling`.
    """
    g = rng.numpy("cortex")
    codes = {w: g.standard_normal(N_CODE) for w in sorted({w for words in read for w in words})}
    code = np.array([[codes[w] for w in words] for words in read])
    smooth = sum(np.pad(code, ((0, 0), (lag, 0), (0, 0)))[:, : code.shape[1]] for lag in range(SPAN)) / SPAN
    parts = [smooth.reshape(-1, N_CODE), np.log1p(positions).reshape(-1, 1), surprises.reshape(-1, 1)]
    parts = [(p - p.mean(0)) / p.std(0) for p in parts]
    mixtures = [p @ g.standard_normal((p.shape[1], scale.n_channels)) / p.shape[1] ** 0.5 for p in parts]
    signal = sum(g.standard_normal(scale.n_channels) * m for m in mixtures)
    signal = (signal - signal.mean(0)) / signal.std(0)
    share = scale.ceiling**2
    noise = g.standard_normal((len(signal), scale.n_repeats, scale.n_channels))
    recorded = share**0.5 * signal[:, None] + ((1 - share) * scale.n_repeats) ** 0.5 * noise
    return np.concatenate(parts, 1), recorded


def discriminability(a, b):
    """D' and accuracy of telling two kinds of strings apart along the difference of their means, cross-validated."""
    d_prime, accuracy = [], []
    for test, train in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        spread = torch.cat([a[train], b[train]]).std(0).clamp_min(1e-12)
        axis = (a[train].mean(0) - b[train].mean(0)) / spread**2
        middle = (a[train].mean(0) + b[train].mean(0)) @ axis / 2
        p, q = a[test] @ axis, b[test] @ axis
        d_prime.append((p.mean() - q.mean()) / ((p.var() + q.var()) / 2).sqrt().clamp_min(1e-12))
        accuracy.append(((p > middle).double().mean() + (q <= middle).double().mean()) / 2)
    return torch.stack(d_prime).mean(), torch.stack(accuracy).mean()


def score(features, recorded, scale):
    """How well the channels are predicted from `features`, passage by passage."""
    block = torch.arange(scale.n_passages).repeat_interleave(scale.n_words)
    model = encoding_model(features, recorded, blocks=block)
    mean = float(model.correlation.mean())
    return {
        "predictivity": mean,
        "log_predictivity": math.log(max(mean, 1e-3)),  # chance may be below zero
        "ceiled_predictivity": np.nanmean(model.corrected),
    }


def language(sentences, word_lists, jabberwocky, nonword_lists, scale):
    """Localise on every second string; on the others, responses and what they tell apart."""
    found = localiser(sentences[::2], nonword_lists[::2], n_units=scale.n_units).selected
    s, w, j, n = (x[1::2][:, found] for x in (sentences, word_lists, jabberwocky, nonword_lists))
    together = torch.cat([s, w, j, n])
    centre, spread = together.mean(0), together.std(0).clamp_min(1e-12)
    row = {f"localised_response__{k}": ((x - centre) / spread).mean() for k, x in zip(KINDS, (s, w, j, n), strict=True)}
    for name, pairs in {"lexical": ((s, j), (w, n)), "syntactic": ((s, w), (j, n))}.items():
        told = torch.tensor([discriminability(a, b) for a, b in pairs]).mean(0)
        row |= {f"d_prime__{name}": told[0], f"accuracy__{name}": told[1]}
    return row, found
