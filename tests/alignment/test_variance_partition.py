"""Variance partitions of known mixtures."""

import numpy as np
import pytest
import torch

from neurarium.alignment import Ridge, encoding_model, variance_partition
from neurarium.core.errors import NeurariumError


@pytest.fixture
def known():
    """Families that share one of their two directions, and responses that mix the three equally."""
    z = np.random.default_rng(0).standard_normal((3000, 3))
    families = {"a": z[:, [0, 1]], "b": 100 * z[:, [1, 2]]}
    return families, np.stack([z[:, 0], z[:, 1], z[:, 2], z.sum(1)], 1), z


def test_unique_and_shared_parts_of_a_known_mixture(known):
    families, y, _ = known
    parts = variance_partition(families, y).parts
    np.testing.assert_allclose(parts["a",], [1, 0, 0, 1 / 3], atol=0.05)
    np.testing.assert_allclose(parts["a", "b"], [0, 1, 0, 1 / 3], atol=0.05)
    np.testing.assert_allclose(parts["b",], [0, 0, 1, 1 / 3], atol=0.05)


def test_three_families_fill_their_venn_diagram(known):
    families, y, z = known
    families = {**families, "c": z[:, [1, 2]] @ np.array([[1, 1], [1, -1]])}  # b once more
    found = variance_partition(families, y)
    assert len(found.parts) == 7
    np.testing.assert_allclose(found.parts["b", "c"], [0, 0, 1, 1 / 3], atol=0.05)
    np.testing.assert_allclose(found.parts["a", "b", "c"], [0, 1, 0, 1 / 3], atol=0.05)
    for name in ("b", "c"):
        np.testing.assert_allclose(found.parts[name,], 0, atol=0.02)


def test_parts_add_up_and_unions_are_encoding_models(known):
    families, y, _ = known
    y = y + np.random.default_rng(1).standard_normal(y.shape)
    found = variance_partition(families, y, regressor=Ridge((0.1,)), n_folds=3)
    np.testing.assert_allclose(sum(found.parts.values()), found.explained["a", "b"])
    np.testing.assert_allclose(found.parts["a",], found.explained["a", "b"] - found.explained["b",])
    alone = encoding_model(families["b"], y, regressor=Ridge((0.1,)), n_folds=3)
    np.testing.assert_allclose(found.explained["b",], alone.r2)


def test_noise_explains_nothing_and_its_parts_are_not_clipped():
    g = np.random.default_rng(2)
    families = {k: g.standard_normal((80, 30)) for k in "ab"}
    parts = variance_partition(families, g.standard_normal((80, 100))).parts
    assert all(abs(v.mean()) < 0.06 for v in parts.values())
    assert all((v < 0).any() for v in parts.values())


def test_torch_in_torch_out(known):
    families, y, _ = known
    families = {k: torch.from_numpy(v[:90]) for k, v in families.items()}
    assert isinstance(variance_partition(families, torch.from_numpy(y[:90])).parts["a",], torch.Tensor)


def test_bad_families_are_refused(known):
    families, y, _ = known
    for bad in ({"a": families["a"]}, {str(i): families["a"] for i in range(5)}):
        with pytest.raises(NeurariumError, match="two to four"):
            variance_partition(bad, y)
    with pytest.raises(NeurariumError, match=r"families\['b'\]"):
        variance_partition({"a": families["a"], "b": 0 * families["b"]}, y)
    with pytest.raises(NeurariumError, match="as many samples"):
        variance_partition(families, y[1:])
