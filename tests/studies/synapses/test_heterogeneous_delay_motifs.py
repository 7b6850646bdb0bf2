import math

import pytest
import torch

from neurarium.core import Rng
from neurarium.studies.synapses._motion_readout import drift_alignment, logits, places, scores
from neurarium.studies.synapses.heterogeneous_delay_motifs import study
from neurarium.synapses import DelayMotifs


def kernels(turned=0.0):
    """Class k has one positive weight at each delay, where something moving in direction k was that long ago."""
    weight = torch.zeros(8, 2, 3, 9, 9)
    for k in range(8):
        angle = math.pi / 4 * k + turned
        for delay in range(3):
            x, y = 4 - 2 * delay * math.cos(angle), 4 - 2 * delay * math.sin(angle)
            weight[k, :, delay, round(y), round(x)] = 1.0
    return weight


@pytest.mark.parametrize(("turned", "cosine"), [(0.0, 1.0), (math.pi, -1.0), (math.pi / 2, 0.0)])
def test_drift_is_read_off_the_kernels(turned, cosine):
    assert drift_alignment(kernels(turned)) == pytest.approx(cosine, abs=0.01)


def test_negative_weights_do_not_drift():
    weight = kernels()
    weight[:, :, 2, 0, 0] = -5.0
    assert drift_alignment(weight) == pytest.approx(1.0, abs=0.01)


def test_scores_count_instants_events_and_clips():
    where = torch.tensor([[6, 0, 0, 0], [6, 0, 1, 1], [7, 0, 0, 0], [6, 2, 0, 0]])  # clip 1 has no event
    z = torch.tensor([[3.0, 0.0], [0.0, 1.0], [0.0, 1.0], [2.0, 0.0]])
    labels = torch.tensor([0, 1, 1])
    assert scores(z, where, labels) == {"accuracy": 1 / 3, "accuracy__event": 1 / 4, "accuracy__clip": 1 / 2}


def test_logits_at_places_are_those_of_the_convolution():
    scale = study.scale("micro")
    x = torch.rand(9, 3, 2, 6, 6, generator=Rng(0)("events")) < 0.1
    nets = [DelayMotifs(), DelayMotifs()]
    for i, net in enumerate(nets):
        net.weight.data.normal_(generator=Rng(i)("weights"))
    where = places(x, scale)
    assert (where[:, 0] >= 6).all()
    t, b, row, column = where.unbind(1)
    for net, z in zip(nets, logits(nets, x, where), strict=True):
        torch.testing.assert_close(z, net(x)[t, b, :, row, column].detach(), atol=1e-5, rtol=1e-5)
