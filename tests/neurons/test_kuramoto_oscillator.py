import math

import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.neurons import KuramotoOscillator, KuramotoOscillatorState


def build(**changes):
    return KuramotoOscillator(**{"n_units": 4, **changes}, rng=Rng(0)).double()


def pair(omega_1, omega_2, pull, step_size=0.05):
    """Two phase oscillators that pull at each other with the same strength."""
    net = build(n_units=2, step_size=step_size)
    with torch.no_grad():
        net.coupling.copy_(pull * torch.eye(4).roll(2, 0))
        turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]])  # counter-clockwise
        net.half_omega.copy_(0.5 * torch.stack([omega_1 * turn, omega_2 * turn]))
    return net


def phases(x):
    """Angles of two-dimensional oscillators, unrolled in time."""
    points = x.unflatten(-1, (-1, 2)).detach().numpy()
    return np.unwrap(np.arctan2(points[..., 1], points[..., 0]), axis=0)


def silence(n_steps, n_features):
    return torch.zeros(n_steps, 1, n_features, dtype=torch.float64)


@pytest.mark.parametrize("n_dims", [2, 3, 4])
def test_equals_the_published_update(n_dims):
    net = build(n_dims=n_dims, step_size=0.3)
    c = torch.randn(6, 2, 4 * n_dims, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    out, _ = net(c)
    coupling, half = net.coupling.detach().numpy(), net.half_omega.detach().numpy()
    for k in range(2):
        x = net.start.numpy()
        for t in range(6):
            pull = (c[t, k].numpy() + coupling @ x.reshape(-1)).reshape(4, n_dims)
            x_new = np.empty_like(x)
            for i in range(4):
                turn = half[i] @ x[i] - half[i].T @ x[i]
                moved = x[i] + 0.3 * (turn + (np.eye(n_dims) - np.outer(x[i], x[i])) @ pull[i])
                x_new[i] = moved / np.linalg.norm(moved)
            x = x_new
            np.testing.assert_allclose(out[t, k].detach(), x.reshape(-1), atol=1e-12)


def test_a_free_oscillator_turns_at_its_frequency():
    net = pair(0.7, -0.3, pull=0.0, step_size=0.1)
    angle = phases(net(silence(50, 4))[0])[:, 0]
    np.testing.assert_allclose(np.diff(angle, axis=0).mean(0), [math.atan(0.07), math.atan(-0.03)], atol=1e-12)


@pytest.mark.parametrize(("omega_1", "omega_2", "pull"), [(0.2, 0.5, 0.4), (-0.3, 0.4, 0.6), (1.0, 1.0, 0.3)])
def test_a_pair_locks_at_the_phase_of_kuramoto(omega_1, omega_2, pull):
    angle = phases(pair(omega_1, omega_2, pull)(silence(3000, 4))[0])[:, 0]
    lag = angle[:, 1] - angle[:, 0]
    assert math.remainder(lag[-1], 2 * math.pi) == pytest.approx(math.asin((omega_2 - omega_1) / (2 * pull)), abs=1e-6)


def test_a_pair_of_too_different_frequencies_drifts_at_the_beat_of_kuramoto():
    step_size, gap, pull = 0.01, 1.0, 0.3
    angle = phases(pair(0.0, gap, pull, step_size)(silence(6000, 4))[0])[:, 0]
    lag = angle[:, 1] - angle[:, 0]
    beat_period = 2 * math.pi / math.sqrt(gap**2 - 4 * pull**2)
    turns = np.flatnonzero(np.diff(np.floor(lag / (2 * math.pi))))
    assert np.diff(turns).mean() * step_size == pytest.approx(beat_period, rel=0.01)


@pytest.mark.parametrize("n_dims", [2, 4])
def test_energy_never_rises_with_symmetric_coupling_and_no_turning(n_dims):
    net = build(n_units=8, n_dims=n_dims, step_size=0.05, frequency_std=0.0)
    with torch.no_grad():
        net.coupling.copy_(net.coupling + net.coupling.mT)
    c = torch.randn(3, 8 * n_dims, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    state, energies = net.init_state(c), []
    with torch.no_grad():
        for _ in range(300):
            energies.append(net.energy(c, state))
            _, state = net.step(c, state)
    fall = torch.stack(energies).diff(dim=0)
    assert (fall <= 1e-12).all()
    assert (fall.sum(0) < -1).all()


def test_energy_is_the_formula():
    net = pair(0.0, 0.0, pull=0.7)
    apart = math.pi / 3
    x = torch.tensor([[[1.0, 0.0], [math.cos(apart), math.sin(apart)]]], dtype=torch.float64)
    c = torch.tensor([[0.2, 5.0, 0.0, 0.0]], dtype=torch.float64)
    energy = net.energy(c, KuramotoOscillatorState(x)).item()
    assert energy == pytest.approx(-0.7 * math.cos(apart) - 0.2)


def test_an_oscillator_follows_its_stimulus():
    net = build(n_dims=3, gain=0.0, frequency_std=0.0, step_size=0.2)
    c = torch.randn(1, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    _, state = net(c.expand(400, 1, 12))
    goal = torch.nn.functional.normalize(c.unflatten(-1, (4, 3)), dim=-1)
    torch.testing.assert_close(state.x, goal, rtol=0, atol=1e-6)


def test_every_oscillator_stays_on_the_sphere():
    _, state = build(step_size=1.0, gain=5.0)(torch.full((40, 2, 8), 3.0, dtype=torch.float64))
    torch.testing.assert_close(state.x.norm(dim=-1), torch.ones(2, 4, dtype=torch.float64))


def test_draws_come_from_their_streams_with_the_given_spread():
    net = KuramotoOscillator(n_units=60, gain=2.0, frequency_std=0.5, rng=Rng(3))
    assert net.coupling.std().item() == pytest.approx(2.0 / 120**0.5, rel=0.05)
    assert net.omega[:, 0, 1].std().item() == pytest.approx(0.5, rel=0.2)
    assert torch.equal(net.start, KuramotoOscillator(n_units=60, gain=1.0, rng=Rng(3)).start)


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_any_batch_axes(batch):
    net = build(n_dims=3)
    c = torch.randn(5, *batch, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    out, state = net(c)
    flat, last = net(c.reshape(5, -1, 12))
    torch.testing.assert_close(out, flat.reshape(c.shape), rtol=0, atol=1e-12)
    torch.testing.assert_close(state.x, last.x.reshape(*batch, 4, 3), rtol=0, atol=1e-12)
    torch.testing.assert_close(net.energy(c[0], state), net.energy(c[0].reshape(-1, 12), last).reshape(batch))


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_units": 0}, "be a whole number above zero"),
        ({"n_dims": 1}, "be at least 2"),
        ({"step_size": 0.0}, "be a positive number"),
        ({"gain": -1.0}, "be zero or a positive number"),
        ({"frequency_std": -1.0}, "be zero or a positive number"),
    ],
)
def test_arguments_are_checked(wrong, must):
    with pytest.raises(NeurariumError, match=f"KuramotoOscillator: `{next(iter(wrong))}` must {must}"):
        build(**wrong)
