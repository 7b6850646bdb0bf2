"""Spiking experts for neighbouring stretches of a route, trained apart and read out together."""

import numpy as np
import torch

from neurarium.learning import NeuronalAssignment, hyperactive_filter
from neurarium.studies.plasticity._places import recall, route_answers

TAU_GI_MS = 0.5  # as in the released code
MOST_SPIKES = 7.0  # of a unit in one image of 350 ms, at 50 ms of silence after each
KEPT = (0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4)  # shares of units kept by the thresholds that are tried


def length(scale):
    """Places of the whole route: those to be recognised, then those that calibrate."""
    return scale.n_places * (max(scale.n_experts) + scale.n_calibration)


def layer(scale, seed, first, n_places, shown):
    """What one layer answers that was trained on `n_places` places from `first` on."""
    size = dict(n_units=n_places * scale.units_per_place, n_epochs=scale.n_epochs, n_queries=scale.n_queries)
    size["tau_gi_ms"] = TAU_GI_MS
    return route_answers(seed=seed, n_route=length(scale), first=first, n_places=n_places, shown=shown, **size)


def stretch(queries, scale, first, n_places):
    """The rows of a stretch in what was answered to all queries."""
    return queries.unflatten(0, (scale.n_queries, -1))[:, first : first + n_places].flatten(0, 1)


class Ensemble:
    """`n` experts for the places from `first` on; every one has seen the references of the whole route."""

    def __init__(self, scale, seed, first, n):
        starts, n_route = [first + i * scale.n_places for i in range(n)], length(scale)
        experts = [layer(scale, seed, start, scale.n_places, (0, n_route)) for start in starts]
        self.readout = NeuronalAssignment(record=torch.block_diag(*(e.record for e in experts)))
        self.queries = stretch(torch.cat([e.queries for e in experts], 1), scale, first, n * scale.n_places)
        self.references = torch.cat([e.references for e in experts], 1)
        start = torch.tensor(starts).repeat_interleave(len(experts[0].record))
        place = torch.arange(n_route).unsqueeze(1)
        self.is_own = (place >= start) & (place < start + scale.n_places)
        self.effective_acs = sum(e.effective_acs for e in experts)
        self.n_parameters = sum(e.n_parameters for e in experts) + len(start)
        alone = [
            NeuronalAssignment(record=e.record).scores(stretch(e.queries, scale, s, scale.n_places))
            for e, s in zip(experts, starts, strict=True)
        ]
        self.recall_alone = float(np.mean([recall(scores) for scores in alone]))

    def foreign_spikes(self):
        """Mean spikes of each unit for a reference image of a foreign place."""
        return (self.references * ~self.is_own).sum(0) / (~self.is_own).sum(0)

    def keep(self, rate):
        """Units that fire at most `rate` spikes for a foreign image, on average."""
        most = rate * int((~self.is_own[:, 0]).sum())
        return hyperactive_filter(self.references, is_own=self.is_own, max_foreign_spikes=most)

    def recall(self, keep=None):
        """Recall@1 among all places of the ensemble."""
        return recall(self.readout.scores(self.queries, keep=keep))


def threshold(scale, seed):
    """The rate with which the experts that calibrate do best on the queries of their stretch; of equals the mildest."""
    experts = Ensemble(scale, seed, scale.n_places * max(scale.n_experts), scale.n_calibration)
    rates = [MOST_SPIKES, *(float(experts.foreign_spikes().quantile(share)) for share in KEPT)]
    return max(rates, key=lambda rate: (experts.recall(experts.keep(rate)), rate))
