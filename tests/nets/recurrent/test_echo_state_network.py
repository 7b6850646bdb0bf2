import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.nets.recurrent import EchoStateNetwork
from neurarium.nets.recurrent._sparse_sigmoids import can_sweep, spectral_radius


def build(**more):
    defaults = dict(n_inputs=3, n_units=40, n_connections=7, leak=0.3, bias_scale=0.2)
    return EchoStateNetwork(**{**defaults, "rng": Rng(0), **more}).double()


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_one_step_by_hand():
    net = build(n_inputs=2, n_units=3, n_connections=2)
    x, h_0 = normal(2), 0.5 * normal(3, seed=1)
    h, state = net.step(x, net.init_state(x)._replace(h=h_0))
    for i in range(3):
        u = net.weight_rec[i] @ h_0 + net.weight_in[i] @ x + net.bias[i]
        torch.testing.assert_close(h[i], 0.7 * h_0[i] + 0.3 * torch.tanh(u))
    assert torch.equal(state.h, h)


@pytest.mark.parametrize("shape", [(200, 3), (200, 1, 3), (200, 5, 3), (200, 2, 8, 3), (50, 20, 3)])
@pytest.mark.parametrize("n_connections", [1, 4, 7, 40])
def test_sweep_equals_repeated_steps(shape, n_connections):
    net, x = build(n_connections=n_connections, spectral_radius=1.4), 3 * normal(*shape)
    assert can_sweep(x, net.weight_rec)
    swept, last = net(x)
    stepped, last_of_steps = unroll(net.step, x, net.init_state(x[0]))
    torch.testing.assert_close(swept, stepped, atol=1e-10, rtol=0)
    torch.testing.assert_close(last.h, last_of_steps.h, atol=1e-10, rtol=0)
    assert swept.is_contiguous()


def test_sweep_holds_far_into_saturation_and_in_single_precision():
    net, x = build(input_scale=1e4), normal(50, 4, 3)
    torch.testing.assert_close(net(x)[0], unroll(net.step, x, net.init_state(x[0]))[0], atol=1e-10, rtol=0)
    single = build().float()
    small = x.float()
    stepped, _ = unroll(single.step, small, single.init_state(small[0]))
    torch.testing.assert_close(single(small)[0], stepped, atol=2e-6, rtol=0)


def test_gradients_take_the_stepped_path_and_reach_the_first_input():
    net, x = build(), normal(6, 2, 3).requires_grad_()
    h, _ = net(x)
    h[-1].sum().backward()
    assert (x.grad[0] != 0).any()
    with torch.no_grad():
        torch.testing.assert_close(net(x)[0], h.detach(), atol=1e-12, rtol=0)


def test_each_unit_has_its_connections_and_the_radius_is_as_asked():
    for n_units in (60, 400):  # all eigenvalues, or the largest alone
        net = build(n_units=n_units, n_connections=9, spectral_radius=0.8)
        assert (net.weight_rec != 0).sum(1).tolist() == [9] * n_units
        found = torch.linalg.eigvals(net.weight_rec).abs().max().item()
        assert found == pytest.approx(0.8, rel=1e-5)
        assert spectral_radius(net.weight_rec) == pytest.approx(found, rel=1e-6)


def test_below_radius_one_the_start_is_forgotten_above_it_without_input_it_lives_on():
    x = torch.zeros(400, 1, 3, dtype=torch.float64)
    calm, wild = (build(n_units=100, bias_scale=0.0, leak=1.0, spectral_radius=r) for r in (0.8, 1.8))
    start = calm.init_state(x[0])._replace(h=normal(1, 100).tanh())
    assert calm(x, start)[0][-1].abs().max() < 1e-6
    assert wild(x, start)[0][-1].abs().max() > 0.1


def test_nothing_is_learned_and_a_seed_gives_one_network():
    assert list(build().parameters()) == []
    assert torch.equal(build().weight_rec, build().weight_rec)
    assert not torch.equal(build().weight_rec, build(rng=Rng(1)).weight_rec)
    assert build(input_scale=0.25).weight_in.abs().max() <= 0.25


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_units": 0}, "be a whole number above zero"),
        ({"n_connections": 41}, "be at most n_units=40"),
        ({"spectral_radius": 0.0}, "be a positive number"),
        ({"leak": 0.0}, "be a positive number"),
        ({"leak": 1.5}, "lie between 0 and 1"),
        ({"input_scale": -1.0}, "be zero or a positive number"),
        ({"bias_scale": float("nan")}, "be zero or a positive number"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"EchoStateNetwork: `{next(iter(wrong))}` must {must}"):
        build(**wrong)


def test_an_empty_sequence_is_refused():
    net = build()
    with pytest.raises(NeurariumError, match="at least one time step"):
        net(torch.zeros(0, 2, 3).double(), net.init_state(torch.zeros(2, 3).double()))
