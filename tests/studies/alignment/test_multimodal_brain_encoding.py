"""The synthetic brain is what it says, and features without attention across hold no interaction."""

import numpy as np
import pytest
import torch

from neurarium.core import Rng
from neurarium.engine.loader import load_study
from neurarium.studies.alignment import _visio_linguistic as parts


@pytest.fixture(scope="module")
def scale():
    return load_study("multimodal-brain-encoding").study.scale("quick")


@pytest.fixture(scope="module")
def seen(scale):
    return parts.stimuli(Rng(0), scale)[1]


def test_captions_name_what_they_say_and_agree_half_of_the_time(seen):
    words = [" ".join(parts.VOCABULARY[i] for i in caption if i) for caption in seen.captions[:200].tolist()]
    for text, named in zip(words, seen.named.tolist(), strict=False):
        assert parts.NAMES[named] in text.split() or str(named) in text.split()
    assert float(seen.agrees.double().mean()) == pytest.approx(0.5, abs=0.06)
    assert not parts.captioned(seen.images, seen.shown, torch.Generator().manual_seed(1)).named.equal(seen.named)


def test_stimuli_were_not_trained_on(scale):
    split, seen = parts.stimuli(Rng(3), scale)
    trained = {tuple(x.flatten().tolist()) for x in split.train_x}
    assert sum(tuple(x.flatten().tolist()) in trained for x in seen.images) == 0
    assert len(seen.images) == 800


def test_tables_hold_no_main_effect_and_agreement_only_where_they_say():
    product, beyond, congruence = parts.tables(np.random.default_rng(0), 400)
    chance = np.where(np.eye(10, dtype=bool), 0.05, 0.05 / 9)
    agreement = np.eye(10) - 0.5
    for table in (product, beyond, congruence):
        square = table.reshape(10, 10, -1)
        assert chance.sum() == pytest.approx(1)
        np.testing.assert_allclose(np.einsum("st,stv->sv", chance, square), 0, atol=1e-12)
        np.testing.assert_allclose(np.einsum("st,stv->tv", chance, square), 0, atol=1e-12)

    def share(table):
        square = table.reshape(10, 10, -1)
        covariance = np.einsum("st,stv->v", chance * agreement, square)
        return np.mean(covariance**2 / 0.25 / np.einsum("st,stv->v", chance, square**2))

    assert share(product) < 0.06
    assert share(beyond) < 1e-20
    assert 0.2 < share(congruence) < 0.4


def test_the_ceiling_is_what_was_asked(seen, scale):
    from neurarium.alignment import split_half_reliability

    reliability = split_half_reliability(parts.brain(seen, Rng(0), scale))
    assert len(reliability) == scale.n_voxels * len(parts.ORIGIN)
    assert float(reliability[: -scale.n_voxels].mean()) == pytest.approx(0.36, abs=0.02)
    assert float(reliability[-scale.n_voxels :].mean()) == pytest.approx(0, abs=0.04)


@pytest.mark.parametrize("crosses", [True, False])
def test_only_attention_across_lets_a_stream_see_the_other(seen, crosses):
    rng = Rng(0)
    below = parts.drawn(parts.ImageNet(), rng("image")), parts.drawn(parts.TextNet(), rng("text"))
    net = parts.drawn(parts.MatchingNet(*below, crosses=crosses), rng("net")).requires_grad_(False)
    few = parts.Stimuli(*(v[:20] for v in seen))
    other = few._replace(captions=few.captions.flip(0))
    image, text = net.streams(few)
    assert torch.equal(net.streams(other)[0], image) is not crosses
    assert not torch.equal(net.streams(other)[1], text)


def test_weights_come_from_the_generator():
    a, b, c = (parts.drawn(parts.TextNet(), Rng(s)("net")) for s in (0, 0, 1))
    same = [torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True)]
    assert all(same)
    assert not torch.equal(a.words.weight, c.words.weight)
