"""Do networks learn the examples of a real set in one order, and other data in none?"""

from functools import partial

import numpy as np
import torch
from scipy.stats import spearmanr

from neurarium.alignment import accessibility, bimodality, cka, classifier_agreement
from neurarium.engine import Gate, Outcome, Study
from neurarium.studies.alignment._learning_orders import CNNs, MLPs, boosters, forests, networks, real_digits, teacher

study = Study(
    paper="arxiv:1905.10854",
    conditions={
        "networks": dict(data=real_digits, others=partial(networks, CNNs)),
        "forests": dict(data=real_digits, others=forests),
        "boosters": dict(data=real_digits, others=boosters),
        "teacher": dict(data=teacher, others=partial(networks, MLPs, pace=10), pace=10),
    },
    baseline="forests",
    controls=("teacher",),
    seeds={"quick": 8, "full": 20},
    scales={
        "quick": dict(n_models=24, n_hidden=64, n_filters=8, n_epochs=20, n_an_epoch=900, batch=32, lr=2e-3)
        | dict(n_stages=20, n_named=4, n_teacher=8000, n_asked=900, n_halvings=20),
        "micro": dict(n_models=4, n_hidden=8, n_filters=2, n_epochs=2, batch=128, n_stages=2)
        | dict(n_teacher=256, n_asked=100, n_halvings=2),
        "full": dict(n_models=100, n_hidden=256, n_filters=32, n_epochs=100, n_stages=100, n_halvings=100),
    },
    gate=Gate("accuracy", at_least=0.85, conditions=("networks", "forests", "boosters")),
    deviations=(
        "Real data: scikit-learn's digits, 8 by 8 pixels, half of them to learn from; the paper has image sets up to "
        "ImageNet and a set of texts.",
        "24 networks of one hidden layer, 24 convolutional ones, 24 forests and 24 boosters; the paper has up to 100.",
        "Order is that of examples held out; the paper's results for those learned from are the same.",
        "The synthetic set is generated: Gaussian images, named by the strongest of 4 random directions and learned at "
        "10 times the rate, which together bring networks to the accuracy they have on digits. The paper has sets of "
        "its own making.",
        "Forests and boosters are asked after each tree, as networks after each epoch.",
    ),
    tags=("behaviour", "learning-order"),
)


@study.run
def trial(rng, scale, *, data, others, pace=1.0):
    images = data(scale, rng.child("data"))
    first, nets = networks(MLPs, images, scale, rng.child("first"), pace)
    second, _ = others(images, scale, rng.child("second"))
    right, right_second = ((answers == images.test_y) for answers in (first, second))
    shares = right.double().mean(0)
    middle = int((shares.mean(1) - 0.5).abs().argmin())  # the epoch in which nearest to half of the answers are right
    draws = rng.numpy("halves")
    with torch.no_grad():
        hidden = nets.hidden(images.test_x.unsqueeze(0)).double()
    row = {
        "accuracy": right[:, -1].double().mean(),
        "accuracy__second": right_second[:, -1].double().mean(),
        "accuracy__middle": shares[middle].mean(),
        "order_rho__halves": halves(right, scale, draws),
        "order_rho__halves_second": halves(right_second, scale, draws),
        "order_rho__across": order_rho(right, right_second),
        "order_rho__shuffled": halves(shuffled(right, draws), scale, draws),
        "bimodality": bimodality(shares[middle]),
        "bimodality__binomial": bimodality(binomial(shares[middle], scale.n_models, draws)),
        "classifier_agreement": classifier_agreement(first[:, middle]).mean(),
        "likeness": np.mean([cka(a, b) for a, b in zip(hidden[::2], hidden[1::2], strict=True)]),
        "n_parameters": sum(w[0].numel() for w in nets.weights),
    }
    table = torch.stack([accessibility(right), accessibility(right_second), images.test_y.double()], 1)
    curves = {"accuracy": shares.mean(1).tolist(), "accuracy of others": right_second.double().mean((0, 2)).tolist()}
    return Outcome({k: float(v) for k, v in row.items()}, curves=curves, arrays={"order of examples": table.numpy()})


def order_rho(a, b):
    """Spearman's correlation of the accessibilities in two groups of models; 0 where a group has no order at all."""
    found = [accessibility(group).numpy() for group in (a, b)]
    return spearmanr(*found).statistic if all(np.ptp(f) > 0 for f in found) else 0.0


def halves(right, scale, draws):
    """Mean correlation of disjoint halves of a population."""
    n = len(right) // 2
    orders = (draws.permutation(len(right)) for _ in range(scale.n_halvings))
    return np.mean([order_rho(right[order[:n]], right[order[n : 2 * n]]) for order in orders])


def shuffled(right, draws):
    """The same answers, those of each model to examples in an order of its own: no order is left to be shared."""
    return torch.stack([model[:, draws.permutation(model.shape[1])] for model in right])


def binomial(shares, n_models, draws):
    """Shares of models that would be right if all examples were alike and models independent."""
    return draws.binomial(n_models, float(shares.mean()), len(shares)) / n_models


@study.claim(
    "Disjoint halves of a population of networks learn digits in one order: rank correlation 0.8, for dense and for "
    "convolutional networks.",
    margin_reason="given with the question",
)
def halves_share_an_order(r):
    mlp, cnn = (r["networks", f"order_rho__{half}"] for half in ("halves", "halves_second"))
    return mlp.at_least(0.8) & cnn.at_least(0.8)


@study.claim("Where each network's examples are shuffled nothing is shared.", margin_reason="chance is 0")
def shuffled_answers_share_none(r):
    return r["networks", "order_rho__shuffled"].at_most(0.1) & r["networks", "order_rho__shuffled"].at_least(-0.1)


@study.claim("Dense and convolutional networks share it: 0.6.", margin_reason="given with the question")
def architectures_share_an_order(r):
    return r["networks", "order_rho__across"].at_least(0.6)


@study.claim(
    "On Gaussian data with a random teacher halves agree less by 0.3, at equal accuracy.",
    margin_reason="given with the question; accuracies within 5 points count as equal",
)
def unstructured_data_have_no_order(r):
    less = r["networks", "order_rho__halves"].exceeds(r["teacher", "order_rho__halves"], by=0.3)
    return less & r["networks", "accuracy"].matches(r["teacher", "accuracy"], within=0.05)


@study.claim(
    "Dense networks share their order with convolutional ones more than with forests or with boosters.",
    margin_reason="the sign is the claim",
)
def other_learners_have_another_order(r):
    across = r["networks", "order_rho__across"]
    return across.exceeds(r["forests", "order_rho__across"]) & across.exceeds(r["boosters", "order_rho__across"])


@study.claim(
    "When half of the answers are right, all networks or none are right: Pearson's index is below half of that of "
    "independent networks.",
    margin_reason="24 independent networks give 1.92, and all shares alike give 0.8",
)
def an_example_is_known_to_all_or_none(r):
    return r["networks", "bimodality__binomial"].exceeds(r["networks", "bimodality"], by=0.96)
