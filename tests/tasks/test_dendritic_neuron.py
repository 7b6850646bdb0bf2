import math

import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import NeuronIO, dendritic_neuron
from neurarium.tasks import _conductance_kernel as cell


def response(excite, inhibit=None, n_steps=None):
    """Soma's potential and spikes for counts ``(time, branches)``."""
    excite = np.asarray(excite, float)[None]
    inhibit = np.zeros_like(excite) if inhibit is None else np.asarray(inhibit, float)[None]
    z, v = np.zeros(excite.shape[:2]), np.zeros(excite.shape[:2])
    cell.simulate(excite, inhibit, z, v)
    return v[0], z[0]


def pulse(n_branches, on, n=1, n_steps=150):
    """`n` spikes at step 10 on each of the branches `on`."""
    counts = np.zeros((n_steps, n_branches))
    counts[10, list(on)] = n
    return counts


def test_without_input_it_rests():
    v, z = response(np.zeros((100, 3)))
    assert np.allclose(v, cell.REST)
    assert z.sum() == 0


def test_soma_follows_a_written_out_euler_scheme():
    counts = np.random.default_rng(0).poisson(0.3, (45, 2)).astype(float)
    stop = np.random.default_rng(1).poisson(0.1, (45, 2)).astype(float)
    v, _ = response(counts, stop)
    dt, vb, vs, g = 1 / cell.SUBSTEPS, np.full(2, cell.REST), cell.REST, np.zeros((3, 2))
    taus = np.array([[cell.TAU_AMPA], [cell.TAU_NMDA], [cell.TAU_GABA]])
    opens = (cell.OPENS_AMPA, cell.OPENS_NMDA, cell.OPENS_GABA)
    for now, off, want in zip(counts, stop, v, strict=True):
        g += np.stack([opens[0] * now, opens[1] * now, opens[2] * off])
        for _ in range(cell.SUBSTEPS):
            block = 1 / (1 + np.exp(-0.062 * vb) / 3.57)
            current = (g[0] + g[1] * block) * (0 - vb) + g[2] * (cell.INHIBITORY - vb)
            flow = cell.TO_SOMA * (vb - vs).sum() + cell.LEAK_SOMA * (cell.REST - vs)
            vb = vb + dt * (cell.LEAK * (cell.REST - vb) + current + cell.TO_BRANCH * (vs - vb))
            vs += dt * flow
            g = g * np.exp(-dt / taus)
        assert vs < cell.THRESHOLD, "this drive is meant to stay below threshold"
        assert want == pytest.approx(vs, abs=1e-9)


def test_clustered_input_does_more_than_its_parts():
    """NMDA opens with the potential: four spikes on one branch beat the sum of four alone, unlike without it."""
    together = response(pulse(4, [0], n=12))[0].max() - cell.REST
    alone = response(pulse(4, [0], n=3))[0].max() - cell.REST
    assert together > 4.4 * alone
    long = response(pulse(4, [0], n=40))[0]
    assert (long > cell.REST + 0.5 * (long.max() - cell.REST)).sum() > 3 * math.log(2) * cell.TAU_AMPA + 20


def test_inhibition_on_the_same_branch_stops_more_than_elsewhere():
    drive = pulse(4, [0], n=12)
    none, same, other = (response(drive, s)[0].max() for s in (None, pulse(4, [0], n=4), pulse(4, [1], n=4)))
    assert same < other < none


def test_after_a_spike_the_soma_is_held():
    v, z = response(np.full((200, 6), 1.0))
    at = z.nonzero()[0]
    assert len(at) > 5
    assert np.diff(at).min() > cell.REFRACTORY_STEPS
    assert np.allclose(v[at], cell.THRESHOLD)
    assert np.allclose(v[at + 1][: len(at) - 1], cell.RESET)


def test_trials_hold_signed_spikes_and_fire_at_the_rate_of_a_cortical_cell():
    data = dendritic_neuron(n_trials=200, rng=Rng(0))
    assert data.train_x.shape == (250, 150, 96)
    x = data.train_x.unflatten(-1, (12, 8))
    assert set(x[..., :6].unique().tolist()) == {0.0, 1.0}
    assert set(x[..., 6:].unique().tolist()) == {-1.0, 0.0}
    assert 1000 * x[..., 6:].abs().mean().item() == pytest.approx(8.0, rel=0.05)
    assert 1000 * x[..., :6].mean().item() == pytest.approx(8.0 * 4.3 / 3, rel=0.05)
    assert 3 < 1000 * data.train_z.mean() < 30
    assert torch.equal(data.test_x, dendritic_neuron(n_trials=200, rng=Rng(0)).test_x)
    assert not torch.equal(data.test_x, dendritic_neuron(n_trials=200, rng=Rng(1)).test_x)


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="n_synapses` must be a multiple of 48"):
        dendritic_neuron(n_synapses=60, rng=Rng(0))
    with pytest.raises(NeurariumError, match="rate_hz"):
        dendritic_neuron(rate_hz=-1.0, rng=Rng(0))
    x, z = torch.zeros(5, 2, 3), torch.zeros(5, 2)
    with pytest.raises(NeurariumError, match="test_x"):
        NeuronIO(x, z, z, x, z[:4], z, dt_ms=1.0)
