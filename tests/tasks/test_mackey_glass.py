import math
from itertools import pairwise

import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import mackey_glass


def run(start, **more):
    initial = torch.tensor(start, dtype=torch.float64)
    return mackey_glass(**{"n_trials": len(start), "initial": initial, "burn_in": 0, "rng": Rng(0), **more})


def test_until_the_delay_it_is_a_linear_relaxation():
    """While the past is constant, x' = c - 0.1 x with c fixed by the past."""
    x = run([0.5, 1.2], n_steps=18, step_size=0.1, stride=10)
    t = torch.arange(18, dtype=torch.float64)
    for i, past in enumerate((0.5, 1.2)):
        rest = 0.2 * past / (1 + past**10) / 0.1
        torch.testing.assert_close(x[:, i, 0], rest + (past - rest) * torch.exp(-0.1 * t), atol=1e-9, rtol=0)


def test_the_fixed_point_is_stable_up_to_its_hopf_delay():
    """At x = 1 the flow is y' = -0.4 y(t - tau) - 0.1 y; its roots cross at tau = acos(-1/4) / sqrt(0.15) = 4.71."""
    hopf = math.acos(-0.25) / math.sqrt(0.15)
    assert torch.equal(run([1.0], n_steps=20), torch.ones(20, 1, 1, dtype=torch.float64))
    for delay_s, settles in ((4.4, True), (5.0, False)):
        assert settles == (delay_s < hopf)
        size = (run([1.01], delay_s=delay_s, n_steps=600) - 1).abs().flatten()
        assert (size[-50:].max() < size[:50].max()) == settles


def test_the_integration_is_of_fourth_order():
    def end(n):
        return run([0.6], delay_s=2.0, step_size=2.0 / n, stride=5 * n, n_steps=2)[-1]

    exact = end(320)
    errors = [float((end(n) - exact).abs()) for n in (5, 10, 20)]
    for coarse, fine in pairwise(errors):
        assert 3.5 < math.log2(coarse / fine) < 4.5


def test_chaos_at_seventeen_order_at_thirteen():
    gaps = {}
    for delay_s in (13.0, 17.0):
        x = run([1.2, 1.2 + 1e-9], delay_s=delay_s, n_steps=4000)
        gaps[delay_s] = (x[:, 0] - x[:, 1]).abs().flatten()[-500:].max()
    assert gaps[13.0] < 1e-7
    assert gaps[17.0] > 0.1


def test_the_benchmarks_range_and_independent_series():
    x = mackey_glass(n_steps=3000, n_trials=2, rng=Rng(0))
    assert x.shape == (3000, 2, 1)
    assert 0.2 < x.min() < 0.45
    assert 1.25 < x.max() < 1.4
    assert not torch.allclose(x[:, 0], x[:, 1], atol=0.1)


def test_burn_in_and_stride_are_parts_of_one_path():
    whole = run([0.7], n_steps=60, stride=1)
    part = run([0.7], n_steps=5, stride=10, burn_in=7)
    assert torch.equal(part, whole[7:48:10])


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"n_steps": 0}, "n_steps"),
        ({"stride": 0}, "stride"),
        ({"burn_in": -1}, "burn_in"),
        ({"step_size": 0.0}, "step_size"),
        ({"delay_s": 0.0}, "delay_s"),
        ({"delay_s": 1.23}, "be a multiple of step_size=0.1"),
        ({"n_trials": 3}, "initial"),
    ],
)
def test_bad_arguments_are_refused(wrong, names):
    with pytest.raises(NeurariumError, match=names):
        run([1.0], **wrong)
