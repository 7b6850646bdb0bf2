import numpy as np
import pytest
import torch

from neurarium.alignment import spike_synchrony
from neurarium.core import NeurariumError


def poisson(*shape, p=0.05):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0)) < p


@pytest.mark.parametrize("n_units", [4, 100])
def test_independent_units_have_one_over_the_root_of_their_number(n_units):
    chi = spike_synchrony(poisson(3, 50_000, n_units), bin_steps=5)
    assert chi.shape == (3,)
    assert chi.mean().item() == pytest.approx(n_units**-0.5, rel=0.03)


def test_units_that_fire_together_have_one():
    raster = poisson(2, 4000, 1).expand(-1, -1, 20)
    assert spike_synchrony(raster, bin_steps=10).tolist() == pytest.approx([1, 1])


def test_two_halves_in_turn_have_none():
    raster = np.zeros((1, 400, 8))
    raster[0, ::40, :4] = 1
    raster[0, 20::40, 4:] = 1
    assert spike_synchrony(raster, bin_steps=20) == pytest.approx(np.zeros(1), abs=1e-9)


def test_of_two_clusters_it_is_one_over_root_two():
    halves = poisson(1, 60_000, 2)
    raster = halves.repeat_interleave(30, -1)
    assert spike_synchrony(raster, bin_steps=6).item() == pytest.approx(0.5**0.5, rel=0.03)


def test_shared_input_lies_between():
    """Each spike of a common train is kept with chance c: a correlation of c (1 - p) / (1 - c p) between units."""
    n, c, p = 50, 0.5, 0.04
    common = poisson(1, 100_000, 1, p=p)
    kept = torch.rand(1, 100_000, n, generator=torch.Generator().manual_seed(1)) < c
    rho = c * (1 - p) / (1 - c * p)
    expected = ((1 + (n - 1) * rho) / n) ** 0.5
    assert spike_synchrony(common & kept, bin_steps=1).item() == pytest.approx(expected, rel=0.01)


def test_a_rest_is_left_out_and_silence_has_no_value():
    raster = poisson(2, 47, 6, p=0.3)
    raster[1] = False
    chi = spike_synchrony(raster, bin_steps=10)
    assert chi[0].item() == pytest.approx(spike_synchrony(raster[:1, :40], bin_steps=10).item())
    assert torch.isnan(chi[1])


def test_bins_that_do_not_fit_twice_are_refused():
    with pytest.raises(NeurariumError, match="spike_synchrony: `bin_steps` must fit twice into 47 steps, got 24"):
        spike_synchrony(poisson(2, 47, 6), bin_steps=24)
    with pytest.raises(NeurariumError, match="spike_synchrony: `bin_steps` must be a whole number above zero"):
        spike_synchrony(poisson(2, 47, 6), bin_steps=0)
