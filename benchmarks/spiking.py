"""Spiking layers and a train step against SpikingJelly, snnTorch and Norse, and against the speed of memory.

One process measures with one thread, another with two; in each, ours and every peer run in turn. With one thread the
clock is that of the CPU, which a busy machine does not falsify; with two it is the wall's.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from _table import Line, finish, version
from torch import Tensor, nn

from neurarium.core import ATan, Rng
from neurarium.neurons import LIF, HardReset, LeakyIntegrator, SoftReset, _fused_lif
from neurarium.synapses import EventDense

Work = Callable[[], Any]
THREADS = "NEURARIUM_BENCH_THREADS"  # set in the processes that measure
TAU_MS = 20.0
ALPHA = LIF(tau_mem_ms=TAU_MS).alpha
SIZES = {"T=100, B=64, N=1024": (100, 64, 1024), "T=400, B=16, N=1024": (400, 16, 1024)}
PEERS = {"SpikingJelly": "spikingjelly", "snnTorch": "snntorch", "Norse": "norse"}
N_TURNS = 7


def clock() -> float:
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def in_turn(works: dict[str, Work]) -> dict[str, float]:
    """Median seconds of each, measured in turn after one round that is not."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(N_TURNS + 1):
        for name, work in works.items():
            gc.collect()
            started = clock()
            work()
            if turn:
                taken[name].append(clock() - started)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def peak_mb(work: Work) -> float | None:
    """How far the process grows while it works, above what it held before (Linux)."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # forgets the highest mark so far
        before = _status_kb("VmRSS")
        work()
        return (_status_kb("VmHWM") - before) / 1000
    return None


def _status_kb(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


# One layer, forward and backward, from currents and a gradient that are given.


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
            currents.grad = None
            z = layer(currents)
            rates[name] = z.detach().mean().item() if name not in rates else rates[name]
            z.backward(g)

        return work

    there = ["ours", *(name for name, package in PEERS.items() if find_spec(package))]
    works = {name: both_ways(name) for name in there}
    seconds, limit = in_turn({**works, "limit": memory_limit(shape)}), 0.0
    limit = seconds.pop("limit")
    memory = {name: peak_mb(work) for name, work in works.items()}
    title = f"LIF layer both ways, {'soft' if is_soft else 'hard'} reset, {size}"
    lines = [Line(title, seconds["ours"], ours_mb=memory["ours"], limit_s=1.7 * limit, note=_limit_note(1.7, limit))]
    for name, bar in zip(PEERS, (4, 5, 60 if size.startswith("T=400") else 20), strict=True):
        rate = f"bar {bar}; spikes a step: {rates['ours']:.4f} and {rates.get(name, float('nan')):.4f}"
        lines.append(peer_line(title, name, seconds, rate if name in seconds else "", memory["ours"], memory.get(name)))
    return lines


def peer_line(
    work: str, peer: str, seconds: dict[str, float], note: str, ours_mb: float | None = None, mb: float | None = None
) -> Line:
    package = PEERS[peer.split(",")[0]]
    return Line(work, seconds["ours"], peer, version(package), seconds.get(peer), ours_mb, mb, note=note)


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
    z, h, g_x = (torch.empty_like(x) for _ in range(3))
    number = rows(x).dtype.type
    neuron, bump = (number(ALPHA), number(1), number(0), is_hard), (False, fused.ATAN, number(3))
    forward, backward = (fused._charge, fused._charge_blocks), (fused._adjoint, fused._adjoint_blocks)

    def work() -> None:
        fused._sweep(*forward, v.numel(), rows(x), flat(v.zero_()), rows(z), rows(h), *neuron)
        fused._sweep(*backward, v.numel(), rows(g), rows(h), rows(g_x), flat(v.zero_()), *neuron, *bump)

    return work


def kernel_lines(size: str) -> list[Line]:
    lines = []
    for is_hard in (False, True):
        seconds = in_turn({"ours": kernels(SIZES[size], is_hard), "limit": memory_limit(SIZES[size])})
        title = f"LIF kernels alone, {'hard' if is_hard else 'soft'} reset, {size}"
        note = _limit_note(1.3, seconds["limit"]) + f"; {seconds['ours'] / seconds['limit']:.2f}"
        lines.append(Line(title, seconds["ours"], limit_s=1.3 * seconds["limit"], note=note))
    return lines


# A train step: 700 - 1024 spiking - 20 leaky, from events.


class OurNet(nn.Module):
    """The network of the train step, its input an event tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.carry, self.lif = EventDense(n_pre=700, n_post=1024, rng=Rng(0)), LIF(tau_mem_ms=TAU_MS)
        self.read, self.out = nn.Linear(1024, 20), LeakyIntegrator(tau_mem_ms=TAU_MS)

    def forward(self, x: Tensor) -> Tensor:
        """The read-out at every instant."""
        return self.out(self.read(self.lif(self.carry(x))[0]))[0]


def our_net() -> nn.Module:
    return OurNet()


