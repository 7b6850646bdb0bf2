"""An echo state network and its read-out against reservoirpy, on the same weights and the same series."""

from __future__ import annotations

import copy
import os
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from _table import Line, finish, interleaved, version
from scipy.sparse import csr_matrix

from neurarium.core import Rng
from neurarium.learning import ridge_readout
from neurarium.nets.recurrent import EchoStateNetwork

N_UNITS, N_STEPS, N_TURNS = 500, 2000, 9
TYPES = {"float64": torch.float64, "float32": torch.float32}
FASTER, NO_SLOWER = 5.0, 1 / 1.1  # bars: many series, one series


def network(dtype: torch.dtype) -> EchoStateNetwork:
    """10 % connected, as reservoirpy's default."""
    return EchoStateNetwork(n_inputs=1, n_units=N_UNITS, n_connections=N_UNITS // 10, leak=0.5, rng=Rng(0)).to(dtype)


def peer_of(net: EchoStateNetwork) -> Any:
    """The peer in float64, its default, in which it is faster than in float32."""
    from reservoirpy.nodes import Reservoir

    net = copy.deepcopy(net).double()
    return Reservoir(
        W=csr_matrix(net.weight_rec.numpy()), Win=net.weight_in.numpy(), bias=net.bias.numpy(), lr=net.leak
    )


def states(n_series: int, kind: str) -> Line:
    net = network(TYPES[kind])
    x = torch.rand(N_STEPS, n_series, 1, generator=Rng(0)("input")).to(TYPES[kind])
    work = f"{n_series} series of {N_STEPS:,} steps, {N_UNITS} units, {kind}"
    if not find_spec("reservoirpy"):
        (ours,) = interleaved(lambda: net(x), n=N_TURNS)
        return Line(work, ours, peer="reservoirpy", peer_version=version("reservoirpy"))
    peer, series = peer_of(net), [np.ascontiguousarray(s) for s in x.double().transpose(0, 1).numpy()]

    def theirs() -> list[np.ndarray]:
        found = []
        for one in series:
            peer.reset()
            found.append(peer.run(one))
        return found

    peer.initialize(series[0])
    difference = np.abs(net(x)[0].transpose(0, 1).numpy() - np.stack(theirs())).max()
    ours, peer_s = interleaved(lambda: net(x), theirs, n=N_TURNS)
    bar = FASTER if n_series > 1 else NO_SLOWER
    note = f"peer in float64, same weights, states differ by at most {difference:.0e}; bar: {bar:.2g} times"
    return Line(work, ours, "reservoirpy", version("reservoirpy"), peer_s, limit_s=peer_s / bar, note=note)


def readout() -> Line:
    net, n_steps = network(torch.float64), 10_000
    x = torch.rand(n_steps, 1, 1, generator=Rng(0)("input")).double()
    h, y = net(x)[0][:, 0], x[:, 0].roll(3, 0)
    work = f"ridge read-out of {n_steps:,} states, {N_UNITS} units, float64"
    if not find_spec("reservoirpy"):
        (ours,) = interleaved(lambda: ridge_readout(h, y), n=N_TURNS)
        return Line(work, ours, peer="reservoirpy", peer_version=version("reservoirpy"))
    from reservoirpy.nodes import Ridge

    a, b = h.numpy(), y.numpy()
    ours, peer_s = interleaved(lambda: ridge_readout(h, y), lambda: Ridge(ridge=1e-6).fit(a, b), n=N_TURNS)
    return Line(work, ours, "reservoirpy", version("reservoirpy"), peer_s, note="Gram matrix and Cholesky; no bar")


def lines() -> list[Line]:
    torch.set_num_threads(1)
    before = os.getloadavg()[0]  # of other work: on a busy machine wall-clock times say little
    rows = [states(n, kind) for kind in TYPES for n in (1, 16, 64)] + [readout()]
    about = f"one thread, median of {N_TURNS} in turn, {os.cpu_count()} cores, load {before:.1f}"
    return [replace(row, note=f"{row.note}; {about}".lstrip("; ")) for row in rows]


def main() -> None:
    finish("reservoir", lines())


if __name__ == "__main__":
    main()
