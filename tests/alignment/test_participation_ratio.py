"""How many directions activity fills."""

import numpy as np
import pytest
import torch

from neurarium.alignment import participation_ratio
from neurarium.core import NeurariumError, Rng


def test_participation_counts_directions():
    assert participation_ratio(torch.cat([torch.eye(4), -torch.eye(4)])) == pytest.approx(4.0)
    assert participation_ratio(torch.ones(6, 3)) == 1.0


def test_unequal_variances_by_the_formula():
    scales = torch.tensor([3.0, 1.0, 0.5], dtype=torch.float64)
    x = torch.cat([torch.diag(scales), -torch.diag(scales)])
    variances = scales**2
    assert participation_ratio(x) == pytest.approx((variances.sum() ** 2 / (variances**2).sum()).item())


def test_turning_shifting_and_scaling_change_nothing():
    x = Rng(0).numpy("x").standard_normal((50, 4)) * [4, 2, 1, 1]
    turn, _ = np.linalg.qr(Rng(0).numpy("turn").standard_normal((4, 4)))
    assert participation_ratio(7 * x @ turn + 3) == pytest.approx(participation_ratio(x))


def test_bad_activity_is_refused():
    with pytest.raises(NeurariumError, match="participation_ratio: `X` must be"):
        participation_ratio(torch.ones(3))
