"""Does the curvature of neighbourhood graphs tell representations apart where their distances do not?"""

from neurarium.engine import Gate, Study
from neurarium.studies.alignment import _curvature_cases as cases

study = Study(
    paper="arxiv:2501.00919",
    conditions={
        "task": dict(look=cases.observed),
        "aligned": dict(look=cases.observed, updates=1, strength=2.0),
        "task_longer": dict(look=cases.observed, updates=1),
        "aligned_shuffled": dict(look=cases.observed, updates=1, strength=2.0, is_shuffled=True),
        "stretched": dict(look=cases.bent, bend=cases.stretched),
        "clumped": dict(look=cases.bent, bend=cases.clumped),
        "sphere": dict(look=cases.shape, draw=cases.sphere),
        "torus": dict(look=cases.shape, draw=cases.torus),
        "tree": dict(look=cases.shape, draw=cases.tree, is_branching=True),
        "tree_nearest": dict(look=cases.shape, draw=cases.tree),
        "sphere_rewired": dict(look=cases.shape, draw=cases.sphere, is_rewired=True),
        "bridged": dict(look=cases.communities),
        "bridged_rewired": dict(look=cases.communities, is_rewired=True),
    },
    baseline="task",
    controls=("task_longer", "aligned_shuffled", "sphere_rewired", "bridged_rewired"),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(n_points=150, n_hidden=64, n_updates=300, n_draws=4, sizes=(60, 40, 25, 15), most_clusters=16),
        "micro": dict(n_points=60, n_hidden=16, n_updates=20, n_draws=1, sizes=(15, 10, 8), most_clusters=5),
        "full": dict(n_points=350, n_updates=1000, n_draws=16, sizes=(150, 100, 60, 40)),
    },
    gate=Gate("accuracy", at_least=0.9, conditions=("task", "aligned", "task_longer")),
    deviations=(
        "Digits and a constructed observer (class and style) for faces, VGG-Face and people's judgements of them.",
        "Graphs join each of 150 images to its 8 nearest; idleness is 1/2, mass is even over neighbours.",
        "The flow takes 50 steps, as 20 leave clusters in pieces on development seeds; its cut is the most modular.",
        "Surfaces are seen at 16 nearest points and idleness 0, trees along their branches: with idleness 1/2 those "
        "of any tree average 1 / (nodes - 1) > 0.",
        "A rewired sphere keeps the degrees of its graph; its edges are all of length one.",
        "Analytic graphs (K_n, C_n, trees, hypercubes ...) are exact in tests; GraphRicciCurvature agrees to 1e-14.",
    ),
    tags=("curvature", "geometry", "rsa", "digits"),
)


@study.run
def trial(rng, scale, *, look, **how):
    return look(rng, scale, **how)


CLOSER = "0.02 is the distance between two halves of the observer's own images in a pilot"


@study.claim("Aligned nets come 0.02 nearer to the observer in curvature than before.", margin_reason=CLOSER)
def aligned_is_nearer(r):
    return r["task", "curvature_distance"].exceeds(r["aligned", "curvature_distance"], by=0.02)


@study.claim("So they do against longer training, and against their own units shuffled.", margin_reason=CLOSER)
def only_alignment_does_it(r):
    near = r["aligned", "curvature_distance"]
    longer, shuffled = (r[name, "curvature_distance"] for name in ("task_longer", "aligned_shuffled"))
    return longer.exceeds(near, by=0.02) & shuffled.exceeds(near, by=0.02)


@study.claim("RSA and CKA do not see that alignment.", margin_reason="a gain of 0.05 would be seen by either")
def others_miss_it(r):
    rsa, cka = (r["aligned", m] - r["task", m] for m in ("likeness__rsa", "likeness__cka"))
    return rsa.at_most(0.05) & cka.at_most(0.05)


@study.claim(
    "Of two copies of a sphere that RSA finds equally like it, the clumped one is 0.02 farther in curvature than the "
    "stretched one.",
    margin_reason="as for the nets; the two likenesses are made equal to 1e-3",
)
def curvature_sees_what_rsa_cannot(r):
    equal = r["clumped", "likeness__rsa"].matches(r["stretched", "likeness__rsa"], within=1e-3)
    return r["clumped", "curvature_distance"].exceeds(r["stretched", "curvature_distance"], by=0.02) & equal


HALF = "half of the ε²/8 that Ollivier's expansion gives for the reach ε of 16 of 150 points on a unit sphere"


@study.claim(
    "Curvature is positive on a sphere, 0 on a flat torus, negative along a tree; a rewired sphere has none.",
    margin_reason=HALF,
)
def signs_of_known_spaces(r):
    sphere, torus, tree, rewired = (r[s, "mean_curvature"] for s in ("sphere", "torus", "tree", "sphere_rewired"))
    is_flat = torus.at_most(0.027) & torus.at_least(-0.027)
    return sphere.at_least(0.027) & is_flat & tree.at_most(-0.027) & rewired.at_most(0)


@study.claim("A tree stays negative when each node is joined to its nearest, as data are.", margin_reason=HALF)
def trees_stay_negative(r):
    return r["tree_nearest", "mean_curvature"].at_most(-0.027)


ARI = "0.05 is 4 of 150 points put elsewhere; a graph rewired at equal degrees has no clusters left to find"


@study.claim("The flow finds bridged clusters better than spectral clustering told their number.", margin_reason=ARI)
def flow_beats_spectral(r):
    return found(r, "adjusted_rand__spectral")


@study.claim("It does better than spectral clustering that is told as little as the flow.", margin_reason=ARI)
def flow_beats_untold_spectral(r):
    return found(r, "adjusted_rand__spectral_untold")


def found(r, rival):
    flow = r["bridged", "adjusted_rand__flow"]
    return flow.exceeds(r["bridged", rival], by=0.05) & r["bridged_rewired", "adjusted_rand__flow"].at_most(0.1)
