"""Tokenisers, encoders and the simulated cortex are what the study says of them."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.engine.loader import load_study
from neurarium.studies.alignment import _untrained_language as parts
from neurarium.tasks import sentence_conditions
from neurarium.tasks.sentence_conditions import WORDS


@pytest.fixture(scope="module")
def scale():
    return load_study("untrained-attention-language").study.scale("quick")


def test_frequent_words_are_one_piece_and_nonwords_are_several():
    strings = sentence_conditions(n_samples=10, rng=Rng(0))
    assert all(len(parts.byte_pairs(w)) == 1 for w in WORDS)
    pieces = [len(parts.byte_pairs(w)) for s in strings.nonword_lists for w in s]
    assert np.mean(pieces) > 2
    for w in ("tcejbo", "zq", "statement"):
        assert "".join(parts.byte_pairs(w)) == w


def test_the_first_merges_are_the_most_frequent_pairs():
    words = parts.text()[0]
    counts = {}
    for w in words:
        for pair in pairwise(w):
            counts[pair] = counts.get(pair, 0) + 1
    assert max(counts, key=counts.get) == next(iter(parts.merges()))
    assert parts.joined(list("aaab"), ("a", "a")) == ["aa", "a", "b"]


def test_words_end_where_tokens_say():
    vocabulary = {}
    tokens = parts.tokenised([["object", "tcejbo"], ["a", "b"]], parts.letters, vocabulary)
    assert tokens.ends.tolist() == [[6, 13], [1, 3]]
    assert tokens.pieces[0, 6] == vocabulary[" "]


def encoder(mix=parts.attention, n_cycles=2, seed=0):
    return parts.Encoder(50, mix=mix, width=32, n_heads=4, n_cycles=n_cycles, rng=Rng(seed))


@pytest.mark.parametrize("mix", [parts.attention, parts.one_head, parts.no_attention])
def test_encoders_are_causal_and_only_attention_mixes_tokens(mix):
    pieces = torch.randint(50, (3, 9), generator=torch.Generator().manual_seed(0))
    changed = pieces.clone()
    changed[:, 4] = (changed[:, 4] + 1) % 50
    a, b = encoder(mix)(pieces), encoder(mix)(changed)
    torch.testing.assert_close(a[:, :4], b[:, :4])
    assert torch.allclose(a[:, 5:], b[:, 5:]) is (mix is parts.no_attention)
    assert a.shape == (3, 9, 4 * 32)


def test_attention_is_a_weighted_mean_of_values():
    """One token attends to itself alone: what is added is the value, projected."""
    net = encoder(n_cycles=1)
    z, added = net(torch.tensor([[7]])).chunk(2, -1)
    torch.testing.assert_close(added, z @ net.weights[2].mT @ net.weights[3].mT)


def test_a_bag_knows_no_order():
    bag = parts.Bag(50, width=8, rng=Rng(0))
    pieces = torch.arange(10)[None]
    torch.testing.assert_close(bag(pieces)[:, -1], bag(pieces.flip(1))[:, -1])


def test_surprisal_is_that_of_the_counts():
    words = ["a", "b", "a", "b", "a", "c", "x"]
    known = np.array([True] * 6 + [False])
    found = parts.surprisal(words, known, [5], 2)
    p_c = 0.5 * 1 / 3 + 0.5 * 2 / 10
    p_x = 0.5 * 0 + 0.5 * 1 / 10
    np.testing.assert_allclose(found, [[-math.log2(p_c), -math.log2(p_x)]])


def test_passages_do_not_overlap_and_cortex_has_its_ceiling(scale):
    from neurarium.alignment import split_half_reliability

    read, positions, surprises = parts.passages(Rng(0), scale)
    assert np.array(read).shape == positions.shape == surprises.shape == (scale.n_passages, scale.n_words)
    drivers, recorded = parts.cortex(read, positions, surprises, Rng(0), scale)
    assert drivers.shape == (scale.n_passages * scale.n_words, parts.N_CODE + 2)
    assert split_half_reliability(recorded).mean() == pytest.approx(scale.ceiling**2, abs=0.03)


def test_discriminability_of_known_distributions():
    g = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 4000, 1, generator=g, dtype=torch.float64)
    d_prime, accuracy = parts.discriminability(a + 2, b)
    assert float(d_prime) == pytest.approx(2, abs=0.1)
    assert float(accuracy) == pytest.approx(0.841, abs=0.02)
    few = torch.randn(40, 2, 20, 50, generator=g, dtype=torch.float64)
    assert abs(np.mean([parts.discriminability(*pair)[0] for pair in few])) < 0.15
