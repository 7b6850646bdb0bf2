import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.learning import NeuronalAssignment, hyperactive_filter

OWN = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])


def test_foreign_spikes_count_and_own_ones_do_not():
    counts = torch.tensor([[9.0, 0.0, 1.0], [9.0, 0.0, 1.0], [2.0, 3.0, 50.0]])
    for most, keep in ((1.0, [False, False, False]), (2.0, [True, False, True]), (3.0, [True, True, True])):
        assert hyperactive_filter(counts, is_own=OWN, max_foreign_spikes=most).tolist() == keep


def test_a_unit_that_fires_at_everything_no_longer_decides():
    """Two experts of one place each; the second has a unit that shouts at the first place too."""
    record = torch.block_diag(torch.tensor([[3.0]]), torch.tensor([[3.0], [6.0]]))
    shown = torch.tensor([[3.0, 0.0, 6.0], [0.0, 3.0, 6.0]])
    own = torch.tensor([[True, False, False], [False, True, True]])
    readout = NeuronalAssignment(record=record)
    assert readout.scores(torch.tensor([[2.0, 0.0, 5.0]])).argmax() == 1
    keep = hyperactive_filter(shown, is_own=own, max_foreign_spikes=1.0)
    assert keep.tolist() == [True, True, False]
    assert readout.scores(torch.tensor([[2.0, 0.0, 5.0]]), keep=keep).argmax() == 0


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="hyperactive_filter: `max_foreign_spikes` must be zero or"):
        hyperactive_filter(torch.zeros(3, 3), is_own=OWN, max_foreign_spikes=-1.0)
    with pytest.raises(NeurariumError, match="hyperactive_filter: `is_own` must have the shape"):
        hyperactive_filter(torch.zeros(4, 3), is_own=OWN, max_foreign_spikes=1.0)
