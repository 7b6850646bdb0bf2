import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.learning import NeuronalAssignment, response_record

RECORD = torch.tensor([[3.0, 1.0, 0.0], [0.0, 2.0, 1.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.0]])


def test_each_unit_belongs_to_its_best_label():
    assert NeuronalAssignment(record=RECORD).labels.tolist() == [0, 1, 1, -1]


def test_score_is_the_mean_answer_of_the_units_of_a_label():
    spikes = torch.tensor([[2.0, 1.0, 4.0, 9.0], [0.0, 0.0, 0.0, 5.0]])
    scores = NeuronalAssignment(record=RECORD).scores(spikes)
    assert scores.tolist() == [[2.0, 2.5, 0.0], [0.0, 0.0, 0.0]]


def test_units_left_out_do_not_count_in_the_mean():
    readout, spikes = NeuronalAssignment(record=RECORD), torch.tensor([[2.0, 1.0, 4.0, 9.0]])
    assert readout.scores(spikes, keep=torch.tensor([True, False, True, True])).tolist() == [[2.0, 4.0, 0.0]]
    assert readout.scores(spikes, keep=torch.zeros(4, dtype=torch.bool)).tolist() == [[0.0, 0.0, 0.0]]


def test_record_is_a_mean_by_label():
    spikes = torch.tensor([[1.0, 0.0], [3.0, 2.0], [5.0, 5.0]])
    record = response_record(spikes, torch.tensor([2, 2, 0]), n_labels=3)
    assert record.tolist() == [[5.0, 0.0, 2.0], [5.0, 0.0, 1.0]]


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="NeuronalAssignment: `record` must be"):
        NeuronalAssignment(record=torch.tensor([[1.0, -1.0]]))
    with pytest.raises(NeurariumError, match=r"response_record: `labels` must lie in 0 \.\. 1"):
        response_record(torch.zeros(2, 3), torch.tensor([0, 2]), n_labels=2)
    with pytest.raises(NeurariumError, match="response_record: `labels` must be one for each of 2"):
        response_record(torch.zeros(2, 3), torch.tensor([0]), n_labels=2)
