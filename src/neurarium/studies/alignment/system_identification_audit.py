"""If we recorded a net that we know, would measures of alignment tell which one it is?"""

from neurarium.engine import Gate, Study
from neurarium.studies.alignment._identification import AUDITED, audit

study = Study(
    paper="arxiv:2302.06677",
    conditions={
        "audit": dict(),
        "shuffled": dict(is_shuffled=True),
    },
    baseline="audit",
    controls=("shuffled",),
    seeds={"quick": 6, "full": 20},
    scales={
        "quick": dict(
            n_seeds=3, n_updates=150, batch=128, lr=3e-3, n_stimuli=150, n_units=100, noise=0.1, is_all=False
        ),
        "micro": dict(n_seeds=2, n_updates=20, batch=32, n_stimuli=24, n_units=8),
        "full": dict(n_seeds=5, n_updates=2000, n_stimuli=350, is_all=True),
    },
    gate=Gate("accuracy", at_least=0.8, conditions=("audit",)),
    deviations=(
        "Small nets that name the 8 by 8 digits of scikit-learn (real images) instead of nets for ImageNet.",
        "One layer of each net is recorded, the last before the read-out; the paper compares layers too.",
        "Stimuli: held-out digits, the same with phases scrambled, white noise, the same moved two pixels.",
        "Scores are not divided by a ceiling: it is the same for all candidates of one recording.",
        "Which sets of stimuli the claims name was chosen on three development seeds.",
    ),
    tags=("metrics", "identification"),
)


@study.run
def trial(rng, scale, *, is_shuffled=False):
    return audit(rng, scale, is_shuffled=is_shuffled)


@study.claim(
    "On white noise a linear encoding model names at most 80 of 100 recordings; mixed-up recordings nobody names.",
    margin_reason="the catalogue's bar; of five architectures chance names 20, 35 is two standard errors above",
)
def identification_is_imperfect(r):
    found = r["audit", "identification__predictivity_noise"].at_most(0.8)
    for name in AUDITED:
        found = found & r["shuffled", f"identification__{name}_digits"].at_most(0.35)
    return found


@study.claim(
    "It depends on stimuli: by CKA held-out digits name 15 points more recordings than white noise.",
    margin_reason="the catalogue's bar for the range over sets; the two sets were named on development seeds",
)
def identification_depends_on_stimuli(r):
    digits, noise = (r["audit", f"identification__cka_{kind}"] for kind in ("digits", "noise"))
    return digits.exceeds(noise, by=0.15)


@study.claim(
    "No measure tells motifs (recurrence or none) of nets that it has not met: AUC below 0.75.",
    margin_reason="the catalogue's bar",
)
def motifs_are_not_told(r):
    predictivity, cka, rsa, procrustes = (r["audit", f"motif_auc__{name}"].at_most(0.75) for name in AUDITED)
    return predictivity & cka & rsa & procrustes


def owes_more_to_stimuli(r, name):
    return r["audit", f"stimulus_share__{name}"].exceeds(r["audit", f"architecture_share__{name}"])


MORE = "the sign is the claim"


@study.claim("Of the variance of CKA more is owed to stimuli than to architectures.", margin_reason=MORE)
def cka_owes_more_to_stimuli(r):
    return owes_more_to_stimuli(r, "cka")


@study.claim("So it is with a linear encoding model.", margin_reason=MORE)
def predictivity_owes_more_to_stimuli(r):
    return owes_more_to_stimuli(r, "predictivity")
