import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.plasticity import HomeostaticRate

YES, NO = torch.tensor([1.0]).double(), torch.tensor([0.0]).double()


def test_taken_stimuli_move_the_rate_in_the_direction_of_their_class():
    rule = HomeostaticRate(lr=0.01, change=0.2)
    state = rule.init_state(torch.zeros(4).double())
    classes = torch.tensor([9, 0, 5, 4])
    state = rule.step(classes, NO.expand(4), YES.expand(4), state)
    torch.testing.assert_close(state.rate, torch.tensor([0.012, 0.008, 0.012, 0.008]).double())


def test_a_tie_or_a_loss_leaves_the_rate():
    rule = HomeostaticRate()
    state = rule.init_state(YES)
    for kept, moved in ((YES, YES), (YES, NO), (NO, NO)):
        assert rule.step(torch.tensor([9]), kept, moved, state).rate.item() == 1e-3


def test_moves_do_not_grow_with_the_rate_and_end_at_the_floor():
    rule = HomeostaticRate(lr=1.0, change=0.25, floor=1e-6)
    state, rates = rule.init_state(YES), []
    for _ in range(6):
        state = rule.step(torch.tensor([0]), NO, YES, state)
        rates.append(state.rate.item())
    assert rates == [0.75, 0.5, 0.25, 1e-6, 1e-6, 1e-6]
    assert rule.offer(torch.tensor([8]), state).item() == pytest.approx(0.250001)


def test_a_wrong_belief_offers_one_way_and_moves_the_other():
    rule = HomeostaticRate(lr=1.0)
    state = rule.init_state(YES)
    assert rule.offer(torch.tensor([7]), state).item() > 1
    assert rule.step(torch.tensor([2]), NO, YES, state).rate.item() < 1


def test_the_border_between_classes_can_move():
    rule = HomeostaticRate(lr=1.0, first_exciting=2)
    assert (rule.offer(torch.arange(4), rule.init_state(YES)) > 1).tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    "change", [dict(lr=0.0), dict(change=2.0), dict(floor=-1.0), dict(first_exciting=-1), dict(first_exciting=0.5)]
)
def test_bad_numbers_are_refused(change):
    with pytest.raises(NeurariumError, match=next(iter(change))):
        HomeostaticRate(**change)
