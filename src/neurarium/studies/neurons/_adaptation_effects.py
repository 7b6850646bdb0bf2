"""Networks of orientation-tuned units, three ways to adapt them to an environment, and what adaptation does."""

from __future__ import annotations

import torch

from neurarium.nets.recurrent import GainControl, ring_weights

STIMULI = torch.arange(180, dtype=torch.float64)  # degrees
ADAPTER = 90
EFFECTS = ("repulsion_deg", "adapter_response", "maxima_change", "minima_change", "decorrelation")
TOLERANCE = 1e-6  # below this nothing has changed


def network(rng, *, n_units, jitter, excitation, inhibition, cost, pull):
    """A network whose units differ in tuning and weights, and the drive of each stimulus, (stimuli, units)."""
    noise = rng("network")
    size, width, shift = (jitter * torch.randn(3, n_units, generator=noise, dtype=torch.float64)).clamp(-0.5, 0.5)
    preferred = (torch.arange(n_units) + 3 * shift) * 180 / n_units
    width = 13 * (1 + width)  # 30 degrees at half height
    bell = torch.exp(-(around(STIMULI.unsqueeze(1) - preferred) ** 2) / (2 * width**2))
    weights = ring_weights(n_units, excitation=excitation, inhibition=inhibition)
    weights = weights * (1 + 2 * jitter * torch.randn(weights.shape, generator=noise, dtype=torch.float64))
    return GainControl(w=weights, activity_cost=cost, pull=pull), (1 + size) * (0.2 + bell)


def by_gains(net, drive, even, biased, rng):
    """The best gains for each of two environments, as matrices M on the drive: ``r = A M f``."""
    return tuple(torch.diag(net.optimal_gains(drive, p)) for p in (even, biased))


def by_shuffled_gains(net, drive, even, biased, rng):
    """The same changes of gain, given to other units."""
    before, after = (net.optimal_gains(drive, p) for p in (even, biased))
    change = (after / before)[torch.randperm(len(before), generator=rng("shuffle"))]
    return torch.diag(before), torch.diag(before * change)


def by_synapses(net, drive, even, biased, rng):
    """The best synapses for each of two environments: every drive may change every unit."""
    return tuple(best_synapses(net, drive, p) for p in (even, biased))


def best_synapses(net, drive, p):
    """The matrix M on the drive of least ``E[|f - D A M f|² + activity_cost |A M f|²] + pull |M - I|²``."""
    second = drive.mT @ (p.unsqueeze(1) * drive)
    eye = torch.eye(len(second), dtype=drive.dtype)
    (price, u), (power, v) = map(torch.linalg.eigh, (eye + net.activity_cost * net.settle.mT @ net.settle, second))
    rotated = u.mT @ (second + net.pull * eye) @ v
    return u @ (rotated / (price.unsqueeze(1) * power + net.pull)) @ v.mT


def effects(net, drive, adapt, chance, rng):
    """The effects of adaptation, as one number each, and the shift of tuning against distance from the adapter."""
    even = torch.full_like(STIMULI, 1 / len(STIMULI))
    biased = (1 - chance) * even
    biased[ADAPTER] += chance
    matrices = adapt(net, drive, even, biased, rng)
    before, after = (drive @ (net.settle @ m).mT for m in matrices)
    prefers = peak(before)
    side = around(prefers - ADAPTER)
    away, near = around(peak(after) - prefers) * side.sign(), side.abs() < 20
    top = before.amax(0)
    was, unadapted, adapted = (correlation(r, p) for r, p in ((before, even), (before, biased), (after, biased)))
    bias = around(decoded(after, prefers) - decoded(before, prefers)) * around(STIMULI - ADAPTER).sign()
    bins = [away[(side.abs() >= low) & (side.abs() < low + 10)] for low in range(0, 90, 10)]
    return {
        "repulsion_deg": away[flank(side)].mean().item(),
        "adapter_response": (after[ADAPTER] / before[ADAPTER])[near].mean().item(),
        "maxima_change": ((after.amax(0) - top) / top)[near].mean().item(),
        "minima_change": ((after.amin(0) - before.amin(0)) / top)[near].mean().item(),
        "decorrelation": rms(unadapted) - rms(adapted),
        "correlation_excess": rms(adapted - was) / rms(unadapted - was),
        "unevenness": unevenness(biased @ after) / unevenness(biased @ before),
        "coding_cost": coding_cost(net, drive, matrices[1], biased),
        "tilt_aftereffect_deg": bias[flank(around(STIMULI - ADAPTER))].mean().item(),
    }, [b.mean().item() if len(b) else 0.0 for b in bins]


def all_right(row):
    """Whether each effect has the sign that recordings show."""
    signs = (1, -1, -1, -1, 1)
    rest = {"adapter_response": 1.0}
    return all(sign * (row[name] - rest.get(name, 0.0)) > TOLERANCE for name, sign in zip(EFFECTS, signs, strict=True))


def around(angle):
    """An angle of orientation, in [-90, 90)."""
    return (angle + 90) % 180 - 90


def flank(side):
    """Beside the adapter, where tuning is known to move."""
    return (side.abs() > 5) & (side.abs() < 45)


def peak(r):
    """Preferred orientation of each unit, a parabola through the three largest responses."""
    top = r.argmax(0)
    left, middle, right = (r.gather(0, ((top + step) % len(r)).unsqueeze(0))[0] for step in (-1, 0, 1))
    return STIMULI[top] + (left - right) / (2 * (left - 2 * middle + right))


def decoded(r, prefers):
    """Orientation that a population vector with fixed labels reads out of each response."""
    label = 2 * torch.deg2rad(prefers)
    return torch.rad2deg(torch.atan2(r @ label.sin(), r @ label.cos())) / 2


def correlation(r, p):
    """Correlations of each pair of different units over an environment."""
    centred = r - p @ r
    covariance = centred.mT @ (p.unsqueeze(1) * centred)
    size = covariance.diagonal().sqrt()
    return (covariance / size / size.unsqueeze(1))[~torch.eye(len(size), dtype=torch.bool)]


def coding_cost(net, drive, matrix, p):
    """The objective for a matrix on the drive, relative to that of the network before any adaptation."""
    eye = torch.eye(len(matrix), dtype=drive.dtype)
    return (objective(net, drive, matrix, p) / objective(net, drive, eye, p)).item()


def objective(net, drive, matrix, p):
    """Error and priced activity over an environment, and the pull to the identity."""
    r = drive @ (net.settle @ matrix).mT
    each = (drive - r + r @ net.weight_rec.mT).square().sum(1) + net.activity_cost * r.square().sum(1)
    return p @ each + net.pull * (matrix - torch.eye(len(matrix), dtype=drive.dtype)).square().sum()


def unevenness(rates):
    return (rates.std() / rates.mean()).item()


def rms(values):
    return values.square().mean().sqrt().item()
