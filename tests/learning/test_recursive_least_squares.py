import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.learning import RecursiveLeastSquares


def normal(*shape, stream="x"):
    return torch.randn(*shape, generator=Rng(0)(stream), dtype=torch.float64)


def learned(rule, x, y, blocks):
    w = torch.zeros(y.shape[1], x.shape[1], dtype=torch.float64)
    state = rule.init_state(w)
    for x_b, y_b in zip(x.split(blocks), y.split(blocks), strict=True):
        w, state = rule.step(x_b, y_b, w, state)
    return w, state


def test_after_every_sample_it_is_the_ridge_solution_of_all_so_far():
    x, y, rule = normal(30, 5), normal(30, 2, stream="y"), RecursiveLeastSquares(strength=0.5)
    for n in (1, 4, 30):
        gram = x[:n].mT @ x[:n] + 0.5 * torch.eye(5).double()
        w, state = learned(rule, x[:n], y[:n], 1)
        torch.testing.assert_close(w, torch.linalg.solve(gram, x[:n].mT @ y[:n]).mT, atol=1e-10, rtol=0)
        torch.testing.assert_close(state.p, torch.linalg.inv(gram), atol=1e-10, rtol=0)


@pytest.mark.parametrize("forgetting_factor", [1.0, 0.9])
def test_a_block_gives_what_its_samples_give_one_by_one(forgetting_factor):
    x, y = normal(30, 5), normal(30, 2, stream="y")
    rule = RecursiveLeastSquares(strength=0.5, forgetting_factor=forgetting_factor)
    one_by_one, state = learned(rule, x, y, 1)
    for blocks in (3, 7, 30):
        w, last = learned(rule, x, y, blocks)
        torch.testing.assert_close(w, one_by_one, atol=1e-10, rtol=0)
        torch.testing.assert_close(last.p, state.p, atol=1e-10, rtol=0)


def test_one_sample_is_the_rule_of_force():
    x, y, w = normal(1, 4), normal(1, 2, stream="y"), normal(2, 4, stream="w")
    p = torch.linalg.inv(torch.cov(normal(4, 50, stream="p")) + torch.eye(4).double())
    rule = RecursiveLeastSquares()
    after, state = rule.step(x, y, w, rule.init_state(w)._replace(p=p))
    r = x[0]
    k = p @ r / (1 + r @ p @ r)
    torch.testing.assert_close(after, w + torch.outer(y[0] - w @ r, k))
    torch.testing.assert_close(state.p, p - torch.outer(k, r @ p))


def test_forgetting_weighs_old_samples_less():
    x, y, known = normal(40, 3), normal(40, 1, stream="y"), 0.8
    w, _ = learned(RecursiveLeastSquares(strength=0.5, forgetting_factor=known), x, y, 5)
    share = known ** torch.arange(39, -1, -1).double()
    gram = x.mT @ (share[:, None] * x) + 0.5 * known**40 * torch.eye(3).double()
    torch.testing.assert_close(w, torch.linalg.solve(gram, x.mT @ (share[:, None] * y)).mT, atol=1e-9, rtol=0)


def test_after_a_change_it_goes_on_at_one_over_n_unless_it_starts_again():
    x, rule = torch.ones(100, 1).double(), RecursiveLeastSquares(strength=1e-9)
    w, state = learned(rule, x, x, 1)
    for _ in range(100):
        w, state = rule.step(x[:1], 0 * x[:1], w, state)
    assert w.item() == pytest.approx(0.5)
    w, _ = rule.step(x[:1], 0 * x[:1], w, rule.init_state(w))
    assert w.item() == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"strength": 0.0}, "be a positive number"),
        ({"forgetting_factor": 0.0}, "be a positive number"),
        ({"forgetting_factor": 1.1}, "lie between 0 and 1"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"`{next(iter(wrong))}` must {must}"):
        RecursiveLeastSquares(**wrong)


def test_shapes_that_disagree_are_refused():
    rule, w = RecursiveLeastSquares(), torch.zeros(2, 3)
    with pytest.raises(NeurariumError, match=r"\(batch, units\), \(batch, outputs\), \(outputs, units\)"):
        rule.step(torch.zeros(4, 3), torch.zeros(5, 2), w, rule.init_state(w))
