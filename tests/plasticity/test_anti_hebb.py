import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.plasticity import AntiHebb

EYE = torch.eye(2, dtype=torch.float64)


@pytest.mark.parametrize("c", [0.2, 0.6, 0.9])
def test_two_linear_units_decorrelate_at_the_weight_of_theory(c):
    """The covariance of y = (I - W)^-1 x is diagonal where (1 - w)/(1 + w) = √((1 + c)/(1 - c))."""
    covariance = torch.tensor([[1.0, c], [c, 1.0]], dtype=torch.float64)
    white = torch.linalg.qr(torch.randn(200, 2, generator=Rng(0)("data"), dtype=torch.float64))[0] * 200**0.5
    x, rule, w = white @ torch.linalg.cholesky(covariance).mT, AntiHebb(lr=0.05), torch.zeros_like(EYE)
    for _ in range(1500):
        y = torch.linalg.solve(EYE - w, x.mT).mT
        w, _ = rule.step(y, y, w, rule.init_state(w))
    ratio = ((1 + c) / (1 - c)) ** 0.5
    assert w[0, 1].item() == pytest.approx((1 - ratio) / (1 + ratio), abs=1e-8)
    assert torch.equal(w, w.mT)
    assert (y.mT @ y / 200)[0, 1].abs() < 1e-8


def test_pairs_at_their_target_keep_their_weight():
    y = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], dtype=torch.float64)  # independent, active half
    w = -0.3 * (1 - EYE)
    rule = AntiHebb(lr=1.0, target=0.5)
    torch.testing.assert_close(rule.step(y, y, w, rule.init_state(w))[0], w)
    assert (AntiHebb(lr=1.0, target=0.6).step(y, y, w, rule.init_state(w))[0][0, 1] > w[0, 1]).item()


def test_never_excites_and_never_reaches_itself():
    y = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
    assert not AntiHebb(lr=1.0).step(y, y, torch.zeros_like(EYE), AntiHebb().init_state(EYE))[0].any()


def test_matrix_between_two_layers_is_refused():
    with pytest.raises(NeurariumError, match="AntiHebb: `w` must be square"):
        AntiHebb().init_state(torch.zeros(2, 3))


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"target": -0.1}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"AntiHebb: `{next(iter(wrong))}` must"):
        AntiHebb(**wrong)
