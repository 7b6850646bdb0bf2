import pytest
import torch

from neurarium.core import FastSigmoid, NeurariumError, Rng, Triangle, unroll
from neurarium.neurons import ALIF, LIF, LearnedLIF, SoftReset


@pytest.fixture
def drive():
    return torch.randn(60, 5, 3, generator=Rng(0)("x"), dtype=torch.float64) * 0.6 + 0.15


def moved(**options):
    """A layer whose constants are not where they started."""
    neuron = LearnedLIF(n_units=3, tau_mem_ms=8.0, beta=0.3, **options).double()
    with torch.no_grad():
        for i, p in enumerate(neuron.parameters()):
            p.add_(0.3 * torch.randn(3, generator=Rng(i)("p"), dtype=torch.float64))
    return neuron


def test_before_learning_it_is_a_lif_or_an_alif(drive):
    for twin, neuron in (
        (LIF(tau_mem_ms=7.0, threshold=0.8), LearnedLIF(n_units=3, tau_mem_ms=7.0, threshold=0.8)),
        (ALIF(tau_adapt_ms=30.0, beta=0.4), LearnedLIF(n_units=3, tau_adapt_ms=30.0, beta=0.4)),
    ):
        z, state = neuron.double()(drive)
        want, end = twin(drive)
        assert torch.equal(z, want)
        torch.testing.assert_close(state.v, end.v, rtol=1e-13, atol=1e-13)
        assert 0.05 < z.mean() < 0.6, "spikes and silence"


def test_each_neuron_has_its_own_constants():
    neuron = LearnedLIF(n_units=2)
    with torch.no_grad():
        neuron.log_threshold[1] = 2.0
    z, _ = neuron(torch.full((50, 1, 2), 0.4))
    assert z[..., 0].sum() > 3 * z[..., 1].sum() > 0


def test_period_under_constant_current_is_the_closed_form():
    """After a reset to ``v₀ = θ(1 - γ)`` the potential takes ``n = ln((v∞ - v₀) / (v∞ - θ)) / leak`` steps to θ."""
    neuron = LearnedLIF(n_units=1, tau_mem_ms=400.0).double()
    with torch.no_grad():
        neuron.log_threshold.fill_(0.3)
        neuron.log_leak.fill_(0.5)
        neuron.log_reset.fill_(0.2)
    of = neuron.constants()
    far, back = 2.0, of.theta * (1 - of.gamma)
    z, _ = neuron(((1 - of.alpha) * far).detach().expand(4000, 1))
    times = z.flatten().nonzero().flatten()
    want = torch.log((far - back) / (far - of.theta)) / (-of.alpha.log())
    assert times.diff().double().mean().item() == pytest.approx(want.item(), abs=1.0)


@pytest.mark.parametrize("surrogate", [None, FastSigmoid(0.3), Triangle(0.8)])
def test_fused_sweep_is_repeated_step_forward_and_back(drive, surrogate):
    fused, stepped = moved(surrogate=surrogate), moved(surrogate=surrogate)
    x, y = drive.clone().requires_grad_(), drive.clone().requires_grad_()
    first, state = fused(x[:20])
    second, end = fused(x[20:], state)
    z = torch.cat([first, second])
    want, want_end = unroll(stepped.step, y, stepped.init_state(y[0]))
    assert torch.equal(z, want)
    weight = torch.randn(z.shape, generator=Rng(3)("w"), dtype=torch.float64)
    ((z * weight).sum() + 0.3 * end.v.sum() - 0.2 * end.h.square().sum()).backward()
    ((want * weight).sum() + 0.3 * want_end.v.sum() - 0.2 * want_end.h.square().sum()).backward()
    torch.testing.assert_close(x.grad, y.grad)
    for (name, p), q in zip(fused.named_parameters(), stepped.parameters(), strict=True):
        assert (p.grad != 0).all(), name
        torch.testing.assert_close(p.grad, q.grad, msg=name)


def test_second_derivatives_are_refused(drive):
    neuron = moved()
    with pytest.raises(NeurariumError, match="second derivative"):
        torch.autograd.grad(neuron(drive)[0].sum(), neuron.shift_beta, create_graph=True)


def test_fixed_constants_do_not_learn(drive):
    x = drive.clone().requires_grad_()
    neuron = LearnedLIF(n_units=3, is_fixed=True).double()
    neuron(x)[0].sum().backward()
    y = drive.clone().requires_grad_()
    LIF(reset=SoftReset())(y)[0].sum().backward()
    torch.testing.assert_close(x.grad, y.grad)
    assert all(p.grad is None for p in neuron.parameters())


@pytest.mark.parametrize(
    "wrong", [dict(n_units=0), dict(tau_mem_ms=0.0), dict(beta=float("nan")), dict(threshold=-1.0)]
)
def test_bad_input_is_refused(wrong):
    with pytest.raises(NeurariumError, match=next(iter(wrong))):
        LearnedLIF(**{"n_units": 2, **wrong})
