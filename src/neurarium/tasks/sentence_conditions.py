"""Sentences, word lists, Jabberwocky and lists of non-words: words and structure, one without the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng

# Words that documentation of Python uses often: a tokeniser trained on that text knows them.
LEXICON = {
    "D": "the this each some".split(),
    "P": "of in with from".split(),
    "A": "new same other local global empty current special mutable single different standard".split(),
    "N": "object class value function method name statement exception list type expression module string instance "
    "attribute sequence code pattern argument dictionary number block namespace item target parameter".split(),
    "V": "returns raises defines calls uses matches contains allows yields means".split(),
    "R": "always only otherwise first directly also".split(),
}
WORDS = frozenset(word for words in LEXICON.values() for word in words)
RULES = {  # each phrase in all the ways to write it
    "S": ("NP VP",),
    "NP": ("D N", "D A N", "D A A N", "D N P D N", "D N P D A N"),
    "VP": ("V NP", "R V NP", "V NP R", "V R", "V NP P NP", "R V NP P NP"),
}
CONTENT = "ANVR"
SHORTEST, LONGEST = 4, 21
Strings = list[list[str]]


class Conditions(NamedTuple):
    """Strings of words, the same number in each condition; row i of all four has the same number of words."""

    sentences: Strings
    word_lists: Strings
    jabberwocky: Strings
    nonword_lists: Strings


@task(
    summary="Strings with or without words and with or without structure, from a small grammar.",
    source="generated",
    paper="doi:10.1152/jn.00032.2010",
    tags=("language", "localiser"),
)
def sentence_conditions(*, n_samples: int, n_steps: int = 12, rng: Rng) -> Conditions:
    """The two by two of language localisers: are there words, is there structure?

    Sentences are drawn from a context-free grammar. A word list is another sentence with its words in random order.
    Jabberwocky is another sentence whose content words have their letters shuffled, while determiners and
    prepositions stay; in a list of non-words all words are shuffled, and their order too. No two of the conditions
    share their sentences, and non-words have exactly the letters of words.

    Args:
        n_samples: strings of each condition.
        n_steps: words of each string, 4 to 21.
        rng: stream ``sentences`` draws sentences, stream ``shuffles`` orders and letters.

    Raises:
        NeurariumError: if a count is not positive or the grammar has no sentence of this length.

    Example:
        >>> strings = sentence_conditions(n_samples=2, n_steps=5, rng=Rng(1))
        >>> len(strings.sentences), len(strings.nonword_lists[0])
        (2, 5)

    Paper: after Fedorenko et al. 2010, doi:10.1152/jn.00032.2010; their strings are not copied.
    """
    check_count("sentence_conditions", n_samples=n_samples)
    check_count("sentence_conditions", n_steps=n_steps)
    if not SHORTEST <= n_steps <= LONGEST:
        raise bad("sentence_conditions", "n_steps", f"be {SHORTEST} to {LONGEST}, as sentences are", n_steps)
    choose, shuffle = rng.numpy("sentences"), rng.numpy("shuffles")
    drawn = [[_sentence(choose, n_steps) for _ in range(n_samples)] for _ in Conditions._fields]
    plain = [[[word for _, word in sentence] for sentence in group] for group in drawn]
    return Conditions(
        sentences=plain[0],
        word_lists=[_ordered_anew(words, shuffle) for words in plain[1]],
        jabberwocky=[[_nonword(w, shuffle) if k in CONTENT else w for k, w in sentence] for sentence in drawn[2]],
        nonword_lists=[_ordered_anew([_nonword(w, shuffle) for w in words], shuffle) for words in plain[3]],
    )


def _sentence(generator: np.random.Generator, n_steps: int) -> list[tuple[str, str]]:
    """Kind and form of each word of a sentence; drawn until its length is right, so that no structure is favoured."""
    while True:
        kinds = ["S"]
        while any(k in RULES for k in kinds):
            kinds = [part for k in kinds for part in (_pick(RULES[k], generator).split() if k in RULES else [k])]
        if len(kinds) == n_steps:
            return [(k, _pick(LEXICON[k], generator)) for k in kinds]


def _pick(options: list[str] | tuple[str, ...], generator: np.random.Generator) -> str:
    return options[int(generator.random() * len(options))]


def _ordered_anew(words: list[str], generator: np.random.Generator) -> list[str]:
    return [words[i] for i in generator.permutation(len(words))]


def _nonword(word: str, generator: np.random.Generator) -> str:
    """The letters of `word` in an order that is no word of the lexicon; all its words have one."""
    while True:
        shuffled = "".join(_ordered_anew(list(word), generator))
        if shuffled not in WORDS:
            return shuffled
