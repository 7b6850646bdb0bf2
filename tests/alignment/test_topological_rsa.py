import networkx
import numpy as np
import pytest
import torch

from neurarium.alignment import geodesic_transform, geotopological_transform, rdm, rsa, topological_rsa
from neurarium.core.errors import NeurariumError

THRESHOLDS = [(0.0, 1.0), (0.2, 0.8), (0.0, 0.3), (0.5, 1.0), (0.4, 0.4)]


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def systems(n: int = 25) -> tuple[np.ndarray, np.ndarray]:
    X = random(n, 6)
    return X, X[:, :4] + random(n, 4, seed=1)


def two_clusters() -> np.ndarray:
    return np.concatenate([random(6, 2), random(6, 2, seed=1) + 100])


@pytest.mark.parametrize("distance", ["squared_euclidean", "euclidean", "correlation"])
def test_from_the_least_to_the_largest_distance_it_is_rsa(distance):
    X, Y = systems()
    expected = rsa(X, Y, distance=distance)
    assert topological_rsa(X, Y, lower=0.0, upper=1.0, distance=distance) == pytest.approx(expected, abs=1e-13)
    assert abs(topological_rsa(X, Y, distance=distance) - expected) > 1e-4


def test_equal_thresholds_leave_a_graph_whose_agreement_is_phi():
    X, Y = systems()
    i, j = np.triu_indices(25, 1)
    far_x, far_y = (a > np.quantile(a, 0.3) for a in (rdm(X).values[i, j], rdm(Y).values[i, j]))
    expected = np.corrcoef(far_x, far_y)[0, 1]
    assert topological_rsa(X, Y, lower=0.3, upper=0.3) == pytest.approx(expected, abs=1e-13)
    D = geotopological_transform(rdm(X).values, lower=0.3, upper=0.3)
    assert set(np.unique(D)) == {0, 1}
    assert (D[i, j] == far_x).all()


def test_a_graph_does_not_see_a_monotone_change_of_distances():
    X, Y = systems()
    for change in (torch.sqrt, torch.exp, lambda d: d**3):
        by_change = dict(distance=lambda x, g=change: g(torch.cdist(x, x)), lower=0.3, upper=0.3)
        plain = topological_rsa(X, Y, distance=lambda x: torch.cdist(x, x), lower=0.3, upper=0.3)
        assert topological_rsa(X, Y, **by_change) == pytest.approx(plain, abs=1e-13)


@pytest.mark.parametrize(("lower", "upper"), THRESHOLDS)
def test_transform_is_its_formula(lower, upper):
    D = rdm(random(15, 3)).values
    i, j = np.triu_indices(15, 1)
    low, high = np.quantile(D[i, j], [lower, upper])
    f = geotopological_transform(D, lower=lower, upper=upper)
    for d, value in zip(D[i, j], f[i, j], strict=True):
        expected = 0 if d <= low else 1 if d >= high else (d - low) / (high - low)
        assert value == pytest.approx(expected, abs=1e-14)
    assert (f == f.T).all()
    assert (np.diag(f) == 0).all()


@pytest.mark.parametrize(("lower", "upper"), THRESHOLDS[1:])
def test_geodesics_are_shortest_paths_where_neighbours_are_joined_by_edges_of_no_length(lower, upper):
    f = geotopological_transform(rdm(random(15, 3)).values, lower=lower, upper=upper)
    graph = networkx.Graph()
    graph.add_nodes_from(range(15))
    graph.add_weighted_edges_from((i, j, f[i, j]) for i in range(15) for j in range(i) if f[i, j] < 1)
    expected = np.array(networkx.floyd_warshall_numpy(graph))
    joined = np.isfinite(expected)
    expected[~joined] = 1 + expected[joined].max()
    np.testing.assert_allclose(geodesic_transform(f), expected, atol=1e-13)


