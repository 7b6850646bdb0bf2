"""Lines on dynamical similarity analysis, against dsa-metric and fastDSA, on the same operators.

fastDSA is in no registry: ``pip install git+https://github.com/CMC-lab/fastDSA`` adds it to the venv of ``make bench``.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from _table import Line, version

from neurarium.alignment import dsa_distances, dsa_operators, eigenvalue_wasserstein

N_DELAYS, RANK, N_TRIALS, N_STEPS, N_CHANNELS = 20, 50, 20, 200, 50
SYSTEMS = f"8 systems x {N_TRIALS} trials x {N_STEPS} steps x {N_CHANNELS} channels, {N_DELAYS} delays, rank {RANK}"
PAIRS = list(itertools.combinations(range(8), 2))
ABOVE = np.triu_indices(8, 1)
N_PEER_STEPS = 1500  # dsa-metric's own default
Matrices = np.ndarray


def cpu_s(work: Callable[[], Any], n: int = 5) -> tuple[float, Any]:
    """Median CPU seconds and the last answer."""
    taken, answer = [], None
    for _ in range(n):
        started = time.process_time()
        answer = work()
        taken.append(time.process_time() - started)
    return float(np.median(taken)), answer


# ------------------------------------------------------------------ generated systems


def systems(seed: int = 0) -> list[np.ndarray]:
    """A noisy rate network, rotated, reflected and run anew; another; two van der Pol embeddings; Lorenz."""
    generator = np.random.default_rng(seed)
    W, V = 1.5 * generator.normal(size=(2, N_CHANNELS, N_CHANNELS)) / N_CHANNELS**0.5
    a = network(W, generator)
    rotated = [a @ rotation(N_CHANNELS, generator, det) for det in (1, -1)]
    again, other = network(W, generator), network(V, generator)
    return [a, *rotated, again, other, *(embedded(flow, generator) for flow in (van_der_pol, van_der_pol, lorenz))]


def network(W: np.ndarray, generator: np.random.Generator, dt: float = 0.2, noise: float = 0.02) -> np.ndarray:
    x, xs = generator.normal(size=(N_TRIALS, len(W))), []
    for _ in range(N_STEPS + 50):
        x = x + dt * (np.tanh(x) @ W.T - x) + noise * dt**0.5 * generator.normal(size=x.shape)
        xs.append(x)
    return np.stack(xs[50:], 1)


def van_der_pol(generator: np.random.Generator, mu: float = 1.5, dt: float = 0.1) -> np.ndarray:
    z, zs = generator.normal(size=(N_TRIALS, 2)), []
    for _ in range(N_STEPS + 100):
        velocity = np.stack([z[:, 1], mu * (1 - z[:, 0] ** 2) * z[:, 1] - z[:, 0]], 1)
        z = z + dt * velocity + 0.02 * generator.normal(size=z.shape)
        zs.append(z)
    return np.stack(zs[100:], 1)


def lorenz(generator: np.random.Generator, dt: float = 0.01) -> np.ndarray:
    z, zs = generator.normal(size=(N_TRIALS, 3)) + np.array([1, 1, 25]), []
    for _ in range(2 * (N_STEPS + 100)):
        x, y, h = z.T
        z = z + dt * np.stack([10 * (y - x), x * (28 - h) - y, x * y - 8 / 3 * h], 1)
        zs.append(z / 10)
    return np.stack(zs[201::2], 1)


def embedded(
    flow: Callable[[np.random.Generator], np.ndarray], generator: np.random.Generator, noise: float = 0.05
) -> np.ndarray:
    n = 3 if flow is lorenz else 2
    mixing = generator.normal(size=(n, N_CHANNELS)) / n**0.5
    x = flow(generator) @ mixing
    return x + noise * generator.normal(size=x.shape)


def rotation(n: int, generator: np.random.Generator, det: int) -> np.ndarray:
    Q, R = np.linalg.qr(generator.normal(size=(n, n)))
    Q = Q * np.sign(np.diag(R))
    if np.linalg.det(Q) * det < 0:
        Q[:, 0] *= -1
    return Q


# ------------------------------------------------------------------ the lines


def dsa_lines(peak_mb: Callable[[Callable[[], Any]], float | None]) -> list[Line]:
    """Every line; the peer's 1,500 iterations run once, about a minute."""
    X = systems()
    fit = lambda: dsa_operators(X, n_delays=N_DELAYS, rank=RANK)  # noqa: E731
    fit()
    fit_s, A = cpu_s(fit)
    lines, fit_peer_s = [], None
    if find_spec("DSA"):
        fit_theirs = lambda: their_operators(X)  # noqa: E731
        fit_peer_s, _ = cpu_s(fit_theirs, n=1)
    line = Line(f"ridge DMD, {SYSTEMS}", fit_s, "dsa-metric", version("dsa-metric"), fit_peer_s, note="bar: 8 times")
    if fit_peer_s is not None:
        line = Line(
            **{**vars(line), "ours_mb": peak_mb(fit), "peer_mb": peak_mb(fit_theirs), "limit_s": fit_peer_s / 8}
        )
    lines.append(line)
    lines += against_dsa_metric(A, fit_s, fit_peer_s)
    lines += against_fastdsa(A)
    lines += [spectra(A), conjugate_pairs(A), forty_systems()]
    return lines


