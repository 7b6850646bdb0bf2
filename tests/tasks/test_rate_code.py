import math

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import rate_code


def test_each_value_fires_with_the_chance_of_a_poisson_process():
    x = torch.tensor([[0.0, 0.2], [0.5, 1.0]], dtype=torch.float64)
    z = rate_code(x, n_steps=40_000, rate_hz=80.0, dt_ms=5.0, rng=Rng(0))
    assert z.shape == (40_000, 2, 2)
    assert z.dtype == torch.float64
    assert set(z.unique().tolist()) == {0.0, 1.0}
    for found, value in zip(z.mean(0).flatten().tolist(), x.flatten().tolist(), strict=True):
        chance = 1 - math.exp(-value * 80.0 * 5.0 / 1000)
        assert abs(found - chance) < 4 * math.sqrt(chance * (1 - chance) / 40_000) + 1e-12


def test_steps_and_values_are_independent():
    z = rate_code(torch.full((2,), 0.5), n_steps=40_000, rate_hz=1000.0, rng=Rng(1))
    z = z - z.mean(0)
    assert abs((z[:, 0] * z[:, 1]).mean()) < 0.005
    assert abs((z[1:, 0] * z[:-1, 0]).mean()) < 0.005


def test_the_seed_decides_and_the_global_state_is_left_alone():
    x, before = torch.rand(9, generator=Rng(0)("x")), torch.random.get_rng_state()
    a, b, c = (rate_code(x, n_steps=50, rate_hz=500.0, rng=Rng(s)) for s in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


@pytest.mark.parametrize("wrong", [{"n_steps": 0}, {"rate_hz": -1.0}, {"dt_ms": 0.0}, {"x": torch.tensor([-0.1])}])
def test_bad_input_is_refused(wrong):
    arguments = {"x": torch.ones(1), "n_steps": 3, **wrong}
    with pytest.raises(NeurariumError, match=f"rate_code: `{next(iter(wrong))}` must be"):
        rate_code(arguments.pop("x"), **arguments, rng=Rng(0))
