"""One meaning for each word: every public parameter and metric, with its unit and direction.

A test refuses a public parameter or a metric that is not listed here. Look a word up before you invent one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from neurarium.core.errors import unknown
from neurarium.core.parameters import PARAMETERS as PARAMETERS

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
    "spike_auc": Metric(
        "chance that a step with a spike is ranked above one without", "higher", "behaviour", "fraction"
    ),
    "matching_gain": Metric("accuracy that the right topology is ahead", "higher", "behaviour", "fraction"),
    "average_accuracy": Metric("accuracy over all tasks after the last one (ACC)", "higher", "behaviour", "fraction"),
    "backward_transfer": Metric("change of old tasks' accuracy since learned (BWT)", "higher", "behaviour", "fraction"),
    "learning_accuracy": Metric("accuracy on each task right after learning it", "higher", "behaviour", "fraction"),
    "spectral_damage": Metric("accuracy lost as eigenvalues are made alike", "neither", "behaviour", "fraction"),
    "loss": Metric("value of the training loss on held-out data", "lower", "behaviour"),
    "accuracy_spread": Metric("best minus worst accuracy of a group of systems", "neither", "behaviour", "fraction"),
    "tilt_aftereffect_deg": Metric("bias of a fixed readout away from the adapter", "neither", "behaviour", "deg"),
    "cut_ratio": Metric("weight of a cut over that of the largest known", "higher", "behaviour", "fraction"),
    "shortfall": Metric("share of the best value known that an answer misses", "lower", "behaviour", "fraction"),
    "solved_share": Metric("share of problems solved exactly", "higher", "behaviour", "fraction"),
    "calibration_error": Metric("mean distance of confidence and accuracy", "lower", "behaviour", "fraction"),
    "recall_at_1": Metric("share of places recognised by the best answer", "higher", "behaviour", "fraction"),
    "recall_loss": Metric("recall@1 lost by each 100 places more, by regression", "lower", "behaviour", "fraction"),
    "recall_gain": Metric("recall@1 over that of the same spikes unfiltered", "higher", "behaviour", "fraction"),
    "pr_area": Metric("area under precision over recall of accepted answers", "higher", "behaviour"),
    "generations_to_goal": Metric("generations until a goal, or all of them", "lower", "behaviour", "generations"),
    "generations_to_goal_reached": Metric("whether the goal was reached, or the run stopped", "higher", "behaviour"),
    "mean_return": Metric("sum of the rewards of an episode", "higher", "behaviour"),
    "goal_share": Metric("share of runs that came as near as was asked", "higher", "behaviour", "fraction"),
    "chaos_share": Metric("share of starts that end in chaos", "neither", "behaviour", "fraction"),
    "four_cycle_share": Metric("share of starts that end on a cycle of period 4", "neither", "behaviour", "fraction"),
    "coexistence": Metric("share of parameter sets with chaos and a stable cycle", "neither", "behaviour", "fraction"),
    "transient_share": Metric("share of coexistence that a longer run undoes", "neither", "behaviour", "fraction"),
    "amplitude_r2": Metric("squared correlation of a prediction's height with probability", "higher", "behaviour"),
    "explained": Metric("share of what is to be predicted that is predicted", "higher", "behaviour", "fraction"),
    "log2_trials": Metric("log2 of the trials until a criterion is met again after a change", "lower", "behaviour"),
    "log_nrmse": Metric("log10 of the root mean squared error over the target's deviation", "lower", "behaviour"),
    "explained_variance": Metric("share of the target's variance explained", "higher", "behaviour", "fraction"),
    "log_spread": Metric("log of the variation of performance over input scales", "lower", "behaviour"),
    "memory_capacity": Metric("lags that a read-out recalls, as sum of squared correlations", "higher", "behaviour"),
    "time_error_ms": Metric("distance of a prediction's peak from its time", "lower", "behaviour", "ms"),
    "recognition_error": Metric("mean of the rates of false alarms and misses", "lower", "behaviour", "fraction"),
    "spike_agreement": Metric("spikes shared with a reference, of those of either", "higher", "behaviour", "fraction"),
    "bits_per_character": Metric("cross-entropy of the next character", "lower", "behaviour", "bits"),
    "rank_auc": Metric("chance that the greater of two values is measured as such", "higher", "behaviour", "fraction"),
    "order_rho": Metric("rank correlation of the orders in which two groups of models learn", "higher", "behaviour"),
    "bimodality": Metric("Pearson's index of the share of models that is right", "lower", "behaviour"),
    "classifier_agreement": Metric("share of models that give the commonest answer", "higher", "behaviour", "fraction"),
    "error_consistency": Metric("agreement on which samples are right beyond accuracy (κ)", "higher", "behaviour"),
    "transfer_accuracy": Metric("accuracy of a decoder on other systems", "higher", "behaviour", "fraction"),
    # representation
    "auc": Metric("chance that different systems are farther apart than like ones", "higher", "representation"),
    "fg_ari": Metric("agreement of groups of pixels with objects, beyond chance (FG-ARI)", "higher", "representation"),
    "d_prime": Metric("distance of two classes along a read-out, in deviations", "higher", "representation"),
    "floor_ratio": Metric("distance to a system over that between two seeds of it", "neither", "representation"),
    "linearity": Metric("share of a distance's variance linear in what was mixed in", "higher", "representation"),
    "learning_change": Metric("distance from before to after learning over that of seeds", "neither", "representation"),
    "mixing_gap": Metric("least mixed minus not mixed, in standard deviations over pairs", "higher", "representation"),
    "order_accuracy": Metric("rank correlation of closeness with accuracy", "higher", "representation"),
    "order_shared": Metric("rank correlation of closeness with shared components", "higher", "representation"),
    "drift_alignment": Metric(
        "mean cosine of a kernel's drift and the motion it answers to", "higher", "representation"
    ),
    "vote_auc": Metric("chance that a right answer has less energy than a wrong one", "higher", "representation"),
    "usage_entropy_bits": Metric("entropy of the shares of events that units win", "higher", "representation", "bits"),
    "captured_energy": Metric("activity held by learned rows, relative to the best rows", "higher", "representation"),
    "all_effects": Metric("share of networks in which all effects have the right sign", "higher", "representation"),
    "repulsion_deg": Metric("shift of tuning away from the adapter", "neither", "representation", "deg"),
    "adapter_response": Metric("response to the adapter, adapted over unadapted", "neither", "representation"),
    "maxima_change": Metric("change of tuning maxima, relative to them", "neither", "representation", "fraction"),
    "minima_change": Metric("change of tuning minima, relative to maxima", "neither", "representation", "fraction"),
    "decorrelation": Metric("fall of the root mean square correlation of units", "neither", "representation"),
    "correlation_excess": Metric("added correlation that adaptation leaves, as a share", "lower", "representation"),
    "lempel_ziv_complexity": Metric("new phrases of a spike train, about 1 for a coin", "neither", "representation"),
    "unevenness": Metric("spread of mean rates over units, adapted over unadapted", "lower", "representation"),
    "voltage_r2": Metric("share of a potential's variance that is predicted", "higher", "representation", "fraction"),
    "class_variance": Metric("share of spike counts' variance between classes", "higher", "representation", "fraction"),
    "branching_deviation": Metric("distance of a branching factor from one", "lower", "representation"),
    "labels_per_unit": Metric("labels that a unit answers", "neither", "representation"),
    "foreign_spikes": Metric("spikes of a unit for an image of other experts", "lower", "representation"),
    "branching_factor": Metric(
        "spikes after a spike over spikes before it, by connection", "neither", "representation"
    ),
    "branching_ratio": Metric("spikes caused by one spike, by regression over lags", "neither", "representation"),
    "participation_ratio": Metric("number of directions that activity fills", "neither", "representation"),
    "replica_overlap": Metric("likeness of two runs' best states, up to their sign", "neither", "representation"),
    "entropy_order": Metric(
        "rank correlation of sample entropy with the Lyapunov exponent", "higher", "representation"
    ),
    "synchrony_range": Metric("largest less smallest order parameter over couplings", "neither", "representation"),
    "subspace_angle_deg": Metric("smallest angle between two changes of weights", "neither", "representation", "deg"),
    "activity_spread": Metric("standard deviation over units of their mean rates", "neither", "representation"),
    "interval_cv": Metric("variation of interspike intervals (CV), mean of units", "neither", "representation"),
    "interval_share": Metric(
        "share of counts in the interval that theory gives", "higher", "representation", "fraction"
    ),
    "fidelity": Metric("squared overlap of weights with a target", "higher", "representation", "fraction"),
    "foretold_r2": Metric(
        "share of a training parameter's variance that the nearest systems foretell", "higher", "representation"
    ),
    "least_distance": Metric("smallest distance between systems", "neither", "representation"),
    "greatest_distance": Metric("largest distance between systems", "neither", "representation"),
    "triangle_excess": Metric("excess of a side over the other two, over the longest", "lower", "representation"),
    "rotation_error": Metric("change of distances by rotating a system, over the longest", "lower", "representation"),
    "formula_error": Metric("largest distance of a simulation from its closed form", "lower", "representation"),
    "topology_matched": Metric(
        "share of decision regions with the planted Betti numbers", "higher", "representation", "fraction"
    ),
    "topology_recovered": Metric(
        "share of sets whose Betti numbers are found from points", "higher", "representation", "fraction"
    ),
    "stuck_share": Metric("share of hidden units that never switch", "lower", "representation", "fraction"),
    "class_separation": Metric("share of hidden variance that lies between classes", "higher", "representation"),
    "predictivity": Metric("held-out correlation of predicted and recorded, mean of units", "higher", "representation"),
    "ceiled_predictivity": Metric("predictivity over what repeats allow; may exceed 1", "higher", "representation"),
    "log_predictivity": Metric("log of predictivity, at least that of 0.001", "higher", "representation"),
    "localised_response": Metric("mean response of localised units, in deviations", "neither", "representation"),
    "pair_accuracy": Metric(
        "share of pairs of stimuli told apart by their predictions", "higher", "representation", "fraction"
    ),
    "assigned_share": Metric(
        "share of units whose known origin a partition finds", "higher", "representation", "fraction"
    ),
    "identification": Metric("share of recordings whose source is named", "neither", "representation", "fraction"),
    "motif_auc": Metric("chance that a like motif outscores another", "neither", "representation", "fraction"),
    "stimulus_share": Metric("share of scores' variance owed to stimuli", "neither", "representation", "fraction"),
    "architecture_share": Metric(
        "share of scores' variance owed to architectures", "neither", "representation", "fraction"
    ),
    "likeness": Metric("similarity of a system's responses to another's", "higher", "representation"),
    "partial_rho": Metric("rank correlation of likeness and shared errors", "neither", "representation"),
    "share_predictive": Metric("share of functions that foretell errors", "neither", "representation", "fraction"),
    "wrong_cells": Metric("changes that a function wrongly sees or overlooks", "lower", "representation"),
    "curvature_distance": Metric("distance of a system's curvatures from another's", "lower", "representation"),
    "mean_curvature": Metric("mean Ollivier-Ricci curvature of a graph's edges", "neither", "representation"),
    "adjusted_rand": Metric("agreement of found groups with planted ones, 0 by chance", "higher", "representation"),
    "planted_auc": Metric("chance that what was planted scores above a surrogate", "higher", "representation"),
    "phase_synchrony": Metric("Kuramoto's order parameter of phases", "neither", "representation"),
    "phase_locking": Metric("constancy of the phase between units, mean of pairs", "neither", "representation"),
    "modulation_index": Metric("unevenness of a fast amplitude over a slow phase", "neither", "representation"),
    "sequence_order": Metric("size of the rank correlation of spikes with a template", "neither", "representation"),
    "loop_dependence": Metric("change of activity once actions are decoupled", "neither", "representation"),
    "layer_identification": Metric(
        "share of recordings assigned to their own layer in another net", "higher", "representation", "fraction"
    ),
    "noise_slope": Metric("share of recordings identified, by decade of signal to noise", "lower", "representation"),
    # implementation
    "comparison_ms": Metric("CPU time to compare two systems", "lower", "implementation", "ms"),
    "symmetry_free": Metric("share of networks without hidden symmetries", "neither", "implementation", "fraction"),
    "served_architectures": Metric(
        "share of architectures with some network free of hidden symmetries", "higher", "implementation", "fraction"
    ),
    "capacity_order": Metric("rank correlation of complexity and the width that suffices", "neither", "implementation"),
    "beyond_share": Metric("share of sets that no width learns", "lower", "implementation", "fraction"),
    "depth_order": Metric("rank correlation of a share of networks with depth", "neither", "implementation"),
    "width_order": Metric("rank correlation of a share of networks with width", "neither", "implementation"),
    "deficit": Metric("functional dimension short of its bound", "lower", "implementation"),
    "rank_growth": Metric("share of ranks that grew with more points", "lower", "implementation", "fraction"),
    "learning_rate": Metric("mean learning rate of the last half", "neither", "implementation"),
    "n_moves": Metric("how often a learning rate was moved", "neither", "implementation"),
    "n_crossings": Metric("crossings of the unit circle by eigenvalues of fixed points", "neither", "implementation"),
    "crossing_agreement": Metric(
        "share of crossings that simulation bears out", "higher", "implementation", "fraction"
    ),
    "delay_change_steps": Metric("mean distance that delays moved in learning", "neither", "implementation", "steps"),
    "coding_cost": Metric("objective of a code, relative to the code before adaptation", "lower", "implementation"),
    "missed_share": Metric("share of events that no unit takes in learning", "neither", "implementation", "fraction"),
    "missed_tracks_change": Metric("rank correlation of missed events and weight change", "higher", "implementation"),
    "seconds": Metric("wall-clock time of the trial", "lower", "implementation", "s"),
    "dense_macs": Metric("multiply-accumulates, zeros included, a sample", "lower", "implementation"),
    "effective_macs": Metric("multiply-accumulates with non-zero operands, a sample", "lower", "implementation"),
    "effective_acs": Metric("accumulates caused by spikes, a sample", "lower", "implementation"),
    "mean_rate_hz": Metric("spikes of a unit in a second", "neither", "implementation", "hz"),
    "kept_units": Metric("share of units that a read-out keeps", "neither", "implementation", "fraction"),
    "cost_exponent": Metric("power of the places that operations a query grow with", "lower", "implementation"),
    "state_size": Metric("numbers that a net keeps from one step to the next", "lower", "implementation"),
    "n_parameters": Metric("numbers that are learned", "lower", "implementation"),
    "weight_change": Metric("learned part of weights over the innate part, by mean size", "neither", "implementation"),
    "total_weight": Metric("sum of absolute weights between units", "lower", "implementation"),
    "weight_entropy_bits": Metric("entropy of the shares of absolute weight", "neither", "implementation", "bits"),
    "weight_histogram_entropy_bits": Metric("entropy of weights in fixed bins", "neither", "implementation", "bits"),
    "kept_weights": Metric("share of weights above 1 % of the largest", "lower", "implementation", "fraction"),
    "self_connection_share": Metric("share of weight on the diagonal", "neither", "implementation", "fraction"),
    "modularity": Metric("Newman's Q of the strongest connections", "neither", "implementation"),
    "small_worldness": Metric("clustering over path length, relative to random graphs", "neither", "implementation"),
    "wiring_length": Metric("mean distance spanned by the strongest connections", "lower", "implementation"),
    "inhibition_ratio": Metric("mean inhibitory over mean excitatory input", "neither", "implementation"),
    "spectral_entropy_bits": Metric("entropy of the shares of eigenvalue moduli", "neither", "representation", "bits"),
    "spectral_radius": Metric("largest modulus of an eigenvalue", "neither", "representation"),
    "modulus_std": Metric("standard deviation of eigenvalue moduli", "neither", "representation"),
    "phase_entropy_bits": Metric("entropy of eigenvalue phases in fixed bins", "neither", "representation", "bits"),
    "log_steps_to_goal": Metric("log10 of steps to a goal, or of all if never", "lower", "implementation"),
    "log_activity": Metric("log of the share of outputs that are not zero", "lower", "implementation"),
    "constants_change": Metric("mean change of a neuron's constants by learning", "neither", "implementation"),
    "tau_mem_ms": Metric("mean time constant of memory units", "neither", "implementation", "ms"),
    "spikes_per_step": Metric("spikes for each time that a unit was asked", "lower", "implementation"),
    "best_threshold": Metric("threshold with the fewest errors", "neither", "implementation", "synapses"),
    "safe_threshold": Metric("least threshold with rare false alarms", "lower", "implementation", "synapses"),
    "threshold_in_range": Metric(
        "share of best thresholds that are as in nature", "neither", "implementation", "fraction"
    ),
    "n_synapses": Metric("synapses of a neuron", "lower", "implementation"),
    "state_per_unit": Metric("numbers that synapses keep for each unit", "lower", "implementation"),
    "step_ms": Metric("CPU time of one step", "lower", "implementation", "ms"),
    "speedup": Metric("CPU time of the dense step over that of this one", "higher", "implementation"),
    "gradient_error": Metric("relative difference of a gradient from finite differences", "lower", "implementation"),
    "n_updates": Metric("changes of the weights in training", "lower", "implementation"),
    "multi_qubit_gates": Metric("gates on two qubits or more", "lower", "implementation"),
    "two_qubit_gates": Metric("gates on two qubits once larger ones are broken up", "lower", "implementation"),
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
