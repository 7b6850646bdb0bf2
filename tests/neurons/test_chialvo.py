import math

import pytest
import torch
from scipy.special import lambertw

from neurarium.core import NeurariumError
from neurarium.neurons import Chialvo, ChialvoState


def silence(n_steps, n=1):
    return torch.zeros(n_steps, n, dtype=torch.float64)


def state_at(*points):
    return ChialvoState(*torch.tensor(points, dtype=torch.float64).T)


def separation(neuron, n_steps):
    """How far two starts 1e-10 apart are from each other in the end, at most over the last tenth."""
    rest = neuron.init_state(silence(1)[0])
    start = rest._replace(v=rest.v + torch.tensor([0.5, 0.5 + 1e-10], dtype=torch.float64), y=rest.y.expand(2))
    v, _ = neuron(silence(n_steps, 2), start)
    return v.diff(dim=1).abs()[-n_steps // 10 :].max().item()


def test_trace_is_that_of_the_published_equations():
    x = 0.1 * torch.rand(60, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    v, state = Chialvo()(x)
    p, q, trace = 0.0, 0.28 / 0.11, []
    for x_t in x.flatten().tolist():
        p, q = p * p * math.exp(q - p) + 0.03 + x_t, 0.89 * q - 0.6 * p + 0.28
        trace.append(p)
    assert v.flatten().tolist() == pytest.approx(trace, abs=1e-9)
    assert state.y.item() == pytest.approx(q, abs=1e-9)
    assert v.max() > 1


@pytest.mark.parametrize(("a", "b", "c"), [(0.89, 0.18, 0.28), (0.89, 0.05, 0.2), (0.5, 0.4, 0.89)])
def test_fixed_points_without_input_are_given_by_lambert_w(a, b, c):
    m = 1 + b / (1 - a)
    roots = [-lambertw(-m * math.exp(-c / (1 - a)), branch).real / m for branch in (0, -1)]
    points = [(v, (c - b * v) / (1 - a)) for v in (0.0, *roots)]
    v, state = Chialvo(a=a, b=b, c=c, k=0.0)(silence(1, 3), state_at(*points))
    torch.testing.assert_close((v[0], state.y), tuple(state_at(*points)), rtol=0, atol=1e-12)
    assert 0 < roots[0] < 1 / m < roots[1]


def test_it_is_excitable():
    neuron, rest = Chialvo(k=0.0), 0.28 / 0.11
    threshold = -lambertw(-math.exp(-rest)).real  # where the activation neither grows nor fades while y is at rest
    v, state = neuron(silence(100, 2), state_at((0.7 * threshold, rest), (1.3 * threshold, rest)))
    assert v[:, 0].max() < threshold
    assert v[:, 1].max() > 1
    assert state.v.abs().max() < 1e-9  # both come to rest again


@pytest.mark.parametrize(
    ("regime", "arguments"),
    [("rest", dict(k=0.02)), ("oscillation", dict(k=0.03)), ("chaos", dict(b=0.18, k=0.03))],
)
def test_known_regimes(regime, arguments):
    neuron = Chialvo(**arguments)
    v, _ = neuron(silence(1500))
    is_active = v[-300:].max() - v[-300:].min() > 1
    assert is_active == (regime != "rest")
    assert (separation(neuron, 1500) > 1e-2) == (regime == "chaos")


def test_input_adds_to_the_constant():
    v, _ = Chialvo(k=0.01)(silence(50) + 0.02)
    constant, _ = Chialvo(k=0.03)(silence(50))
    torch.testing.assert_close(v, constant, rtol=0, atol=1e-12)


@pytest.mark.parametrize("wrong", [{"a": 1.0}, {"a": -0.1}])
def test_recovery_must_fade(wrong):
    with pytest.raises(NeurariumError, match=r"Chialvo: `a` must lie in \[0, 1\)"):
        Chialvo(**wrong)


def test_numbers_must_be_finite():
    with pytest.raises(NeurariumError, match="Chialvo: `k` must be a finite number"):
        Chialvo(k=float("nan"))
