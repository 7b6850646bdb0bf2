import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.sparse import coo_array, eye_array, kron

from neurarium.core import NeurariumError, Rng
from neurarium.neurons import Constant, FowlerNordheim, FowlerNordheimAnnealer, Geometric

FRUSTRATED = np.array([[0, 1, 1, -0.5], [1, 0, 1, 0.3], [1, 1, 0, 0.8], [-0.5, 0.3, 0.8, 0]])


def random_couplings(n, seed):
    q = np.triu(np.random.default_rng(seed).normal(size=(n, n)), 1)
    return q + q.T


def boltzmann(q, temperature):
    """Every state and its chance ``exp(-E / T) / Z``."""
    states = np.array(list(itertools.product((-1, 1), repeat=len(q))))
    energy = np.einsum("ki,ij,kj->k", states, q, states) / 2
    weight = np.exp(-energy / temperature)
    return states, energy, weight / weight.sum()


def copies_at_the_end(q, n_copies, n_sweeps, annealer, start=None, seed=0):
    """The last state of many independent copies of one small model, run as the blocks of one large one."""
    many = kron(eye_array(n_copies), q)
    done = annealer(many, n_steps=n_sweeps * len(q) * n_copies, start=start, rng=Rng(seed))
    return done.last.reshape(n_copies, len(q)).numpy()


def counts(found, states):
    places = 2 ** np.arange(found.shape[1])
    return np.bincount((found > 0) @ places, minlength=len(states))[(states > 0) @ places]


@pytest.mark.parametrize("temperature", [0.7, 2.0])
def test_at_constant_temperature_it_samples_the_boltzmann_distribution(temperature):
    states, _, chance = boltzmann(FRUSTRATED, temperature)
    annealer = FowlerNordheimAnnealer(schedule=Constant(temperature=temperature))
    found = counts(copies_at_the_end(FRUSTRATED, 20_000, 40, annealer), states)
    assert stats.chisquare(found, 20_000 * chance).pvalue > 1e-3
    assert stats.chisquare(found, 20_000 * boltzmann(FRUSTRATED, 1.15 * temperature)[2]).pvalue < 1e-6  # it would tell


def test_flips_that_happen_at_once_do_not_sample_it():
    states, _, chance = boltzmann(FRUSTRATED, 2.0)
    annealer = FowlerNordheimAnnealer(schedule=Constant(temperature=2.0), n_enabled=80_000)
    done = annealer(kron(eye_array(20_000), FRUSTRATED), n_steps=60, rng=Rng(0))
    assert stats.chisquare(counts(done.last.reshape(-1, 4).numpy(), states), 20_000 * chance).pvalue < 1e-6


@pytest.mark.parametrize("gap", [-1.0, 0.0, 0.5, 2.0])
def test_one_tick_accepts_as_metropolis_does(gap):
    """Pairs of spins coupled so that a flip costs `gap`: each is enabled once, and flips with chance exp(-gap / T)."""
    n, n_ticks, pair = 400_000, 4000, np.array([[0.0, -gap / 2], [-gap / 2, 0.0]])
    start = torch.ones(2 * n, dtype=torch.int8)
    annealer = FowlerNordheimAnnealer(schedule=Constant(temperature=1.3))
    done = annealer(kron(eye_array(n), pair), n_steps=n_ticks, start=start, rng=Rng(1))
    chance = min(1.0, math.exp(-gap / 1.3))
    met_again = n_ticks / n / 2  # largest share of ticks that find the other spin flipped already
    assert abs(sum(done.n_spikes) / n_ticks - chance) <= 4 * math.sqrt(chance * (1 - chance) / n_ticks) + met_again


def test_energy_is_that_of_the_spins_and_only_falls_at_hits():
    q = random_couplings(30, 0)
    done = FowlerNordheimAnnealer()(q, n_steps=5000, rng=Rng(2))
    s = done.spins.double().numpy()
    assert done.energy == pytest.approx(s @ q @ s / 2, abs=1e-9)
    assert done.hit_energies[-1] == done.energy
    assert (done.hit_energies.diff() < 0).all()
    assert (done.hit_steps.diff() > 0).all()
    assert done.hit_steps[0] == 0
    assert done.first_below(done.energy) == done.hit_steps[-1]
    assert done.first_below(done.energy - 1) is None


def test_spikes_and_events_are_what_the_flips_cost():
    ring = np.roll(np.eye(12), 1, 0) + np.roll(np.eye(12), -1, 0)
    start = torch.ones(12, dtype=torch.int8)
    done = FowlerNordheimAnnealer()(ring, n_steps=999, start=start, rng=Rng(3))
    off, on = done.n_spikes
    assert on - off == (done.last.sum() - start.sum()) / 2  # ON and OFF spikes of a pair alternate
    assert done.n_events == 2 * (on + off)
    assert (start == 1).all()


def test_at_zero_temperature_it_never_climbs_and_ends_in_a_local_minimum():
    q = random_couplings(40, 4)
    done = FowlerNordheimAnnealer(schedule=Constant(temperature=0.0))(q, n_steps=20_000, rng=Rng(4))
    s = done.last.double().numpy()
    assert torch.equal(done.last, done.spins)
    assert (s * (q @ s) <= 1e-9).all()
    assert len(done.hit_steps) == sum(done.n_spikes) + 1  # each spike frees energy


