"""Do co-attentive features of image and caption predict regions that integrate them better than late fusion?"""

import torch

from neurarium.alignment import encoding_model, two_versus_two_accuracy
from neurarium.engine import Gate, Study
from neurarium.studies.alignment._visio_linguistic import (
    ORIGIN,
    ImageNet,
    MatchingNet,
    TextNet,
    assigned,
    brain,
    drawn,
    fit,
    score,
    stimuli,
)

study = Study(
    paper="arxiv:2204.08261",
    conditions={
        "image": dict(uses=("image",)),
        "text": dict(uses=("text",)),
        "late_fusion": dict(uses=("image", "text")),
        "two_tower": dict(uses=("matching",), crosses=False),
        "co_attention": dict(uses=("matching",), crosses=True),
        "untrained": dict(uses=("matching",), crosses=True, is_trained=False),
    },
    baseline="late_fusion",
    controls=("two_tower",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(test_fraction=0.45, n_stimuli=800, n_folds=4, n_voxels=60, n_repeats=4, ceiling=0.6)
        | dict(batch=64, lr=2e-3, n_updates=150, n_matching_updates=250),
        "micro": dict(n_stimuli=120, n_voxels=6, n_updates=3, n_matching_updates=3),
        "full": dict(n_updates=1000, n_matching_updates=2500),
    },
    gate=Gate("accuracy", at_least=0.85, conditions=("late_fusion", "two_tower", "co_attention")),
    deviations=(
        "The brain is synthetic: voxels are known functions of the stimuli plus noise, not BOLD5000 or Pereira fMRI.",
        "Images are scikit-learn's real digits; captions are generated, and every second one names another digit.",
        "Nets of 64 units a stream, trained here, stand for VGG, BERT and VisualBERT; image transformers are left out.",
        "Co-attention reads the tokens of the fixed unimodal nets, and its features are the last of both streams.",
        "No tested net enters the brain. Agreement, which nets train on, is some 3 % of the variance of interaction "
        "voxels by chance; voxels without it and of congruence (30 %), co-attention's linear read-out and main effects "
        "taken out by pair probabilities came after a first development run.",
        "The paper finds VisualBERT ahead in visual regions too; that these stay even is our check of the method.",
    ),
    tags=("encoding", "multimodal", "attention"),
)


@study.run
def trial(rng, scale, *, uses, crosses=False, is_trained=True):
    split, seen = stimuli(rng, scale)
    answers = {"image": lambda s: s.shown, "text": lambda s: s.named, "matching": lambda s: s.agrees}
    nets = {"image": drawn(ImageNet(), rng("image")), "text": drawn(TextNet(), rng("text"))}
    todo = {"image": scale.n_updates, "text": scale.n_updates}
    if "matching" in uses:
        nets["matching"] = drawn(MatchingNet(nets["image"], nets["text"], crosses=crosses), rng("matching"))
        todo["matching"] = scale.n_matching_updates if is_trained else 0
    for name, net in nets.items():
        data = dict(rng=rng.child(name), scale=scale)
        fit(net, split.train_x, split.train_y, answers[name], n_updates=todo[name], **data)
    families = {name: net.features(seen) for name, net in nets.items()}
    recorded = torch.from_numpy(brain(seen, rng, scale))
    model = encoding_model(torch.cat([families[name] for name in uses], 1), recorded, n_folds=scale.n_folds)
    regions = dict(zip(ORIGIN, torch.arange(recorded.shape[2]).split(scale.n_voxels), strict=True))
    driven = torch.cat([regions[name] for name in ("visual", "text", "interaction")])
    centre = recorded[..., driven].mean((0, 1))
    guess, mean = model.predictions[:, driven] - centre, recorded[..., driven].mean(1) - centre
    row = {f"predictivity__{name}": model.correlation[here].mean() for name, here in regions.items()} | {
        "predictivity": model.correlation[driven].mean(),
        "ceiled_predictivity": model.corrected[driven].nanmean(),
        "pair_accuracy": two_versus_two_accuracy(guess, mean),
        "accuracy": min(score(nets[name], seen, answers[name]) for name in uses),
        "n_parameters": sum(p.numel() for name in uses for p in nets[name].parameters()),
    }
    return row | (assigned(families, recorded, regions, scale) if crosses and is_trained else {})


def ahead(r, region, over="late_fusion"):
    return r["co_attention", f"predictivity__{region}"].exceeds(r[over, f"predictivity__{region}"], by=0.05)


def even(r, region, of):
    return r[of, f"predictivity__{region}"].matches(r["late_fusion", f"predictivity__{region}"], within=0.02)


R = "a twelfth of the ceiling of 0.6 and ten standard errors of a region's mean of pure noise"
SAME = "four standard errors of a region's mean of pure noise; the method must be able to say no"


@study.claim("Co-attention predicts interaction voxels better than late fusion, by r = 0.05.", margin_reason=R)
def co_attention_integrates(r):
    return ahead(r, "interaction")


@study.claim("It does so where nothing of the interaction is agreement, which it was trained on.", margin_reason=R)
def integrates_more_than_its_objective(r):
    return ahead(r, "beyond_agreement")


@study.claim("And where both modalities evoke one meaning (congruence).", margin_reason=R)
def integrates_congruence(r):
    return ahead(r, "congruence")


@study.claim("In purely visual voxels the two do not differ by more than 0.02.", margin_reason=SAME)
def no_advantage_in_visual_voxels(r):
    return even(r, "visual", "co_attention")


@study.claim("Two towers of the same objective have no advantage in interaction or congruence.", margin_reason=SAME)
def it_takes_attention_across(r):
    return even(r, "interaction", "two_tower") & even(r, "congruence", "two_tower")


@study.claim("Untrained co-attention is 0.05 below the trained one in interaction voxels.", margin_reason=R)
def it_takes_training(r):
    return ahead(r, "interaction", over="untrained")


@study.claim("A partition of variance gives 80 % of interaction voxels to co-attention.", margin_reason="the row's bar")
def partition_finds_interaction(r):
    return r["co_attention", "assigned_share__interaction"].at_least(0.80)


@study.claim("It finds the origin of 80 % of visual, text, congruence and noise voxels.", margin_reason="the same bar")
def partition_finds_the_others(r):
    visual, text, congruence, noise = (
        r["co_attention", f"assigned_share__{name}"].at_least(0.80)
        for name in ("visual", "text", "congruence", "noise")
    )
    return visual & text & congruence & noise


@study.claim("Late fusion beats each modality by 0.05, mean of visual, text and interaction voxels.", margin_reason=R)
def fusion_beats_one_modality(r):
    both, image, text = (r[name, "predictivity"] for name in ("late_fusion", "image", "text"))
    return both.exceeds(image, by=0.05) & both.exceeds(text, by=0.05)


@study.claim("Noise voxels stay at chance, within 0.02 of r = 0.", margin_reason=SAME)
def noise_stays_at_chance(r):
    noise = r["co_attention", "predictivity__noise"]
    return noise.at_most(0.02) & noise.at_least(-0.02)
