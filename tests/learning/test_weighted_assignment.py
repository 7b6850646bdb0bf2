import itertools

import pytest
import torch

from neurarium.core import NeurariumError
from neurarium.learning import NeuronalAssignment, WeightedAssignment


def by_hand(record, r, min_share, ambiguous_from, ambiguity, silence):
    """The read-out in the paper's order: for each label its voters, one after the other."""
    units, labels = record.shape
    scores = []
    for p in range(labels):
        voters = [i for i in range(units) if record[i].sum() > 0 and record[i, p] / record[i].sum() > min_share]
        score = 0.0
        for i in voters:
            answered = int((record[i] > 0).sum())
            a = 1 / answered if ambiguity and answered >= ambiguous_from * labels else 1.0
            score += float(r[i]) * a * float(record[i, p] / record[i].sum())
        there = sum(float(record[i, p]) for i in voters if r[i] > 0)
        expected = sum(float(record[i, p]) for i in voters)
        scores.append(score * (there / expected if expected else 0.0) if silence else score)
    return scores


@pytest.mark.parametrize(("ambiguity", "silence"), [*itertools.product((False, True), repeat=2)])
@pytest.mark.parametrize(("min_share", "ambiguous_from"), [(0.1, 0.02), (0.2, 0.3)])
def test_scores_follow_the_paper(ambiguity, silence, min_share, ambiguous_from):
    generator = torch.Generator().manual_seed(0)
    record = torch.poisson(torch.full((20, 8), 0.7, dtype=torch.float64), generator=generator)
    spikes = torch.poisson(torch.full((5, 20), 0.8, dtype=torch.float64), generator=generator)
    readout = WeightedAssignment(
        record=record,
        min_share=min_share,
        ambiguous_from=ambiguous_from,
        is_ambiguity_penalised=ambiguity,
        is_silence_penalised=silence,
    )
    for r, scores in zip(spikes, readout.scores(spikes), strict=True):
        assert scores.tolist() == pytest.approx(by_hand(record, r, min_share, ambiguous_from, ambiguity, silence))


def test_units_of_one_label_each_give_the_sum_of_the_standard_mean():
    """Without ambiguity and silence the two read-outs differ by the number of units a label has."""
    record = torch.block_diag(torch.full((2, 1), 3.0), torch.full((3, 1), 1.0))
    spikes = torch.rand(4, 5, generator=torch.Generator().manual_seed(1)) + 0.1
    standard = NeuronalAssignment(record=record).scores(spikes)
    weighted = WeightedAssignment(record=record).scores(spikes)
    torch.testing.assert_close(weighted, standard * torch.tensor([2.0, 3.0]))


def test_silence_of_expected_units_counts_against_a_label():
    record = torch.tensor([[4.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    spikes = torch.tensor([[4.0, 0.0, 3.0]])
    assert WeightedAssignment(record=record, is_silence_penalised=False).scores(spikes).argmax() == 0
    assert WeightedAssignment(record=record).scores(spikes).argmax() == 1  # 4 · 1/2 against 3


def test_silent_units_and_silent_queries_are_harmless():
    readout = WeightedAssignment(record=torch.tensor([[0.0, 0.0], [1.0, 0.0]]))
    assert readout.scores(torch.tensor([[5.0, 0.0], [0.0, 0.0]])).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_bad_input_is_refused():
    with pytest.raises(NeurariumError, match="WeightedAssignment: `min_share` must lie between 0 and 1"):
        WeightedAssignment(record=torch.ones(2, 2), min_share=1.5)
    with pytest.raises(NeurariumError, match="WeightedAssignment: `record` must be"):
        WeightedAssignment(record=torch.tensor([[torch.nan, 1.0]]))
