import numpy as np
import pytest
import torch

from neurarium.alignment import rsa
from neurarium.core import Rng
from neurarium.studies.alignment import _curvature_cases as cases
from neurarium.tasks import digits


@pytest.mark.parametrize("bend", [cases.stretched, cases.clumped])
def test_bent_copies_are_as_alike_as_asked(bend):
    x = cases.on_sphere(80, rng=Rng(0).numpy("points"))
    np.testing.assert_allclose(bend(x, 0.0), x)
    assert rsa(x, cases.as_alike(bend, x, 0.9), distance="euclidean") == pytest.approx(0.9, abs=1e-5)


def test_spaces_have_the_size_they_should():
    n = 400
    sphere, torus = (draw(n, rng=Rng(1).numpy("points")) for draw in (cases.sphere, cases.torus))
    assert np.pi > sphere.max() > 0.97 * np.pi
    assert torus.max() < np.sqrt(2 * np.pi)  # half a diagonal
    for distances in sphere, torus:  # equal areas, so as many points within half a unit: n π/4 / 4π
        assert (distances < 0.5).mean() == pytest.approx(1 / 16, rel=0.1)
    tree = cases.tree(15, rng=Rng(2).numpy("points"))
    assert ((tree > 0) & (tree < 1.5)).sum() == 2 * 14


def test_the_observer_sees_class_and_style_apart():
    images = digits(rng=Rng(3))
    train, test = cases.observer_features(images)
    assert train.shape == (len(images.train_y), 16)
    assert torch.equal(train[:, :10].argmax(1), images.train_y)
    assert torch.equal(test[:, :10].argmax(1), images.test_y)
    assert torch.cat([train, test])[:, 10:].std(0).numpy() == pytest.approx(np.full(6, 0.5))


def test_an_aligned_net_learns_the_observer_s_distances():
    images = digits(rng=Rng(4))
    train, _ = cases.observer_features(images)
    found = []
    for strength in 0.0, 2.0:
        net = cases.DigitNet(32, rng=Rng(5))
        net.fit(images, 60, rng=Rng(6), observed=train, strength=strength)
        with torch.no_grad():
            found.append(rsa(net.features(images.train_x[:100]).double(), train[:100], distance="euclidean"))
    assert found[1] > found[0] + 0.1


def test_bridged_clusters_and_their_modularity():
    x, label = cases.bridged_clusters((20, 10, 5), rng=Rng(7).numpy("points"))
    assert len(x) == len(label) == 35 + 8
    np.testing.assert_array_equal(np.bincount(label), [22, 14, 7])
    two_pairs = np.kron(np.eye(2), 1 - np.eye(2))
    assert cases.modularity(two_pairs, np.array([0, 0, 1, 1])) == pytest.approx(0.5)
    assert cases.modularity(two_pairs, np.array([0, 0, 0, 0])) == pytest.approx(0)
