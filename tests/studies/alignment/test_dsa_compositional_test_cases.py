import copy

import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.alignment import _dsa_cases as cases
from neurarium.studies.alignment import _dsa_learning as arm
from neurarium.studies.alignment.dsa_compositional_test_cases import study

MICRO = study.scale("micro")


def weights(networks):
    return copy.deepcopy([dict(net.named_parameters()) for net in networks.nets])


def test_what_is_frozen_stays_and_what_learns_moves():
    networks = arm.selective(MICRO, [Rng(0), Rng(0), Rng(1), Rng(0)])
    before = weights(networks)
    networks.fit([(cases.TARGET,)] * 4, arm.LEARNS, MICRO, Rng(2), n_updates=2, lr=0.01)
    moved = [
        {name for name, w in new.items() if not torch.equal(w, old[name])}
        for old, new in zip(before, weights(networks), strict=True)
    ]
    assert moved == [set(), set(before[0]), set(before[0]), {"embedding"}]


def test_networks_of_one_seed_begin_alike():
    networks = arm.selective(MICRO, [Rng(0), Rng(0), Rng(1), Rng(0)])
    x = torch.randn(6, 5, 7, generator=torch.Generator().manual_seed(0))
    states, logits = networks(x[:, None].expand(-1, 4, -1, -1))
    assert torch.equal(states[:, 0], states[:, 3])
    assert not torch.equal(logits[:, 0], logits[:, 2])


def test_regimes_that_are_far_apart_have_auc_one():
    regime = torch.arange(9) // 3
    d = (regime[:, None] - regime[None]).abs().double()
    assert cases.auc(d, regime) == 1.0
    assert cases.auc(1 - d, regime) == 0.0


def test_chosen_systems_are_those_of_all_nine():
    settings = dict(n_trials=2, n_steps=4, is_matched=False, **cases.TRANSIENT)
    whole, some = (cases.lorenz_systems(Rng(0), **settings, **which) for which in ({}, dict(which=cases.TWINS)))
    for index, one in zip(cases.TWINS, some, strict=True):
        assert torch.equal(whole[index], one)


def test_reduced_activity_names_its_axes():
    x = torch.randn(7, 5, 4, generator=torch.Generator().manual_seed(0))  # time, trials, units
    found = cases.reduced(x, 2)
    assert found.shape == (5, 7, 2)
    scores = found.flatten(0, 1)
    np.testing.assert_allclose((scores.mT @ scores)[0, 1], 0, atol=1e-10)


def test_swapped_axes_change_dsa_alone():
    condition = {k: v for k, v in study.conditions["axes_swapped"].items() if k not in ("case", "is_swapped")}
    plain, swapped = (cases.regimes(Rng(0), MICRO, **condition, is_swapped=s) for s in (False, True))
    assert plain["auc__dsa"] != swapped["auc__dsa"]
    for name in ("cka", "procrustes", "rsa"):
        assert plain[f"auc__{name}"] == pytest.approx(swapped[f"auc__{name}"])
