import pytest
import torch
from scipy.optimize import brentq

from neurarium.core import NeurariumError
from neurarium.neurons import Rulkov


def silence(n_steps, n=1):
    return torch.zeros(n_steps, n, dtype=torch.float64)


def run(neuron, n_steps, kick, n=1):
    """The fast variable after the fixed point was kicked by `kick`, one value for each unit."""
    start = neuron.init_state(silence(1, n)[0])
    return neuron(silence(n_steps, n), start._replace(v=start.v + torch.as_tensor(kick, dtype=torch.float64)))


def test_fixed_point_is_kept():
    for alpha, v_rest in ((4.1, -1.8), (6.0, -0.3), (2.0, 0.5)):
        v, state = Rulkov(alpha=alpha, v_rest=v_rest)(silence(2))
        assert v.flatten().tolist() == pytest.approx([v_rest] * 2, abs=1e-12)
        assert state.y.item() == pytest.approx(v_rest - alpha / (1 + v_rest**2), abs=1e-12)


def test_trace_is_that_of_the_published_equations():
    x = 0.1 * torch.rand(40, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    v, state = Rulkov(alpha=4.3, mu=0.01, v_rest=-1.1)(x)
    p, q, trace = -1.1, -1.1 - 4.3 / 2.21, []
    for x_t in x.flatten().tolist():
        p, q = 4.3 / (1 + p * p) + q + x_t, q - 0.01 * (p + 1.1)
        trace.append(p)
    assert v.flatten().tolist() == pytest.approx(trace, abs=1e-6)
    assert state.y.item() == pytest.approx(q, abs=1e-6)


@pytest.mark.parametrize(("alpha", "mu"), [(4.1, 0.001), (4.1, 0.05), (5.5, 0.01)])
def test_silence_ends_where_the_determinant_of_the_jacobian_is_one(alpha, mu):
    limit = brentq(lambda s: -2 * alpha * s / (1 + s * s) ** 2 + mu - 1, -3, -1)
    for v_rest, is_stable in ((limit - 0.05, True), (limit + 0.05, False)):
        v, _ = run(Rulkov(alpha=alpha, mu=mu, v_rest=v_rest), 3000, 1e-6)
        assert ((v[-200:] - v_rest).abs().max() < 1e-6) == is_stable


def test_silence_ends_at_the_value_in_the_docstring():
    limit = brentq(lambda s: -2 * 4.1 * s / (1 + s * s) ** 2 + 0.001 - 1, -3, -1)
    assert round(limit, 2) == -1.63


def test_it_spikes_in_bursts_and_is_chaotic():
    v, _ = run(Rulkov(), 6000, [0.05, 0.05 + 1e-10], n=2)
    assert v.diff(dim=1).abs()[-500:].max() > 0.1
    times = (v[1000:, 0] > 0).nonzero().flatten()
    gaps = times.diff().double()
    assert gaps.max() > 10 * gaps.median()  # spikes close together, bursts far apart
    regular, _ = run(Rulkov(alpha=2.0, v_rest=-0.5), 6000, [0.05, 0.05 + 1e-10], n=2)
    assert regular.diff(dim=1).abs()[-500:].max() < 1e-6


@pytest.mark.parametrize(
    ("wrong", "must"), [({"alpha": 0.0}, "positive"), ({"mu": -0.1}, "positive"), ({"v_rest": float("inf")}, "finite")]
)
def test_arguments_are_checked(wrong, must):
    with pytest.raises(NeurariumError, match=f"Rulkov: `{next(iter(wrong))}` must be a {must} number"):
        Rulkov(**wrong)
