import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.neurons import LIF, LeakyIntegrator, LeakyIntegratorState


def test_closed_form_of_the_exponential_filter():
    n_steps = 60
    filt = LeakyIntegrator(tau_mem_ms=15.0, dt_ms=2.0)
    x = torch.randn(n_steps, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    v_0 = torch.ones(3, 4, dtype=torch.float64)
    v, state = filt(x, LeakyIntegratorState(v_0))
    lag = torch.arange(n_steps)[:, None] - torch.arange(n_steps)
    alpha = torch.tensor(-2.0 / 15.0, dtype=torch.float64).exp()
    kernel = torch.where(lag >= 0, alpha**lag, 0)
    fading = alpha ** torch.arange(1, n_steps + 1)[:, None, None] * v_0
    exact = torch.einsum("ts,sbf->tbf", kernel, x) + fading
    torch.testing.assert_close(v, exact, atol=1e-12, rtol=0)
    assert torch.equal(state.v, v[-1])


def test_is_a_lif_neuron_that_never_reaches_its_threshold():
    x = torch.rand(50, 2, generator=torch.Generator().manual_seed(0))
    neuron = LIF(tau_mem_ms=8.0, threshold=1e6)
    _, lif = neuron(x)
    _, filt = LeakyIntegrator(tau_mem_ms=8.0)(x)
    assert torch.equal(filt.v, lif.v)


def test_gradient_is_the_kernel_read_backwards():
    filt = LeakyIntegrator(tau_mem_ms=4.0)
    x = torch.zeros(5, 1, dtype=torch.float64, requires_grad=True)
    filt(x)[0][-1].backward()
    torch.testing.assert_close(x.grad.flatten(), filt.alpha ** torch.arange(4.0, -1, -1, dtype=torch.float64))


@pytest.mark.parametrize("wrong", [{"tau_mem_ms": -1.0}, {"dt_ms": 0.0}])
def test_numbers_must_be_positive(wrong):
    with pytest.raises(NeurariumError, match=f"LeakyIntegrator: `{next(iter(wrong))}` must be"):
        LeakyIntegrator(**wrong)
