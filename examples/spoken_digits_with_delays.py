"""Teach a recurrent network of adaptive spiking neurons to tell spoken digits, and write it as NIR for a chip.

python examples/spoken_digits_with_delays.py [net.nir]      (about ten seconds on one core)

Weights and delays are learned. NIR has no adaptive threshold and no soft reset; the neurons adapt by a current: their
spikes, slowly filtered, are taken off their input. With the extra `hardware` the network is exported and read again.

The recordings are real, the Free Spoken Digit Dataset: from $NEURARIUM_DATA/fsdd/free-spoken-digit-dataset.zip, or from
its home. Where neither can be had, generated volleys stand in, and the script says so.
"""

import sys
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F

from neurarium.core import NeurariumError, Rng
from neurarium.core.extras import require
from neurarium.nets.spiking import DelayedSNN, ExactStep, SpikingGraph, from_nir, to_nir
from neurarium.neurons import LIF, HardReset, LeakyIntegrator
from neurarium.synapses import DelayedDense, Dense, OneToOne
from neurarium.tasks import SpikeTrains, lagged_volleys, spoken_digits


def main() -> None:
    """Train, test, export, and check that what was exported answers alike."""
    rng = Rng(7)
    data = recordings(rng)
    tau = dict(tau_mem_ms=2 * data.dt_ms, dt_ms=data.dt_ms)
    net = DelayedSNN(
        sizes=(data.n_channels, 48, data.n_classes),
        synapses=partial(DelayedDense, max_delay_steps=20, gain=3.0),
        neuron=partial(adaptive_lif, 48, **tau),
        readout=partial(LeakyIntegrator, **tau),
        recurrent=partial(Dense, gain=0.5),
        rng=rng,
    )
    delays = [synapses.delay_steps for synapses in net.synapses]
    weights = [p for name, p in net.named_parameters() if not name.endswith("delay_steps")]
    optimiser = torch.optim.Adam([{"params": weights}, {"params": delays, "lr": 0.5}], lr=0.01)

    for epoch in range(10):
        for synapses in net.synapses:
            synapses.sigma_steps = max(0.5, 10 * 0.5**epoch)  # wide at first: one step sees every delay
        for x, y in data.batches(batch_size=100, rng=rng):
            optimiser.zero_grad()
            F.cross_entropy(net(x)[0].softmax(-1).sum(0), y).backward()
            optimiser.step()
            for synapses in net.synapses:
                synapses.clamp_delays()

    net.eval()  # delays in whole steps
    with torch.no_grad():
        out, _ = net(data.test_x)
    accuracy = (out.softmax(-1).sum(0).argmax(-1) == data.test_y).float().mean().item()
    print(f"accuracy on {len(data.test_y)} trials that were held out: {accuracy:.1%}")
    print(f"delays, in steps of {data.dt_ms:g} ms: {torch.cat([d.flatten() for d in delays]).mean():.1f} on average")
    assert accuracy > 0.75, "spike counts alone give a linear classifier less than that"

    try:
        nir = require("hardware", "nir")
    except NeurariumError as missing:
        return print(f"Not exported: {missing}")
    path, step, some = Path(*sys.argv[1:2] or ["net.nir"]), ExactStep(dt_ms=data.dt_ms), data.test_x[:, :20]
    nir.write(path, to_nir(net, like=some[0], integrator=step))
    with torch.no_grad():
        read, _ = from_nir(nir.read(path), integrator=step)(some)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    torch.testing.assert_close(read, out[:, :20], atol=1e-3, rtol=0)


def adaptive_lif(n_units: int, **tau: float) -> SpikingGraph:
    """LIF neurons that tire: each spike leaves a trace that decays slowly and weighs against the input."""
    trace = LeakyIntegrator(tau_mem_ms=5 * tau["tau_mem_ms"], dt_ms=tau["dt_ms"])
    back = OneToOne(n_units=n_units, weight=-0.1)
    nodes = {"lif": LIF(reset=HardReset(is_detached=True), **tau), "trace": trace, "back": back}
    loop = [("lif", "trace"), ("trace", "back"), ("back", "lif")]
    return SpikingGraph(nodes=nodes, links=[("input", "lif"), *loop, ("lif", "output")])


def recordings(rng: Rng) -> SpikeTrains:
    """Spoken digits as spikes; where there are none, something that timing alone tells too."""
    try:
        return spoken_digits(dt_ms=20.0, rng=rng)
    except NeurariumError as missing:
        print(f"{missing}\nNot on speech, on generated volleys:")
        return lagged_volleys(rng=rng)


if __name__ == "__main__":
    main()
