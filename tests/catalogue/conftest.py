"""Every entry of the catalogue, as parameters of the tests in this folder."""

import pytest
import torch
from tests.catalogue.entries import ENTRIES, is_dynamics, width

from neurarium.core.catalogue import PACKAGE, entry_files


def pytest_generate_tests(metafunc):
    """Give each test the entries it asks for by the name of its argument."""
    asked = {
        "card": lambda: ENTRIES,
        "dynamics": lambda: [c for c in ENTRIES if is_dynamics(c)],
        "differentiable": lambda: [c for c in ENTRIES if is_dynamics(c) and "differentiable" in c.tags],
        "reducible": lambda: [c for c in ENTRIES if c.kind == "part" and c.more.get("reduces_to")],
        "study_card": lambda: [c for c in ENTRIES if c.kind == "study"],
        "room_file": lambda: [path for path, _ in entry_files() if path.is_relative_to(PACKAGE)],
    }
    for name, found in asked.items():
        if name in metafunc.fixturenames:
            items = found()
            metafunc.parametrize(name, items, ids=[getattr(i, "name", None) or i.stem for i in items])


@pytest.fixture
def sequence():
    """A function that draws input for a part: ``(time, batch, features)``, float64."""

    def draw(card, n_steps=7, batch=3):
        generator = torch.Generator().manual_seed(1)
        return torch.rand(n_steps, batch, width(card), generator=generator, dtype=torch.float64) * 2

    return draw
