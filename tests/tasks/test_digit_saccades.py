import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.tasks import Images, digit_saccades
from neurarium.tasks.digit_saccades import _movie, _triangle


def images(x):
    y = torch.zeros(len(x), dtype=torch.int64)
    return Images(x, y, x, y, n_classes=1, note="a square")


@pytest.fixture
def square():
    x = torch.zeros(1, 9, 9)
    x[:, 3:6, 3:6] = 1.0
    return images(x)


def test_camera_goes_round_a_triangle():
    path = _triangle(4)
    assert path.shape == (13, 2)
    assert path[::4].tolist() == [[-0.5, 0.5], [0.0, -0.5], [0.5, 0.5], [-0.5, 0.5]]
    torch.testing.assert_close(path[:4].diff(dim=0), torch.tensor([[0.125, -0.25]]).expand(3, 2))


def test_movie_is_the_image_shifted_against_the_camera(square):
    movie = _movie(square.train_x, torch.tensor([[0.0, 0.0], [1.0, -2.0]]), margin=2)
    framed = torch.nn.functional.pad(square.train_x, (2, 2, 2, 2))
    torch.testing.assert_close(movie[0], framed, atol=1e-5, rtol=0)
    torch.testing.assert_close(movie[1], framed.roll((2, -1), (1, 2)), atol=1e-5, rtol=0)


def test_the_edge_in_front_goes_on_and_the_edge_behind_goes_off(square):
    clips = digit_saccades(square, saccade_steps=6, amplitude=4.0)
    assert clips.train_x.shape == (18, 1, 2, 13, 13)
    assert torch.equal(clips.train_x, clips.test_x)
    assert clips.note == "a square; the camera and its saccades are simulated"
    last = clips.train_x[12:, 0].float().sum(0)  # the camera goes left, so the square goes right
    columns = torch.arange(13.0)
    on, off = ((polarity.sum(0) * columns).sum() / polarity.sum() for polarity in last)
    assert on > off + 1


def test_bad_numbers_are_refused(square):
    for wrong in ({"saccade_steps": 0}, {"amplitude": 0.0}, {"contrast": -1.0}):
        with pytest.raises(NeurariumError, match=f"digit_saccades: `{next(iter(wrong))}` must"):
            digit_saccades(square, **wrong)
