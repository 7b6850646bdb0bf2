import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng, unroll
from neurarium.core.errors import UnknownNameError
from neurarium.nets.spiking import IzhikevichReservoir
from neurarium.neurons import IZHIKEVICH_PRESETS, Izhikevich


def build(**more):
    return IzhikevichReservoir(**{"n_inputs": 1, "n_units": 80, "rng": Rng(0), **more}).double()


def uniform(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize(("gain", "dt_ms"), [(0.0, 1.0), (5.0, 1.0), (5.0, 0.25)])
def test_sweep_equals_repeated_steps_spike_for_spike(gain, dt_ms):
    """Weights on a coarse binary grid: a sum of them is exact in any order, so chaos has nothing to enlarge."""
    net, x = build(gain=gain, dt_ms=dt_ms), 20 * uniform(400, 3, 1)
    net.weight_rec = (net.weight_rec * 1024).round() / 1024
    swept, last = net(x)
    stepped, last_of_steps = unroll(net.step, x, net.init_state(x[0]))
    assert swept.sum() > 400
    assert torch.equal(swept, stepped)
    assert all(torch.equal(a, b) for a, b in zip(last, last_of_steps, strict=True))


def test_without_recurrence_each_unit_is_the_neuron_of_its_kind():
    net, x = build(gain=0.0), 15 * uniform(300, 1, 1)
    net.weight_in = torch.ones(80, 1).double()
    z, _ = net(x)
    for kind in set(net.kinds):
        unit = net.kinds.index(kind)
        preset = {name: torch.tensor(value).item() for name, value in IZHIKEVICH_PRESETS[kind].items()}
        alone, _ = Izhikevich(**preset)(x[..., 0])
        assert alone.sum() > 0
        assert torch.equal(z[:, :, unit], alone)


def test_a_spike_reaches_the_others_one_step_later_and_decays():
    net = build(n_units=3, n_connections=1, gain=0.0, tau_syn_ms=10.0)
    net.weight_rec = torch.tensor([[0.0, 0, 0], [7.0, 0, 0], [-3.0, 0, 0]]).double()
    net.weight_in = torch.tensor([[1.0], [0.0], [0.0]]).double()
    drive = torch.zeros(4, 1, 1, dtype=torch.float64)
    drive[0] = 200.0
    for run in (net.unroll, lambda x, s: unroll(net.step, x, s)):
        z, state = run(drive[:1], net.init_state(drive[0]))
        assert z[0, 0].tolist() == [1.0, 0.0, 0.0]
        assert state.i_syn[0].tolist() == [0.0, 7.0, -3.0]
        _, state = run(drive[1:2], state)
        assert state.i_syn[0, 1].item() == pytest.approx(7 * math.exp(-1 / 10))


def test_kinds_and_connections_are_as_asked():
    net = build(n_units=200, kinds=("fast_spiking", "chattering"), n_connections=15, gain=3.0)
    assert set(net.kinds) == {"fast_spiking", "chattering"}
    assert (net.weight_rec != 0).sum(1).tolist() == [15] * 200
    assert net.weight_rec.std().item() * 200**0.5 == pytest.approx(3.0, rel=0.05)  # Σ_j w_ij² is gain² on average
    for unit, kind in enumerate(net.kinds):
        assert net.a[unit].item() == pytest.approx(IZHIKEVICH_PRESETS[kind]["a"])
        assert net.d[unit].item() == IZHIKEVICH_PRESETS[kind]["d"]


def test_unlike_cells_fire_unlike():
    net = build(n_units=120, gain=0.0)
    net.weight_in = torch.ones(120, 1).double()
    z, _ = net(torch.full((1000, 1, 1), 10.0, dtype=torch.float64))
    rates = {kind: z[:, 0, net.kinds.index(kind)].sum().item() for kind in set(net.kinds)}
    assert rates["fast_spiking"] > 1.5 * rates["regular_spiking"]
    assert len(set(rates.values())) == 4


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"n_units": 0}, "be a whole number above zero"),
        ({"n_connections": 81}, "be at most n_units=80"),
        ({"gain": -1.0}, "be zero or a positive number"),
        ({"tau_syn_ms": 0.0}, "be a positive number"),
        ({"dt_ms": 0.0}, "be a positive number"),
        ({"kinds": ()}, "name at least one kind"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"IzhikevichReservoir: `{next(iter(wrong))}` must {must}"):
        build(**wrong)


def test_an_unknown_kind_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'fast_spiking'"):
        build(kinds=("fast_spikin",))