def test_a_ring_is_as_long_as_its_arc_and_parts_without_a_path_are_farthest():
    angle = 2 * np.pi * np.arange(20) / 20
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    f = geotopological_transform(rdm(ring, distance="euclidean").values, lower=0.0, upper=0.5)
    paths = geodesic_transform(f)
    steps = np.minimum(np.arange(20), 20 - np.arange(20))
    assert (np.diff(paths[0, np.argsort(steps, kind="stable")]) >= -1e-12).all()
    assert paths[0, 10] == pytest.approx(paths[0, 5] + paths[5, 10])

    paths = geodesic_transform(geotopological_transform(rdm(two_clusters()).values, lower=0.0, upper=0.4))
    between, within = paths[:6, 6:], np.concatenate([paths[:6, :6], paths[6:, 6:]])
    assert (between == 1 + within.max()).all()
    other = two_clusters() * [1, -1]
    other[6:] += 1e4  # how far the clusters are apart does not show
    assert topological_rsa(two_clusters(), other, upper=0.4, is_geodesic=True) > 0.99


def test_unchanged_by_rotation_scale_and_offset_and_one_for_itself():
    X, Y = systems()
    Q = np.linalg.qr(random(6, 6))[0]
    for is_geodesic in (False, True):
        value = topological_rsa(X, Y, is_geodesic=is_geodesic)
        assert topological_rsa(3.7 * X @ Q + 5, Y, is_geodesic=is_geodesic) == pytest.approx(value, abs=1e-10)
        assert topological_rsa(Y, X, is_geodesic=is_geodesic) == pytest.approx(value, abs=1e-14)
        assert topological_rsa(X, X, is_geodesic=is_geodesic) == pytest.approx(1, abs=1e-14)
        assert type(topological_rsa(torch.from_numpy(X), torch.from_numpy(Y), is_geodesic=is_geodesic)) is float


def test_bad_input_is_refused():
    X, Y = systems()
    with pytest.raises(NeurariumError, match=r"topological_rsa: `lower` must be at most upper \(0.2\), got 0.3"):
        topological_rsa(X, Y, lower=0.3, upper=0.2)
    with pytest.raises(NeurariumError, match=r"`upper` must lie between 0 and 1, got 1\.5"):
        topological_rsa(X, Y, upper=1.5)
    with pytest.raises(NeurariumError, match=r"`lower` must leave samples apart, got 0\.4\. Steps of no length"):
        topological_rsa(X, Y, lower=0.4, upper=0.8, is_geodesic=True)
    with pytest.raises(NeurariumError, match="as many samples as X"):
        topological_rsa(X, Y[:9])
    with pytest.raises(NeurariumError, match="vary over pairs"):
        topological_rsa(np.eye(10), X[:10])
    with pytest.raises(NeurariumError, match="`lower` must be at most"):
        geotopological_transform(rdm(X).values, lower=0.3, upper=0.2)


@pytest.mark.parametrize(("lower", "upper"), THRESHOLDS[:4])
def test_equals_rsatoolbox(lower, upper):
    rsatoolbox = pytest.importorskip("rsatoolbox")
    from rsatoolbox.rdm.transform import geodesic_transform as their_geodesic
    from rsatoolbox.rdm.transform import geotopological_transform as their_geotopological

    X = random(15, 4)
    X[1] = X[0]  # one pair at distance 0
    # f does not see the scale of D, theirs (0.3.2) does: it compares values that are scaled already with u once more,
    # so that where u < 1 what lies above u after scaling becomes 1 as well.
    D = 1000 * rdm(X).values
    their_gt = their_geotopological(rsatoolbox.rdm.RDMs(D[None]), low=lower, up=upper)
    f = geotopological_transform(D, lower=lower, upper=upper)
    np.testing.assert_allclose(f, their_gt.get_matrices()[0], atol=1e-13)
    if lower == 0:
        # Their graph drops edges of no length, so their nearest neighbours are no neighbours. With a twin as the only
        # such edge the fault shows in the pair of twins and nowhere else.
        theirs, ours = their_geodesic(their_gt).get_matrices()[0], geodesic_transform(f)
        assert ours[0, 1] == 0 < theirs[0, 1]
        theirs[0, 1] = theirs[1, 0] = 0
        joined = np.isfinite(theirs)
        np.testing.assert_allclose(ours[joined], theirs[joined], atol=1e-13)
        assert (ours[~joined] == 1 + ours[joined].max()).all()
