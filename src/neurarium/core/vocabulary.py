"""One meaning for each word: every public parameter and metric, with its unit and direction.

A test refuses a public parameter or a metric that is not listed here. Look a word up before you invent one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from neurarium.core.errors import unknown

Direction = Literal["higher", "lower", "neither"]
Level = Literal["behaviour", "representation", "implementation"]


@dataclass(frozen=True)
class Metric:
    """A number that a trial may report.

    Attributes:
        meaning: one line.
        better: whether a higher or a lower value is better, or neither.
        level: Marr's level it speaks of.
        unit: ``""`` for a pure number; ``"fraction"`` is shown in percent.
    """

    meaning: str
    better: Direction
    level: Level
    unit: str = ""


METRICS: dict[str, Metric] = {
    # behaviour
    "accuracy": Metric("share of trials answered correctly", "higher", "behaviour", "fraction"),
    "average_accuracy": Metric("accuracy over all tasks after the last one (ACC)", "higher", "behaviour", "fraction"),
    "backward_transfer": Metric("change of old tasks' accuracy since learned (BWT)", "higher", "behaviour", "fraction"),
    "learning_accuracy": Metric("accuracy on each task right after learning it", "higher", "behaviour", "fraction"),
    "spectral_damage": Metric("accuracy lost as eigenvalues are made alike", "neither", "behaviour", "fraction"),
    "loss": Metric("value of the training loss on held-out data", "lower", "behaviour"),
    "accuracy_spread": Metric("best minus worst accuracy of a group of systems", "neither", "behaviour", "fraction"),
    # representation
    "auc": Metric("chance that different systems are farther apart than like ones", "higher", "representation"),
    "d_prime": Metric("distance of two classes along a read-out, in deviations", "higher", "representation"),
    "floor_ratio": Metric("distance to a system over that between two seeds of it", "neither", "representation"),
    "linearity": Metric("share of a distance's variance linear in what was mixed in", "higher", "representation"),
    "mixing_gap": Metric("least mixed minus not mixed, in standard deviations over pairs", "higher", "representation"),
    "order_accuracy": Metric("rank correlation of closeness with accuracy", "higher", "representation"),
    "order_shared": Metric("rank correlation of closeness with shared components", "higher", "representation"),
    "captured_energy": Metric("activity held by learned rows, relative to the best rows", "higher", "representation"),
    # implementation
    "seconds": Metric("wall-clock time of the trial", "lower", "implementation", "s"),
    "dense_macs": Metric("multiply-accumulates, zeros included, a sample", "lower", "implementation"),
    "effective_macs": Metric("multiply-accumulates with non-zero operands, a sample", "lower", "implementation"),
    "effective_acs": Metric("accumulates caused by spikes, a sample", "lower", "implementation"),
    "n_parameters": Metric("numbers that are learned", "lower", "implementation"),
    "total_weight": Metric("sum of absolute weights between units", "lower", "implementation"),
    "weight_entropy_bits": Metric("entropy of the shares of absolute weight", "neither", "implementation", "bits"),
    "weight_histogram_entropy_bits": Metric("entropy of weights in fixed bins", "neither", "implementation", "bits"),
    "kept_weights": Metric("share of weights above 1 % of the largest", "lower", "implementation", "fraction"),
    "self_connection_share": Metric("share of weight on the diagonal", "neither", "implementation", "fraction"),
    "modularity": Metric("Newman's Q of the strongest connections", "neither", "implementation"),
    "small_worldness": Metric("clustering over path length, relative to random graphs", "neither", "implementation"),
    "wiring_length": Metric("mean distance spanned by the strongest connections", "lower", "implementation"),
    "spectral_entropy_bits": Metric("entropy of the shares of eigenvalue moduli", "neither", "representation", "bits"),
    "spectral_radius": Metric("largest modulus of an eigenvalue", "neither", "representation"),
    "modulus_std": Metric("standard deviation of eigenvalue moduli", "neither", "representation"),
    "phase_entropy_bits": Metric("entropy of eigenvalue phases in fixed bins", "neither", "representation", "bits"),
}

PARAMETERS: dict[str, str] = {
    "a": "share of a recovery variable kept, or its rate",
    "a_ns": "adaptation below threshold, nanosiemens",
    "accuracy": "accuracy matrix (after task, on task)",
    "activation": "elementwise function of a unit's input",
    "alpha": "height of the fast map of Rulkov's neuron",
    "angles_deg": "rotation of each task, counter-clockwise",
    "b": "effect of the potential on a recovery variable",
    "b_na": "jump of an adaptation current at a spike",
    "beta": "rise of a threshold per spike; third coefficient of the Lorenz system",
    "burn_in": "integration steps thrown away first",
    "c": "offset of a recovery variable",
    "c_mv": "potential after a spike (Izhikevich's c)",
    "choice_steps": "steps in which the choices are shown",
    "clip": "bound on each entry of an update",
    "coherences": "strengths of evidence, in [0, 1]",
    "d": "jump of a recovery variable at a spike",
    "delay_steps": "steps between two events",
    "density": "share of connections kept, the strongest",
    "distances": "distance between units, (units, units)",
    "dt_ms": "length of one step",
    "edges": "rising edges of the bins of a histogram",
    "effort": "how hard to search for the best alignment",
    "frequency_std": "spread of initial natural frequencies",
    "gain": "factor on the size of initial weights",
    "goal_steps": "steps in which the goal is shown",
    "groups": "classes of each task of a split stream",
    "images": "a labelled image set (tasks.Images)",
    "init": "function (shape, generator) -> initial weights",
    "initial": "starting points",
    "inputs": "arguments of what is run",
    "interval": "steps between two delays of an embedding",
    "is_debiased": "correct the bias of a finite sample",
    "is_diagonal_charged": "self-connections pay the penalty too",
    "is_lower_bound_ok": "accept a count with operators missing",
    "is_relabelled": "labels count from 0 in every task",
    "k": "constant input of a map",
    "kernel": "similarity of two samples; None is linear",
    "loss": "function of the read-out, gives a scalar",
    "lr": "step size of learning",
    "max_spikes": "most spikes of a neuron in one step",
    "membrane": "constants of an exponential membrane",
    "modulus_edges": "bin edges of eigenvalue moduli",
    "momentum": "share of the old running mean of updates",
    "mu": "step of a slow variable",
    "n_branches": "groups of synapses that are summed first",
    "n_delays": "copies in a delay embedding",
    "n_dims": "dimensions of one unit",
    "n_inner": "updates for each batch",
    "n_inputs": "features of the input",
    "n_items": "items to remember",
    "n_memory": "memory units of one neuron",
    "n_outputs": "features of the output",
    "n_post": "postsynaptic units",
    "n_pre": "presynaptic units",
    "n_random": "random graphs to compare with",
    "n_samples": "samples that a run holds",
    "n_stacked": "networks that run as one",
    "n_steps": "time points",
    "n_tasks": "experiences of a stream",
    "n_trials": "trials",
    "n_units": "units",
    "net": "a network",
    "neuron": "a neuron, or what makes the neurons of a layer",
    "noise_std": "standard deviation of input noise, per channel and step",
    "operations": "result of cost.operations",
    "operators": "one linear operator a system, (systems, rank, rank)",
    "periods": "durations of the parts of a trial",
    "phase_edges": "bin edges of eigenvalue phases",
    "positions": "where each unit sits, (units, axes)",
    "quantise": "function that puts values on a grid",
    "rank": "dimensions kept of an embedding",
    "refractory_ms": "silence after a spike",
    "reset": "what a spike does to the potential",
    "resonance_hz": "frequency at which a neuron rings",
    "rho": "second coefficient of the Lorenz system",
    "ridge": "penalty on the size of an operator, relative to its data",
    "rng": "named streams of randomness (core.Rng)",
    "rows": "vectors that span a subspace, (rows, units)",
    "rule": "a plasticity rule",
    "rules": "rules that trials are drawn from, in equal shares",
    "run": "module or function to run",
    "sigma": "first coefficient of the Lorenz system",
    "size": "pixels a side of square images",
    "sizes": "units of each layer, input first",
    "step_size": "integration step, without unit",
    "strength": "weight of a penalty",
    "stride": "integration steps between kept points",
    "surrogate": "pseudo-derivative of a spike",
    "table": "energy of each operation, with its source",
    "tau_adapt_ms": "time constant of a threshold's adaptation",
    "tau_mem_ms": "membrane time constant",
    "tau_ms": "time constant of a rate unit",
    "tau_range_ms": "bounds of time constants that are learned",
    "tau_syn_ms": "time constant of a synaptic current",
    "tau_w_ms": "time constant of an adaptation current",
    "test_fraction": "share of the images held out",
    "threshold": "potential at which a neuron spikes",
    "use_diagonal": "self-connections count too",
    "v_reset_mv": "potential after a spike",
    "v_rest": "fast variable of a map at its fixed point",
    "w": "weights, (to, from) units",
    "watch": "lists that collect what a rule sees",
    "X": "one system: (samples, units) or (trials, time, units)",
    "x": "input, time first",
    "Y": "the other system, in the same order of samples",
}


def metric(name: str) -> Metric:
    """Look a metric up; ``accuracy__anti`` is metric ``accuracy`` with the qualifier ``anti``.

    Raises:
        UnknownNameError: when it is not in the vocabulary.
    """
    base = re.split(r"__", name, maxsplit=1)[0]
    if base not in METRICS:
        raise unknown("metric", base, METRICS, "Add it to core/vocabulary.py with its meaning and direction.")
    return METRICS[base]
