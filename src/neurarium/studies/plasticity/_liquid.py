"""A liquid that organises itself by STDP, and what is measured of it."""

import torch

from neurarium.plasticity import PairSTDP
from neurarium.tasks import rate_code

MAX_RATE_HZ = 400.0  # of a black pixel: an input unit that is silent for 2 ms after each of its spikes
WINDOW_MS = 4  # in which descendants and ancestors of a spike are counted


def trains(images, n_steps, rng):
    return rate_code(images.flatten(1), n_steps=n_steps, rate_hz=MAX_RATE_HZ, rng=rng)


class SelfOrganisation:
    """STDP on every synapse of a liquid, its depression scaled by a modulator; weights keep sign and bound.

    For inhibitory synapses the two sides change roles, so that depression makes them inhibit more.
    """

    def __init__(self, net, amplitude):
        self.net, self.bound = net, float(net.weight_rec.abs().max())
        step = amplitude * self.bound
        self.rule = PairSTDP(
            a_plus=step, a_minus=step, tau_plus_ms=10.0, tau_minus_ms=10.0, is_depression_modulated=True
        )
        self.n_excitatory = int((~net.is_inhibitory).sum())
        self.states = [self.rule.init_state(w) for w in (net.weight_in, *self._halves())]

    def _halves(self):
        excitatory, inhibitory = self.net.weight_rec.tensor_split([self.n_excitatory], dim=1)
        return excitatory, inhibitory.mT

    def step(self, x, z, modulator):
        net, (inputs, excitatory, inhibitory), (w_exc, w_inh) = self.net, self.states, self._halves()
        z_exc, z_inh = z.tensor_split([self.n_excitatory], dim=1)
        w_in, inputs = self.rule.step(x, z, net.weight_in, inputs, modulator)
        w_exc, excitatory = self.rule.step(z_exc, z, w_exc, excitatory, modulator)
        w_inh, inhibitory = self.rule.step(z, z_inh, w_inh, inhibitory, modulator)
        w_rec = torch.cat([w_exc.clamp(0, self.bound), w_inh.mT.clamp(-self.bound, 0)], dim=1)
        net.weight_in.copy_(w_in.clamp(-self.bound, self.bound) * net.mask_in)
        net.weight_rec.copy_(w_rec * net.mask_rec)
        self.states = [inputs, excitatory, inhibitory]


@torch.no_grad()
def organise(net, images, modulate, scale, rng):
    """Show `scale.n_batches` batches of images, a few steps each; gives the mean modulator over time.

    `modulate` maps the spikes of input and liquid to the factor on depression, one for each sample.
    """
    rule, state, course = SelfOrganisation(net, scale.amplitude), None, []
    for _ in range(scale.n_batches):
        chosen = torch.randint(len(images), (scale.batch,), generator=rng("images"))
        for x in trains(images[chosen], scale.n_glance, rng).unbind(0):
            z, state = net.step(x, net.init_state(x) if state is None else state)
            modulator = modulate(torch.cat([x, z], dim=-1))
            rule.step(x, z, modulator)
            course.append(modulator.mean())
    return torch.stack(course)


@torch.no_grad()
def respond(net, images, n_steps, rng, chunk=200):
    """Spike counts of every image, and the raster ``(trials, time, units)`` of the first chunk."""
    counts, raster = [], None
    for some in images.split(chunk):
        spikes, _ = net(trains(some, n_steps, rng))
        counts.append(spikes.sum(0))
        raster = spikes.transpose(0, 1) if raster is None else raster
    return torch.cat(counts), raster


def connected_branching(raster, mask):
    """Branching factor along connections, as the paper's code counts it.

    For each spike: the spikes of its unit's targets in the 4 ms after it over those of its sources in the 4 ms before
    it (at least one). Averaged over the spikes of a unit, over units, over trials.
    """
    mask, n_steps = mask.to(raster), raster.shape[1]
    so_far = torch.nn.functional.pad(raster, (0, 0, 1, 0)).cumsum(1)  # spikes before step t
    t = torch.arange(WINDOW_MS, n_steps - WINDOW_MS)
    ancestors = (so_far[:, t] - so_far[:, t - WINDOW_MS]) @ mask.mT
    descendants = (so_far[:, t + 1 + WINDOW_MS] - so_far[:, t + 1]) @ mask
    spikes = raster[:, t]
    of_unit = (spikes * descendants / ancestors.clamp_min(1)).sum(1) / spikes.sum(1)
    return of_unit.nanmean(1).nanmean().item()


def classes(labels, n_classes):
    """Targets of a linear read-out: one for the class, zero elsewhere."""
    return torch.nn.functional.one_hot(labels, n_classes).double()
