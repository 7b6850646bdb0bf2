"""Measuring, bridging and increasing alignment: does each verb do what it promises, and does behaviour follow?"""

from neurarium.engine import Gate, Study
from neurarium.studies.alignment._alignment_functions import battery, population
from neurarium.studies.alignment._alignment_verbs import bridge, in_shared_space, increase, stitched, unaligned

TERMS = ("cka", "rsa", "procrustes")
INCREASED = {f"student_{term}": dict(case=increase, term=term, weight=1.0) for term in ("logits", *TERMS, "shuffled")}
study = Study(
    paper="arxiv:2310.13018",
    conditions={
        "battery": dict(case=battery),
        "population": dict(case=population),
        "population_shuffled": dict(case=population, is_shuffled=True),
        "bridge_none": dict(case=bridge, by=unaligned),
        "bridge_shared": dict(case=bridge, by=in_shared_space),
        "bridge_stitched": dict(case=bridge, by=stitched),
        "student_alone": dict(case=increase, term="none"),
        **INCREASED,
    },
    baseline="student_alone",
    controls=("population_shuffled", "bridge_none", "student_shuffled"),
    seeds={"quick": 12, "full": 20},
    scales={
        "quick": dict(n_samples=150, n_nets=24, updates=(50, 150, 400), n_updates=200, lr=1e-2, width=32)
        | dict(n_shown=300, n_subjects=6, n_student=16, n_labels=100, n_pool=400),
        "micro": dict(n_samples=40, n_nets=5, updates=(5, 10), n_updates=5, n_subjects=3, n_pool=50),
        "full": dict(n_samples=350, n_nets=60, n_updates=1000, n_subjects=12, n_student=32, n_pool=1000),
    },
    gate=Gate("accuracy", at_least=0.7, conditions=("population", "bridge_shared", "student_alone")),
    deviations=(
        "The paper is a survey with no figure of its own; the claims are the catalogue's.",
        "Systems are nets that name the 8 by 8 digits of scikit-learn (real images); no brain, no human judgement.",
        "Ten functions are asked for invariances, on made-up responses; seven for behaviour, of nets of drawn width, "
        "depth, training set, share of wrong labels and length of training, seen before rectification.",
        "Alignment terms and logits act on 400 images without labels, all with weight 1, which no arm was tuned for.",
        "Bridging is hyperalignment by rotations (no searchlight) and ridge stitching, six nets of one width.",
    ),
    tags=("alignment", "metrics", "distillation"),
)


@study.run
def trial(rng, scale, *, case, **kwargs):
    return case(rng, scale, **kwargs)


@study.claim(
    "With accuracies held equal, likeness foretells shared errors (partial rank correlation 0.2, p < 0.01) for half of "
    "the functions, and for next to none if the errors are other nets'.",
    margin_reason="0.2 and one half are the catalogue's bar; a tenth is ten times what p < 0.01 lets pass by chance",
)
def likeness_foretells_errors(r):
    found = r["population", "share_predictive"].at_least(0.5)
    return found & r["population_shuffled", "share_predictive"].at_most(0.1)


@study.claim(
    "Each function is blind to exactly the changes it is said to be blind to.",
    margin_reason="a cell is right or wrong; half a cell is none",
)
def functions_are_blind_as_declared(r):
    return r["battery", "wrong_cells"].at_most(0.5)


@study.claim(
    "In a shared space a decoder of one net reads another 10 points better than without.",
    margin_reason="the catalogue's bar; without a map reading is near chance",
)
def a_shared_space_bridges(r):
    return r["bridge_shared", "transfer_accuracy"].exceeds(r["bridge_none", "transfer_accuracy"], by=0.10)


@study.claim(
    "The shared space is at most 2 points worse than stitching each pair.",
    margin_reason="the catalogue's margin; a tenth of the errors of a linear decoder here",
)
def one_space_does_for_all(r):
    shared, stitch = r["bridge_shared", "transfer_accuracy"], r["bridge_stitched", "transfer_accuracy"]
    return shared.not_worse_than(stitch, within=0.02)


def brought_closer(r, term):
    arm, alone = f"student_{term}", "student_alone"
    behaves = r[arm, "error_consistency"].exceeds(r[alone, "error_consistency"], by=0.03)
    return behaves & r[arm, "accuracy"].not_worse_than(r[alone, "accuracy"], within=0.01)


BEHAVES = "0.03 is the catalogue's bar; one point of accuracy is what seeds differ by"


@study.claim(
    "A student aligned by CKA, RSA and Procrustes is closer to its teacher on unseen images.",
    margin_reason="the sign is the claim; images shuffled for the teacher must not do it",
)
def alignment_generalises(r):
    cka, rsa, procrustes = (r[f"student_{t}", "likeness"].exceeds(r["student_alone", "likeness"]) for t in TERMS)
    shuffled = r["student_alone", "likeness"].exceeds(r["student_shuffled", "likeness"])
    return cka & rsa & procrustes & shuffled


@study.claim("Aligned by CKA it errs on the same images as its teacher.", margin_reason=BEHAVES)
def cka_aligns_behaviour(r):
    return brought_closer(r, "cka")


@study.claim("So it does aligned by RSA.", margin_reason=BEHAVES)
def rsa_aligns_behaviour(r):
    return brought_closer(r, "rsa")


@study.claim("So it does aligned by Procrustes.", margin_reason=BEHAVES)
def procrustes_aligns_behaviour(r):
    return brought_closer(r, "procrustes")


@study.claim(
    "Alignment by CKA does more for behaviour than the teacher's answers.",
    margin_reason="gains beyond distillation must be shown; 0.03 as above",
)
def beyond_distillation(r):
    return r["student_cka", "error_consistency"].exceeds(r["student_logits", "error_consistency"], by=0.03)
