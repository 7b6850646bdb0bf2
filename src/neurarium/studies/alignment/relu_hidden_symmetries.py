"""When do the parameters of a ReLU network have symmetries beyond permutation and scaling of its units?"""

from neurarium.engine import Gate, Study
from neurarium.studies.alignment._rectifier_nets import built_layers, survey, training

study = Study(
    paper="arxiv:2306.06179",
    conditions={
        "narrow": dict(case=survey, n_inputs=2),
        "square": dict(case=survey, n_inputs=None),
        "leaky": dict(case=survey, n_inputs=None, negative_slope=0.3),
        "built_narrow": dict(case=survey, n_inputs=2, layers=built_layers),
        "built_square": dict(case=survey, n_inputs=None, layers=built_layers),
        "digits": dict(case=training),
    },
    baseline="narrow",
    controls=("leaky",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(widths=(2, 3, 4, 8), depths=(1, 2, 3, 4), n_nets=36, n_control=12, n_trained=24)
        | dict(points_per_parameter=20, bias_std=0.1, n_components=6, hidden=(6, 6), n_updates=300, lr=0.02),
        "micro": dict(
            widths=(2, 3), depths=(1, 2, 3), n_nets=4, n_trained=4, n_updates=60, lr=0.05, n_components=3, hidden=(3, 3)
        ),
        "full": dict(widths=(5, 10, 15), depths=(1, 3, 4, 5), n_nets=5000, n_trained=1000, points_per_parameter=40),
    },
    gate=Gate("accuracy", at_least=0.7, conditions=("digits",)),
    deviations=(
        "Widths 2 to 8, 1 to 4 hidden layers, 36 networks a seed or more if narrow; the paper: 5, 10, 15 and 3 to 5.",
        "With 36 of each width the second claim was inconclusive (0.85, from 0.62); then more narrow ones were drawn.",
        "Inputs are normal at sizes log-uniform from 0.003 to 30, 20 for each parameter; the paper's have size one.",
        "Rank is from below: some ranks still grow with more points (rank_growth), in leaky networks too.",
        "The built networks are ours, after the idea of the paper's proof: hyperplanes that all cut one small ball.",
        "Leaky rectifiers as a control, width at two inputs and training on digits are additions.",
    ),
    tags=("symmetry", "parameters", "relu"),
)


@study.run
def trial(rng, scale, *, case, **kwargs):
    return case(rng, scale, **kwargs)


@study.claim(
    "Hidden symmetries come with depth: the share of networks without falls (rank correlation -0.8 or lower), with two "
    "inputs and with as many as units; leaky rectifiers, whose layers lose no input, keep 0.3 more at the last depth.",
    margin_reason="-0.8 forgives one swap of neighbours among four depths; 0.3 is half of what there is to lose",
)
def falls_with_depth(r):
    falls = r["square", "depth_order"].at_most(-0.8) & r["narrow", "depth_order"].at_most(-0.8)
    kept = r["leaky", "symmetry_free__deepest"]
    return falls & kept.exceeds(r["square", "symmetry_free__deepest"], by=0.3)


@study.claim(
    "Width and input dimension together work against them: rank correlation of the share without and width 0.8.",
    margin_reason="0.8 forgives one swap of neighbours among four widths",
)
def rises_with_width_and_inputs(r):
    return r["square", "width_order"].at_least(0.8)


@study.claim("Width alone does so too, with two inputs: rank correlation 0.8.", margin_reason="as for both together")
def rises_with_width_alone(r):
    return r["narrow", "width_order"].at_least(0.8)


@study.claim(
    "Every architecture with no layer narrower than the input has parameters without hidden symmetries.",
    margin_reason="the theorem knows no exception",
)
def every_architecture_has_some(r):
    return r["built_square", "served_architectures"].at_least(1.0) & r["built_narrow", "served_architectures"].at_least(
        1.0
    )


@study.claim(
    "Learning digits leaves hidden symmetries as they were: the share of networks without moves by less than 0.1.",
    margin_reason="a dead unit has no gradient and stays dead; 0.1 is 2 to 3 networks of 24",
)
def training_keeps_them(r):
    return r["digits", "symmetry_free__after"].matches(r["digits", "symmetry_free__before"], within=0.1)
