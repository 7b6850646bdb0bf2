from importlib import resources

import numpy as np
import pytest

from neurarium.core import NeurariumError
from neurarium.tasks._jpeg import ZIGZAG, luminance

FOLDER = resources.files("sklearn.datasets.images")


@pytest.mark.parametrize(
    ("name", "mean", "pixels"),
    [("china.jpg", 144.71757538056207, (66, 9)), ("flower.jpg", 66.12889710187353, (16, 134))],
)
def test_photographs_are_as_pillow_decodes_them(name, mean, pixels):
    """Golden numbers: the Y channel by Pillow 12, which rounds to whole grey levels."""
    y = luminance((FOLDER / name).read_bytes())
    assert y.shape == (427, 640)
    assert y.mean() == pytest.approx(mean, abs=2e-3)
    assert (y[100, 200], y[400, 600]) == pytest.approx(pixels, abs=0.6)


def test_photographs_are_smooth_from_block_to_block():
    """A wrong order of coefficients or blocks would show at the seams."""
    y = luminance((FOLDER / "flower.jpg").read_bytes())
    steps = np.abs(np.diff(y[:, :640], axis=1)).mean(0)
    assert steps[7::8].mean() < 1.1 * steps.mean()


def test_zigzag_visits_every_frequency_by_rising_sum():
    assert sorted(ZIGZAG) == list(range(64))
    total = ZIGZAG // 8 + ZIGZAG % 8
    assert (np.diff(total) >= 0).all()
    assert ZIGZAG[1] == 1  # to the right first


def test_other_files_are_refused():
    data = (FOLDER / "china.jpg").read_bytes()
    with pytest.raises(NeurariumError, match="no baseline JPEG"):
        luminance(b"GIF89a" + data)
    with pytest.raises(NeurariumError, match="progressive"):
        luminance(data.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc2\x00\x11\x08", 1))
    with pytest.raises(NeurariumError, match="subsampled"):
        luminance(data.replace(b"\x03\x01\x11\x00\x02\x11\x01", b"\x03\x01\x22\x00\x02\x11\x01", 1))
    with pytest.raises(NeurariumError, match="data ends"):
        luminance(data[:50_000])
