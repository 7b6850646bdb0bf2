import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.synapses import StochasticRelease


def synapses(**options):
    return StochasticRelease(**{"n_pre": 3, "n_post": 2, "p_release": 0.4, "rng": Rng(0), **options}).double()


@pytest.mark.parametrize("jitter", [0.0, 0.6, 1.0])
def test_mean_and_variance_are_those_of_quantal_release(jitter):
    layer = synapses(jitter=jitter)
    with torch.no_grad():
        layer.logit.copy_(torch.logit(torch.tensor([0.2, 0.5, 0.9])))
    x, w, s = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64), layer.weight.detach(), layer.p_release.detach()
    with torch.no_grad():
        y = layer(x.expand(60_000, 3))
    torch.testing.assert_close(y.mean(0), w @ (s * x), rtol=0.03, atol=0.01)
    variance = (w * x).square() @ (s * (1 + jitter**2 / 3 - s))
    torch.testing.assert_close(y.var(0), variance, rtol=0.03, atol=0)


def test_synapses_of_one_input_fail_apart_from_each_other():
    layer = synapses(jitter=0.0)
    with torch.no_grad():
        fired = layer(torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64).expand(20_000, 3)) != 0
    both = (fired[:, 0] & fired[:, 1]).double().mean().item()
    assert both == pytest.approx(0.4**2, abs=0.02)


def test_nothing_is_released_where_nothing_arrives():
    x = torch.zeros(4, 5, 3, dtype=torch.float64)
    x[2, 1] = 1.0
    y = synapses(p_release=0.99)(x)
    assert y.shape == (4, 5, 2)
    assert y[2, 1].abs().sum() > 0
    assert y.abs().sum() == y[2, 1].abs().sum()


def test_gradients_are_those_of_the_draw_and_of_the_mean_release():
    layer = synapses(jitter=0.0)
    x = torch.ones(50_000, 3, dtype=torch.float64)
    (layer(x)[:, 0].sum() / len(x)).backward()
    s = layer.p_release.detach()
    torch.testing.assert_close(layer.weight.grad[0], s, rtol=0.03, atol=0)
    assert (layer.weight.grad[1] == 0).all()
    torch.testing.assert_close(layer.logit.grad, layer.weight[0].detach() * s * (1 - s), rtol=1e-9, atol=0)


def test_the_input_learns_too():
    x = torch.ones(4, 3, dtype=torch.float64, requires_grad=True)
    layer = synapses(p_release=0.999999, jitter=0.0)
    layer(x).sum().backward()
    torch.testing.assert_close(x.grad[0], layer.weight.sum(0).detach(), rtol=1e-4, atol=1e-6)


def test_draws_come_from_the_stream_alone():
    x = torch.ones(6, 3, dtype=torch.float64)
    before = torch.get_rng_state()
    first = synapses()
    a, b = first(x), first(x)
    assert torch.equal(a, synapses()(x))
    assert not torch.equal(a, b)
    assert torch.equal(before, torch.get_rng_state())
    assert not synapses(is_fixed=True).logit.requires_grad


@pytest.mark.parametrize("wrong", [dict(p_release=0.0), dict(p_release=1.0), dict(jitter=1.5), dict(n_pre=0)])
def test_bad_input_is_refused(wrong):
    with pytest.raises(NeurariumError, match=next(iter(wrong))):
        synapses(**wrong)
