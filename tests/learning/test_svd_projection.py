import numpy as np
import pytest
import torch

from neurarium.core import NeurariumError, Rng
from neurarium.learning import SVDProjection

SCALES = torch.tensor([5.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.2], dtype=torch.float64)


def activity(name, n=60):
    """Seven units with a direction and a scale each, turned differently for every name."""
    turn = torch.linalg.qr(torch.randn(7, 7, generator=Rng(0)(f"turn {name}"), dtype=torch.float64)).Q
    return torch.randn(n, 7, generator=Rng(0)(name), dtype=torch.float64) * SCALES @ turn


def learned(*tasks, n_new=2):
    guard = SVDProjection(n_pre=7).double()
    for batches in tasks:
        guard.begin(n_new=n_new, rng=Rng(0))
        for pre in batches:
            guard.observe(pre)
        guard.end()
    return guard


def leading(x, n):
    return np.linalg.svd(np.asarray(x), full_matrices=False)[2][:n]


def up_to_sign(rows, expected):
    overlap = np.abs(np.einsum("ki,ki->k", np.asarray(rows), expected))
    np.testing.assert_allclose(overlap, 1.0, atol=1e-9)


def test_rows_are_the_leading_singular_vectors_of_what_is_left_over():
    one, two = activity("one"), activity("two")
    guard = learned([one], [two])
    up_to_sign(guard.rows[:2], leading(one, 2))
    old = leading(one, 2)
    up_to_sign(guard.rows[2:], leading(two.numpy() - two.numpy() @ old.T @ old, 2))
    torch.testing.assert_close(guard.rows @ guard.rows.mT, torch.eye(4, dtype=torch.float64), atol=1e-9, rtol=0)


def test_batches_of_any_shape_add_up_and_tasks_do_not_mix():
    one, two = activity("one"), activity("two")
    whole = learned([one], [two])
    parts = learned([one[:13], one[13]], [two.reshape(3, 20, 7)])
    torch.testing.assert_close(parts.rows[:2], learned([one[:14]]).rows)
    up_to_sign(learned([one[:14]]).rows, leading(one[:14], 2))
    torch.testing.assert_close(learned([one.reshape(3, 4, 5, 7)], [two[:9], two[9:]]).rows, whole.rows)


def test_only_rows_of_earlier_tasks_are_in_force():
    one, two = activity("one"), activity("two")
    guard = learned([one])
    assert torch.equal(guard(two), two)
    guard.begin(n_new=2, rng=Rng(0))
    old = torch.from_numpy(leading(one, 2))
    torch.testing.assert_close(guard(two), two - two @ old.mT @ old)
    torch.testing.assert_close(guard(guard(two)), guard(two))
    assert guard.answer(two).shape == (60, 2)


def test_activity_with_few_directions_gets_no_row_twice():
    """The residual is rank 1 and 2 rows are asked for: the second may be any direction but an old one."""
    axes = activity("axes")[:3]
    one, two = activity("one")[:, :2] @ axes[:2], activity("two")[:, :3] @ axes
    guard = learned([one], [two], [one])
    torch.testing.assert_close(guard.rows @ guard.rows.mT, torch.eye(6, dtype=torch.float64), atol=1e-9, rtol=0)
    guard.begin(n_new=1, rng=Rng(0))
    assert guard(two).abs().max() < 1e-9


def test_end_adds_rows_once_and_only_after_begin():
    guard = SVDProjection(n_pre=7)
    guard.end()
    assert len(guard.rows) == 0
    guard = learned([activity("one")])
    guard.end()
    assert len(guard.rows) == 2


def test_rows_keep_their_dtype_and_are_part_of_the_state():
    guard = SVDProjection(n_pre=7)
    guard.begin(n_new=2, rng=Rng(0))
    guard.observe(activity("one").float())
    guard.end()
    assert guard.rows.dtype == torch.float32
    up_to_sign(guard.rows.double(), leading(activity("one").float(), 2))
    assert list(guard.state_dict()) == ["rows"]


@pytest.mark.parametrize("n_new", [0, -1, 6])
def test_rows_cannot_outnumber_inputs(n_new):
    with pytest.raises(NeurariumError, match="SVDProjection: `n_new` must lie between 1 and 5"):
        learned([activity("one")]).begin(n_new=n_new, rng=Rng(0))


def test_needs_inputs():
    with pytest.raises(NeurariumError, match="SVDProjection: `n_pre` must be a positive number"):
        SVDProjection(n_pre=0)
