import pytest
import torch

from neurarium.core import Rng
from neurarium.engine.loader import load_study
from neurarium.studies.alignment._stochastic_encoders import Autoencoders, code_distances, toy


@pytest.fixture(scope="module")
def scale():
    return load_study("stochastic-shape-metrics").study.scale("micro")


def trained(betas):
    """Autoencoders after a few steps on noise."""
    nets = Autoencoders(n_pixels=12, n_hidden=6, n_latents=2, betas=betas, rng=Rng(0))
    x = torch.rand(32, 12, generator=torch.Generator().manual_seed(1))
    nets.fit(x, n_epochs=3, batch=16, lr=1e-2, rng=Rng(3))
    return nets, x


def test_a_network_does_not_feel_the_price_of_its_neighbour():
    one, other = trained(betas=[0.1, 50.0])[0], trained(betas=[0.1, 5.0])[0]
    for a, b in zip(one.weights + one.biases, other.weights + other.biases, strict=True):
        assert torch.equal(a[0], b[0])
    assert not torch.equal(one.weights[0][1], other.weights[0][1])
    assert not torch.equal(one.weights[0][0], one.weights[0][1])


def test_loss_is_reconstruction_plus_the_divergence_of_the_code():
    nets, x = trained(betas=[0.0, 1.0])
    for some in (nets.weights, nets.biases):
        some[:] = [w.detach()[:1].repeat(2, *[1] * (w.ndim - 1)) for w in some]
    batch = x.expand(2, -1, -1)
    mean, log_variance = nets.code(batch)
    prior = torch.distributions.Normal(0.0, 1.0)
    code = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    divergence = torch.distributions.kl_divergence(code, prior).sum(-1).mean(1)[1]
    total = nets.loss(batch, torch.Generator().manual_seed(5))
    nets.betas = torch.tensor([0.0, 0.0])
    without = nets.loss(batch, torch.Generator().manual_seed(5))
    assert (total - without).item() == pytest.approx(divergence.item(), rel=1e-4)


def test_toy_meets_its_closed_form_and_vanishes_with_shared_noise(scale):
    row = toy(Rng(4), scale)
    assert row["formula_error"] < 1e-5
    assert row["least_distance__stochastic"] == pytest.approx((2 * 0.25) ** 0.5 * (2**0.5 - 1) * 1.0, rel=1e-4)
    assert row["greatest_distance__deterministic"] < 1e-12
    assert toy(Rng(4), scale, is_noise_shared=True)["greatest_distance__stochastic"] < 1e-7


def test_scaled_codes_forget_their_size(scale):
    mean = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    variance = torch.rand(2, 5, 3, generator=torch.Generator().manual_seed(1))
    mean[1], variance[1] = 2 * mean[0], 4 * variance[0]
    found = {
        name: distances()[0, 1].item() for name, distances in code_distances(mean, variance, scale, Rng(0)).items()
    }
    assert found["stochastic_scaled"] < 1e-6
    assert found["deterministic_scaled"] < 1e-6
    assert found["stochastic"] > 0.1
    assert found["noise_size"] == pytest.approx(torch.tensor(4.0).log().item(), abs=1e-6)
