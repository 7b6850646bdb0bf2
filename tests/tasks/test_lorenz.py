import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from neurarium.core import NeurariumError, Rng
from neurarium.tasks import lorenz, unit_cube


def spread(n, scale=10.0):
    return scale * torch.randn(n, 3, generator=Rng(0)("spread"), dtype=torch.float64)


def run(**more):
    return lorenz(**{"rho": 28.0, "n_trials": 2, "n_steps": 50, "rng": Rng(0), **more})


def test_shape_type_and_first_point():
    start = spread(4)
    x = run(n_trials=4, initial=start)
    assert x.shape == (4, 50, 3)
    assert x.dtype == torch.float64
    assert torch.equal(x[:, 0], start)


def test_the_origin_attracts_below_one():
    x = run(rho=0.5, n_trials=8, n_steps=2, burn_in=5000, initial=spread(8))
    assert x.abs().max() < 1e-8


@pytest.mark.parametrize("rho", [5.0, 10.0, 15.0])
def test_the_two_fixed_points_attract(rho):
    x = run(rho=rho, n_trials=32, n_steps=1, burn_in=6000, initial=spread(32))[:, 0]
    c = math.sqrt(8 / 3 * (rho - 1))
    fixed = torch.tensor([[c, c, rho - 1], [-c, -c, rho - 1]], dtype=torch.float64)
    distance = torch.cdist(x, fixed)
    assert distance.min(1).values.max() < 1e-6
    assert distance.argmin(1).unique().tolist() == [0, 1]  # both are reached


def test_a_fixed_point_stays():
    c = math.sqrt(8 / 3 * 27)
    start = torch.tensor([[c, c, 27.0], [-c, -c, 27.0]], dtype=torch.float64)
    x = run(initial=start, n_steps=20)
    torch.testing.assert_close(x, start[:, None].expand(2, 20, 3), atol=1e-9, rtol=0)


def test_the_integration_is_of_fourth_order():
    start = spread(6)

    def end(n):
        return run(n_trials=6, initial=start, step_size=0.2 / n, n_steps=n + 1)[:, -1]

    exact = end(1600)
    errors = [float((end(n) - exact).norm()) for n in (20, 40, 80)]
    for coarse, fine in pairwise(errors):
        assert 3.7 < math.log2(coarse / fine) < 4.3


def test_it_agrees_with_scipy():
    start = np.array([1.0, 2.0, 20.0])

    def flow(_, s):
        x, y, z = s
        return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]

    peer = solve_ivp(flow, (0, 1), start, rtol=1e-11, atol=1e-11).y[:, -1]
    ours = run(n_trials=1, initial=torch.tensor(start[None]), step_size=0.001, n_steps=1001)[0, -1]
    np.testing.assert_allclose(ours, peer, atol=1e-6)


def test_neighbours_part_at_the_lyapunov_exponent():
    start = run(n_trials=40, n_steps=1, burn_in=3000, initial=spread(40))[:, 0]
    x = run(n_trials=40, n_steps=1001, initial=start)
    near = run(n_trials=40, n_steps=1001, initial=start + 1e-9)
    gap = (x - near).norm(dim=-1).log().mean(0)
    exponent = (gap[-1] - gap[200]) / 8.0  # 8 time units, after the gap has found its direction
    assert 0.8 < exponent < 1.0  # 0.906 is the published value
    tame = [run(rho=10.0, n_trials=40, n_steps=1001, initial=s)[:, -1] for s in (start, start + 1e-9)]
    assert (tame[0] - tame[1]).abs().max() < 1e-8


def test_volume_shrinks_at_the_trace():
    # the divergence of the flow is -(σ + 1 + β) everywhere
    e = 1e-6
    start = spread(1)
    corners = torch.cat([start, start + e * torch.eye(3, dtype=torch.float64)])
    x = run(n_trials=4, n_steps=11, initial=corners)[:, -1]
    volume = torch.linalg.det((x[1:] - x[0]) / e)
    assert abs(volume.log() / 0.1 + (10 + 1 + 8 / 3)) < 1e-3


def test_burn_in_and_stride_are_parts_of_one_path():
    start = spread(3)
    whole = run(n_trials=3, n_steps=40, initial=start)
    part = run(n_trials=3, n_steps=7, burn_in=10, stride=4, initial=start)
    assert torch.equal(part, whole[:, 10:35:4])


def test_matched_and_unmatched_starts():
    a, b = run(rho=5.0, rng=Rng(3)), run(rho=40.0, rng=Rng(3))
    assert torch.equal(a[:, 0], b[:, 0])
    assert not torch.equal(a[:, 0], run(rho=5.0, rng=Rng(4))[:, 0])
    assert 0 <= a[:, 0].min() <= a[:, 0].max() < 1


def test_global_randomness_is_untouched():
    before = torch.get_rng_state()
    run()
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("bad", "names"),
    [
        ({"n_steps": 0}, "n_steps"),
        ({"n_trials": 0}, "n_trials"),
        ({"stride": 0}, "stride"),
        ({"burn_in": -1}, "burn_in"),
        ({"step_size": 0.0}, "step_size"),
        ({"initial": torch.zeros(3, 3)}, "initial"),
        ({"step_size": 1.0, "initial": 10 * torch.ones(2, 3)}, "small enough"),
    ],
)
def test_bad_arguments(bad, names):
    with pytest.raises(NeurariumError, match=names):
        run(**bad)


def test_unit_cube_fills_the_cube_and_keeps_the_shape():
    x = run(n_trials=5, n_steps=300, initial=spread(5))
    u = unit_cube(x)
    torch.testing.assert_close(u.amin((1, 2)), torch.zeros(5, dtype=torch.float64))
    torch.testing.assert_close(u.amax((1, 2)), torch.ones(5, dtype=torch.float64))
    for a, b in zip(x, u, strict=True):
        ratio = torch.pdist(b) / torch.pdist(a)
        assert ratio.max() / ratio.min() - 1 < 1e-6  # a similarity: all distances by one factor
    assert (unit_cube(torch.full((1, 4, 3), 7.0)) == 0).all()
