import numpy as np
import pytest
import torch

from neurarium.alignment import hyperalignment, procrustes
from neurarium.core.errors import NeurariumError


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def rotation(seed, n, m):
    return torch.linalg.qr(drawn(seed, max(n, m), min(n, m)))[0] if n >= m else rotation(seed, m, n).mT


@pytest.fixture(scope="module")
def subjects():
    """Five views of one trajectory of four dimensions, in as many or more units, shifted and scaled."""
    latent = drawn(0, 80, 4)
    return latent, [(1 + i) * latent @ rotation(i + 1, 4, 4 + i) + i for i in range(5)]


def test_rotated_copies_come_to_lie_upon_each_other(subjects):
    latent, systems = subjects
    space = hyperalignment(systems)
    seen = [space(i, x) for i, x in enumerate(systems)]
    for x in seen:
        torch.testing.assert_close(x, space.shared, rtol=0, atol=1e-9)
    assert procrustes(space.shared, latent) < 1e-7
    assert space.residuals[-1] < 1e-12


def test_new_samples_are_brought_into_the_same_space(subjects):
    _, systems = subjects
    space = hyperalignment([x[:40] for x in systems])
    torch.testing.assert_close(space(0, systems[0][40:]), space(4, systems[4][40:]), rtol=0, atol=1e-9)


def test_the_residual_never_rises_and_noise_is_averaged_out(subjects):
    latent, systems = subjects
    noisy = [x + 0.5 * x.std() * drawn(50 + i, *x.shape) for i, x in enumerate(systems)]
    space = hyperalignment(noisy, n_dims=4)
    assert all(after <= before + 1e-12 for before, after in zip(space.residuals, space.residuals[1:], strict=False))
    assert len(space.residuals) > 1
    alone = min(procrustes(space(i, x), latent) for i, x in enumerate(noisy))
    assert procrustes(space.shared, latent) < 0.7 * alone
    for R in space.maps:
        torch.testing.assert_close(R.mT @ R, torch.eye(4, dtype=R.dtype), rtol=0, atol=1e-10)


def test_two_systems_lie_as_far_apart_as_procrustes_says(subjects):
    x, y = drawn(1, 30, 5), drawn(2, 30, 5)
    space = hyperalignment([x, y], n_rounds=200)
    a, b = space(0, x), space(1, y)
    assert float((a * b).sum()) == pytest.approx(np.cos(procrustes(x, y)), abs=1e-6)


def test_numpy_in_numpy_out(subjects):
    _, systems = subjects
    space = hyperalignment([x.numpy() for x in systems])
    assert isinstance(space.shared, np.ndarray)
    assert isinstance(space(0, systems[0].numpy()), np.ndarray)


@pytest.mark.parametrize(
    ("systems", "options", "message"),
    [
        ([drawn(0, 9, 3)], {}, "`systems` must be two or more"),
        ([drawn(0, 9, 3), drawn(0, 8, 3)], {}, "equal numbers of samples"),
        ([drawn(0, 9, 3), torch.ones(9, 3)], {}, r"`systems\[1\]` must vary"),
        ([drawn(0, 9, 3)] * 2, dict(n_dims=4), "`n_dims` must not exceed"),
        ([drawn(0, 9, 3)] * 2, dict(n_rounds=0), "`n_rounds` must"),
    ],
)
def test_bad_input_is_refused(systems, options, message):
    with pytest.raises(NeurariumError, match=message):
        hyperalignment(systems, **options)


def test_another_number_of_units_is_refused(subjects):
    _, systems = subjects
    with pytest.raises(NeurariumError, match="`X` must have the 4 units of system 0"):
        hyperalignment(systems)(0, systems[1])
