import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.plasticity import Hebb, KWinners, Sanger


def test_keeps_exactly_k_and_these_are_the_largest():
    y = torch.randn(50, 9, generator=Rng(0)("data"), dtype=torch.float64)
    kept = KWinners(rule=Hebb(), n_winners=3).select(y)
    assert ((kept != 0).sum(-1) == 3).all()
    assert torch.equal(kept[kept != 0], y[kept != 0])
    loser = torch.where(kept == 0, y, -torch.inf).amax(-1)
    assert (torch.where(kept != 0, y, torch.inf).amin(-1) > loser).all()


def test_of_equals_the_first_win():
    assert KWinners(rule=Hebb(), n_winners=2).select(torch.ones(1, 4)).tolist() == [[1.0, 1.0, 0.0, 0.0]]


def test_rows_of_losers_stay():
    x, w = torch.ones(1, 2), torch.tensor([[1.0, 1.0], [0.5, 0.5], [2.0, 2.0]])
    rule = KWinners(rule=Hebb(lr=1.0), n_winners=1)
    after, _ = rule.step(x, x @ w.mT, w, rule.init_state(w))
    assert torch.equal(after[:2], w[:2])
    assert after[2].tolist() == [6.0, 6.0]


def test_winners_under_sangers_rule_become_the_clusters_directions():
    centres = torch.linalg.qr(torch.randn(6, 3, generator=Rng(1)("centres"), dtype=torch.float64))[0].mT
    x = centres.repeat(20, 1) * (1 + torch.rand(60, 1, generator=Rng(1)("scale"), dtype=torch.float64))
    rule, w = KWinners(rule=Sanger(lr=0.2)), 0.5 * centres + 0.05
    for _ in range(800):
        w, _ = rule.step(x, x @ w.mT, w, rule.init_state(w))
    torch.testing.assert_close(w @ centres.mT, torch.eye(3, dtype=torch.float64), atol=1e-8, rtol=0)


@pytest.mark.parametrize("wrong", [{"n_winners": 0}, {"n_winners": 1.5}, {"rule": Hebb}])
def test_bad_arguments_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"KWinners: `{next(iter(wrong))}` must"):
        KWinners(**{"rule": Hebb(), **wrong})


def test_more_winners_than_units_are_refused():
    with pytest.raises(NeurariumError, match="KWinners: `n_winners` must not exceed the 2 units"):
        KWinners(rule=Hebb(), n_winners=3).select(torch.zeros(1, 2))