def spikingjelly_net() -> nn.Module:
    from spikingjelly.activation_based import functional, layer, neuron

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                layer.Linear(700, 1024, bias=False, step_mode="m"),
                spikingjelly_node(None),
                layer.Linear(1024, 20, step_mode="m"),
                neuron.NonSpikingLIFNode(tau=1 / (1 - ALPHA)),  # scales its input by 1 / tau; weights may absorb it
            )

        def forward(self, x: Tensor) -> Tensor:
            functional.reset_net(self)
            return torch.stack(self.layers(x))

    return Net()


def snntorch_net(is_layer_by_layer: bool = False) -> nn.Module:
    import snntorch

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.carry, self.read = nn.Linear(700, 1024, bias=False), nn.Linear(1024, 20)
            self.lif, self.out = snntorch.Leaky(beta=ALPHA), snntorch.Leaky(beta=ALPHA, reset_mechanism="none")

        def forward(self, x: Tensor) -> Tensor:
            if is_layer_by_layer:
                return run(self.out, self.read(run(self.lif, self.carry(x), 0)), 1)
            v, u, outs = x.new_zeros(x.shape[1], 1024), x.new_zeros(x.shape[1], 20), []
            for x_t in x.unbind(0):
                z, v = self.lif(self.carry(x_t), v)
                u = self.out(self.read(z), u)[1]
                outs.append(u)
            return torch.stack(outs)

    def run(cell: nn.Module, x: Tensor, port: int) -> Tensor:
        v, outs = torch.zeros_like(x[0]), []
        for x_t in x.unbind(0):
            z_and_v = cell(x_t, v)
            v = z_and_v[1]
            outs.append(z_and_v[port])
        return torch.stack(outs)

    return Net()


NETS: dict[str, Callable[[], nn.Module]] = {
    "SpikingJelly": spikingjelly_net,
    "snnTorch": snntorch_net,
    "snnTorch, layer by layer": lambda: snntorch_net(is_layer_by_layer=True),
}
STEP_BARS = {"SpikingJelly": "bar 2", "snnTorch": "bar 3", "snnTorch, layer by layer": "not how its manual writes it"}


def train_step(make: Callable[[], nn.Module], x: Tensor, y: Tensor) -> Work:
    net = make()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def work() -> None:
        adam.zero_grad()
        nn.functional.cross_entropy(net(x).mean(0), y).backward()
        adam.step()

    return work


def train_lines() -> list[Line]:
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(100, 64, 700, generator=generator) < 0.05).float()
    y = torch.randint(20, (64,), generator=generator)
    works = {"ours": train_step(our_net, x.to_sparse(), y)}
    works |= {name: train_step(make, x, y) for name, make in NETS.items() if find_spec(PEERS[name.split(",")[0]])}
    seconds, memory = in_turn(works), {name: peak_mb(work) for name, work in works.items()}
    title = "train step 700-1024-20, T=100, B=64, 5 % events, Adam"
    note = "; ours takes events, theirs the dense tensor"
    return [peer_line(title, name, seconds, STEP_BARS[name] + note, memory["ours"], memory.get(name)) for name in NETS]


FIRST_CALL = """
import time, torch
started = time.perf_counter()
from neurarium.neurons import LIF
x = torch.ones(10, 3).requires_grad_()
imported = time.perf_counter()
LIF()(x)[0].sum().backward()
print(imported - started, time.perf_counter() - imported)
"""


def first_call_lines() -> list[Line]:
    """A new process each time: with kernels on disk, and once without."""

    def took(folder: str) -> tuple[float, float]:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        done = subprocess.run([sys.executable, "-c", FIRST_CALL], env=environment, capture_output=True, check=True)
        return tuple(float(s) for s in done.stdout.split())  # type: ignore[return-value]

    with tempfile.TemporaryDirectory() as folder:
        compiling = took(folder)[1]
        imports, calls = zip(*(took(folder) for _ in range(5)), strict=True)
    note = f"wall; import of the neurons, numba with them: {statistics.median(imports):.2f} s more; "
    note += f"the very first one compiles: {compiling:.1f} s"
    return [Line("first call, kernels on disk", statistics.median(calls), limit_s=1.0, note=note)]


def measure() -> list[Line]:
    """All lines of one number of threads."""
    torch.set_num_threads(int(os.environ[THREADS]))
    lines = kernel_lines("T=100, B=64, N=1024")
    for size in SIZES:
        for is_soft in (True, False):
            lines += layer_lines(size, is_soft)
    return lines + train_lines()


def measured(n_threads: int) -> list[Line]:
    """:func:`measure` in a process of its own, as numba fixes its threads when it starts."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", THREADS)
    environment = {**os.environ, **dict.fromkeys(names, str(n_threads))}
    done = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True)
    columns = [{k: v for k, v in line.items() if k != "ratio"} for line in json.loads(done.stdout.splitlines()[-1])]
    label = f"{n_threads} thread{'s' if n_threads > 1 else ''}, {'CPU' if n_threads == 1 else 'wall'}: "
    return [Line(**{**c, "work": label + c["work"]}) for c in columns]


def main() -> None:
    if THREADS in os.environ:
        print(json.dumps([line.to_json() for line in measure()]))
        return
    n_threads = [n for n in (1, 2) if n <= (os.cpu_count() or 1)]
    lines = [line for n in n_threads for line in measured(n)] + first_call_lines()
    finish(f"spiking ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {N_TURNS})", lines)


if __name__ == "__main__":
    main()
