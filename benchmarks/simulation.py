"""Balanced networks and Izhikevich's network against Brian2: its cython target in this process, its C++ loop beside it.

Both simulate one second of the same network, same connections and same start, and keep every spike. With cython the
clock is that of the CPU, which a busy machine does not falsify; the C++ program tells the wall time of its loop.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from _table import Line, finish, version

from neurarium.core import Rng
from neurarium.nets.spiking import COBA, CUBA, BalancedState, IzhikevichNetwork

N_TURNS, N_UNITS, N_EXC = 7, 4000, 3200
BARS = {"CUBA": (8.0, 1.5), "COBA": (8.0, 1.5), "Izhikevich": (5.0, None)}
SIZES = {
    "CUBA": "4000 units, 2 %, dt 0.1 ms",
    "COBA": "4000 units, 2 %, dt 0.1 ms",
    "Izhikevich": "1000 units, dt 1 ms",
}
EQUATIONS = {
    "CUBA": """dv/dt = (ge + gi - (v + 49*mV)) / (20*ms) : volt (unless refractory)
               dge/dt = -ge / (5*ms) : volt
               dgi/dt = -gi / (10*ms) : volt""",
    "COBA": """dv/dt = (ge * (0*mV - v) + gi * (-80*mV - v) - (v + 60*mV)) / (20*ms) : volt (unless refractory)
               dge/dt = -ge / (5*ms) : 1
               dgi/dt = -gi / (10*ms) : 1""",
}
IZHIKEVICH_STEP = """x = scale * randn() + current
                     v += 0.5 * (0.04 * v * v + 5 * v + 140 - u + x)
                     v += 0.5 * (0.04 * v * v + 5 * v + 140 - u + x)
                     u += a * (b * v - u)
                     current = 0"""


def our_net(name: str) -> tuple[Any, Any, int]:
    """Network, start and steps of one second, in float64 as Brian2 has it."""
    if name == "Izhikevich":
        net = IzhikevichNetwork(rng=Rng(0)).double()
        return net, net.init_state(torch.zeros(net.n_units, dtype=torch.float64)), 1000
    # Brian2 counts the step of the spike as the first of the 5 ms of silence, we count from the next.
    net = {"CUBA": CUBA, "COBA": COBA}[name](refractory_ms=4.9, rng=Rng(0)).double()
    return net, net.draw_state(rng=Rng(1)), 10_000


def brian_parts(name: str, net: Any, start: Any) -> list[Any]:
    """The same network as Brian2 objects, its spike monitor last."""
    return izhikevich_parts(net) if name == "Izhikevich" else balanced_parts(name, net, start)


def balanced_parts(name: str, net: Any, start: BalancedState) -> list[Any]:
    import brian2 as b

    b.defaultclock.dt = 0.1 * b.ms
    method = {"CUBA": "exact", "COBA": "exponential_euler"}[name]
    units = b.NeuronGroup(
        N_UNITS, EQUATIONS[name], threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * b.ms, method=method
    )
    unit = b.mV if name == "CUBA" else 1
    units.v = (start.v.numpy() - 60) * b.mV
    units.ge, units.gi = start.g_exc.numpy() * unit, start.g_inh.numpy() * unit
    parts = [units]
    for target, projection, first in (("ge", net.exc, 0), ("gi", net.inh, N_EXC)):
        synapses = projection.weights
        weight = synapses.weight[0].item() * unit
        on_pre, namespace = f"{target}_post += {target}_jump", {f"{target}_jump": weight}
        arrows = b.Synapses(units, units, on_pre=on_pre, namespace=namespace)
        arrows.connect(i=synapses.pre.numpy() + first, j=synapses.targets.numpy())
        parts.append(arrows)
    return [*parts, b.SpikeMonitor(units)]


def izhikevich_parts(net: Any) -> list[Any]:
    import brian2 as b

    b.defaultclock.dt = 1 * b.ms
    names = ("v", "u", "a", "b", "c", "d", "current", "scale")
    model = "\n".join(f"{name} : 1" for name in names)
    units = b.NeuronGroup(net.n_units, model, threshold="v >= 30", reset="v = c; u += d")
    cells = {"a": net.cells.a, "b": net.cells.b, "c": net.cells.c_mv, "d": net.cells.d, "scale": net.scale}
    for name, values in cells.items():
        setattr(units, name, values.numpy())
    units.v, units.u = -65, -65 * net.cells.b.numpy()
    advance = units.run_regularly(IZHIKEVICH_STEP, when="groups")
    arrows = b.Synapses(units, units, "w : 1", on_pre="current_post += w")
    arrows.connect()
    arrows.w = net.synapses.weight.detach().mT.flatten().numpy()
    return [units, advance, arrows, b.SpikeMonitor(units)]


def cython_runs(name: str, net: Any, start: Any) -> tuple[Callable[[], float], Callable[[], float], Any]:
    """CPU seconds of a run of one step and of one second, code already compiled; and the monitor."""
    import brian2 as b

    b.set_device("runtime")
    b.prefs.codegen.target = "cython"
    parts = brian_parts(name, net, start)
    whole = b.Network(parts)
    whole.store()

    def run(duration: Any) -> float:
        whole.restore()
        began = time.process_time()
        whole.run(duration, namespace={})
        return time.process_time() - began

    return (lambda: run(parts[0].clock.dt)), (lambda: run(1 * b.second)), parts[-1]


def cpp_second(name: str, net: Any, start: Any, folder: Path) -> tuple[Callable[[], float], float]:
    """Wall seconds of the time loop, as the program itself tells; and those to write and compile it."""
    import brian2 as b

    began = time.perf_counter()
    b.set_device("cpp_standalone", directory=str(folder), build_on_run=False)
    b.device.reinit()
    b.device.activate(directory=str(folder), build_on_run=False)
    whole = b.Network(brian_parts(name, net, start))
    whole.run(1 * b.second, namespace={})
    b.device.build(directory=str(folder), compile=True, run=False)
    took = time.perf_counter() - began

    def second() -> float:
        subprocess.run([folder / "main"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return float((folder / "results" / "last_run_info.txt").read_text().split()[0])

    return second, took


def measured(name: str) -> list[Line]:
    net, start, n_steps = our_net(name)
    single = type(net).float(our_net(name)[0])
    single_start = torch.utils._pytree.tree_map(lambda t: t.float(), start)
    began = time.perf_counter()
    spikes, _ = net.simulate(n_steps, start)
    note = f"first call {time.perf_counter() - began:.1f} s"
    works: dict[str, Callable[[], float]] = {
        "ours": lambda: timed(net, start, n_steps, time.process_time),
        "float32": lambda: timed(single, single_start, n_steps, time.process_time),
    }
    title, peer_version = f"{name}, {SIZES[name]}, 1 s", version("brian2")
    if find_spec("brian2") is None:
        return [Line(title, works["ours"](), "Brian2", peer_version, note=note)]
    with tempfile.TemporaryDirectory() as folder:
        works["C++"], built = cpp_second(name, net, start, Path(folder))
        works["one step"], works["cython"], monitor = cython_runs(name, net, start)
        works["ours, wall"] = lambda: timed(net, start, n_steps, time.perf_counter)
        taken = {work: [] for work in works}
        for turn in range(N_TURNS + 1):
            for work, run in works.items():
                gc.collect()
                seconds = run()
                if turn:
                    taken[work].append(seconds)
    s = {work: statistics.median(seconds) for work, seconds in taken.items()}
    loop = s["cython"] - s["one step"]
    note += f"; CPU; theirs is a whole run(), less one of a single step it is {loop:.3f} s ({loop / s['ours']:.1f} x)"
    note += f"; ours in float32: {1000 * s['float32']:.1f} ms"
    note += f"; {len(spikes.units)} spikes, {agreement(name, spikes, monitor)}"
    cython, cpp = BARS[name]
    lines = [
        Line(title, s["ours"], "Brian2 cython", peer_version, s["cython"], limit_s=s["cython"] / cython, note=note)
    ]
    limit = None if cpp is None else s["C++"] / cpp
    note = f"loop alone, wall; its program takes {built:.0f} s to write and compile"
    return [*lines, Line(title, s["ours, wall"], "Brian2 C++", peer_version, s["C++"], limit_s=limit, note=note)]


def timed(net: Any, start: Any, n_steps: int, clock: Callable[[], float]) -> float:
    began = clock()
    net.simulate(n_steps, start)
    return clock() - began


def agreement(name: str, spikes: Any, monitor: Any) -> str:
    """How long the spikes are the same ones, for a network without noise."""
    import brian2 as b

    theirs = torch.as_tensor(monitor.i[:]).long(), torch.as_tensor((monitor.t / (0.1 * b.ms))[:].round()).long()
    if name == "Izhikevich":
        return f"theirs {len(theirs[0])}, other noise"
    n = min(len(theirs[0]), len(spikes.units))
    differs = (theirs[0][:n] != spikes.units[:n]) | (theirs[1][:n] != spikes.steps[:n])
    if not differs.any() and len(theirs[0]) == len(spikes.units):
        return "all of them Brian2's"
    k = int(differs.nonzero()[0]) if differs.any() else n
    return f"Brian2's {len(theirs[0])}, the same for {0.1 * float(theirs[1][min(k, n - 1)]):.0f} ms"


def lines() -> list[Line]:
    torch.set_num_threads(1)
    return [line for name in BARS for line in measured(name)]


def main() -> None:
    finish(f"simulation ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {N_TURNS})", lines())


if __name__ == "__main__":
    main()
