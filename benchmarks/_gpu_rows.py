"""Lines on one LIF layer on a GPU, both ways in half precision, against SpikingJelly and the memory of the card."""

from __future__ import annotations

import gc
import statistics
from importlib.util import find_spec

import torch
from _lif_rows import our_layer, spikingjelly_layer
from _table import Line, version
from _turns import Work

SIZES = {
    "65 k neurons, T=100": (100, 1 << 16),
    "1 M neurons, T=100": (100, 1 << 20),
    "4 M neurons, T=32": (32, 1 << 22),
}
BYTES = 10.5  # a neuron and instant, both ways; `neurons/_triton_lif.py` counts them, a test measures them
BAR, N_TURNS = 1.3, 20


def gpu_lines() -> list[Line]:
    """A line for each size; where there is no GPU it says so."""
    if torch.cuda.is_available() and find_spec("triton"):
        return [line(size) for size in SIZES]
    reason = "no Triton" if torch.cuda.is_available() else "no GPU"
    return [Line(title(size), None, "SpikingJelly", version("spikingjelly"), note=reason) for size in SIZES]


def title(size: str) -> str:
    return f"GPU, bfloat16: LIF layer both ways, soft reset, {size}"


def line(size: str) -> Line:
    shape = SIZES[size]
    x = (0.6 * torch.randn(shape, device="cuda") + 0.1).bfloat16().requires_grad_()
    g = torch.randn_like(x)
    makers = {"ours": our_layer} | ({"SpikingJelly": spikingjelly_layer} if find_spec("spikingjelly") else {})
    works = {name: both_ways(make(True), x, g) for name, make in makers.items()}
    a, b, c = (torch.ones_like(g) for _ in range(3))
    seconds = gpu_in_turn({**works, "add": lambda: torch.add(a, b, out=c)})
    bandwidth = 3 * g.nbytes / seconds["add"]
    share = BYTES * g.numel() / seconds["ours"] / bandwidth
    theirs, bar = seconds.get("SpikingJelly"), BAR if shape[1] >= 1 << 20 else None
    note = f"{torch.cuda.get_device_name()}; {BYTES} bytes a neuron and instant are {share:.0%} of the "
    note += f"{bandwidth / 1e12:.2f} TB/s of a sum of two arrays" + (f"; bar {bar}" if bar else "")
    limit = theirs / bar if theirs and bar else None
    return Line(title(size), seconds["ours"], "SpikingJelly", version("spikingjelly"), theirs, limit_s=limit, note=note)


def both_ways(layer: Work, x: torch.Tensor, g: torch.Tensor) -> Work:
    def work() -> None:
        x.grad = None
        layer(x).backward(g)

    return work


def gpu_in_turn(works: dict[str, Work]) -> dict[str, float]:
    """Median seconds of each by the card's own clock, in turn, after rounds that compile and fill its caches."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    gc.collect()
    for turn in range(N_TURNS + 3):
        for name, work in works.items():
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            torch.cuda.synchronize()
            start.record()
            work()
            end.record()
            torch.cuda.synchronize()
            if turn >= 3:
                taken[name].append(start.elapsed_time(end) / 1000)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
