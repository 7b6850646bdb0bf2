import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.plasticity import weighted_neuronal_assignment as study
from neurarium.studies.plasticity._places import Answers, nearest, pr_area, recall, several_queries


def answers(record, queries):
    return Answers(record, queries, torch.arange(len(queries)), queries, queries, 100.0)


def test_recall_counts_right_answers_and_no_answer_is_wrong():
    scores = torch.tensor([[3.0, 1.0], [2.0, 1.0], [0.0, 0.0], [0.0, 4.0]])  # two traverses of two places
    assert recall(scores) == 0.5  # first and last; a query without scores is not place 0
    assert recall(scores[:2], torch.tensor([0, 0])) == 1.0


def test_area_under_precision_and_recall():
    sure = torch.eye(4) * torch.tensor([[4.0], [3.0], [2.0], [1.0]])
    assert pr_area(sure) == pytest.approx(1.0)
    wrong_and_unsure = sure.clone()
    wrong_and_unsure[3] = torch.tensor([0.5, 0.0, 0.0, 0.0])
    wrong_and_sure = sure.clone()
    wrong_and_sure[0] = torch.tensor([0.0, 9.0, 0.0, 0.0])
    assert pr_area(wrong_and_sure) < pr_area(wrong_and_unsure) <= 1.0
    # accepted one by one: precision 1, 1, 1, 3/4 over recall 1/4, 2/4, 3/4 of what is not turned down, then 3/3
    assert pr_area(wrong_and_unsure) == pytest.approx(0.75 + 0.25 * (1 + 0.75) / 2)


def test_permuting_keeps_the_best_label_and_the_ambiguity(monkeypatch):
    seen = {}
    monkeypatch.setattr(study, "weighted", lambda a, images, rng: seen.update(record=a.record))
    record = torch.poisson(torch.full((30, 9), 0.6), generator=torch.Generator().manual_seed(0))
    study.permuted(answers(record, torch.zeros(9, 30)), None, Rng(0))
    after = seen["record"]
    assert not torch.equal(after, record)
    assert torch.equal(after.sort(1).values, record.sort(1).values)
    best = record.max(1).values
    assert (after.gather(1, record.argsort(1, descending=True)[:, :1]).squeeze(1) == best).all()


def test_templates_find_the_nearest_view_of_any_traverse():
    queries, references = torch.rand(3, 2, 2), torch.rand(2, 4, 2, 2)
    scores = nearest(queries, references)
    expected = [[-min((q - references[t, p]).abs().sum().item() for t in range(2)) for p in range(4)] for q in queries]
    torch.testing.assert_close(scores, torch.tensor(expected))


def test_queries_follow_the_references_of_the_same_route():
    references, queries = several_queries(seed=3, n_places=5, n_queries=3)
    assert references.shape == (2, 5, 28, 28)
    assert queries.shape == (3, 5, 28, 28)
    assert torch.equal(several_queries(seed=3, n_places=5, n_queries=1)[0], references)
