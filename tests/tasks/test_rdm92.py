import hashlib
import importlib
import os

import numpy as np
import pytest
from scipy.io import savemat

from neurarium.alignment import compare_rdms, noise_ceiling
from neurarium.core import NeurariumError
from neurarium.tasks import _files, rdm92

module = importlib.import_module("neurarium.tasks.rdm92")
REAL = pytest.mark.skipif(
    not os.path.isfile(os.path.join(os.environ.get("NEURARIUM_DATA", ""), "rdm92", "92_brainRDMs.mat")),
    reason="set NEURARIUM_DATA to a folder that holds rdm92/92_brainRDMs.mat",
)
# Spearman and Pearson of the mean human RDM with each, computed apart from this library, with scipy.
AGREEMENT = {
    "behaviour": (0.392394, 0.467507),
    "animacy": (0.588189, 0.576591),
    "FaceBodyManmadeNatobj": (0.405282, 0.417738),
    "monkeyIT": (0.438924, 0.491210),
    "EVA": (0.354166, 0.373472),
    "HMAX": (0.221733, 0.216480),
    "V1": (0.039265, 0.042232),
    "Silhouette": (0.124677, 0.161769),
    "RADON": (0.061208, 0.054871),
}


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """Small files of the real layout under the real names, with their own checksums, no cache and no network."""
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_files, "_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(module, "HOME", "http://127.0.0.1:9/")
    monkeypatch.setattr(module, "N_IMAGES", 3)
    (tmp_path / "rdm92").mkdir()

    def put(D, kinds=tuple(module.FILES)):
        for kind in kinds:
            name = module.FILES[kind][0]
            path = tmp_path / "rdm92" / name
            records = np.zeros((1, 2), dtype=[("RDM", "O"), ("name", "O"), ("color", "O")])
            for k in range(2):
                records[0, k] = (D + k, f"{kind} {k}", [0.5, 0.5, 0.5])
            savemat(path, {"RDMs": records})
            sha = hashlib.sha256(path.read_bytes()).hexdigest()
            monkeypatch.setitem(module.FILES, kind, (name, sha))

    return put


def test_reads_names_and_values_as_matlab_keeps_them(made_up):
    D = np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]], dtype=np.uint8)
    made_up(D)
    data = rdm92()
    for kind in module.FILES:
        found = getattr(data, kind)
        assert list(found) == [f"{kind} 0", f"{kind} 1"]
        assert found[f"{kind} 1"].dtype == np.float64
        assert (found[f"{kind} 1"] == D + 1).all()


def test_bad_files_are_refused_by_name(made_up, tmp_path, monkeypatch):
    made_up(np.array([[0, 1, 2], [9, 0, 3], [2, 3, 0]]))
    with pytest.raises(NeurariumError, match=r"92_brainRDMs\.mat: 'brain 0' is no RDM of 3 images"):
        rdm92()
    made_up(np.zeros((2, 2)))
    with pytest.raises(NeurariumError, match="is no RDM of 3 images"):
        rdm92()
    path = tmp_path / "rdm92" / "92_brainRDMs.mat"
    path.write_bytes(b"something else")
    with pytest.raises(NeurariumError, match=r"92_brainRDMs\.mat is damaged or another version"):
        rdm92()
    monkeypatch.setitem(module.FILES, "brain", (path.name, hashlib.sha256(path.read_bytes()).hexdigest()))
    with pytest.raises(NeurariumError, match=r"92_brainRDMs\.mat: not an array of named RDMs"):
        rdm92()


def test_offline_without_the_file_the_error_holds_the_line_that_fetches_it(made_up):
    with pytest.raises(NeurariumError, match=r"rdm92/92_brainRDMs.mat is neither.*curl -fL .*127.0.0.1:9/92_brain"):
        rdm92()


@REAL
def test_the_real_files():
    data = rdm92()
    assert (len(data.brain), len(data.behaviour), len(data.models)) == (8, 16, 8)
    assert next(iter(data.brain)) == "hIT | BE | Session: 1"
    animate = np.arange(92) < 48
    assert (data.models["animacy"] == (animate[:, None] != animate)).all()


@REAL
def test_human_it_agrees_with_behaviour_and_models_as_computed_apart():
    data = rdm92()
    human = np.mean(list(data.brain.values()), axis=0)
    others = {"behaviour": np.mean(list(data.behaviour.values()), axis=0), **data.models}
    assert set(others) == set(AGREEMENT)
    for name, (spearman, pearson) in AGREEMENT.items():
        assert compare_rdms(human, others[name], compare="spearman") == (pytest.approx(spearman, abs=1e-6), 4186)
        assert compare_rdms(human, others[name], compare="pearson") == (pytest.approx(pearson, abs=1e-6), 4186)


@REAL
def test_noise_ceilings_of_humans():
    data = rdm92()
    brains, people = (np.stack(list(kind.values())) for kind in (data.brain, data.behaviour))
    assert noise_ceiling(brains, compare="pearson") == pytest.approx((0.346157, 0.539797), abs=1e-6)
    assert noise_ceiling(people, compare="pearson") == pytest.approx((0.571790, 0.634577), abs=1e-6)


@REAL
def test_equals_rsatoolbox_on_the_real_files():
    rsatoolbox = pytest.importorskip("rsatoolbox")
    data = rdm92()
    brains = np.stack(list(data.brain.values()))
    theirs = rsatoolbox.rdm.RDMs(brains)
    for name in ("monkeyIT", "HMAX", "animacy"):
        model = rsatoolbox.rdm.RDMs(data.models[name][None])
        for method, ours in {"corr": "pearson", "spearman": "spearman", "rho-a": "rho_a", "tau-a": "tau_a"}.items():
            expected = rsatoolbox.rdm.compare(theirs, model, method=method)[:, 0]
            found = [compare_rdms(b, data.models[name], compare=ours).value for b in brains]
            np.testing.assert_allclose(found, expected, atol=1e-12)
    for method, ours in {"corr": "pearson", "cosine": "cosine", "spearman": "spearman"}.items():
        expected = rsatoolbox.inference.boot_noise_ceiling(theirs, method=method)
        assert noise_ceiling(brains, compare=ours) == pytest.approx(expected, abs=1e-10)
