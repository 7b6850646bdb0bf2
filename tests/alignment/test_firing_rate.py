import numpy as np
import pytest
import torch

from neurarium.alignment import firing_rate
from neurarium.core import NeurariumError


def test_counts_per_second_of_each_unit_in_each_trial():
    raster = np.zeros((2, 1000, 3), bool)
    raster[0, ::50, 0] = True
    raster[1, :7, 2] = True
    rate = firing_rate(raster, dt_ms=0.1)  # 100 ms
    assert isinstance(rate, np.ndarray)
    assert rate == pytest.approx(np.array([[200.0, 0, 0], [0, 0, 70.0]]))


def test_a_poisson_process_has_its_rate_within_its_error():
    generator = torch.Generator().manual_seed(0)
    raster = torch.rand(1, 20_000, 50, generator=generator) < 0.02  # 20 Hz at 1 ms
    rate = firing_rate(raster, dt_ms=1.0)
    assert rate.mean().item() == pytest.approx(20, abs=4 * (20 / 20 / 50) ** 0.5)
    assert rate.std().item() == pytest.approx((20 / 20) ** 0.5, rel=0.35)
    assert torch.equal(firing_rate(raster.float(), dt_ms=1.0), rate)


@pytest.mark.parametrize(
    ("raster", "must"),
    [
        (torch.zeros(5, 3), "be (trials, time, units)"),
        (torch.zeros(1, 0, 3), "be (trials, time, units)"),
        (torch.full((1, 5, 3), 2.0), "hold zeros and ones, got 2.0"),
        (torch.full((1, 5, 3), float("nan")), "hold zeros and ones, got nan"),
        ([[[0.0]]], "be a numpy array or a torch tensor"),
    ],
)
@pytest.mark.parametrize("name", ["firing_rate", "interspike_interval_cv", "spike_synchrony"])
def test_bad_rasters_are_refused_by_every_measure(name, raster, must):
    from neurarium import alignment

    options = {"firing_rate": dict(dt_ms=1.0), "spike_synchrony": dict(bin_steps=2)}.get(name, {})
    with pytest.raises(NeurariumError) as error:
        getattr(alignment, name)(raster, **options)
    assert f"{name}: `spikes` must {must}" in str(error.value)


def test_bad_step_is_refused():
    with pytest.raises(NeurariumError, match="firing_rate: `dt_ms` must be a positive number"):
        firing_rate(torch.zeros(1, 5, 3), dt_ms=0.0)
