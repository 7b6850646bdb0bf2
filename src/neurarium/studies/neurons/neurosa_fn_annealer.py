"""Does a Fowler-Nordheim threshold let a network of ON-OFF neurons find cuts that other schedules miss?"""

import numpy as np

from neurarium.engine import Outcome, Study
from neurarium.neurons import Constant, FowlerNordheim, FowlerNordheimAnnealer, Geometric
from neurarium.tasks import enumerated_graphs, gset

GSET = ("G1", "G6", "G11", "G14", "G22", "G43")


def fowler_nordheim(field, sweep):
    return FowlerNordheim(beta=1.5 * field, c=30 * sweep)


def geometric(field, sweep):
    return Geometric(first=1.4 * field, last=0.1 * field)


def constant(field, sweep):
    return Constant(temperature=0.315 * field)


def greedy(field, sweep):
    return Constant(temperature=0.0)


study = Study(
    paper="arxiv:2406.05224",
    conditions={
        "fowler_nordheim": dict(schedule=fowler_nordheim),
        "geometric": dict(schedule=geometric),
        "constant": dict(schedule=constant),
        "greedy": dict(schedule=greedy),
        "unmasked": dict(schedule=fowler_nordheim, is_masked=False),
    },
    baseline="geometric",
    controls=("greedy", "unmasked"),
    seeds={"quick": 12, "full": 20},
    scales={
        "quick": dict(graphs=lambda rng: [gset(name) for name in GSET], n_steps=30_000_000)
        | dict(small=(18, 19, 20, 21, 22) * 4, n_small_steps=40_000),
        "micro": dict(graphs=lambda rng: enumerated_graphs(n_nodes=(24, 24), rng=rng), n_steps=30_000)
        | dict(small=(10, 11), n_small_steps=2000),
        "full": dict(n_steps=1_000_000_000),
    },
    deviations=(
        "Quick and full scale read six real files of the G-set; the 20 small graphs, and all of micro, are generated.",
        "30 million proposed flips a graph, the paper: about a billion; full scale runs that many. No SpiNNaker2.",
        "Temperatures are in units of a graph's root mean square field and C in sweeps: one rule for all graphs. The "
        "authors' later code (NeuroSA-HO) sets the scale graph by graph.",
        "Each schedule was tuned alike, by the mean gap over the graphs: 12 settings, 4 development seeds, 20 million.",
        "The mask enables one random pair a tick, the limit of the paper's Bernoulli mask; that this is the Metropolis "
        "rule is tested against Boltzmann's distribution. Unmasked, two pairs in three decide at once.",
        "Geometric cooling is planned to end with the budget, so it arrives late by design; a shorter plan may arrive "
        "sooner.",
        "Descent accepts flips that cost nothing, as annealing does in the limit of no noise.",
    ),
    tags=("spiking", "optimisation", "ising"),
)


@study.run
def trial(rng, scale, *, schedule, is_masked=True):
    def solve(graph, n_steps, stream):
        """What a run of `n_steps` proposed flips found, its ticks counted in proposals."""
        q, n_enabled = graph.couplings, 1 if is_masked else graph.n_nodes
        field = np.sqrt((q.data**2).sum() / graph.n_nodes)
        annealer = FowlerNordheimAnnealer(schedule=schedule(field, graph.n_nodes // n_enabled), n_enabled=n_enabled)
        found = annealer(q, n_steps=n_steps // n_enabled, rng=rng.child(stream))
        return found._replace(hit_steps=found.hit_steps * n_enabled)

    large = scale.graphs(rng.child("graphs"))
    runs = [solve(graph, scale.n_steps, graph.name) for graph in large]
    ratios = np.array([graph.cut_of(run.energy) / graph.best_cut for graph, run in zip(large, runs, strict=True)])
    goals = [g.best_energy + 0.002 * g.best_cut for g in large]  # a cut of 99.9 %
    taken = [run.first_below(goal) for goal, run in zip(goals, runs, strict=True)]
    small = enumerated_graphs(n_nodes=scale.small, is_signed=True, rng=rng.child("small"))
    pairs = [[solve(graph, scale.n_small_steps, f"{graph.name} {k}") for k in range(2)] for graph in small]
    proposed = len(large) * scale.n_steps
    row = {
        "cut_ratio": ratios.mean(),
        "cut_ratio__worst": ratios.min(),
        "shortfall": 1 - ratios.mean(),
        "solved_share": np.mean([a.energy <= g.best_energy + 1e-9 for g, (a, _) in zip(small, pairs, strict=True)]),
        "goal_share": np.mean([t is not None for t in taken]),
        "log_steps_to_goal": np.mean([np.log10(scale.n_steps if t is None else max(t, 1)) for t in taken]),
        "replica_overlap": np.mean([abs((a.spins * b.spins).double().mean().item()) for a, b in pairs]),
        "spikes_per_step": sum(sum(run.n_spikes) for run in runs) / proposed,
        "effective_acs": sum(run.n_events for run in runs) / proposed,
    }
    return Outcome(row=row, curves=shortfalls(large, runs, scale.n_steps))


def shortfalls(graphs, runs, n_steps):
    """What the best cut so far misses on each graph, at 40 equal steps of the logarithm of proposed flips."""
    times, curves = np.geomspace(100, n_steps, 40), {}
    for graph, run in zip(graphs, runs, strict=True):
        best = run.hit_energies.numpy()[np.searchsorted(run.hit_steps.numpy(), times, side="right") - 1]
        curves[f"shortfall on {graph.name} over log proposals"] = 1 - graph.cut_of(best) / graph.best_cut
    return curves


@study.claim(
    "One Fowler-Nordheim setting cuts every graph to 99 % of the best known; without the mask it does not.",
    margin_reason="99 % is the paper's number; 97 % is below what descent alone reached before (98 %)",
)
def within_one_percent_everywhere(r):
    worst = "cut_ratio__worst"
    return r["fowler_nordheim", worst].at_least(0.99) & r["unmasked", worst].at_most(0.97)


@study.claim(
    "The mean gap to the best known cuts is at most 0.3 %, and descent without noise leaves a larger one.",
    margin_reason="descent is within 2 % already, so 99 % discriminates little; 0.3 % is the bar set by the catalogue",
)
def small_gap(r):
    fn = r["fowler_nordheim", "shortfall"]
    return fn.at_most(0.003) & r["greedy", "shortfall"].exceeds(fn, by=0.0)


@study.claim(
    "The same setting solves 18 of 20 enumerated graphs exactly.", margin_reason="the bar set by the catalogue"
)
def solves_small_graphs(r):
    return r["fowler_nordheim", "solved_share"].at_least(0.9)


SOONER = "any difference beyond the interval counts; runs that never arrive count with their whole budget"


@study.claim("It comes within 0.1 % of the best in fewer flips than geometric cooling.", margin_reason=SOONER)
def sooner_than_geometric(r):
    return r["geometric", "log_steps_to_goal"].exceeds(r["fowler_nordheim", "log_steps_to_goal"])


@study.claim("It comes within 0.1 % of the best in fewer flips than a constant threshold.", margin_reason=SOONER)
def sooner_than_constant(r):
    return r["constant", "log_steps_to_goal"].exceeds(r["fowler_nordheim", "log_steps_to_goal"])


@study.claim(
    "Its cuts are as good as those of geometric cooling, within 0.1 % of the best known.",
    margin_reason="0.1 % is what the catalogue counts as having arrived",
)
def as_good_as_geometric(r):
    return r["fowler_nordheim", "cut_ratio"].not_worse_than(r["geometric", "cut_ratio"], within=0.001)
