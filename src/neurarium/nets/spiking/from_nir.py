"""Networks read from NIR."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurarium.core import part
from neurarium.core.errors import bad
from neurarium.nets.spiking._integrators import ExactStep, Integrator
from neurarium.nets.spiking.spiking_graph import INPUT, OUTPUT, SpikingGraph
from neurarium.neurons import LIF, CubaLIF, HardReset, IntegrateAndFire, LeakyIntegrator
from neurarium.synapses import AxonalDelay, OneToOne

Link = tuple[str, str]
NEAR = 1e-6  # a drive this near to one is one: NIR keeps R and tau, not their product


@part(
    summary="A network that another simulator wrote in the Neuromorphic Intermediate Representation.",
    paper="doi:10.1038/s41467-024-52259-9",
    tags=("hardware", "exchange"),
)
def from_nir(
    graph: Any,
    *,
    integrator: Integrator = ExactStep(),  # noqa: B008
    dtype: torch.dtype | None = None,
) -> SpikingGraph:
    """A ``nir.NIRGraph`` (of ``nir.read(path)``) as a :class:`SpikingGraph` of this library's parts.

    ``tau dv/dt = (v_leak - v) + R I`` becomes ``v = α v + R (1 - α) I`` with ``α = integrator.share(tau)``, counted
    from v_leak; the factor of I is a node of its own where it is not one. Graphs within the graph are opened; feedback
    comes one step late.

    The graph does not say with which step it was made: snnTorch takes Euler's at 0.1 ms
    (``EulerStep(dt_ms=0.1)``), Norse Euler's at 1 ms. Its reset is always hard, also where the net that it was
    written from had a soft one: NIR does not keep it.

    Args:
        graph: what ``nir.read`` gives.
        integrator: ``ExactStep`` or ``EulerStep``, with the step of the simulation.
        dtype: of weights and constants; default as torch.

    Raises:
        NeurariumError: for a node that is none of Affine, CubaLIF, Delay, IF, LI, LIF, Linear, Scale and subgraphs, or
            a delay between two steps.

    Example:
        >>> import nir
        >>> lif = nir.LIF(*(np.full(2, x) for x in (0.02, 1.0, 0.0, 1.0)))
        >>> from_nir(nir.NIRGraph.from_list(lif))(torch.full((40, 1, 2), 2.0))[0].sum(0).tolist()
        [[2.0, 2.0]]

    Paper: Pedersen et al. 2024, doi:10.1038/s41467-024-52259-9.
    """
    found, links = _opened(graph, "")
    nodes: dict[str, nn.Module] = {}
    for name, node in found.items():
        chain = _reader(name, node)(_numbers(node), integrator)
        names = [*(f"{name} {i}" for i in range(len(chain) - 1)), name]
        nodes |= dict(zip(names, chain, strict=True))
        links = [(a, names[0] if b == name else b) for a, b in links] + [*pairwise(names)]
    return SpikingGraph(nodes=nodes, links=links).to(dtype or torch.get_default_dtype())


def _opened(graph: Any, prefix: str) -> tuple[dict[str, Any], list[Link]]:
    """Nodes by their full names and the links among them; a subgraph's input and output are bridged."""
    ends = {"Input": f"{prefix}{INPUT}", "Output": f"{prefix}{OUTPUT}"}
    kinds = {name: type(node).__name__ for name, node in graph.nodes.items()}
    full = {name: ends.get(kinds[name], prefix + name) for name in graph.nodes}
    nodes = {full[n]: node for n, node in graph.nodes.items() if kinds[n] not in (*ends, "NIRGraph")}
    links = [(full[a], full[b]) for a, b in graph.edges]
    for name in (n for n in graph.nodes if kinds[n] == "NIRGraph"):
        inner, wires = _opened(graph.nodes[name], f"{full[name]}.")
        nodes |= inner
        begin, end = f"{full[name]}.{INPUT}", f"{full[name]}.{OUTPUT}"
        links = [(end if a == full[name] else a, begin if b == full[name] else b) for a, b in links] + wires
        links = _bridged(_bridged(links, begin), end)
    return nodes, links


def _bridged(links: list[Link], name: str) -> list[Link]:
    """The links without a node that only passes on what it gets."""
    around = [(a, b) for a, end in links if end == name for start, b in links if start == name]
    return [link for link in links if name not in link] + around


def _reader(name: str, node: Any) -> Callable[[Any, Integrator], list[nn.Module]]:
    kind = type(node).__name__
    if kind not in _READERS:
        raise bad("from_nir", "graph", f"consist of {', '.join(_READERS)} and subgraphs", f"{kind} at {name!r}")
    return _READERS[kind]


