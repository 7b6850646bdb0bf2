import math

import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score

from neurarium.alignment import error_consistency
from neurarium.core.errors import NeurariumError


def drawn(seed, n=4000, p=0.7):
    return torch.rand(n, generator=torch.Generator().manual_seed(seed)) < p


def test_it_is_cohens_kappa_of_being_right():
    x, y = drawn(0), drawn(1) | drawn(2)
    assert error_consistency(x, y) == pytest.approx(cohen_kappa_score(x.numpy(), y.numpy()), abs=1e-12)


def test_same_independent_and_opposite_errors():
    x = drawn(0)
    assert error_consistency(x, x) == 1
    assert abs(error_consistency(x, drawn(1))) < 0.05
    half = torch.arange(10) < 5
    assert error_consistency(half, ~half) == -1


def test_numpy_answers_alike_and_perfect_systems_have_nothing_to_agree_on():
    x, y = drawn(0), drawn(1)
    assert error_consistency(x.numpy(), y.numpy()) == error_consistency(x, y)
    assert math.isnan(error_consistency(np.ones(5, bool), np.ones(5, bool)))


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (torch.ones(3), torch.ones(3, dtype=torch.bool), "`X` must say of each sample"),
        (torch.ones(3, dtype=torch.bool), torch.ones(4, dtype=torch.bool), "`Y` must have as many samples"),
        (torch.ones(0, dtype=torch.bool), torch.ones(0, dtype=torch.bool), "`X` must"),
    ],
)
def test_bad_input_is_refused(x, y, message):
    with pytest.raises(NeurariumError, match=message):
        error_consistency(x, y)
