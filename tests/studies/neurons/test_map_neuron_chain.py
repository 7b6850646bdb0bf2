import numpy as np
import pytest
import torch

from neurarium.alignment import bifurcation_crossings, lyapunov_exponents
from neurarium.core import Rng
from neurarium.nets.recurrent import MapChainState
from neurarium.studies.neurons import _chain_kernels as chain
from neurarium.studies.neurons._chain_survey import crossings, starts, with_k

ALTERNATING = np.array([chain.CHIALVO, chain.RULKOV, chain.CHIALVO])
SET = np.array([0.028, 0.82, 0.41, 0.21, 4.6, 0.073, -0.45, 0.05, 0.34])
LONE = np.array([chain.RULKOV])


@pytest.fixture
def start():
    return starts(1, 1, 3, Rng(0).numpy("start"))[0, 0]


def test_compiled_steps_and_slopes_are_those_of_the_part(start):
    part = chain.as_part(ALTERNATING, SET)
    path = chain.trace(ALTERNATING, SET, start, 0, 20)
    state = MapChainState(*torch.from_numpy(start).chunk(2))
    for row in path:
        np.testing.assert_allclose(torch.cat(tuple(state)).numpy(), row, rtol=1e-9)
        by_part = part.jacobian(MapChainState(state.v[None], state.y[None]))[0]
        np.testing.assert_allclose(chain.slope(ALTERNATING, SET, row[:3], row[3:]), by_part, rtol=1e-9, atol=1e-12)
        _, state = part.step(torch.zeros(3, dtype=torch.float64), state)


def test_pushing_a_vector_is_the_product_with_the_jacobian(start):
    vector, out = Rng(1).numpy("vector").normal(size=6), np.empty(6)
    chain.push(ALTERNATING, SET, start[:3], start[3:], vector, out)
    np.testing.assert_allclose(out, chain.slope(ALTERNATING, SET, start[:3], start[3:]) @ vector)


def test_the_largest_exponent_is_that_of_the_measure(start):
    exponents, _ = chain.survey(ALTERNATING, SET[None], start[None, None], 500, 2000, 8)
    path = chain.trace(ALTERNATING, SET, start, 0, 2500)
    jacobians = np.array([chain.slope(ALTERNATING, SET, x[:3], x[3:]) for x in path])
    assert exponents[0, 0] == pytest.approx(lyapunov_exponents(jacobians, burn_in=500)[0], abs=2e-3)


def test_periods_are_counted():
    still = SET.copy()
    still[chain.NAMES.index("v_rest")], still[chain.NAMES.index("alpha")] = -1.9, 4.1
    fixed = np.array([-1.9 + 1e-12, -1.9 - 4.1 / (1 + 1.9**2)])
    exponents, periods = chain.survey(LONE, still[None], fixed[None, None], 3000, 100, 8)
    assert (exponents[0, 0] < 0, periods[0, 0]) == (True, 1)
    beating = chain.period(ALTERNATING, SET, *np.split(settled(), 2), 32)
    assert beating == 4


def settled():
    """A state on the cycle of period 4."""
    first = starts(1, 20, 3, Rng(0).numpy("many"))
    _, periods = chain.survey(ALTERNATING, SET[None], first, 5000, 100, 8)
    return chain.trace(ALTERNATING, SET, first[0, np.argmax(periods[0] == 4)], 5000, 1)[0]


def test_what_flies_off_is_marked():
    wild = SET.copy()
    wild[chain.UP] = 5.0
    exponents, periods = chain.survey(ALTERNATING, wild[None], starts(1, 3, 3, Rng(0).numpy("w")), 500, 500, 8)
    assert np.isnan(exponents).all()
    assert not periods.any()


def test_a_branch_holds_fixed_points_and_passes_a_fold():
    p = SET.copy()
    p[1:4] = 0.89, 0.6, 0.28  # the rest of Chialvo's map ends in a fold as k falls
    lone = np.array([chain.CHIALVO])
    points = chain.branch(lone, p, np.array([0.1, 2.5]), chain.K, 0.02, 300)
    for v, y, k in points[::20]:
        after = chain.trace(lone, with_k(p, k), np.array([v, y]), 1, 1)[0]
        np.testing.assert_allclose(after, [v, y], atol=1e-9)
    jacobians = np.array([chain.slope(lone, with_k(p, k), np.array([v]), np.array([y])) for v, y, k in points])
    folds = [c for c in bifurcation_crossings(jacobians, points[:, -1]) if c.kind == "fold"]
    turns = np.flatnonzero(np.diff(np.sign(np.diff(points[:, -1]))))
    assert len(folds) == len(turns)
    assert all(abs(c.index - t) <= 1 for c, t in zip(folds, turns, strict=True))


def test_crossings_agree_with_simulation():
    sets = chain.LOW + (chain.HIGH - chain.LOW) * Rng(3).numpy("sets").random((25, 9))
    found = crossings(ALTERNATING, sets, starts(25, 1, 3, Rng(3).numpy("s"))[:, 0])
    checked = [agrees for _, agrees in found if agrees is not None]
    assert len(checked) >= 10
    assert np.mean(checked) > 0.9