def _numbers(node: Any) -> Any:
    """The node's constants as numpy arrays; a graph that was not read from a file may hold tensors."""
    return SimpleNamespace(**{n: np.asarray(v) for n, v in vars(node).items() if hasattr(v, "__array__")})


def _affine(node: Any, integrator: Integrator) -> list[nn.Module]:
    n_post, n_pre = node.weight.shape
    bias = getattr(node, "bias", None)
    linear = nn.utils.skip_init(nn.Linear, n_pre, n_post, bias=bias is not None, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(_tensor(node.weight))
        if bias is not None:
            linear.bias.copy_(_tensor(bias))
    return [linear]


def _scale(node: Any, integrator: Integrator) -> list[nn.Module]:
    return [_one_to_one(node.scale)]


def _delay(node: Any, integrator: Integrator) -> list[nn.Module]:
    steps = np.atleast_1d(node.delay) * 1e3 / integrator.dt_ms
    if np.any(np.abs(steps - steps.round()) > 1e-3):
        raise bad("from_nir", "graph", f"have delays of whole steps of {integrator.dt_ms} ms", node.delay)
    return [AxonalDelay(delay_steps=steps.round().astype(int).ravel().tolist())]


def _li(node: Any, integrator: Integrator) -> list[nn.Module]:
    if np.any(node.v_leak != 0):
        raise bad("from_nir", "graph", "have leaky integrators that rest at 0", node.v_leak)
    alpha = integrator.share(node.tau)
    return [*_driven(node.r * (1 - alpha)), _set(LeakyIntegrator(), alpha=alpha)]


def _lif(node: Any, integrator: Integrator) -> list[nn.Module]:
    alpha = integrator.share(node.tau)
    return [*_driven(node.r * (1 - alpha)), _spiking(LIF(reset=HardReset()), node, alpha=alpha)]


def _cuba_lif(node: Any, integrator: Integrator) -> list[nn.Module]:
    beta, alpha = integrator.share(node.tau_syn), integrator.share(node.tau_mem)
    kappa = np.asarray(node.r * (1 - alpha))
    neuron = _spiking(CubaLIF(reset=HardReset()), node, alpha=alpha, beta=beta, kappa=kappa)
    return [*_driven(node.w_in * (1 - beta)), neuron]


def _if(node: Any, integrator: Integrator) -> list[nn.Module]:
    drive = node.r * integrator.dt_ms / 1e3
    return [*_driven(drive), _spiking(IntegrateAndFire(reset=HardReset()), node)]


_READERS: dict[str, Callable[[Any, Integrator], list[nn.Module]]] = {
    "Affine": _affine,
    "CubaLIF": _cuba_lif,
    "Delay": _delay,
    "IF": _if,
    "LI": _li,
    "LIF": _lif,
    "Linear": _affine,
    "Scale": _scale,
}


def _driven(factor: np.ndarray) -> list[nn.Module]:
    return [] if np.allclose(factor, 1, rtol=0, atol=NEAR) else [_one_to_one(factor)]


def _one_to_one(weight: np.ndarray) -> nn.Module:
    synapses = OneToOne(n_units=np.size(weight)).double()
    with torch.no_grad():
        synapses.weight.copy_(_tensor(weight).flatten())
    return synapses


def _spiking(neuron: LIF | CubaLIF | IntegrateAndFire, node: Any, **more: np.ndarray) -> nn.Module:
    """`neuron` with the thresholds and resets of `node`, counted from its leak."""
    rest = getattr(node, "v_leak", 0.0)
    if np.any(node.v_reset >= node.v_threshold):
        raise bad("from_nir", "graph", "reset below its thresholds", node.v_reset)
    v_reset = _number(node.v_reset - rest)
    if not isinstance(v_reset, float):
        raise bad("from_nir", "graph", "have one reset for all units of a layer, counted from the leak", v_reset)
    neuron.reset = HardReset(v_reset=v_reset)
    return _set(neuron, threshold=node.v_threshold - rest, **more)


def _set(neuron: Any, **constants: np.ndarray) -> nn.Module:
    """Constants that are alike as one number, others as a buffer with a number for each unit."""
    for name, value in constants.items():
        number = _number(value)
        if isinstance(number, float):
            setattr(neuron, name, number)
        else:
            delattr(neuron, name)
            neuron.register_buffer(name, _tensor(number))
    return neuron


def _number(value: np.ndarray) -> float | np.ndarray:
    value = np.asarray(value, dtype=np.float64)
    return float(value.flat[0]) if np.allclose(value, value.flat[0], rtol=1e-12, atol=1e-12) else value


def _tensor(value: Any) -> Tensor:
    return torch.as_tensor(np.asarray(value), dtype=torch.float64)
