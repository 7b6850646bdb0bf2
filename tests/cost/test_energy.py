import pytest
import torch
from torch import nn

from neurarium.core import NeurariumError
from neurarium.cost import (
    HOROWITZ_FLOAT16,
    HOROWITZ_FLOAT32,
    HOROWITZ_INT8,
    HOROWITZ_INT32,
    EnergyTable,
    energy,
    operations,
)


def layer() -> nn.Module:
    net = nn.Linear(10, 10)
    nn.init.constant_(net.weight, 0.5)
    return net


def test_published_numbers():
    assert (HOROWITZ_FLOAT32.mac_pj, HOROWITZ_FLOAT32.ac_pj) == pytest.approx((4.6, 0.9))
    assert (HOROWITZ_FLOAT16.mac_pj, HOROWITZ_FLOAT16.ac_pj) == pytest.approx((1.5, 0.4))
    assert (HOROWITZ_INT32.mac_pj, HOROWITZ_INT32.ac_pj) == pytest.approx((3.2, 0.1))
    assert (HOROWITZ_INT8.mac_pj, HOROWITZ_INT8.ac_pj) == pytest.approx((0.23, 0.03))
    assert "10.1109/ISSCC.2014.6757323" in HOROWITZ_FLOAT32.source


def test_graded_input_pays_for_macs_and_spikes_for_acs():
    graded, spikes = torch.full((1, 10), 0.5), torch.ones(1, 10)
    assert energy(operations(layer(), graded)) == pytest.approx(100 * 4.6)
    assert energy(operations(layer(), spikes)) == pytest.approx(100 * 0.9)
    assert energy(operations(layer(), 0 * spikes)) == 0.0


def test_it_is_the_energy_of_one_sample():
    x = torch.full((7, 10), 0.5)
    assert energy(operations(layer(), x, n_samples=7)) == pytest.approx(460)


def test_another_table():
    table = EnergyTable(mac_pj=2.0, ac_pj=1.0, source="made up")
    assert energy(operations(layer(), torch.full((1, 10), 0.5)), table=table) == 200.0


def test_missing_operators_are_not_priced_in_silence():
    ops = operations(lambda x: torch.fft.rfft(x).real @ torch.ones(5), torch.rand(8))
    with pytest.raises(NeurariumError, match="_fft_r2c"):
        energy(ops)
    assert energy(ops, is_lower_bound_ok=True) > 0


@pytest.mark.parametrize("kwargs", [dict(mac_pj=-1.0, ac_pj=1.0), dict(mac_pj=1.0, ac_pj=float("nan"))])
def test_bad_table_is_refused(kwargs):
    with pytest.raises(NeurariumError, match="_pj"):
        EnergyTable(**kwargs, source="made up")
