"""Networks written as NIR."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from neurarium.core import part
from neurarium.core.errors import NeurariumError, bad
from neurarium.core.extras import require
from neurarium.nets.spiking._as_graph import as_graph
from neurarium.nets.spiking._integrators import ExactStep, Integrator
from neurarium.nets.spiking.spiking_graph import INPUT, OUTPUT
from neurarium.neurons import LIF, CubaLIF, HardReset, IntegrateAndFire, LeakyIntegrator
from neurarium.synapses import AxonalDelay, Dense, EventDense, OneToOne

Shape = tuple[int, ...]


@part(
    summary="A spiking network in the Neuromorphic Intermediate Representation, for hardware and other simulators.",
    paper="doi:10.1038/s41467-024-52259-9",
    tags=("hardware", "exchange"),
)
def to_nir(
    net: nn.Module,
    *,
    like: Float[Tensor, "batch inputs"],
    integrator: Integrator = ExactStep(),  # noqa: B008
) -> Any:
    """`net` as a ``nir.NIRGraph``; ``nir.write(path, graph)`` keeps it.

    A membrane that keeps the share α and adds its input becomes ``tau dv/dt = -v + R I`` with
    ``tau = integrator.tau_s(α)`` and ``R = 1 / (1 - α)``; a current likewise. A delay of d steps is ``d dt``; synapses
    with a delay each become axonal delays with the weights that wait so long behind them.

    NIR has no soft reset, adaptive threshold, attention or plasticity: these are refused, never approximated. It
    spikes above its threshold, our neurons at it: a potential of exactly the threshold is read differently.

    Args:
        net: a SpikingGraph, SpikingMLP or DelayedSNN.
        like: one instant of input; its values play no role.
        integrator: ``ExactStep`` or, for a reader that takes Euler's steps, ``EulerStep``; with the step of `net`.

    Raises:
        NeurariumError: for what NIR cannot say, or without the extra ``hardware``.

    Example:
        >>> from neurarium.nets.spiking import SpikingGraph
        >>> links = (("input", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output"))
        >>> net = SpikingGraph(nodes={"lif": LIF(reset=HardReset()), "w": nn.Linear(3, 3)}, links=links)
        >>> graph = to_nir(net, like=torch.ones(1, 3))
        >>> type(graph.nodes["lif"]).__name__, round(float(graph.nodes["lif"].tau[0]), 6)      # seconds
        ('LIF', 0.02)

    Paper: Pedersen et al. 2024, doi:10.1038/s41467-024-52259-9.
    """
    graph = as_graph(net)
    nir = require("hardware", "nir")
    shapes = graph.shapes(like)
    nodes = {
        INPUT: nir.Input(input_type={"input": np.array(shapes[INPUT])}),
        OUTPUT: nir.Output(output_type={"output": np.array(shapes[OUTPUT])}),
    }
    for name, node in graph.nodes.items():
        nodes[name] = _writer(name, node)(nir, node, shapes[name], integrator)
    return nir.NIRGraph(nodes=nodes, edges=list(graph.links))


def _writer(name: str, node: nn.Module) -> Callable[..., Any]:
    for kind, write in _WRITERS.items():
        if type(node) is kind:
            return write
    kind = type(node).__name__
    known = ", ".join(k.__name__ for k in _WRITERS)
    raise bad("to_nir", "net", f"consist of {known}", f"{kind} (node {name})", _INSTEAD.get(kind, ""))


_INSTEAD = {
    "ALIF": "NIR has no adaptive threshold: feed a LIF's spikes back through a LeakyIntegrator and a negative weight.",
}


def _linear(nir: Any, node: nn.Module, shape: Shape, integrator: Integrator) -> Any:
    weight, bias = _array(node.weight), getattr(node, "bias", None)
    return nir.Linear(weight=weight) if bias is None else nir.Affine(weight=weight, bias=_array(bias))


def _scale(nir: Any, node: OneToOne, shape: Shape, integrator: Integrator) -> Any:
    return nir.Scale(scale=_array(node.weight))


def _delay(nir: Any, node: AxonalDelay, shape: Shape, integrator: Integrator) -> Any:
    return nir.Delay(delay=_filled(node.delay_steps, shape) * integrator.dt_ms / 1e3)


def _leaky_integrator(nir: Any, node: LeakyIntegrator, shape: Shape, integrator: Integrator) -> Any:
    return nir.LI(**_leak(node.alpha, shape, integrator))


def _lif(nir: Any, node: LIF, shape: Shape, integrator: Integrator) -> Any:
    return nir.LIF(**_leak(node.alpha, shape, integrator), **_spike(node, shape))


def _cuba_lif(nir: Any, node: CubaLIF, shape: Shape, integrator: Integrator) -> Any:
    alpha, beta, kappa = (_filled(share, shape) for share in (node.alpha, node.beta, node.kappa))
    leaks = {"tau_mem": integrator.tau_s(alpha), "tau_syn": integrator.tau_s(beta), "v_leak": np.zeros(shape)}
    return nir.CubaLIF(**leaks, r=kappa / (1 - alpha), w_in=1 / (1 - beta), **_spike(node, shape))


def _integrate_and_fire(nir: Any, node: IntegrateAndFire, shape: Shape, integrator: Integrator) -> Any:
    return nir.IF(r=_filled(1e3 / integrator.dt_ms, shape), **_spike(node, shape))


_WRITERS: dict[type[nn.Module], Callable[..., Any]] = {
    nn.Linear: _linear,
    Dense: _linear,
    EventDense: _linear,
    OneToOne: _scale,
    AxonalDelay: _delay,
    LeakyIntegrator: _leaky_integrator,
    LIF: _lif,
    CubaLIF: _cuba_lif,
    IntegrateAndFire: _integrate_and_fire,
}


def _leak(alpha: float | Tensor, shape: Shape, integrator: Integrator) -> dict[str, np.ndarray]:
    share = _filled(alpha, shape)
    return {"tau": integrator.tau_s(share), "r": 1 / (1 - share), "v_leak": np.zeros(shape)}


def _spike(node: Any, shape: Shape) -> dict[str, np.ndarray]:
    if type(node.reset) is not HardReset:
        hint = "NIR's neurons restart from a fixed potential. Train with HardReset()."
        raise NeurariumError(f"to_nir: `net` must have hard resets, got {node.reset}. {hint}")
    return {"v_threshold": _filled(node.threshold, shape), "v_reset": _filled(node.reset.v_reset, shape)}


def _filled(value: float | Tensor, shape: Shape) -> np.ndarray:
    return np.broadcast_to(_array(torch.as_tensor(value, dtype=torch.float64)), shape).copy()


def _array(value: Tensor) -> np.ndarray:
    return value.detach().cpu().numpy()