def test_tunnelling_schedule_finds_the_ground_state_that_descent_misses():
    found = {}
    for name, schedule in {"fn": FowlerNordheim(beta=4.0, c=500.0), "greedy": Constant(temperature=0.0)}.items():
        gaps = []
        for seed in range(8):
            q = random_couplings(14, seed)
            least = boltzmann(q, 1.0)[1].min()
            done = FowlerNordheimAnnealer(schedule=schedule)(q, n_steps=20_000, rng=Rng(seed))
            gaps.append(done.energy - least)
        found[name] = np.array(gaps)
    assert found["fn"].max() < 1e-9
    assert found["greedy"].max() > 0.1


def test_parallel_flips_of_neighbours_keep_the_energy_right():
    q = random_couplings(20, 5)
    done = FowlerNordheimAnnealer(n_enabled=20, schedule=Constant(temperature=1.0))(q, n_steps=300, rng=Rng(5))
    s = done.spins.double().numpy()
    assert done.energy == pytest.approx(s @ q @ s / 2, abs=1e-9)


def test_two_spins_that_flip_together_never_settle():
    pair = np.array([[0.0, 1.0], [1.0, 0.0]])
    start = torch.ones(2, dtype=torch.int8)
    annealer = FowlerNordheimAnnealer(n_enabled=64, schedule=Constant(temperature=0.0))  # both, all but surely
    done = annealer(pair, n_steps=50, start=start, rng=Rng(0))
    assert sum(done.n_spikes) == 100
    assert done.energy == 1.0


def test_schedules_by_hand():
    ticks = np.array([1, 10, 100, 1000])
    np.testing.assert_allclose(FowlerNordheim(beta=3.0, c=10.0)(ticks, 7), 3 / np.log(1 + ticks / 10))
    early = FowlerNordheim(beta=3.0, c=1e9)(ticks, 7)
    np.testing.assert_allclose(early, 3e9 / ticks, rtol=1e-5)  # the first phase is 1 / t
    np.testing.assert_allclose(Geometric(first=4.0, last=1.0)(np.array([0, 5, 10]), 10), [4, 2, 1])
    assert Constant(temperature=0.3)(ticks, 7).tolist() == [0.3] * 4


def test_runs_are_reproducible_and_leave_the_global_state_alone():
    q = random_couplings(15, 6)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    a, b, other = (FowlerNordheimAnnealer()(q, n_steps=700, rng=Rng(s)) for s in (0, 0, 1))
    assert torch.equal(a.last, b.last)
    assert a.n_spikes == b.n_spikes != other.n_spikes
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_a_long_run_goes_on_where_each_piece_of_it_ended():
    q = random_couplings(15, 6)
    n_steps, annealer = 200_000, FowlerNordheimAnnealer(schedule=Constant(temperature=3.0))
    done = annealer(q, n_steps=n_steps, rng=Rng(0))
    short = annealer(q, n_steps=n_steps // 4, rng=Rng(0))
    assert sum(done.n_spikes) / sum(short.n_spikes) == pytest.approx(4, rel=0.05)


def test_couplings_may_be_an_array_a_tensor_or_sparse():
    q = random_couplings(9, 7)
    runs = [FowlerNordheimAnnealer()(kind(q), n_steps=500, rng=Rng(0)) for kind in (np.array, torch.tensor, coo_array)]
    assert runs[0].energy == pytest.approx(runs[1].energy) == pytest.approx(runs[2].energy)
    assert torch.equal(runs[0].last, runs[1].last)
    assert torch.equal(runs[0].last, runs[2].last)


@pytest.mark.parametrize(
    ("couplings", "says"),
    [
        (np.zeros((2, 3)), "be a square matrix"),
        (np.eye(2), "have a zero diagonal"),
        (np.array([[0.0, 1.0], [0.0, 0.0]]), "be symmetric"),
        (np.array([[0.0, np.nan], [np.nan, 0.0]]), "be finite"),
    ],
)
def test_bad_couplings_are_refused(couplings, says):
    with pytest.raises(NeurariumError, match=f"`couplings` must {says}"):
        FowlerNordheimAnnealer()(couplings, n_steps=1, rng=Rng(0))


def test_bad_numbers_are_refused():
    with pytest.raises(NeurariumError, match="`n_enabled` must be a whole number above zero"):
        FowlerNordheimAnnealer(n_enabled=0)
    with pytest.raises(NeurariumError, match="`n_steps` must be a whole number above zero"):
        FowlerNordheimAnnealer()(FRUSTRATED, n_steps=0, rng=Rng(0))
    with pytest.raises(NeurariumError, match="`start` must hold 4 spins"):
        FowlerNordheimAnnealer()(FRUSTRATED, n_steps=1, start=torch.zeros(4, dtype=torch.int8), rng=Rng(0))
    for kind, wrong in ((FowlerNordheim, {"beta": 0.0}), (Constant, {"temperature": -1.0})):
        with pytest.raises(NeurariumError, match=f"`{next(iter(wrong))}` must"):
            kind(**wrong)
    with pytest.raises(NeurariumError, match="Geometric: `last` must be a positive number"):
        Geometric(first=1.0, last=0.0)
