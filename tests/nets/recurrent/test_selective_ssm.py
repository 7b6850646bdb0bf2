import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.nets.recurrent import SelectiveSSM
from neurarium.nets.recurrent._linear_scan import linear_scan
from neurarium.nets.recurrent.selective_ssm import SelectiveSSMState


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def layer(n_units=4, n_states=3, **kwargs):
    return SelectiveSSM(n_units=n_units, n_states=n_states, rng=Rng(0), **kwargs).double()


@pytest.mark.parametrize("n_steps", [1, 2, 7, 8, 33])
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_the_scan_equals_stepping_forward_and_gradient(n_steps, batch):
    net, x = layer(), normal(n_steps, *batch, 4).requires_grad_()
    state = SelectiveSSMState(normal(*batch, 4, 3, seed=1).requires_grad_())
    found = []
    for out, last in (net(x, state), unroll(net.step, x, state)):
        loss = out.pow(2).sum() + (last.h * normal(*batch, 4, 3, seed=2)).sum()
        found.append([out, last.h, *torch.autograd.grad(loss, [x, state.h, *net.parameters()])])
    torch.testing.assert_close(*found, atol=1e-10, rtol=1e-10)


def test_gradient_of_the_scan_is_its_finite_difference():
    args = [normal(5, 2, seed=s).requires_grad_() for s in (0, 1)] + [normal(2, seed=2).requires_grad_()]
    assert torch.autograd.gradcheck(linear_scan, args)


def test_a_constant_input_at_a_fixed_step_is_approached_geometrically():
    """``h_t = (1 - exp(t Δ A)) (-B x / A)``: with rates 1, 2, 3 the limit is ``B x / rate``."""
    net = layer(step_min=0.2, step_max=0.2)
    torch.nn.init.zeros_(net.weight_step)
    x = normal(4)
    h = net.states(x.expand(50, 4))
    rate = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    t = torch.arange(1.0, 51.0, dtype=torch.float64)[:, None, None]
    expected = -torch.expm1(-t * 0.2 * rate) * (net.weight_write @ x) * x[:, None] / rate
    torch.testing.assert_close(h, expected, atol=1e-6, rtol=0)  # the step was drawn in single precision


def test_one_state_is_the_classical_gate():
    """Theorem 1 of the paper, with B = 1: ``h = (1 - g) h + g x``, ``g = σ(b + w x)``."""
    net = layer(n_units=1, n_states=1)
    x = normal(20, 1)
    g = torch.sigmoid(net.bias_step + x @ net.weight_step.mT)
    h, expected = torch.zeros(1, dtype=torch.float64), []
    for g_t, drive in zip(g, x * (x @ net.weight_write.mT), strict=True):
        h = (1 - g_t) * h + g_t * drive
        expected.append(h)
    torch.testing.assert_close(net.states(x)[..., 0], torch.stack(expected))


def test_steps_begin_between_their_bounds_and_rates_at_the_whole_numbers():
    net = layer(n_units=200, n_states=3, step_min=0.01, step_max=1.0)
    steps = torch.nn.functional.softplus(net.bias_step)
    assert 0.0099 < steps.min() < 0.02 < 0.5 < steps.max() < 1.01
    assert abs(steps.log().mean() - math.log(0.1)) < 0.3
    torch.testing.assert_close(net.log_rate.exp()[7], torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))


def test_long_sequences_stay_finite_in_single_precision():
    y, _ = SelectiveSSM(n_units=4, rng=Rng(0))(torch.ones(5000, 4))
    assert y.isfinite().all()


def test_bad_sizes_and_steps_are_refused():
    with pytest.raises(NeurariumError, match="SelectiveSSM: `n_states` must be a positive number"):
        SelectiveSSM(n_units=3, n_states=0, rng=Rng(0))
    with pytest.raises(NeurariumError, match="`step_max` must be at least step_min"):
        SelectiveSSM(n_units=3, step_max=1e-4, rng=Rng(0))
