import gzip
import hashlib
import importlib
import os
import struct

import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.tasks import _files, mnist
from neurarium.tasks._idx import read_idx

module = importlib.import_module("neurarium.tasks.mnist")
IMAGES = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)


def idx(array, magic=None, cut=0):
    head = struct.pack(">BBBB", 0, 0, 8, array.ndim) if magic is None else magic
    body = head + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    return gzip.compress(body[: len(body) - cut])


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_parser_reads_back_what_was_written(tmp_path):
    np.testing.assert_array_equal(read_idx(write(tmp_path / "a.gz", idx(IMAGES)), n_axes=3), IMAGES)
    labels = np.array([3, 255, 0], dtype=np.uint8)
    np.testing.assert_array_equal(read_idx(write(tmp_path / "b.gz", idx(labels)), n_axes=1), labels)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (idx(IMAGES, cut=1), "only 11"),
        (idx(IMAGES, cut=20), "cut short"),
        (gzip.compress(b""), "magic number"),
        (idx(IMAGES)[:-9], "cannot be read"),
        (idx(IMAGES, magic=b"\x00\x00\x0d\x03"), "magic number 00000d03"),
        (idx(IMAGES[0, 0]), "magic number 00000801"),
        (b"no gzip at all", "cannot be read"),
        (gzip.compress(gzip.decompress(idx(IMAGES)) + b"x"), "holds more"),
    ],
    ids=["short body", "short header", "empty", "cut gzip", "float type", "labels for images", "no gzip", "too long"],
)
def test_the_parser_names_the_file_and_the_fault(tmp_path, content, says):
    path = write(tmp_path / "broken.gz", content)
    with pytest.raises(NeurariumError, match=says) as error:
        read_idx(path, n_axes=3)
    assert str(path) in str(error.value)


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A made-up MNIST of a few images, with its own checksums and no cache."""
    monkeypatch.setenv("NEURARIUM_DATA", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_files, "_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(module, "HOME", "http://127.0.0.1:9/")

    def put(part, n_images, n_labels):
        x = (np.arange(n_images, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2))).astype(np.uint8)
        y = np.arange(n_labels, dtype=np.uint8)
        for kind, content in (("images-idx3", idx(x)), ("labels-idx1", idx(y))):
            name = f"{part}-{kind}-ubyte.gz"
            write(tmp_path / "mnist" / name, content)
            monkeypatch.setitem(module.SHA256, name, hashlib.sha256(content).hexdigest())

    return put


def test_both_parts_make_the_published_split(tiny):
    tiny("train", 6, 6)
    tiny("t10k", 3, 3)
    images = mnist()
    assert images.note == ""
    assert images.train_y.tolist() == [0, 1, 2, 3, 4, 5]
    assert images.test_y.tolist() == [0, 1, 2]
    torch.testing.assert_close(images.train_x[5], torch.full((2, 2), 5 / 255))


def test_test_images_alone_are_split_and_the_note_says_so(tiny):
    tiny("t10k", 10, 10)
    images = mnist()
    assert images.test_y.tolist() == [4, 9]
    assert images.train_y.tolist() == [0, 1, 2, 3, 5, 6, 7, 8]
    assert "8,000" in images.note


def test_images_without_their_labels_are_refused(tiny):
    tiny("train", 6, 5)
    tiny("t10k", 3, 3)
    with pytest.raises(NeurariumError, match="6 images"):
        mnist()


def test_offline_without_files_the_error_names_file_and_line(tiny):
    with pytest.raises(NeurariumError, match=r"mnist/train-images.*curl -fL .*train-images-idx3-ubyte.gz$"):
        mnist()


@pytest.mark.skipif(
    not os.path.isfile(os.path.join(os.environ.get("NEURARIUM_DATA", ""), "mnist", "t10k-images-idx3-ubyte.gz")),
    reason="set NEURARIUM_DATA to a folder that holds mnist/t10k-images-idx3-ubyte.gz",
)
def test_the_real_files():
    images = mnist()
    assert images.train_x.shape[1:] == (28, 28)
    assert images.n_classes == len(images.test_y.unique()) == 10
    assert images.train_x.min() == 0
    assert images.train_x.max() == 1
    if images.note:
        assert (len(images.train_x), len(images.test_x)) == (8000, 2000)
        # class counts of the published test set
        counts = torch.bincount(torch.cat([images.train_y, images.test_y])).tolist()
        assert counts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
        assert images.train_y[:5].tolist() == [7, 2, 1, 0, 1]  # image 4 is held out: 7 2 1 0 (4) 1
    means = torch.stack([images.train_x[images.train_y == k].mean(0) for k in range(10)]).flatten(1)
    nearest = torch.cdist(images.test_x.flatten(1), means).argmin(1)
    assert (nearest == images.test_y).double().mean() > 0.75
