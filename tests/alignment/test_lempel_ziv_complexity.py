import numpy as np
import pytest
import torch

from neurarium.alignment import lempel_ziv_complexity
from neurarium.core import NeurariumError, Rng


def phrases(text):
    """Phrases of one train, given as a string of zeros and ones."""
    raster = np.array([int(c) for c in text])[None, :, None]
    return (lempel_ziv_complexity(raster) * len(text) / np.log2(len(text))).item()


def by_definition(text):
    """The shortest stretch that is not a part of all that comes before its own last step, again and again."""
    count, start = 0, 0
    while start < len(text):
        stop = start + 1
        while stop <= len(text) and text[start:stop] in text[: stop - 1]:
            stop += 1
        count, start = count + 1, stop
    return count


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("0001101001000101", 6),  # Lempel and Ziv 1976: 0.001.10.100.1000.101
        ("01011010001101110010", 7),  # 0.1.011.0100.011011.1001.0
        ("0000000000", 2),
        ("1111", 2),
        ("0101010101", 3),
        ("01", 2),
        ("10", 2),
    ],
)
def test_published_and_simple_examples(text, n):
    assert phrases(text) == pytest.approx(n)
    assert by_definition(text) == n


def test_equals_the_definition_on_random_trains():
    for seed in range(60):
        rng = Rng(seed).numpy("train")
        text = "".join(map(str, (rng.random(int(rng.integers(2, 90))) < rng.random()).astype(int)))
        assert phrases(text) == pytest.approx(by_definition(text)), text


def test_constant_is_near_zero_and_a_coin_near_one():
    n = 20_000
    flips = Rng(0).numpy("coin").integers(0, 2, n)
    biased = (Rng(0).numpy("biased").random(n) < 0.1).astype(int)
    raster = np.stack([np.zeros(n, int), flips, biased], axis=-1)[None]
    constant, coin, rare = lempel_ziv_complexity(raster)[0]
    assert constant == pytest.approx(2 * np.log2(n) / n)
    assert coin == pytest.approx(1.0, abs=0.08)
    assert rare == pytest.approx(0.469, abs=0.08), "entropy of a coin of 0.1, bits a step"


def test_axes_and_kind_are_kept():
    raster = (torch.rand(3, 40, 5, generator=Rng(0)("r")) < 0.3).float()
    value = lempel_ziv_complexity(raster)
    assert isinstance(value, torch.Tensor)
    assert value.shape == (3, 5)
    assert value.dtype == torch.float64
    one = lempel_ziv_complexity(raster[1:2, :, 3:4].numpy())
    assert isinstance(one, np.ndarray)
    assert one.item() == value[1, 3].item()


@pytest.mark.parametrize(
    ("bad", "word"), [(np.ones((2, 1, 3)), "2 steps"), (np.full((1, 5, 1), 2.0), "zeros and ones"), ([[1]], "numpy")]
)
def test_bad_input_is_refused(bad, word):
    with pytest.raises(NeurariumError, match=word):
        lempel_ziv_complexity(bad)
