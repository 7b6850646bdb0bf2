from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from neurarium.alignment import bimodality
from neurarium.core import Rng
from neurarium.studies.alignment import _learning_orders as learners
from neurarium.studies.alignment import shared_learning_order as study
from neurarium.tasks import Images

SCALE = SimpleNamespace(n_models=3, n_hidden=5, n_filters=2, n_epochs=2, n_an_epoch=40, batch=20, lr=0.01)
TREES = SimpleNamespace(n_models=3, n_stages=6)


def images(n=60):
    g = torch.Generator().manual_seed(0)
    x, y = torch.rand(n, 8, 8, generator=g), torch.arange(n) % 10
    x[torch.arange(n), 0, y % 8] += 5.0
    return Images(x[: n // 2], y[: n // 2], x[n // 2 :], y[n // 2 :], n_classes=10)


@pytest.mark.parametrize("kind", [learners.MLPs, learners.CNNs])
def test_each_net_of_a_stack_is_a_net_of_its_own(kind):
    x = images().train_x.expand(3, -1, -1, -1)
    nets = kind(scale=SCALE, rng=Rng(0))
    together = nets(x)
    other = kind(scale=SCALE, rng=Rng(0))
    with torch.no_grad():
        for w in other.weights:
            w[1:] = 7.0
    torch.testing.assert_close(other(x)[0], together[0])
    assert not torch.allclose(together[0], together[1])


def test_a_convolutional_net_by_torch():
    nets, x = learners.CNNs(scale=SCALE, rng=Rng(0)), images().train_x[None, :4]
    filters, bias, w, b, readout, last = (p[1] for p in nets.weights)
    seen = F.max_pool2d(F.conv2d(x[0, :, None], filters.T.reshape(2, 1, 3, 3), bias[0], padding=1).relu(), 2)
    hidden = (seen.permute(0, 2, 3, 1).flatten(1) @ w + b).relu()
    torch.testing.assert_close(nets(x)[1], hidden @ readout + last)


def test_networks_learn_and_differ():
    scale = SimpleNamespace(**{**vars(SCALE), "n_epochs": 20, "lr": 0.05, "n_hidden": 32})
    shown = images(400)
    answers, _ = learners.networks(learners.MLPs, shown, scale, Rng(0))
    right = (answers == shown.test_y).double().mean(2)
    assert answers.shape == (3, 20, 200)
    assert (right[:, -1] > right[:, 0] + 0.2).all()
    assert not torch.equal(answers[0], answers[1])


@pytest.mark.parametrize("grow", [learners.forests, learners.boosters])
def test_the_last_stage_is_the_whole_learner_and_models_differ(grow, monkeypatch):
    fitted = []
    stages = "_votes" if grow is learners.forests else "_staged"
    given = getattr(learners, stages)
    monkeypatch.setattr(learners, stages, lambda model, x: fitted.append(model.predict(x)) or given(model, x))
    answers, _ = grow(images(200), TREES, Rng(0))
    assert answers.shape == (3, 6, 100)
    assert np.array_equal(answers[:, -1], fitted)
    assert not torch.equal(answers[0, 0], answers[1, 0])
    assert not torch.equal(answers[0, 0], answers[0, -1])


def test_models_of_one_order_agree_and_shuffled_ones_do_not():
    learned_at = torch.rand(300, generator=torch.Generator().manual_seed(0)) * 10
    epochs = torch.arange(10.0)[:, None] + torch.rand(8, 10, 300, generator=torch.Generator().manual_seed(1))
    right, draws = epochs > learned_at, np.random.default_rng(0)
    scale = SimpleNamespace(n_halvings=3)
    assert study.halves(right, scale, draws) > 0.95
    assert abs(study.halves(study.shuffled(right, draws), scale, draws)) < 0.15
    assert study.order_rho(right, torch.ones_like(right)) == 0.0


def test_the_binomial_null_has_the_same_accuracy_and_pearsons_index():
    shares = torch.tensor([0.0, 1.0, 0.4]).repeat(3000).double()
    null = study.binomial(shares, 24, np.random.default_rng(0))
    assert null.mean() == pytest.approx(shares.mean().item(), abs=0.01)
    assert bimodality(null) == pytest.approx(2 - 2 / 24, abs=0.1)


def test_the_teacher_decides_by_its_strongest_direction():
    scale = SimpleNamespace(n_teacher=50, n_asked=20, n_named=4)
    first, again = (learners.teacher(scale, Rng(0)) for _ in range(2))
    assert torch.equal(first.train_y, again.train_y)
    assert (len(first.train_y), len(first.test_y)) == (50, 20)
    assert set(first.train_y.tolist()) <= set(range(4))
