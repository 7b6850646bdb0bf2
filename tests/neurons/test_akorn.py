import math

import numpy as np
import pytest
import torch
from torch import nn

from neurarium.core import NeurariumError, Rng
from neurarium.neurons import AKOrN, AKOrNState, KuramotoOscillator


def build(**changes):
    return AKOrN(**{"n_units": 4, **changes}, rng=Rng(0)).double()


def noise(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


class Convolution(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.conv = nn.Conv2d(n_features, n_features, 3, padding=1)

    def forward(self, x):
        return self.conv(x.movedim(-1, 1)).movedim(1, -1)


class Attention(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.qkv = nn.Linear(n_features, 3 * n_features)

    def forward(self, x):
        return nn.functional.scaled_dot_product_attention(*self.qkv(x).chunk(3, -1))


CONNECTIVITIES = {
    "dense": (lambda: None, (3, 12)),
    "dense at places": (lambda: None, (3, 5, 12)),
    "attention": (lambda: Attention(12), (3, 5, 12)),
    "convolution": (lambda: Convolution(12), (3, 4, 4, 12)),
}


def linear(weight):
    layer = nn.Linear(*weight.shape, bias=False)
    layer.weight = nn.Parameter(weight)
    return layer


def without_turning(layer):
    with torch.no_grad():
        layer.half_omega.zero_()
    return layer


def turning_alike(layer, frequency):
    """One isoclinic turn for all units: every plane at the same frequency."""
    planes = torch.zeros(layer.n_dims, layer.n_dims, dtype=torch.float64)
    for k in range(0, layer.n_dims, 2):
        planes[k, k + 1], planes[k + 1, k] = -frequency / 2, frequency / 2
    with torch.no_grad():
        layer.half_omega.copy_(planes)
    return layer


@pytest.mark.parametrize("n_dims", [2, 3, 4])
def test_equals_the_published_update_and_readout(n_dims):
    layer = build(n_dims=n_dims, n_outputs=3, step_size=0.7, frequency_std=1.0)
    c = noise(4 * n_dims)
    with torch.no_grad():
        layer.bias.copy_(noise(3, seed=5))
        m, state = layer.settle(c, n_steps=5)
    coupling, half = layer.connectivity.weight.detach().numpy(), layer.half_omega.detach().numpy()
    x = layer.start.numpy()
    for _ in range(5):
        pull = (c.numpy() + coupling @ x.reshape(-1)).reshape(4, n_dims)
        moved = [
            x[i] + 0.7 * ((half[i] - half[i].T) @ x[i] + (np.eye(n_dims) - np.outer(x[i], x[i])) @ pull[i])
            for i in range(4)
        ]
        x = np.stack([v / np.linalg.norm(v) for v in moved])
    np.testing.assert_allclose(state.x, x, atol=1e-12)
    blocks = layer.summed.weight.detach().numpy().reshape(3, n_dims, 4, n_dims)
    norms = [np.linalg.norm(sum(blocks[k, :, i] @ x[i] for i in range(4))) for k in range(3)]
    np.testing.assert_allclose(m, np.array(norms) + layer.bias.detach().numpy(), atol=1e-12)


def test_with_dense_connectivity_its_state_is_that_of_the_kuramoto_oscillator():
    peer = KuramotoOscillator(n_units=4, n_dims=3, step_size=0.3, rng=Rng(1)).double()
    layer = build(n_dims=3, step_size=0.3, connectivity=linear(peer.coupling.detach()))
    with torch.no_grad():
        layer.half_omega.copy_(peer.half_omega)
    c = noise(6, 2, 12)
    _, state = layer(c, AKOrNState(peer.init_state(c[0]).x))
    torch.testing.assert_close(state.x, peer(c)[1].x, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", CONNECTIVITIES)
def test_any_connectivity_keeps_the_spheres_and_has_finite_gradients(name):
    make, shape = CONNECTIVITIES[name]
    layer = build(n_dims=3, connectivity=make(), step_size=1.0).double()
    c = noise(*shape).requires_grad_()
    m, state = layer.settle(3 * c, layer.start_at(noise(*shape, seed=1)), n_steps=20)
    torch.testing.assert_close(state.x.norm(dim=-1), torch.ones(*shape[:-1], 4, dtype=torch.float64))
    m.square().sum().backward()
    for p in (c, *layer.parameters()):
        assert torch.isfinite(p.grad).all()
        assert (p.grad != 0).any()


@pytest.mark.parametrize("name", CONNECTIVITIES)
def test_settling_is_repeated_steps_and_may_go_on(name):
    make, shape = CONNECTIVITIES[name]
    layer, c = build(n_dims=3, connectivity=make(), n_steps=6).double(), noise(*shape)
    m, end = layer.settle(c)
    read, last = layer(c.expand(6, *shape))
    torch.testing.assert_close(m, read[-1], rtol=0, atol=1e-12)
    torch.testing.assert_close(end.x, last.x, rtol=0, atol=1e-12)
    _, middle = layer.settle(c, n_steps=2)
    torch.testing.assert_close(layer.settle(c, middle, n_steps=4)[1].x, end.x, rtol=0, atol=1e-12)


def pair(pull, step_size):
    coupling = pull * torch.eye(4, dtype=torch.float64).roll(2, 0)
    return without_turning(build(n_units=2, step_size=step_size, connectivity=linear(coupling)))


def lags(layer, lag, n_steps):
    """Phase difference of a pair before and after each step."""
    state = AKOrNState(torch.tensor([[1.0, 0.0], [math.cos(lag), math.sin(lag)]], dtype=torch.float64))
    found = [lag]
    for _ in range(n_steps):
        state = layer.move(torch.zeros(4, dtype=torch.float64), state)
        angle = torch.atan2(state.x[:, 1], state.x[:, 0])
        found.append((angle[1] - angle[0]).item())
    return np.array(found)


def test_the_lag_of_a_pair_follows_its_exact_map():
    found = lags(pair(0.7, step_size=0.4), 2.5, n_steps=20)
    np.testing.assert_allclose(found[1:], found[:-1] - 2 * np.arctan(0.4 * 0.7 * np.sin(found[:-1])), atol=1e-12)


def test_small_steps_approach_the_tangent_law_of_kuramoto_at_first_order():
    def error(step_size):
        found = lags(pair(0.7, step_size), 2.5, n_steps=round(2 / step_size))
        time = step_size * np.arange(len(found))
        return np.abs(found - 2 * np.arctan(math.tan(1.25) * np.exp(-2 * 0.7 * time))).max()

    assert error(0.01) < 0.02
    assert error(0.01) / error(0.005) == pytest.approx(2, rel=0.05)


def falls(layer, c, n_steps=300):
    """Change of the energy of each trial with each step."""
    state, energies = layer.start_at(noise(*c.shape, seed=3)), []
    with torch.no_grad():
        for _ in range(n_steps):
            energies.append(layer.energy(c, state))
            state = layer.move(c, state)
    return torch.stack(energies).diff(dim=0)


@pytest.mark.parametrize("n_dims", [2, 4])
def test_energy_never_rises_with_symmetric_connectivity_and_one_shared_turn(n_dims):
    scalars = noise(8, 8)  # scalar blocks commute with every turn
    coupling = torch.kron(scalars + scalars.mT, torch.eye(n_dims, dtype=torch.float64)) / 4
    layer = turning_alike(build(n_units=8, n_dims=n_dims, step_size=0.02, connectivity=linear(coupling)), 1.5)
    change = falls(layer, torch.zeros(3, 8 * n_dims, dtype=torch.float64))
    assert (change <= 1e-12).all()
    assert (change.sum(0) < -1).all()


def test_energy_never_rises_under_a_stimulus_without_turning():
    weights = noise(24, 24)
    layer = without_turning(build(n_units=8, n_dims=3, step_size=0.02, connectivity=linear((weights + weights.mT) / 7)))
    change = falls(layer, noise(3, 24, seed=1))
    assert (change <= 1e-12).all()
    assert (change.sum(0) < -1).all()


@pytest.mark.parametrize("broken", ["asymmetric", "stimulus", "blocks"])
def test_energy_can_rise_where_a_condition_fails(broken):
    scalars, c = noise(8, 8), torch.zeros(3, 16, dtype=torch.float64)
    coupling = torch.kron(scalars + scalars.mT, torch.eye(2, dtype=torch.float64)) / 4
    if broken == "asymmetric":
        coupling = torch.kron(scalars, torch.eye(2, dtype=torch.float64)) / 2
    if broken == "stimulus":
        c = noise(3, 16, seed=1)
    if broken == "blocks":
        coupling = coupling @ torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(8))
        coupling = (coupling + coupling.mT) / 2
    layer = turning_alike(build(n_units=8, step_size=0.02, connectivity=linear(coupling)), 1.5)
    assert (falls(layer, c) > 1e-6).any()


def test_energy_is_the_formula():
    apart = math.pi / 3
    state = AKOrNState(torch.tensor([[1.0, 0.0], [math.cos(apart), math.sin(apart)]], dtype=torch.float64))
    c = torch.tensor([0.2, 5.0, 0.0, 0.0], dtype=torch.float64)
    assert pair(0.7, 0.1).energy(c, state).item() == pytest.approx(-0.7 * math.cos(apart) - 0.2)


def test_the_readout_does_not_see_a_turn_of_what_it_sums():
    layer, state = build(n_units=3, n_outputs=5), AKOrNState(nn.functional.normalize(noise(2, 3, 2), dim=-1))
    before = layer.read(state)
    turn = torch.tensor([[math.cos(0.8), -math.sin(0.8)], [math.sin(0.8), math.cos(0.8)]], dtype=torch.float64)
    with torch.no_grad():
        layer.summed.weight.copy_((turn @ layer.summed.weight.unflatten(0, (5, 2))).flatten(0, 1))
    torch.testing.assert_close(layer.read(state), before, rtol=0, atol=1e-12)
    with torch.no_grad():  # with scalar blocks a turn of all oscillators is a turn of each sum
        layer.summed.weight.copy_(torch.kron(noise(5, 3), torch.eye(2, dtype=torch.float64)))
    torch.testing.assert_close(layer.read(AKOrNState(state.x @ turn.mT)), layer.read(state), rtol=0, atol=1e-12)


def test_a_sum_of_zero_length_has_a_finite_gradient():
    layer = build()
    with torch.no_grad():
        layer.summed.weight.zero_()
    layer.settle(noise(2, 8))[0].sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters())


def test_draws_come_from_their_streams():
    layer = AKOrN(n_units=60, frequency_std=0.5, rng=Rng(3))
    assert layer.omega[:, 0, 1].std().item() == pytest.approx(0.5, rel=0.2)
    assert layer.connectivity.weight.std().item() == pytest.approx(120**-0.5, rel=0.05)
    assert torch.equal(layer.start, AKOrN(n_units=60, n_outputs=2, rng=Rng(3)).start)


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_units": 0}, "be a whole number above zero"),
        ({"n_dims": 1}, "be at least 2"),
        ({"n_outputs": 0}, "be a whole number above zero"),
        ({"n_steps": 0}, "be a whole number above zero"),
        ({"step_size": 0.0}, "be a positive number"),
        ({"frequency_std": -1.0}, "be zero or a positive number"),
    ],
)
def test_bad_arguments_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"AKOrN: `{next(iter(wrong))}` must {must}"):
        build(**wrong)


def test_settling_for_no_steps_is_refused():
    with pytest.raises(NeurariumError, match="n_steps"):
        build().settle(noise(2, 8), n_steps=0)
