import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.plasticity import DeltaRule


def normal(*shape, stream="x"):
    return torch.randn(*shape, generator=Rng(0)(stream), dtype=torch.float64)


def test_one_step_by_hand():
    """Two samples, the gate open for the first alone: half of lr e x'."""
    x, w = torch.tensor([[1.0, 2.0], [5.0, 5.0]]), torch.tensor([[0.5, 0.0]])
    error = torch.tensor([[3.0], [7.0]]) - x @ w.mT
    after, _ = DeltaRule(lr=0.2).step(x, error, w, DeltaRule().init_state(w), torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(after, torch.tensor([[0.5 + 0.1 * 2.5 * 1.0, 0.1 * 2.5 * 2.0]]))


def test_it_goes_down_the_gradient_of_the_squared_error():
    x, y, w = normal(6, 4), normal(6, 2, stream="y"), normal(2, 4, stream="w").requires_grad_()
    loss = (y - x @ w.mT).square().sum(1).mean() / 2
    (gradient,) = torch.autograd.grad(loss, w)
    held = w.detach()
    after, _ = DeltaRule(lr=0.3).step(x, y - x @ held.mT, held, DeltaRule().init_state(held))
    torch.testing.assert_close(after, held - 0.3 * gradient)


def test_it_finds_the_least_squares_solution_where_there_is_one():
    x, truth = normal(20, 4), normal(2, 4, stream="w")
    rule, w = DeltaRule(lr=0.1), torch.zeros(2, 4).double()
    for _ in range(2000):
        w, _ = rule.step(x, x @ (truth - w).mT, w, rule.init_state(w))
    torch.testing.assert_close(w, truth, atol=1e-9, rtol=0)


def test_what_comes_with_probability_p_is_read_out_at_p():
    x, rule, w = torch.ones(1, 1).double(), DeltaRule(lr=0.005), torch.zeros(1, 1).double()
    comes = (torch.rand(20_000, generator=Rng(0)("coin")) < 0.3).double()
    seen = []
    for target in comes.tolist():
        w, _ = rule.step(x, target - x @ w.mT, w, rule.init_state(w))
        seen.append(w.item())
    assert sum(seen[5000:]) / 15_000 == pytest.approx(comes[5000:].mean().item(), abs=0.005)


@pytest.mark.parametrize("lr", [0.0, -1.0, float("nan")])
def test_bad_step_size_is_refused(lr):
    with pytest.raises(NeurariumError, match="DeltaRule: `lr` must be a positive number"):
        DeltaRule(lr=lr)
