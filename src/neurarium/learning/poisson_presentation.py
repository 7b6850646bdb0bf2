"""Images shown to a competitive layer as Poisson spikes."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import Rng, part
from neurarium.core.errors import bad, check_positive
from neurarium.learning._diehl_cook_kernel import in_order, net_constants, rule_constants, show
from neurarium.nets.spiking import DiehlCook
from neurarium.plasticity import DiehlCookSTDP


@part(
    summary="Shows images one after another as Poisson spikes; counts the answers and learns from them if told to.",
    paper="doi:10.3389/fncom.2015.00099",
    tags=("spiking", "unsupervised"),
)
def poisson_presentation(
    net: DiehlCook,
    pixels: Float[Tensor, "images ..."],
    *,
    rule: DiehlCookSTDP | None = None,
    max_rate_hz: float = 63.75,
    duration_ms: float = 350.0,
    rng: Rng,
) -> Float[Tensor, "images units"]:
    """Spikes that each excitatory unit answers each image with, in the order given.

    A pixel of value x fires at ``x · max_rate_hz``. Potentials, conductances and traces start anew at each image, as
    after a long rest. With a `rule`, weights are scaled to their sum before each image and change during it, and each
    spike raises its unit's threshold: `net` is changed in place. Without, it is left as it is.

    Runs on the CPU in single precision, event by event: ``net.step`` and ``rule.step`` at every step, except that
    bounds are kept where a weight changes, not everywhere.

    Args:
        net: its buffers `weight` and `theta_mv` are what learns.
        pixels: images in [0, 1], with as many pixels as the net has input lines.
        rule: None shows without learning.
        max_rate_hz: rate of a white pixel; 63.75 is 255 grey levels over an intensity of 4.
        duration_ms: how long an image is shown.
        rng: stream ``poisson``.

    Raises:
        NeurariumError: for pixels out of range or of another number, and for a rule with another time step.

    Example:
        >>> net = DiehlCook(n_inputs=9, n_units=4, rng=Rng(0))
        >>> poisson_presentation(net, torch.ones(2, 3, 3), rng=Rng(0)).shape
        torch.Size([2, 4])

    Paper: Diehl and Cook 2015; rates and times of Hussaini et al. 2022, arXiv:2109.06452.
    """
    x = pixels.detach().flatten(1).double().cpu().numpy()
    _check(net, x, rule, max_rate_hz, duration_ms)
    generator, n_steps = rng.numpy("poisson"), round(duration_ms / net.dt_ms)
    constants, rules = net_constants(net), rule_constants(rule or DiehlCookSTDP(dt_ms=net.dt_ms), n_steps)
    w = np.ascontiguousarray(net.weight.float().cpu().numpy().T)
    theta = net.theta_mv.float().cpu().numpy().copy()
    counts = np.zeros((len(x), w.shape[1]), np.float32)
    for image, answer in zip(x, counts, strict=True):
        events = _events(image * max_rate_hz, n_steps, net.dt_ms, generator)
        if rule:
            w *= rule.total_weight / np.maximum(w.sum(0), np.finfo(w.dtype).tiny)
        show(*events, w, theta, answer, constants, rules, rule is not None)
    if rule:
        net.weight.copy_(torch.from_numpy(w.T))
        net.theta_mv.copy_(torch.from_numpy(theta))
    return torch.from_numpy(counts)


def _events(
    rates_hz: np.ndarray, n_steps: int, dt_ms: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Poisson spikes by time: where each step starts among the events, and the input line of each event."""
    lines = np.repeat(np.arange(len(rates_hz)), generator.poisson(rates_hz * n_steps * dt_ms / 1000))
    return in_order(lines, generator.integers(n_steps, size=len(lines)), n_steps)


def _check(net: DiehlCook, x: np.ndarray, rule: DiehlCookSTDP | None, max_rate_hz: float, duration_ms: float) -> None:
    check_positive("poisson_presentation", max_rate_hz=max_rate_hz, duration_ms=duration_ms)
    if x.shape[1] != (n_inputs := net.weight.shape[1]):
        raise bad("poisson_presentation", "pixels", f"have {n_inputs} pixels, as the net has lines", x.shape[1])
    if not (np.isfinite(x).all() and x.min() >= 0 and x.max() <= 1):
        raise bad("poisson_presentation", "pixels", "lie between 0 and 1", (x.min(), x.max()))
    if rule and rule.dt_ms != net.dt_ms:
        raise bad("poisson_presentation", "rule", f"have the net's time step, {net.dt_ms} ms", rule.dt_ms)
