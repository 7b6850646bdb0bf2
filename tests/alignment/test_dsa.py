import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from neurarium.alignment import DEFAULT, FAST, Effort, _lie_lbfgs, dsa, dsa_distances, dsa_operators
from neurarium.alignment._lie_lbfgs import CURVATURE_FLOOR, arrive, curvature, pose, retract, skew, upper
from neurarium.core.errors import NeurariumError


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def rotation(n: int, seed: int = 0, det: int = 1) -> np.ndarray:
    Q = np.linalg.qr(random(n, n, seed=seed))[0]
    if np.linalg.det(Q) * det < 0:
        Q[:, 0] *= -1
    return Q


def unit(A: np.ndarray) -> np.ndarray:
    return A / np.linalg.norm(A)


def chord(angle: np.ndarray) -> np.ndarray:
    return 2 * np.sin(angle / 2)


def rnn(W: np.ndarray, seed: int, n_trials: int = 8, n_steps: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x, xs = rng.normal(size=(n_trials, len(W))), []
    for _ in range(n_steps):
        x = x + 0.2 * (np.tanh(x) @ W.T - x) + 0.02 * rng.normal(size=x.shape)
        xs.append(x)
    return np.stack(xs, 1)


def normal(n: int, seed: int, n_fold: int = 1) -> np.ndarray:
    """A normal matrix whose eigenvalues are n/2 complex pairs, each `n_fold` times the same."""
    blocks = [np.array([[a, -b], [b, a]]) for a, b in np.repeat(random(n // 2 // n_fold, 2, seed=seed), n_fold, 0)]
    A = np.zeros((n, n))
    for k, block in enumerate(blocks):
        A[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = block
    Q = rotation(n, seed + 1)
    return Q @ A @ Q.T


# ------------------------------------------------------------------ closed forms of the distance


def test_two_by_two_closed_form():
    """A = a I + b J + r (symmetric, traceless): d² = 2 (Δa² + (|b| - |b'|)² + Δr²) over O(2)."""
    A = np.stack([unit(a) for a in random(8, 2, 2)])
    D = chord(dsa_distances(A).values)
    a, b = np.trace(A, axis1=1, axis2=2) / 2, np.abs(A[:, 1, 0] - A[:, 0, 1]) / 2
    r = np.hypot((A[:, 0, 0] - A[:, 1, 1]) / 2, (A[:, 0, 1] + A[:, 1, 0]) / 2)
    d2 = 2 * sum((v[:, None] - v[None]) ** 2 for v in (a, b, r))
    np.testing.assert_allclose(D**2, d2, atol=1e-8)


def test_symmetric_operators_are_as_far_as_their_sorted_eigenvalues():
    A = np.stack([unit(a + a.T) for a in random(5, 12, 12)])
    w = np.linalg.eigvalsh(A)
    found = dsa_distances(A)
    np.testing.assert_allclose(chord(found.values), np.linalg.norm(w[:, None] - w[None], axis=-1), atol=1e-6)
    np.testing.assert_allclose(found.values, found.lower_bounds, atol=1e-6)


def test_skew_operators_are_as_far_as_their_sorted_frequencies():
    A = np.stack([unit(a - a.T) for a in random(5, 12, 12)])
    w = np.sort(np.abs(np.linalg.eigvals(A).imag))
    expected = np.linalg.norm(w[:, None] - w[None], axis=-1)
    np.testing.assert_allclose(chord(dsa_distances(A).values), expected, atol=1e-6)


def test_normal_operators_are_at_most_the_assignment_of_eigenvalues_apart():
    A = np.stack([unit(normal(10, seed)) for seed in range(5)])
    found = dsa_distances(A)
    for i, j in itertools.combinations(range(5), 2):
        a, b = (np.linalg.eigvals(M) for M in (A[i], A[j]))  # pairs that stay pairs are reached by a rotation
        a, b = a[a.imag > 0], b[b.imag > 0]
        cost = 2 * np.abs(a[:, None] - b[None]) ** 2
        assert chord(found.values[i, j]) <= np.sqrt(cost[linear_sum_assignment(cost)].sum()) + 1e-5


def test_bounds_hold_and_alignments_attain_the_values():
    A = np.stack([*random(4, 9, 9), *(0.9 * np.eye(9) + 0.1 * random(3, 9, 9, seed=1))])
    found = dsa_distances(A)
    assert (found.lower_bounds <= found.values).all()
    assert found.lower_bounds[0, 4] > 0.5
    for i, j in itertools.permutations(range(7), 2):
        C = found.alignments[i, j]
        np.testing.assert_allclose(C @ C.T, np.eye(9), atol=1e-12)
        d = np.linalg.norm(unit(A[i]) - C @ unit(A[j]) @ C.T)
        assert chord(found.values[i, j]) == pytest.approx(d, abs=1e-12)


def test_at_least_as_near_as_many_random_rotations_refined_by_another_optimiser():
    A, B = (torch.from_numpy(unit(a)) for a in random(2, 4, 4))
    best = np.inf
    for seed in range(10):
        W = torch.zeros(4, 4, dtype=torch.float64, requires_grad=True)
        Q = torch.from_numpy(rotation(4, seed, det=(-1) ** seed))
        optimiser = torch.optim.LBFGS([W], max_iter=200, line_search_fn="strong_wolfe", tolerance_change=1e-14)

        def loss(W=W, Q=Q, optimiser=optimiser):
            optimiser.zero_grad()
            C = torch.linalg.matrix_exp(W - W.T) @ Q
            value = (A - C @ B @ C.T).square().sum()
            value.backward()
            return value

        optimiser.step(loss)
        best = min(best, float(loss().detach()) ** 0.5)
    found = dsa_distances(torch.stack([A, B]), effort="thorough").values[0, 1]
    assert chord(found.numpy()) == pytest.approx(best, abs=1e-4)


def test_no_farther_than_dsa_metric():
    simdist = pytest.importorskip("DSA.simdist")
    A = np.stack([unit(a) for a in (*random(2, 10, 10), *(np.eye(10) + 0.1 * random(2, 10, 10, seed=1)))])
    found = chord(dsa_distances(A).values)
    torch.manual_seed(0)
    for i, j in itertools.combinations(range(4), 2):
        peer = simdist.SimilarityTransformDist(iters=500, score_method="euclidean", lr=0.005)
        assert found[i, j] <= peer.fit_score(*(torch.from_numpy(A[k]).float() for k in (i, j))) + 5e-4


# ------------------------------------------------------------------ pairs conjugate by construction

KINDS = {
    "gaussian": lambda n: random(n, n),
    "near identity": lambda n: 0.95 * np.eye(n) + 0.02 * random(n, n),
    "normal": lambda n: normal(n, 3),
    "degenerate": lambda n: normal(n, 3, n_fold=5),
    "orthogonal": lambda n: rotation(n, 7),
    "symmetric": lambda n: random(n, n) + random(n, n).T,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("effort", ["fast", "default"])
def test_conjugate_pairs_are_zero_apart(kind, effort):
    n = 20
    A = KINDS[kind](n)
    Q, reflection = rotation(n, 11), rotation(n, 12, det=-1)
    signs = np.diag(np.where(random(n, seed=13) > 0, 1.0, -1.0))
    for C in (Q, reflection, signs):
        assert dsa_distances(np.stack([A, C @ A @ C.T]), effort=effort).values[0, 1] < 1e-6


def test_rotating_one_operator_changes_no_distance():
    A, Q = random(3, 8, 8), rotation(8, 5, det=-1)
    moved = A.copy()
    moved[1] = Q @ A[1] @ Q.T
    np.testing.assert_allclose(dsa_distances(moved).values, dsa_distances(A).values, atol=2e-3)


# ------------------------------------------------------------------ a metric, deterministic and pure


def test_triangle_inequality_after_repair():
    base = random(3, 10, 10)
    A = np.concatenate([base + 0.4 * random(3, 10, 10, seed=s) for s in range(5)])
    found = dsa_distances(A, effort=Effort(n_bases=1, n_kept=1, n_screen=1, n_polish=10))
    D = found.values
    assert (D[:, None] <= D[:, :, None] + D[None] + 1e-9).all()
    assert found.n_repaired > 0
    assert (D == D.T).all()
    assert (np.diag(D) == 0).all()


def test_the_same_twice_and_in_any_order_and_nothing_else_touched():
    A = random(4, 8, 8)
    before, state = A.copy(), torch.get_rng_state()
    first, again = (dsa_distances(A, effort=Effort(n_random=3)) for _ in range(2))
    assert (first.values == again.values).all()
    assert (A == before).all()
    assert (torch.get_rng_state() == state).all()
    assert dsa_distances(A[:2]).values[0, 1] == pytest.approx(dsa_distances(A[1::-1]).values[0, 1], abs=1e-12)
    assert dsa_distances(5 * A).values == pytest.approx(first.values, abs=2e-3)


def test_thorough_is_never_farther_than_fast():
    A = random(4, 8, 8)
    fast, thorough = (dsa_distances(A, effort=e).values for e in ("fast", "thorough"))
    assert (thorough <= fast + 1e-4).all()


def test_identical_scalar_and_lone_operators():
    A = random(1, 5, 5)
    assert dsa_distances(np.repeat(A, 3, 0)).values.max() < 1e-12
    np.testing.assert_allclose(dsa_distances(np.stack([np.eye(3), -np.eye(3)])).values[0, 1], np.pi, atol=1e-6)
    assert dsa_distances(A).values.shape == (1, 1)
    assert dsa_distances(np.array([[[2.0]], [[5.0]]])).values.max() == 0


def test_answers_in_kind():
    A = random(3, 5, 5)
    found = dsa_distances(torch.from_numpy(A).float(), effort=FAST)
    assert isinstance(found.values, torch.Tensor)
    assert found.values.dtype == torch.float64
    np.testing.assert_allclose(found.values, dsa_distances(A, effort="fast").values, atol=1e-4)


# ------------------------------------------------------------------ the optimiser


def posed(n: int, n_problems: int = 1) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Targets in the frame that the optimiser asks for, what is aligned to them, and orthogonal starts."""
    A, B, C = (torch.from_numpy(random(n_problems, n, n, seed=s)) for s in range(3))
    U = torch.linalg.eigh(A + A.mT)[1]
    return U.mT @ A @ U, B, torch.linalg.qr(C)[0]


def test_descent_and_curvature_are_the_derivatives_of_the_loss():
    A, B, C = posed(5)
    point = arrive(pose(A, B), C)
    assert float(point.loss) == pytest.approx(float((A - C @ B @ C.mT).square().sum()))

    def loss(W):
        return 0.5 * (A - torch.linalg.matrix_exp(W) @ point.X @ torch.linalg.matrix_exp(-W)).square().sum()

    h, size = 1e-4, curvature(A, point.X)
    n_trusted = 0
    for k in range(10):
        planes = torch.zeros(1, 10, dtype=torch.float64)
        planes[0, k] = h
        W = skew(planes, 5)
        slope = (loss(W) - loss(-W)) / (2 * h)
        assert float(slope) == pytest.approx(-2 * float(point.descent[0, k]), abs=1e-6)
        second = float((loss(W) + loss(-W) - 2 * loss(0 * W)) / h**2) / 2
        if abs(second) > CURVATURE_FLOOR * float(size.mean()):
            n_trusted += 1
            assert float(size[0, k]) == pytest.approx(abs(second), rel=1e-4)
    assert n_trusted > 5


def test_planes_and_skew_matrices_are_the_same_thing():
    planes = torch.from_numpy(random(3, 10))
    W = skew(planes, 5)
    assert (W == -W.mT).all()
    assert (upper(W) == planes).all()


def test_moves_are_orthogonal_and_follow_the_exponential_to_second_order():
    W = torch.from_numpy(random(3, 9, 9))
    W = W - W.mT
    W = W / W.norm(dim=(-1, -2), keepdim=True)
    for size in (1.0, 0.1):
        R = retract(size * W)
        assert float((R @ R.mT - torch.eye(9)).abs().max()) < 3e-5 * size**8
        assert float((R - torch.linalg.matrix_exp(size * W)).abs().max()) < 0.02 * size**3


def test_blocks_change_nothing(monkeypatch):
    A, B, C = posed(6, n_problems=5)
    whole = _lie_lbfgs.minimise(A, B, C, n_iterations=30, rtol=1e-6)
    monkeypatch.setattr(_lie_lbfgs, "CACHE_BYTES", 1)
    for one, other in zip(whole, _lie_lbfgs.minimise(A, B, C, n_iterations=30, rtol=1e-6), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


# ------------------------------------------------------------------ the fit


def hankel_reference(x: np.ndarray, q: int, tau: int, rank: int, ridge: float) -> np.ndarray:
    n_windows = x.shape[1] - (q - 1) * tau
    H = np.concatenate([x[:, (q - 1 - i) * tau :][:, :n_windows] for i in range(q)], -1)
    V = np.linalg.svd(H.reshape(-1, H.shape[-1]), full_matrices=False)[0][:, :rank].reshape(len(x), n_windows, rank)
    now, then = V[:, :-1].reshape(-1, rank), V[:, 1:].reshape(-1, rank)
    return np.linalg.solve(now.T @ now + ridge * np.eye(rank), now.T @ then).T


@pytest.mark.parametrize(
    ("n_trials", "n_steps", "n_units", "q", "tau"),
    [(5, 40, 4, 1, 1), (5, 40, 4, 3, 2), (3, 60, 3, 5, 3), (2, 12, 9, 4, 2), (1, 20, 30, 1, 1)],
)
def test_fit_equals_the_svd_of_an_explicit_hankel_matrix(n_trials, n_steps, n_units, q, tau):
    x = random(n_trials, n_steps, n_units).cumsum(1)
    rank, ridge = min(6, n_units), 1e-3
    A = dsa_operators([x], n_delays=q, interval=tau, rank=rank, ridge=ridge)[0]
    expected = hankel_reference(x, q, tau, rank, ridge)
    flips = _sign_match(A, expected)
    np.testing.assert_allclose(flips[:, None] * A * flips, expected, atol=1e-9)


def _sign_match(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    signs = np.ones(len(A))
    for k in range(1, len(A)):  # the sign of mode k by its largest coupling to the modes before
        coupling = np.concatenate([A[k, :k] * B[k, :k] * signs[:k], A[:k, k] * B[:k, k] * signs[:k]])
        signs[k] = np.sign(coupling[np.abs(coupling).argmax()])
    return signs


def test_recovers_a_linear_system():
    W = 0.98 * rotation(4, 2)
    x, xs = random(6, 4), []
    for _ in range(30):
        xs.append(x)
        x = x @ W.T
    A = dsa_operators([np.stack(xs, 1)], n_delays=1, rank=4, ridge=0.0)[0]
    np.testing.assert_allclose(np.sort_complex(np.linalg.eigvals(A)), np.sort_complex(np.linalg.eigvals(W)), atol=1e-10)


def test_data_in_other_coordinates_are_no_distance_apart():
    x = rnn(1.5 * random(10, 10) / np.sqrt(10), 0)
    settings = dict(n_delays=5, rank=6)
    assert dsa(x, x @ rotation(10, 3, det=-1), **settings) < 1e-6
    assert dsa(x, np.pad(2.5 * x, ((0, 0), (0, 0), (0, 3))), **settings) < 1e-6


def test_other_dynamics_are_farther_than_other_trials():
    W = 1.5 * random(2, 10, 10) / np.sqrt(10)
    x, again, other = (rnn(w, seed, n_trials=40, n_steps=120) for seed, w in enumerate((W[0], W[0], W[1])))
    settings = dict(n_delays=5, rank=3)
    assert dsa(x, other, **settings) > 3 * dsa(x, again[:35, :100], **settings) > 0.001
    assert dsa(x, other, **settings) == pytest.approx(dsa(other, x, **settings), abs=1e-12)
    assert type(dsa(torch.from_numpy(x), torch.from_numpy(other), effort=FAST, **settings)) is float


def test_bad_input_says_what_to_do():
    x = random(3, 20, 4)
    with pytest.raises(NeurariumError, match=r"two windows, got '20 time steps'\. 20 delays .* need at least 21"):
        dsa_operators([x], n_delays=20, rank=2)
    with pytest.raises(NeurariumError, match=r"`rank` must be at most 4 for systems\[0\], got 5"):
        dsa_operators([x], n_delays=1, rank=5)
    with pytest.raises(NeurariumError, match=r"numerical rank of the windows \(2\), got 3"):
        dsa_operators([x[..., :2] @ random(2, 4)], n_delays=1, rank=3)
    with pytest.raises(NeurariumError, match=r"numerical rank of the windows \(0\)"):
        dsa_operators([0 * x], n_delays=2, rank=1)
    with pytest.raises(NeurariumError, match="`n_delays` must be a whole number of at least 1, got 0"):
        dsa_operators([x], n_delays=0, rank=1)
    with pytest.raises(NeurariumError, match="`ridge` must be at least 0"):
        dsa_operators([x], n_delays=1, rank=1, ridge=-1.0)
    with pytest.raises(NeurariumError, match="name at least one system"):
        dsa_operators([], n_delays=1, rank=1)
    with pytest.raises(NeurariumError, match=r"systems\[1\].*finite"):
        dsa_operators([x, np.full_like(x, np.nan)], n_delays=1, rank=1)
    with pytest.raises(NeurariumError, match="square matrices of one rank"):
        dsa_distances(random(2, 3, 4))
    with pytest.raises(NeurariumError, match="differ from zero"):
        dsa_distances(np.zeros((2, 3, 3)))
    with pytest.raises(NeurariumError, match=r"no effort is called 'thorogh'\. Did you mean 'thorough'"):
        dsa_distances(random(2, 3, 3), effort="thorogh")
    with pytest.raises(NeurariumError, match="`n_bases` must be from 1 to 8, got 9"):
        Effort(n_bases=9)
    assert Effort() == DEFAULT
