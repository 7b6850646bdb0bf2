import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.nets.recurrent import ring_weights


def test_rows_sum_to_excitation_less_inhibition_and_every_unit_sees_the_same():
    w = ring_weights(16, excitation=0.7, inhibition=0.4)
    torch.testing.assert_close(w.sum(1), torch.full((16,), 0.3, dtype=torch.float64))
    torch.testing.assert_close(w, w.roll((5, 5), (0, 1)))


def test_neighbours_excite_and_distant_units_inhibit():
    w = ring_weights(18)
    assert w[0, 1] > 0 > w[0, 9]
    torch.testing.assert_close(w[0, 1], w[0, 17])


def test_the_kernel_is_gaussian_in_degrees():
    w = ring_weights(18, excitation=1.0, inhibition=0.0, excitation_width_deg=10.0)
    assert (w[0, 1] / w[0, 0]).log().item() == pytest.approx(-0.5)


@pytest.mark.parametrize("change", [dict(excitation=-1.0), dict(inhibition_width_deg=0.0)])
def test_bad_numbers_are_refused(change):
    with pytest.raises(NeurariumError, match=next(iter(change))):
        ring_weights(4, **change)
