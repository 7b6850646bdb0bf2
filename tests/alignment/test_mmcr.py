import math

import numpy as np
import pytest
import torch

from neurarium.alignment import mmcr
from neurarium.core.errors import NeurariumError


def views(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_equals_the_formula():
    X = views(5, 7, 4)
    C = np.stack([np.mean([v / np.linalg.norm(v) for v in m], 0) for m in X.numpy()])
    expected = np.linalg.svd(C, compute_uv=False).sum() / math.sqrt(5 * 4)
    assert mmcr(X).item() == pytest.approx(expected, abs=1e-14)
    assert mmcr(X.numpy()).item() == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(("p", "d"), [(3, 3), (2, 6), (3, 2), (6, 2)])
def test_bound_is_met_by_tight_frames_alone(p, d):
    if p <= d:
        frame = torch.eye(d, dtype=torch.float64)[:p]
    else:  # evenly spread in the plane
        angles = 2 * math.pi * torch.arange(p, dtype=torch.float64) / p
        frame = torch.stack([angles.cos(), angles.sin()], 1)
    assert mmcr(3 * frame[:, None].repeat(1, 5, 1)).item() == pytest.approx(1, abs=1e-12)
    assert mmcr(views(p, 5, d)).item() < 1


def test_one_direction_for_all_fills_one_dimension():
    X = torch.ones(4, 3, 4, dtype=torch.float64)
    assert mmcr(X).item() == pytest.approx(0.5, abs=1e-12)  # ‖C‖_* = √P of √(P D)


def test_slope_is_that_of_the_nuclear_norm():
    X = views(4, 1, 6)
    X = (X / X.norm(dim=-1, keepdim=True)).requires_grad_()
    mmcr(X).backward()
    U, _, Vt = torch.linalg.svd(X.detach()[:, 0], full_matrices=False)
    slope, x = U @ Vt / 4, X.detach()[:, 0]
    tangent = slope - (slope * x).sum(-1, keepdim=True) * x  # length of a view does not count
    torch.testing.assert_close(X.grad[:, 0], tangent, atol=1e-12, rtol=0)


def test_ascent_fills_the_room():
    X = views(6, 4, 3, seed=1).requires_grad_()
    optimiser = torch.optim.Adam([X], lr=0.05)
    for _ in range(300):
        optimiser.zero_grad()
        (-mmcr(X)).backward()
        optimiser.step()
    assert mmcr(X).item() > 0.999


def test_bad_views_are_refused():
    with pytest.raises(NeurariumError, match=r"mmcr: `X` must be \(manifolds, views, units\)"):
        mmcr(torch.ones(3, 4))
    with pytest.raises(NeurariumError, match="a direction in every view"):
        mmcr(torch.zeros(2, 3, 4))
