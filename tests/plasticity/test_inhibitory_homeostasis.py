import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import InhibitoryHomeostasis


def test_one_step_by_hand():
    """Two samples: mean of x_j (x_i - 0.5), by 0.1; the absent connection stays absent, the weak one stops at zero."""
    pre = torch.tensor([[1.0, 0.5], [0.0, 1.0]]).double()
    post = torch.tensor([[0.7, 0.1], [0.9, 0.2]]).double()
    w = torch.tensor([[0.2, 0.0], [0.3, 0.01]]).double()
    rule = InhibitoryHomeostasis(lr=0.1, target=0.5)
    after, _ = rule.step(pre, post, w, rule.init_state(w))
    expected = [[0.2 + 0.1 * 0.2 / 2, 0.0], [0.3 + 0.1 * -0.4 / 2, 0.0]]  # 0.01 + 0.1 (-0.2 - 0.3) / 2 < 0
    torch.testing.assert_close(after, torch.tensor(expected).double())


def test_a_connection_that_reached_zero_can_come_back():
    rule = InhibitoryHomeostasis(lr=1.0, target=0.5)
    w = torch.tensor([[0.1]])
    state = rule.init_state(w)
    w, state = rule.step(torch.ones(1, 1), torch.zeros(1, 1), w, state)
    assert w.item() == 0
    w, _ = rule.step(torch.ones(1, 1), torch.ones(1, 1), w, state)
    assert w.item() == 0.5


def test_a_driven_unit_is_held_at_its_target_from_above_and_below():
    target = torch.tensor([0.2, 0.4, 0.6]).double()
    rule, drive = InhibitoryHomeostasis(lr=0.5, target=target), torch.tensor([[1.0, 2.0, 3.0]]).double()
    w, pre = torch.full((3, 2), 0.8).double(), torch.tensor([[0.5, 1.0]]).double()
    state = rule.init_state(w)
    for _ in range(400):
        post = torch.sigmoid(drive - pre @ w.mT)
        w, state = rule.step(pre, post, w, state)
    torch.testing.assert_close(torch.sigmoid(drive - pre @ w.mT)[0], target, atol=1e-9, rtol=0)
    torch.testing.assert_close(w[:, 1] - 0.8, 2 * (w[:, 0] - 0.8))  # each synapse in proportion to its own rate


def test_modulator_scales_each_samples_share():
    pre, post, w = torch.rand(4, 3).double(), torch.rand(4, 2).double(), torch.ones(2, 3).double()
    rule = InhibitoryHomeostasis(lr=0.1, target=0.1)
    gated, _ = rule.step(pre, post, w, rule.init_state(w), torch.tensor([1.0, 0.0, 0.0, 0.0]).double())
    alone, _ = rule.step(pre[:1], post[:1], w, rule.init_state(w))
    torch.testing.assert_close(gated - w, (alone - w) / 4)


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        ({"lr": 0.0}, "be a positive number"),
        ({"target": -0.1}, "be zero or more"),
        ({"target": float("nan")}, "be zero or more"),
        ({"target": torch.tensor([0.1, -0.1])}, "be zero or more"),
    ],
)
def test_bad_numbers_are_refused(wrong, must):
    with pytest.raises(NeurariumError, match=f"InhibitoryHomeostasis: `{next(iter(wrong))}` must {must}"):
        InhibitoryHomeostasis(**wrong)


def test_targets_of_another_size_are_refused():
    with pytest.raises(NeurariumError, match="one for each of 2 units"):
        InhibitoryHomeostasis(target=torch.ones(3)).init_state(torch.ones(2, 4))
