import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.tasks import Images, rotated_stream


def test_rotations_by_right_angles_are_exact(images):
    stream = rotated_stream(images, angles_deg=(0.0, 90.0, 180.0, -90.0))
    for e, k in zip(stream, (0, 1, 2, 3), strict=True):
        torch.testing.assert_close(e.train_x, images.train_x.rot90(k, (1, 2)), atol=2e-5, rtol=0)


def test_rotation_is_about_the_centre_for_oblong_images_too():
    x = torch.zeros(1, 5, 9)
    x[0, 2, 4] = 1  # the centre
    x[0, 2, 6] = 0.5  # two to its right
    y = torch.zeros(1, dtype=torch.int64)
    turned = rotated_stream(Images(x, y, x, y, n_classes=1), angles_deg=(90.0,))[0].train_x
    expected = torch.zeros(1, 5, 9)
    expected[0, 2, 4] = 1
    expected[0, 0, 4] = 0.5  # two above it: counter-clockwise
    torch.testing.assert_close(turned, expected, atol=1e-5, rtol=0)


def test_small_rotations_change_less_than_large_ones(images):
    stream = rotated_stream(images, angles_deg=(0.0, 5.0, 20.0, 60.0))
    moved = [float((e.train_x - images.train_x).square().mean()) for e in stream]
    assert moved[0] == 0
    assert moved == sorted(moved)


def test_dtype_is_followed(pixels):
    source = pixels(2, 4, 4)
    double = Images(source.train_x.double(), source.train_y, source.test_x.double(), source.test_y, n_classes=2)
    assert rotated_stream(double, angles_deg=(30.0,))[-1].train_x.dtype == torch.float64


@pytest.mark.parametrize("angles", [(), (float("nan"),), (float("inf"),)])
def test_bad_angles(images, angles):
    with pytest.raises(NeurariumError, match="angles_deg"):
        rotated_stream(images, angles_deg=angles)
