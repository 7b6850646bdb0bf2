import math

import pytest
import torch

from neurarium.core import Rng
from neurarium.plasticity import Feast
from neurarium.studies.plasticity._event_features import (
    BLOCK,
    Seen,
    by_blocks,
    chosen,
    histograms,
    learn_feast,
    learn_frozen,
    learn_k_means,
    usage,
)
from neurarium.studies.plasticity.feast_adaptive_thresholds import study
from neurarium.tasks import digits


@pytest.fixture(scope="module")
def events():
    centres = torch.eye(4, 12)[torch.randint(4, (4500,), generator=Rng(0)("which"))]
    noise = torch.rand(4500, 12, generator=Rng(0)("noise"))
    return torch.nn.functional.normalize(centres + 0.1 * noise, dim=1)


def test_blocks_are_one_stream(events):
    rule = Feast()
    w, state = rule.start(n_units=4, n_inputs=12, rng=Rng(0))
    found, winner, change = learn_feast(rule, events, w, Rng(0))
    expected, _, winners = rule.learn(events, w, state)
    assert torch.equal(found, expected)
    assert torch.equal(winner, winners)
    assert len(change) == math.ceil(len(events) / BLOCK)


def test_frozen_thresholds_miss_nothing(events):
    rule = Feast(rise=0.0, fall=0.0)
    w, _ = rule.start(n_units=4, n_inputs=12, rng=Rng(0))
    _, winner, change = learn_frozen(rule, events, w, Rng(0))
    assert (winner >= 0).all()
    assert min(change) > 0


def test_k_means_finds_the_clusters_of_a_stream(events):
    w, winner, change = learn_k_means(None, events, torch.zeros(4, 12), Rng(1))
    assert w[:, :4].max(1).values.mean() > 0.7
    assert change[-1] < change[0]
    assert len(winner) == len(events)


def test_change_is_the_distance_the_weights_went():
    w, winner, change = by_blocks(
        lambda b, w, s: (w + 1.0, s, b[:, 0].long()), torch.ones(2500, 1), torch.zeros(4, 1), None
    )
    assert change == [2.0, 2.0, 2.0]
    assert w.tolist() == [[3.0]] * 4
    assert len(winner) == 2500


def test_histograms_are_shares_in_cells():
    seen = Seen(
        patches=torch.empty(0),
        clip=torch.tensor([0, 0, 0, 1]),
        row=torch.tensor([0, 0, 5, 3]),
        column=torch.tensor([1, 1, 5, 0]),
        shape=(1, 2, 2, 6, 6),
    )
    code = torch.tensor([1, 1, 0, 1])
    assert histograms(code, seen, 2, 1).flatten().tolist() == pytest.approx([1 / 3, 2 / 3, 0.0, 1.0])
    apart = histograms(code, seen, 2, 2).reshape(2, 2, 2, 2)  # clip, row, column, unit
    assert apart[0, 0, 0, 1] == pytest.approx(2 / 3)
    assert apart[0, 1, 1, 0] == pytest.approx(1 / 3)
    assert apart[1, 1, 0, 1] == 1.0


def test_usage_is_an_entropy_over_units_without_misses():
    scale = study.scale("micro")
    even = torch.arange(8).repeat(3)
    assert usage(even, scale) == pytest.approx(3.0)
    assert usage(torch.cat([even, torch.full((50,), -1)]), scale) == pytest.approx(3.0)
    assert usage(torch.zeros(9, dtype=torch.int64), scale) == 0.0


def test_images_are_chosen_with_their_labels():
    scale, whole = study.scale("micro"), digits(rng=Rng(0))
    some = chosen(whole, scale, Rng(5))
    assert len(some.train_x) == scale.n_train
    assert len(some.test_x) == scale.n_test
    at = (whole.train_x[None] == some.train_x[:9, None]).all((2, 3)).int().argmax(1)
    assert torch.equal(whole.train_y[at], some.train_y[:9])
