"""The four conditions have words or not, and structure or not."""

import re

import pytest

from neurarium.core import Rng
from neurarium.core.errors import NeurariumError
from neurarium.tasks import sentence_conditions
from neurarium.tasks.sentence_conditions import LEXICON, LONGEST, SHORTEST, WORDS

KIND = {w: k for k, words in LEXICON.items() for w in words}
NP = "D(A{0,2}N|NPDA?N)"
GRAMMAR = re.compile(f"{NP}(V{NP}R?|R?V{NP}(P{NP})?|VR)")


def kinds(words):
    return "".join(KIND.get(w, "x") for w in words)


@pytest.fixture(scope="module")
def strings():
    return sentence_conditions(n_samples=40, rng=Rng(0))


def test_a_word_has_one_kind():
    assert sum(map(len, LEXICON.values())) == len(WORDS)


def test_sentences_follow_the_grammar_and_lists_do_not(strings):
    assert all(GRAMMAR.fullmatch(kinds(s)) for s in strings.sentences)
    assert sum(bool(GRAMMAR.fullmatch(kinds(s))) for s in strings.word_lists) <= 1
    assert all(set(s) <= WORDS for s in strings.word_lists)


def test_word_lists_have_the_words_of_sentences(strings):
    """Sorted by kind a list is some sentence's kinds: one verb, as many determiners as phrases."""
    possible = {"".join(sorted(kinds(s))) for s in sentence_conditions(n_samples=4000, rng=Rng(9)).sentences}
    assert all("".join(sorted(kinds(s))) in possible for s in strings.word_lists)


def test_jabberwocky_keeps_determiners_and_prepositions(strings):
    for s in strings.jabberwocky:
        assert set(kinds(s)) <= set("DPx")
        assert kinds(s)[0] == "D"
    assert not any(w in WORDS for s in strings.nonword_lists for w in s)


def test_nonwords_have_the_letters_of_words(strings):
    letters = {"".join(sorted(w)) for w in WORDS}
    assert all("".join(sorted(w)) in letters for s in strings.nonword_lists + strings.jabberwocky for w in s)


def test_lengths_and_draws():
    for n in (SHORTEST, 12, LONGEST):
        assert all(len(s) == n for group in sentence_conditions(n_samples=2, n_steps=n, rng=Rng(1)) for s in group)
    a, b, c = (sentence_conditions(n_samples=5, rng=Rng(s)) for s in (3, 3, 4))
    assert a == b
    assert a != c


@pytest.mark.parametrize("bad", [dict(n_samples=0), dict(n_samples=2, n_steps=3), dict(n_samples=2, n_steps=22)])
def test_bad_sizes_are_refused(bad):
    with pytest.raises(NeurariumError, match=next(k for k in ("n_steps", "n_samples") if k in bad)):
        sentence_conditions(**bad, rng=Rng(0))
