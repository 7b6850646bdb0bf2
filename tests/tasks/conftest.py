import pytest
import torch

from neurarium.core import Rng
from neurarium.tasks import Images, digits


@pytest.fixture(scope="session")
def images():
    return digits(rng=Rng(0))


@pytest.fixture
def pixels():
    def make(n, height, width):
        """Images in which every pixel has a value of its own."""
        x = torch.arange(n * height * width, dtype=torch.float32).reshape(n, height, width) / (n * height * width)
        y = torch.arange(n)
        return Images(x, y, x, y, n_classes=n)

    return make