def their_operators(X: list[np.ndarray]) -> None:
    from DSA.dmd import DMD

    for x in X:
        DMD(x, n_delays=N_DELAYS, delay_interval=1, rank=RANK).fit()


def against_dsa_metric(A: Matrices, fit_s: float, fit_peer_s: float | None) -> list[Line]:
    """The search alone at both efforts, and the whole matrix with its fits."""
    work, peer_s, theirs = f"angles of 28 pairs of {RANK} x {RANK} operators", None, None
    if find_spec("DSA"):
        peer_s, theirs = cpu_s(lambda: dsa_metric_angles(A), n=1)
    lines = []
    for effort in ("default", "fast"):
        ours_s, found = cpu_s(lambda effort=effort: dsa_distances(A, effort=effort))
        note = f"effort {effort}; bar: 40 times"
        if theirs is not None:
            more = found.values[ABOVE] - theirs
            note += f"; ours minus theirs: mean {more.mean():+.5f}, worst pair {more.max():+.5f} rad (bar +0.0005)"
        for name, ours, other in ((work, ours_s, peer_s), (f"DMD and {work}", ours_s + fit_s, add(peer_s, fit_peer_s))):
            limit_s = None if other is None else other / 40
            peer = f"dsa-metric, {N_PEER_STEPS} iterations", version("dsa-metric")
            lines.append(Line(name, ours, *peer, other, limit_s=limit_s, note=note))
    return lines


