"""Lines on one LIF layer, forward and backward, against SpikingJelly, snnTorch, Norse and the speed of memory."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import torch
from _table import Line, version
from _turns import Work, in_turn, peak_mb
from torch import Tensor, nn

from neurarium.core import ATan
from neurarium.neurons import LIF, HardReset, SoftReset, _fused_lif

TAU_MS = 20.0
ALPHA = LIF(tau_mem_ms=TAU_MS).alpha
SIZES = {"T=100, B=64, N=1024": (100, 64, 1024), "T=400, B=16, N=1024": (400, 16, 1024)}
PEERS = {"SpikingJelly": "spikingjelly", "snnTorch": "snntorch", "Norse": "norse"}


def our_layer(is_soft: bool) -> Callable[[Tensor], Tensor]:
    neuron = LIF(tau_mem_ms=TAU_MS, reset=SoftReset() if is_soft else HardReset(), surrogate=ATan())
    return lambda x: neuron(x)[0]


def spikingjelly_layer(is_soft: bool) -> Callable[[Tensor], Tensor]:
    from spikingjelly.activation_based import functional

    node = spikingjelly_node(None if is_soft else 0.0)

    def run(x: Tensor) -> Tensor:
        functional.reset_net(node)
        return node(x)

    return run


def spikingjelly_node(v_reset: float | None) -> nn.Module:
    from spikingjelly.activation_based import neuron, surrogate

    return neuron.LIFNode(
        tau=1 / (1 - ALPHA),
        decay_input=False,
        v_threshold=1.0,
        v_reset=v_reset,
        surrogate_function=surrogate.ATan(2.0),
        step_mode="m",
    )


def snntorch_layer(is_soft: bool) -> Callable[[Tensor], Tensor]:
    import snntorch

    cell = snntorch.Leaky(beta=ALPHA, reset_mechanism="subtract" if is_soft else "zero")

    def run(x: Tensor) -> Tensor:
        v, out = torch.zeros_like(x[0]), []
        for x_t in x.unbind(0):
            z, v = cell(x_t, v)
            out.append(z)
        return torch.stack(out)

    return run


def norse_layer(is_soft: bool) -> Callable[[Tensor], Tensor]:
    import norse.torch as norse
    from norse.torch.functional.lif_box import LIFBoxParameters
    from norse.torch.functional.reset import reset_subtract, reset_value

    p = LIFBoxParameters(
        tau_mem_inv=torch.tensor((1 - ALPHA) / 0.001), reset_method=reset_subtract if is_soft else reset_value
    )
    cell = norse.Lift(norse.LIFBoxCell(p=p))
    return lambda x: cell(x)[0]


LAYERS = {"ours": our_layer, "SpikingJelly": spikingjelly_layer, "snnTorch": snntorch_layer, "Norse": norse_layer}


def layer_lines(size: str, is_soft: bool) -> list[Line]:
    shape, generator = SIZES[size], torch.Generator().manual_seed(0)
    x = (0.6 * torch.randn(shape, generator=generator) + 0.1).requires_grad_()
    g = torch.randn(shape, generator=generator)
    rates: dict[str, float] = {}

    def both_ways(name: str) -> Work:
        layer, scale = LAYERS[name](is_soft), 1 / (1 - ALPHA) if name == "Norse" else 1.0
        currents = (x.detach() * scale).requires_grad_()

        def work() -> None:
            z = layer(currents)
            rates[name] = z.detach().mean().item() if name not in rates else rates[name]
            z.backward(g)
            currents.grad = None

        return work

    there = ["ours", *(name for name, package in PEERS.items() if find_spec(package))]
    works = {name: both_ways(name) for name in there}
    seconds = in_turn({**works, "limit": memory_limit(shape)})
    memory = {name: peak_mb(work) for name, work in works.items()}
    title, limit = f"LIF layer both ways, {'soft' if is_soft else 'hard'} reset, {size}", seconds.pop("limit")
    lines = [Line(title, seconds["ours"], ours_mb=memory["ours"], limit_s=1.7 * limit, note=_limit_note(1.7, limit))]
    for name, bar in zip(PEERS, (4, 5, 60 if size.startswith("T=400") else 20), strict=True):
        note = f"spikes a step: {rates['ours']:.4f} and {rates[name]:.4f}" if name in rates else ""
        lines.append(peer_line(title, name, bar, seconds, memory, note))
    return lines


def peer_line(
    work: str, peer: str, bar: float | None, seconds: dict[str, float], memory: dict[str, float | None], note: str
) -> Line:
    """Ours against one peer; `bar`: how many times faster we are to be."""
    theirs, ours_mb, their_mb = seconds.get(peer), memory["ours"], memory.get(peer)
    limit = theirs / bar if theirs and bar else None
    note = f"bar {bar}; {note}" if limit else note
    if ours_mb and their_mb:
        note += f"; memory {ours_mb / their_mb:.2f} of theirs"
    package = version(PEERS[peer.split(",")[0]])
    return Line(work, seconds["ours"], peer, package, theirs, ours_mb, their_mb, limit, note)


def memory_limit(shape: tuple[int, ...]) -> Work:
    """Twice two arrays read and one written, as much as a layer must move forward and backward."""
    a, b, c = torch.ones(shape), torch.ones(shape), torch.empty(shape)

    def work() -> None:
        torch.add(a, b, out=c)
        torch.add(a, b, out=c)

    return work


def _limit_note(bar: float, limit: float) -> str:
    return f"bar {bar} x the time to move as many bytes ({1000 * limit:.2f} ms)"


def kernels(shape: tuple[int, ...], is_hard: bool) -> Work:
    """The kernels alone, into buffers that are there already."""
    fused, rows, flat = _fused_lif, _fused_lif._rows, _fused_lif._flat
    x, g, v = torch.randn(shape) * 0.6 + 0.1, torch.randn(shape), torch.zeros(shape[1:])
    z, h = torch.empty_like(x), torch.empty_like(x)
    number = rows(x).dtype.type
    neuron, bump = (number(ALPHA), number(1), number(0), is_hard), (False, fused.ATAN, number(3))
    forward, backward = (fused._charge, fused._charge_blocks), (fused._adjoint, fused._adjoint_blocks)

    def work() -> None:
        fused._sweep(*forward, v.numel(), rows(x), flat(v.zero_()), rows(z), rows(h), *neuron)
        fused._sweep(*backward, v.numel(), rows(g), rows(h), flat(v.zero_()), *neuron, *bump)

    return work


def kernel_lines(size: str) -> list[Line]:
    lines = []
    for is_hard in (False, True):
        seconds = in_turn({"ours": kernels(SIZES[size], is_hard), "limit": memory_limit(SIZES[size])})
        title = f"LIF kernels alone, {'hard' if is_hard else 'soft'} reset, {size}"
        note = _limit_note(1.3, seconds["limit"]) + f"; {seconds['ours'] / seconds['limit']:.2f}"
        lines.append(Line(title, seconds["ours"], limit_s=1.3 * seconds["limit"], note=note))
    return lines
