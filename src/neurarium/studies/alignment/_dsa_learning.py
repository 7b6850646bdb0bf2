"""How far learning moves the dynamics of a network, in units of what two seeds differ by."""

import torch
import torch.nn.functional as F
from torch import nn

from neurarium.nets import gaussian
from neurarium.nets.recurrent import SelectiveSSM
from neurarium.studies.alignment._dsa_cases import NETWORK_DSA, TARGET, Networks, activity, dsa_matrix, task
from neurarium.tasks import PerceptualDecision

LEARNS = ("none", "all", "all", "inputs")  # before, after, another seed, frozen dynamics; all but the third of one seed


class SelectiveNetwork(nn.Module):
    """An embedding, one selective state-space layer, a read-out."""

    def __init__(self, *, n_units, n_states, rng):
        super().__init__()
        self.embedding = nn.Parameter(gaussian((n_units, PerceptualDecision.n_inputs), rng("embedding")))
        self.layer = SelectiveSSM(n_units=n_units, n_states=n_states, step_min=0.01, step_max=1.0, rng=rng)
        self.readout = nn.Parameter(gaussian((PerceptualDecision.n_classes, n_units), rng("readout")))

    def forward(self, x):
        return self.layer(x @ self.embedding.mT)[0] @ self.readout.mT

    def states(self, x):
        return self.layer.states(x @ self.embedding.mT).flatten(-2)


class SelectiveNetworks:
    """Several of them, with the verbs of :class:`Networks`."""

    def __init__(self, *, scale, rngs):
        self.nets = [SelectiveNetwork(n_units=scale.n_channels, n_states=scale.n_states, rng=rng) for rng in rngs]

    def __call__(self, x):
        nets = list(zip(self.nets, x.unbind(1), strict=True))
        return torch.stack([net.states(one) for net, one in nets], 1), torch.stack([net(one) for net, one in nets], 1)

    def fit(self, rules, learns, scale, rng, *, n_updates, lr):
        learned = {
            "none": lambda net: [],
            "inputs": lambda net: [net.embedding],
            "all": lambda net: [*net.parameters()],
        }
        nets = [(net, learned[what](net)) for net, what in zip(self.nets, learns, strict=True) if what != "none"]
        optimiser = torch.optim.Adam([w for _, weights in nets for w in weights], lr=lr)
        source = task(rules[0], scale)
        for _ in range(n_updates):
            optimiser.zero_grad()
            for net, _ in nets:
                trials = source.draw(scale.batch, rng=rng)
                F.cross_entropy(net(trials.inputs).flatten(0, 1), trials.targets.flatten()).backward()
            optimiser.step()


def leaky(scale, rngs):
    """Rate networks as in the other cases."""
    return Networks(n_units=scale.n_units, rngs=rngs)


def selective(scale, rngs):
    """Selective state-space networks."""
    return SelectiveNetworks(scale=scale, rngs=rngs)


def learning(rng, scale, *, networks, lr):
    """Accuracy, and DSA distance from before to after learning over that between two seeds; by what may learn."""
    one, other = rng.child("one"), rng.child("other")
    found = networks(scale, [one, one, other, one])
    found.fit([(TARGET,)] * len(LEARNS), LEARNS, scale, rng.child("fit"), n_updates=scale.n_updates_alone, lr=lr)
    trials = task((TARGET,), scale).draw(scale.n_test, rng=rng.child("test"))
    systems, scores = activity(found, [trials] * len(LEARNS))
    d = dsa_matrix(systems, **NETWORK_DSA)
    floor = d[1, 2]
    return {
        "accuracy": scores[1],
        "accuracy__frozen": scores[3],
        "learning_change": (d[0, 1] / floor).item(),
        "learning_change__frozen": (d[0, 3] / floor).item(),
    }