def add(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def dsa_metric_angles(A: Matrices) -> np.ndarray:
    """Angles at the rotations that dsa-metric finds, made exactly orthogonal, in double precision."""
    from DSA.simdist import SimilarityTransformDist

    torch.manual_seed(0)
    angles = []
    for i, j in PAIRS:
        pair = [torch.from_numpy(A[k]).float() for k in (i, j)]
        one = SimilarityTransformDist(iters=N_PEER_STEPS, score_method="angular", lr=0.005)
        one.fit(*pair)
        U, _, Vt = np.linalg.svd(one.C_star.detach().double().numpy())
        a, b = (A[k] / np.linalg.norm(A[k]) for k in (i, j))
        angles.append(2 * np.arcsin(np.linalg.norm(a - (U @ Vt) @ b @ (U @ Vt).T) / 2))
    return np.array(angles)


def against_fastdsa(A: Matrices) -> list[Line]:
    """Its three optimisers at the settings of its pipeline; the angle is the one that it reports."""
    ours_s, found = cpu_s(lambda: dsa_distances(A))
    work, ours = f"angles of 28 pairs of {RANK} x {RANK} operators", found.values[ABOVE].mean()
    if not find_spec("fastDSA"):
        says = "its authors' figure, not measured here: up to 150 times faster than DSA"
        return [Line(work, ours_s, "fastDSA", "not installed", note=says)]
    from fastDSA import simdist

    settings, lines = simdist.SimDistConfig(), []
    steps, lr = settings.iters, settings.lr
    optimisers = {
        "ro": lambda: simdist.RegularizationSimilarityTransformDist(iters=steps, lr=lr),
        "rim": lambda: simdist.RiemannianSimilarityTransformDist(iters=steps, lr=lr),
        "land": lambda: simdist.LandingSimilarityTransformDist(its=steps, eta=lr, gamma=settings.gamma),
    }
    for name, make in optimisers.items():
        pairs = [[torch.from_numpy(A[k]).float() for k in pair] for pair in PAIRS]
        peer_s, theirs = cpu_s(lambda make=make, pairs=pairs: [float(make().fit_score(*p)) for p in pairs], n=1)
        note = f"bar: faster and not farther; ours minus theirs: mean {ours - np.mean(theirs):+.3f} rad"
        lines.append(Line(work, ours_s, f"fastDSA {name}", version("fastDSA"), peer_s, limit_s=peer_s, note=note))
    return lines


def spectra(A: Matrices) -> Line:
    """The distance of the eigenvalues."""
    work, peer_s = "Wasserstein distance of the eigenvalues, 28 pairs", None
    if find_spec("DSA"):
        from DSA.simdist import SimilarityTransformDist

        pairs = [[torch.from_numpy(A[k]).float() for k in pair] for pair in PAIRS]
        one = SimilarityTransformDist(score_method="wasserstein")
        peer_s, _ = cpu_s(lambda: [one.fit_score(*pair) for pair in pairs])
    ours_s, _ = cpu_s(lambda: eigenvalue_wasserstein(A))
    return Line(work, ours_s, "dsa-metric", version("dsa-metric"), peer_s, note="theirs is the square of ours")


def conjugate_pairs(A: Matrices) -> Line:
    """Pairs that are rotations of each other by construction: every angle should be zero."""
    generator = np.random.default_rng(1)
    blocks = np.kron(np.diag(generator.normal(size=5)), np.eye(10))  # five eigenvalues, ten times each
    random = generator.normal(size=(RANK, RANK))
    kinds = {
        **{f"fit {k}": a for k, a in enumerate(A)},
        "gaussian": random,
        "orthogonal": rotation(RANK, generator, 1),
        "degenerate": rotation(RANK, generator, 1) @ blocks,
        "degenerate symmetric": blocks,
        "near identity": np.eye(RANK) + 0.01 * random,
    }
    signs = np.diag(np.where(generator.random(RANK) < 0.5, 1.0, -1.0))
    moves = [rotation(RANK, generator, 1), rotation(RANK, generator, -1), signs]
    pairs = [np.stack([a, C @ a @ C.T]) for a in kinds.values() for C in moves]
    ours_s, farthest = cpu_s(lambda: max(dsa_distances(pair).values[0, 1] for pair in pairs), n=1)
    note = f"largest of {len(pairs)} angles {farthest:.0e} rad (bar 1e-6): {'kept' if farthest < 1e-6 else 'MISSED'}"
    return Line("pairs conjugate by rotations, reflections and sign flips", ours_s / len(pairs), note="a pair; " + note)


def forty_systems() -> Line:
    """A collection in which detours matter."""
    A = np.concatenate([dsa_operators(systems(seed), n_delays=N_DELAYS, rank=RANK) for seed in range(5)])
    ours_s, found = cpu_s(lambda: dsa_distances(A), n=1)
    D = found.values
    excess = (D[:, None] - D[:, :, None] - D[None]).max()
    n_violated = int((D[:, None] - D[:, :, None] - D[None] > 1e-9).sum())
    n_pairs = len(A) * (len(A) - 1) // 2
    note = f"a pair; {n_violated} triangle violations above 1e-9 rad (most {excess:.0e}); {found.n_repaired} repairs"
    return Line(f"{len(A)} systems, {n_pairs} pairs", ours_s / n_pairs, limit_s=0.15, note=note)
