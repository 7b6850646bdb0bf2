"""Two versus two against a loop over pairs."""

import numpy as np
import pytest
import torch

from neurarium.alignment import two_versus_two_accuracy
from neurarium.core.errors import NeurariumError


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_equals_the_loop():
    g = np.random.default_rng(0)
    y = g.standard_normal((25, 7))
    p = y + 2 * g.standard_normal((25, 7))
    wins = [
        cosine(y[i], p[i]) + cosine(y[j], p[j]) > cosine(y[i], p[j]) + cosine(y[j], p[i])
        for i in range(25)
        for j in range(i)
    ]
    assert two_versus_two_accuracy(p, y) == pytest.approx(np.mean(wins))
    assert 0.5 < np.mean(wins) < 1


def test_ends_chance_and_ties():
    y = torch.randn(300, 6, generator=torch.Generator().manual_seed(0))
    assert two_versus_two_accuracy(y, y) == 1
    assert two_versus_two_accuracy(-y, y) == 0
    assert two_versus_two_accuracy(torch.randn(300, 6, generator=torch.Generator().manual_seed(1)), y) == pytest.approx(
        0.5, abs=0.04
    )
    assert two_versus_two_accuracy(torch.ones(300, 6), y) == 0.5


def test_bad_input_is_refused():
    y = np.eye(4)
    for other in (y[:3], y[:1]):
        with pytest.raises(NeurariumError, match="shape"):
            two_versus_two_accuracy(other, y if len(other) == 3 else other)
    with pytest.raises(NeurariumError, match="row of zeros"):
        two_versus_two_accuracy(y * [[1], [1], [0], [1]], y)
