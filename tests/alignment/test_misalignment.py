import math

import pytest
import torch

from neurarium.alignment import cka, misalignment, procrustes
from neurarium.core.errors import NeurariumError

KINDS = ("cka", "rsa", "procrustes")


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_it_is_one_minus_the_measures_of_the_room():
    x, y = drawn(0, 30, 6), drawn(1, 30, 9)
    assert float(misalignment(x, y)) == pytest.approx(1 - cka(x, y, is_debiased=False), abs=1e-12)
    assert float(misalignment(x, y, similarity="procrustes")) == pytest.approx(
        1 - math.cos(procrustes(x, y)), abs=1e-12
    )
    distances = torch.stack([torch.pdist(z).square() for z in (x, y)])
    assert float(misalignment(x, y, similarity="rsa")) == pytest.approx(1 - float(torch.corrcoef(distances)[0, 1]))


@pytest.mark.parametrize("kind", KINDS)
def test_it_vanishes_for_turned_shifted_scaled_copies(kind):
    x = drawn(0, 30, 6)
    copy = 3 * x @ torch.linalg.qr(drawn(1, 6, 6))[0] + 1
    assert float(misalignment(x, copy, similarity=kind)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_its_gradient_is_that_of_finite_differences(kind):
    x, y = drawn(0, 8, 3).requires_grad_(), drawn(1, 8, 4)
    assert torch.autograd.gradcheck(lambda x: misalignment(x, y, similarity=kind), (x,))


@pytest.mark.parametrize("kind", KINDS)
def test_descent_aligns(kind):
    x, y = drawn(0, 30, 6).requires_grad_(), drawn(1, 30, 6)
    optimiser = torch.optim.Adam([x], lr=0.05)
    for _ in range(300):
        optimiser.zero_grad()
        loss = misalignment(x, y, similarity=kind)
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.02


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="no similarity is called 'ckaa'"):
        misalignment(drawn(0, 5, 2), drawn(0, 5, 2), similarity="ckaa")
    with pytest.raises(NeurariumError, match="`X, Y` must be"):
        misalignment(drawn(0, 5, 2), drawn(0, 4, 2))
