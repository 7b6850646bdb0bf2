import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from neurarium.core import NeurariumError, Rng
from neurarium.learning import ElasticWeightConsolidation


def logistic(*weights):
    net = nn.Linear(len(weights), 1, bias=False).double()
    with torch.no_grad():
        net.weight.copy_(torch.tensor(weights))
    return net


def log_p(net, sample):
    x, y = sample
    return F.logsigmoid((2 * y - 1) * net(x)).sum()


def moved(net, *by):
    with torch.no_grad():
        net.weight += torch.tensor(by)
    return net


@pytest.fixture
def samples():
    generator = Rng(0)("data")
    x = torch.randn(40, 3, generator=generator, dtype=torch.float64)
    return list(zip(x, torch.randint(2, (40,), generator=generator), strict=True))


def test_importance_of_logistic_regression_is_squared_residual_times_input(samples):
    net, ewc = logistic(0.5, -1.0, 2.0), ElasticWeightConsolidation(strength=3.0)
    ewc.consolidate(net, iter(samples), log_p)
    x, y = torch.stack([x for x, _ in samples]), torch.tensor([float(y) for _, y in samples])
    residual = y - torch.sigmoid(x @ net.weight.detach().squeeze(0))
    fisher = (residual.unsqueeze(1) ** 2 * x**2).mean(0)
    torch.testing.assert_close(ewc.fisher["weight"].squeeze(0), fisher)
    step = torch.tensor([0.1, 0.2, -0.4], dtype=torch.float64)
    penalty = ewc.penalty(moved(net, *step))
    torch.testing.assert_close(penalty, 1.5 * (fisher * step**2).sum())
    penalty.backward()
    torch.testing.assert_close(net.weight.grad.squeeze(0), 3.0 * fisher * step)


def test_importance_is_the_fisher_information_where_labels_follow_the_model():
    """Three noes for a yes is what p = 1/4 predicts, so the mean over samples is the expectation p (1 - p) x²."""
    x = torch.tensor([2.0, 0.0], dtype=torch.float64)
    net, ewc = logistic(-math.log(3) / 2, 5.0), ElasticWeightConsolidation(strength=1.0)
    ewc.consolidate(net, [(x, y) for y in torch.tensor([1, 0, 0, 0])], log_p)
    expected = torch.tensor([[0.25 * 0.75 * 4, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(ewc.fisher["weight"], expected)


def test_a_second_task_adds_its_importance_and_moves_the_anchor(samples):
    ewc, first, second = (ElasticWeightConsolidation(strength=2.0) for _ in range(3))
    net = logistic(0.5, -1.0, 2.0)
    for each in (ewc, first):
        each.consolidate(net, samples[:10], log_p)
    moved(net, 1.0, 1.0, 1.0)
    assert ewc.penalty(net) > 0
    for each in (ewc, second):
        each.consolidate(net, samples[10:], log_p)
    torch.testing.assert_close(ewc.fisher["weight"], first.fisher["weight"] + second.fisher["weight"])
    assert torch.equal(ewc.anchor["weight"], net.weight)
    assert ewc.penalty(net) == 0
    assert ewc.penalty(moved(net, 0.0, 0.5, 0.0)).item() == pytest.approx(0.25 * ewc.fisher["weight"][0, 1].item())


def test_there_is_no_penalty_before_the_first_task():
    assert ElasticWeightConsolidation(strength=1.0).penalty(logistic(1.0, 2.0)).item() == 0.0


def test_consolidation_leaves_the_network_alone(samples):
    net, ewc = logistic(0.5, -1.0, 2.0), ElasticWeightConsolidation(strength=1.0)
    before = net.weight.detach().clone()
    ewc.consolidate(net, samples, log_p)
    assert torch.equal(net.weight, before)
    assert net.weight.grad is None


def test_frozen_weights_have_no_spring_and_unused_ones_a_slack_one():
    net = nn.ModuleDict({"used": nn.Linear(1, 1, bias=False), "unused": nn.Linear(1, 1), "frozen": nn.Linear(1, 1)})
    net["frozen"].requires_grad_(False)
    ewc = ElasticWeightConsolidation(strength=1.0)
    ewc.consolidate(net, [torch.ones(1)], lambda net, x: net["frozen"](net["used"](x)).sum())
    assert set(ewc.fisher) == {"used.weight", "unused.weight", "unused.bias"}
    assert ewc.fisher["unused.weight"].item() == 0.0
    assert ewc.fisher["used.weight"].item() == pytest.approx(net["frozen"].weight.item() ** 2)


def test_samples_that_are_used_up_are_refused_and_nothing_changes(samples):
    net, ewc, source = logistic(0.5, -1.0, 2.0), ElasticWeightConsolidation(strength=1.0), iter(samples)
    ewc.consolidate(net, source, log_p)
    kept = ewc.fisher["weight"].clone()
    with pytest.raises(NeurariumError, match="`samples` must hold at least one sample, got 0"):
        ewc.consolidate(moved(net, 1.0, 1.0, 1.0), source, log_p)
    assert torch.equal(ewc.fisher["weight"], kept)
    assert not torch.equal(ewc.anchor["weight"], net.weight)


@pytest.mark.parametrize("strength", [0.0, -1.0, math.inf])
def test_strength_must_be_positive(strength):
    with pytest.raises(NeurariumError, match="ElasticWeightConsolidation: `strength` must be a positive number"):
        ElasticWeightConsolidation(strength=strength)
