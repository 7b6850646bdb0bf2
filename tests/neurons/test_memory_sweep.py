import torch

from neurarium.core import Rng, unroll
from neurarium.neurons import ExpressiveLeakyMemory
from neurarium.neurons._memory_sweep import sweep


def cells(n):
    return [
        ExpressiveLeakyMemory(n_inputs=6, n_outputs=2, n_memory=4, n_branches=3, rng=Rng(i)).double() for i in range(n)
    ]


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=Rng(seed)("x"), dtype=torch.float64)


def test_a_sweep_is_repeated_step_forward_and_back():
    (fused,), (stepped,) = cells(1), cells(1)
    x, y = draw(30, 5, 6).requires_grad_(), draw(30, 5, 6).requires_grad_()
    first, state = fused(x[:12])
    second, end = fused(x[12:], state)
    out = torch.cat([first, second])
    want, want_end = unroll(stepped.step, y, stepped.init_state(y[0]))
    torch.testing.assert_close(out, want)
    torch.testing.assert_close(end.s, want_end.s)
    torch.testing.assert_close(end.m, want_end.m)
    weight = draw(*out.shape, seed=1)
    ((out * weight).sum() + end.s.square().sum() + end.m.square().sum()).backward()
    ((want * weight).sum() + want_end.s.square().sum() + want_end.m.square().sum()).backward()
    torch.testing.assert_close(x.grad, y.grad)
    for (name, p), q in zip(fused.named_parameters(), stepped.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, msg=name)


def test_cells_side_by_side_are_cells_apart():
    team, x = cells(3), draw(15, 3, 2, 6)
    with torch.no_grad():
        for i, cell in enumerate(team):
            cell.logit_tau.add_(0.5 * i)
    out, s, m = sweep(team, x, torch.zeros_like(x[0]), torch.zeros(3, 2, 4, dtype=torch.float64))
    for i, cell in enumerate(team):
        want, end = cell(x[:, i])
        torch.testing.assert_close(out[:, i], want)
        torch.testing.assert_close(s[i], end.s)
        torch.testing.assert_close(m[i], end.m)
