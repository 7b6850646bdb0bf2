import gzip
import hashlib
import importlib
import os

import numpy as np
import pytest

from neurarium.core import NeurariumError
from neurarium.core.errors import UnknownNameError
from neurarium.tasks import _files, gset

module = importlib.import_module("neurarium.tasks.gset")
SQUARE = b"4 4 \n1 2 1\n2 3 1\n3 4 1\n4 1 -1\n"


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """A made-up file under the name of G1, with its own checksum and no cache."""
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_files, "_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(module, "HOME", "http://127.0.0.1:9/")

    def put(content, *, is_packed=False):
        path = tmp_path / "gset" / ("G1.txt.gz" if is_packed else "G1")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(content) if is_packed else content)
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        monkeypatch.setitem(module.GRAPHS, "G1", module._Known(3, sha, sha))

    return put


@pytest.mark.parametrize("is_packed", [False, True])
def test_reads_rudys_format_packed_or_not(made_up, is_packed):
    made_up(SQUARE, is_packed=is_packed)
    graph = gset("G1")
    assert graph.edges.tolist() == [[0, 1], [1, 2], [2, 3], [3, 0]]
    assert graph.weights.tolist() == [1, 1, 1, -1]
    assert (graph.n_nodes, graph.best_cut, graph.is_proven) == (4, 3, False)
    assert graph.cut([1, -1, 1, 1]) == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (SQUARE[:-7], "announces 4 edges"),
        (SQUARE + b"1 3 1\n", "announces 4 edges"),
        (SQUARE.replace(b"4 1", b"5 1"), "announces 4 edges"),
        (SQUARE.replace(b"4 1", b"x 1"), "not a graph"),
        (b"", "not a graph"),
    ],
)
def test_bad_files_are_refused_by_name(made_up, content, says):
    made_up(content)
    with pytest.raises(NeurariumError, match=f"G1: {says}"):
        gset("G1")


def test_offline_without_the_file_the_error_holds_the_line_that_fetches_it(made_up):
    with pytest.raises(NeurariumError, match=r"gset/G1 is neither.*curl -fL .*127.0.0.1:9/G1$"):
        gset("G1")


def test_an_unknown_name_is_refused_with_a_near_one():
    with pytest.raises(UnknownNameError, match="no graph of the G-set is called 'g11'"):
        gset("g11")


@pytest.mark.skipif(
    not os.path.isfile(os.path.join(os.environ.get("NEURARIUM_DATA", ""), "gset", "G1.txt.gz")),
    reason="set NEURARIUM_DATA to a folder that holds gset/G1.txt.gz",
)
@pytest.mark.parametrize(
    ("name", "n_nodes", "n_edges", "signs"),
    [
        ("G1", 800, 19176, {1}),
        ("G6", 800, 19176, {-1, 1}),
        ("G11", 800, 1600, {-1, 1}),
        ("G14", 800, 4694, {1}),
        ("G22", 2000, 19990, {1}),
        ("G43", 1000, 9990, {1}),
    ],
)
def test_the_real_files(name, n_nodes, n_edges, signs):
    graph = gset(name)
    assert (graph.n_nodes, len(graph.edges), set(graph.weights)) == (n_nodes, n_edges, signs)
    assert len(np.unique(np.sort(graph.edges, 1), axis=0)) == n_edges
    degree = np.bincount(graph.edges.ravel(), minlength=n_nodes)
    assert degree.min() > 0
    assert name != "G11" or (degree == 4).all()  # a torus
