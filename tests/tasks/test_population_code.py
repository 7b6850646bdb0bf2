import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import latency_code, population_code


def test_every_unit_follows_its_tuning_curve():
    x = torch.rand(4, 3, generator=Rng(0)("x"), dtype=torch.float64)
    centres = torch.tensor([-0.2, 0.1, 0.9])
    r = population_code(x, centres=centres, width=0.3)
    assert r.shape == (4, 3, 3)
    assert r.dtype == torch.float64
    for i in range(4):
        for k, c in enumerate(centres.tolist()):
            expected = math.exp(-((x[i, 1].item() - c) ** 2) / (2 * 0.3**2))
            assert r[i, 1, k].item() == pytest.approx(expected, abs=1e-12)


def test_the_population_holds_the_value():
    x, centres = torch.linspace(0.0, 1.0, 21, dtype=torch.float64), torch.linspace(-2.0, 3.0, 51, dtype=torch.float64)
    r = population_code(x, centres=centres, width=0.2)
    torch.testing.assert_close((r * centres).sum(-1) / r.sum(-1), x)  # the centre of mass


def test_in_front_of_a_latency_code_the_nearest_unit_fires_first():
    r = population_code(torch.tensor([0.33]), centres=torch.linspace(0.0, 1.0, 4), width=0.5)
    first = latency_code(r[0], n_steps=200).argmax(0)
    assert first.argmin() == 1


def test_a_bad_width_is_refused():
    with pytest.raises(NeurariumError, match="population_code: `width` must be a positive number"):
        population_code(torch.ones(2), centres=torch.ones(3), width=0.0)
