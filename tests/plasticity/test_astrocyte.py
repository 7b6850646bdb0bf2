import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import Astrocyte


def test_constant_excess_is_approached_exponentially():
    x = torch.zeros(40, 2, 5, dtype=torch.float64)
    x[:, 0, :4] = 1.0  # two of the input, two of the network: balance
    x[:, 1, 1:] = 1.0  # one of the input, three of the network
    a, _ = Astrocyte(n_external=2, spike_weight=0.5, bias=0.2, tau_ms=8.0)(x)
    steps = torch.arange(1, 41, dtype=torch.float64)
    torch.testing.assert_close(a[:, 0], torch.full((40,), 0.2, dtype=torch.float64))
    torch.testing.assert_close(a[:, 1], 0.2 + 0.5 * 2 * (1 - (7 / 8) ** steps))


def test_step_length_only_scales_the_time_constant():
    x = torch.rand(20, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    a, b = (Astrocyte(n_external=1, tau_ms=tau, dt_ms=dt)(x)[0] for tau, dt in ((100.0, 1.0), (50.0, 0.5)))
    torch.testing.assert_close(a, b)


def test_network_without_units_is_refused():
    with pytest.raises(NeurariumError, match="Astrocyte: `x` must have more than 3 features, got 3"):
        Astrocyte(n_external=3)(torch.zeros(2, 1, 3))


@pytest.mark.parametrize("wrong", [{"n_external": 0}, {"tau_ms": 0.0}, {"dt_ms": -1.0}, {"bias": float("nan")}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(NeurariumError, match=f"Astrocyte: `{next(iter(wrong))}` must"):
        Astrocyte(**{"n_external": 1, **wrong})
