"""A step forward, and backward exactly the published bump."""

import math

import numpy as np
import pytest
import torch

from neurarium.core import ATan, FastSigmoid, Triangle, spike

X = torch.linspace(-2, 2, 81, dtype=torch.float64)
FORMULAS = {
    FastSigmoid: lambda x, w: 1 / (1 + np.abs(x) / w) ** 2,
    ATan: lambda x, w: 1 / (1 + (np.pi * x / (2 * w)) ** 2),
    Triangle: lambda x, w: np.maximum(0, 1 - np.abs(x) / w),
}
AREAS = {FastSigmoid: 2.0, ATan: 2.0, Triangle: 1.0}  # over the whole line, in widths


@pytest.mark.parametrize("width", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("kind", FORMULAS)
def test_the_gradient_is_the_formula(kind, width):
    x = X.clone().requires_grad_()
    weights = torch.arange(81, dtype=torch.float64)
    (weights * spike(x, kind(width=width))).sum().backward()
    assert np.allclose(x.grad.numpy(), weights.numpy() * FORMULAS[kind](X.numpy(), width), rtol=1e-12, atol=0)


@pytest.mark.parametrize("kind", FORMULAS)
def test_the_bump_is_even_peaks_at_one_and_has_the_area_of_its_width(kind):
    bump = kind(width=0.3)
    assert bump.grad(torch.zeros(1)).item() == 1.0
    assert torch.equal(bump.grad(X), bump.grad(-X))
    assert (bump.grad(X) >= 0).all()
    line = torch.linspace(-3000, 3000, 6_000_001, dtype=torch.float64)
    assert torch.trapezoid(bump.grad(line), line).item() == pytest.approx(AREAS[kind] * 0.3, rel=1e-3)


def test_forward_is_one_from_zero_on_and_follows_the_dtype():
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        z = spike(torch.tensor([-1e-3, 0.0, 1e-3], dtype=dtype))
        assert z.tolist() == [0, 1, 1]
        assert z.dtype == dtype


def test_the_default_is_atan():
    x, y = (X.clone().requires_grad_() for _ in range(2))
    spike(x).sum().backward()
    spike(y, ATan(width=0.5)).sum().backward()
    assert torch.equal(x.grad, y.grad)


def test_float32_stays_float32_backward():
    x = X.float().requires_grad_()
    spike(x, Triangle()).sum().backward()
    assert x.grad.dtype == torch.float32


@pytest.mark.parametrize("width", [0, -1.0, math.nan, math.inf, "wide"])
@pytest.mark.parametrize("kind", FORMULAS)
def test_a_width_that_is_none_is_refused(kind, width, refuses):
    with refuses(f"{kind.__name__}: `width` must be a positive number"):
        kind(width=width)
