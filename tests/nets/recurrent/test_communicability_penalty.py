import math

import jaxtyping
import numpy as np
import pytest
import scipy.linalg
import torch

from neurarium.core import NeurariumError
from neurarium.nets.recurrent import CommunicabilityPenalty, distances, grid_positions


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_scipy(w, d):
    """The paper's equation, unit by unit, in NumPy."""
    size = np.abs(w)
    c = np.empty_like(size)
    strength = [sum(size[i, j] for j in range(len(w))) for i in range(len(w))]
    for i in range(len(w)):
        for j in range(len(w)):
            c[i, j] = size[i, j] / math.sqrt(strength[i] * strength[j])
    c = scipy.linalg.expm(c)
    return sum(size[i, j] * c[i, j] * d[i, j] for i in range(len(w)) for j in range(len(w)) if i != j)


@pytest.mark.parametrize(("u", "v"), [(0.7, 0.7), (0.2, -1.5)])
def test_two_units(u, v):
    """M = ((0, r), (1/r, 0)) with r = sqrt(|u/v|) squares to one, so that C = cosh(1) + M sinh(1)."""
    r = math.sqrt(abs(u / v))
    exact = math.sinh(1) * (abs(u) * r + abs(v) / r)
    found = CommunicabilityPenalty()(torch.tensor([[0, u], [v, 0]], dtype=torch.float64))
    assert found.item() == pytest.approx(exact, abs=1e-12)


def test_two_units_with_self_connections_free_and_charged():
    s, w = 0.4, 0.6  # strengths 1, so M = ((s, w), (w, s)) and C = e^s ((cosh w, sinh w), (sinh w, cosh w))
    weight = torch.tensor([[s, -w], [w, -s]], dtype=torch.float64)
    off = math.exp(s) * math.sinh(w)
    assert CommunicabilityPenalty()(weight).item() == pytest.approx(2 * w * off, abs=1e-12)
    charged = CommunicabilityPenalty(is_diagonal_charged=True)(weight)
    assert charged.item() == pytest.approx((2 * w + 2 * s) * off, abs=1e-12)


def test_charge_of_the_diagonal_is_the_mean_of_communicability_times_distance():
    positions, w = torch.tensor([[0.0], [1.0], [3.0]]), normal(3, 3)
    size = w.abs().numpy()
    root = np.diag(size.sum(1) ** -0.5)
    k = scipy.linalg.expm(root @ size @ root) * distances(positions).numpy()
    np.fill_diagonal(k, 0)
    np.fill_diagonal(k, k.sum() / 6)
    found = CommunicabilityPenalty(positions=positions, is_diagonal_charged=True)(w)
    assert found.item() == pytest.approx((size * k).sum(), abs=1e-12)


def test_random_network_against_scipy_with_and_without_distance():
    positions, w = grid_positions(2, 2, 3), normal(12, 12)
    plain = by_scipy(w.numpy(), np.ones((12, 12)))
    spatial = by_scipy(w.numpy(), distances(positions).numpy())
    assert CommunicabilityPenalty()(w).item() == pytest.approx(plain, rel=1e-12)
    assert CommunicabilityPenalty(positions=positions)(w).item() == pytest.approx(spatial, rel=1e-12)


def test_strengths_are_those_of_rows():
    w = normal(5, 5)
    penalty = CommunicabilityPenalty()
    assert penalty(w).item() == pytest.approx(by_scipy(w.numpy(), np.ones((5, 5))), rel=1e-12)
    assert penalty(w.mT).item() != pytest.approx(penalty(w).item(), rel=1e-3)


@pytest.mark.parametrize("is_diagonal_charged", [False, True])
def test_gradient_goes_through_communicability(is_diagonal_charged):
    w = normal(4, 4).requires_grad_()
    penalty = CommunicabilityPenalty(positions=grid_positions(2, 2), is_diagonal_charged=is_diagonal_charged)
    assert torch.autograd.gradcheck(penalty, w)


def test_units_without_weights_are_left_out_with_finite_gradients():
    penalty = CommunicabilityPenalty()
    w = normal(5, 5)
    w[3] = 0
    w[:, 3] = 0
    w.requires_grad_()
    kept = [0, 1, 2, 4]
    found = penalty(w)
    found.backward()
    assert found.item() == pytest.approx(penalty(w[kept][:, kept]).item(), rel=1e-12)
    assert w.grad.isfinite().all()
    row_only = normal(5, 5)
    row_only[3] = 0
    row_only.requires_grad_()
    penalty(row_only).backward()
    assert row_only.grad.isfinite().all()
    nothing = torch.zeros(3, 3, requires_grad=True)
    assert penalty(nothing).item() == 0
    assert torch.autograd.grad(penalty(nothing), nothing)[0].isfinite().all()


def test_stack_equals_one_after_the_other():
    w = normal(2, 3, 12, 12)
    penalty = CommunicabilityPenalty(positions=grid_positions(3, 4))
    alone = torch.stack([torch.stack([penalty(one) for one in row]) for row in w])
    torch.testing.assert_close(penalty(w), alone, atol=1e-10, rtol=0)


def test_follows_float32():
    w, positions = normal(12, 12).float(), grid_positions(3, 4)
    found = CommunicabilityPenalty(positions=positions)(w)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(by_scipy(w.double().numpy(), distances(positions).numpy()), rel=1e-5)


def test_bad_shapes(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # else the shape hook speaks first
    with pytest.raises(NeurariumError, match=r"CommunicabilityPenalty: `weight` must be \(..., n, n\)"):
        CommunicabilityPenalty()(torch.zeros(3, 4))
    with pytest.raises(NeurariumError, match="join the 4 units"):
        CommunicabilityPenalty(positions=grid_positions(2, 2))(torch.zeros(3, 3))
