"""Noisy systems that the study of stochastic shapes compares: autoencoders, a toy, random moments."""

import math
from functools import partial
from itertools import combinations

import numpy as np
import torch
import torch.nn.functional as F

from neurarium.alignment import energy_shape_distance, gaussian_shape_distance, nearest_neighbour_r2, procrustes
from neurarium.nets import gaussian
from neurarium.tasks import digits

MEANS_ALONE, BOTH, NOISE_ALONE = 2.0, 1.0, 0.0  # alpha of the Gaussian metric


class Autoencoders:
    """Variational autoencoders run as one, one for each beta: pixels -> rectifiers -> code -> rectifiers -> pixels.

    Args:
        n_pixels: pixels of an image.
        n_hidden: rectifiers of each half.
        n_latents: units of the code.
        betas: price of a nat of code in each network, where a nat of pixels costs one.
        rng: each network has weights of its own.
    """

    def __init__(self, *, n_pixels, n_hidden, n_latents, betas, rng):
        self.betas, self.n_latents = torch.as_tensor(betas), n_latents
        widths = ((n_hidden, n_pixels), (2 * n_latents, n_hidden), (n_hidden, n_latents), (n_pixels, n_hidden))
        nets = [rng.child(f"net {i}") for i in range(len(betas))]
        self.weights = [torch.stack([gaussian(w, net("weights")) for net in nets]).requires_grad_() for w in widths]
        self.biases = [torch.zeros(len(betas), 1, w).requires_grad_() for w, _ in widths]

    def code(self, x):
        """Mean and log variance of the code ``(nets, images, latents)``."""
        return self._layer(1, F.relu(self._layer(0, x))).split(self.n_latents, -1)

    def picture(self, z):
        """Logits of the pixels that a code stands for."""
        return self._layer(3, F.relu(self._layer(2, z)))

    def loss(self, x, generator):
        """``Σ_nets E[-log p(x | z)] + β KL(q(z | x) ‖ N(0, 1))``; nets do not share a mean, so each keeps its step."""
        mean, log_variance = self.code(x)
        z = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=generator)
        pixels = F.binary_cross_entropy_with_logits(self.picture(z), x, reduction="none").sum(-1)
        information = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)
        return (pixels + self.betas[:, None] * information).mean(1).sum()

    def fit(self, images, *, n_epochs, batch, lr, rng):
        """Adam over shuffled images, the same order for all networks."""
        optimiser = torch.optim.Adam([*self.weights, *self.biases], lr=lr)
        for _ in range(n_epochs):
            for chosen in torch.randperm(len(images), generator=rng("order")).split(batch):
                optimiser.zero_grad()
                self.loss(images[chosen].expand(len(self.betas), -1, -1), rng("noise")).backward()
                optimiser.step()

    def _layer(self, k, x):
        return torch.baddbmm(self.biases[k], x, self.weights[k].mT)


def encoders(rng, scale, *, kinds, is_shuffled=False):
    """How well the nearest other autoencoders foretell log beta, where distance is of one of `kinds`."""
    images = digits(rng=rng)
    train, held_out = (x.flatten(1) for x in (images.train_x, images.test_x))
    betas = torch.logspace(math.log10(scale.betas[0]), math.log10(scale.betas[1]), scale.n_nets)
    size = dict(n_pixels=train.shape[1], n_hidden=scale.n_hidden, n_latents=scale.n_latents)
    nets = Autoencoders(**size, betas=betas, rng=rng)
    nets.fit(train, n_epochs=scale.n_epochs, batch=scale.batch, lr=scale.lr, rng=rng)
    with torch.no_grad():
        mean, log_variance = nets.code(held_out.expand(len(betas), -1, -1))
        missed = (nets.picture(mean).sigmoid() - held_out).square().mean((1, 2)) / held_out.var(0).mean()
    known = betas.log()
    known = known[torch.randperm(len(betas), generator=rng("shuffle"))] if is_shuffled else known
    found = code_distances(mean[:, : scale.n_stimuli], log_variance[:, : scale.n_stimuli].exp(), scale, rng)
    return {
        **{f"foretold_r2__{kind}": nearest_neighbour_r2(found[kind](), known, n_neighbours=3) for kind in kinds},
        "explained_variance": 1 - missed[: len(betas) // 2].mean().item(),
        "n_parameters": sum(p[0].numel() for p in (*nets.weights, *nets.biases)),
    }


def code_distances(mean, variance, scale, rng):
    """Name -> function that gives the distances of networks by their codes ``(nets, stimuli, latents)``.

    Noise is independent in each latent, so that its covariance is the diagonal of `variance`.
    """
    mean, variance = mean.double(), variance.double()
    shape = (*mean.shape[:2], scale.n_repeats, mean.shape[-1])
    noise = torch.randn(shape, generator=rng("repeats"), dtype=mean.dtype)
    draws = list(mean[:, :, None] + variance.sqrt()[:, :, None] * noise)
    size = variance.sum(-1).mean(-1)
    power = ((mean - mean.mean(1, keepdim=True)).square().sum(-1).mean(-1) + size).sqrt()[:, None, None]
    moments = list(zip(mean, variance.diag_embed(), strict=True))
    scaled = list(zip(mean / power, (variance / power**2).diag_embed(), strict=True))
    return {
        "stochastic": partial(matrix, gaussian_shape_distance, moments, alpha=BOTH, n_starts=2),
        "stochastic_scaled": partial(matrix, gaussian_shape_distance, scaled, alpha=BOTH, n_starts=2),
        "noise": partial(matrix, gaussian_shape_distance, moments, alpha=NOISE_ALONE, n_starts=2),
        "energy": partial(matrix, energy_shape_distance, draws, n_starts=2),
        "deterministic": partial(matrix, gaussian_shape_distance, moments, alpha=MEANS_ALONE),
        "deterministic_scaled": partial(matrix, procrustes, list(mean)),
        "noise_size": lambda: (size.log()[:, None] - size.log()).abs(),
    }


def matrix(measure, systems, **options):
    """All distances between systems."""
    D = torch.zeros(len(systems), len(systems), dtype=torch.float64)
    for i, j in combinations(range(len(systems)), 2):
        D[i, j] = D[j, i] = measure(systems[i], systems[j], **options)
    return D


def toy(rng, scale, *, is_noise_shared=False):
    """Systems in the plane with the same means but for a rotation, and noise of other sizes and correlations."""
    means = 3 * torch.randn(scale.n_stimuli, 2, generator=rng("means"), dtype=torch.float64)
    means -= means.mean(0)
    kinds = [(size, share) for size in (0.25, 0.5, 1.0) for share in (-0.8, 0.0, 0.8)]
    kinds = [(0.5, 0.8)] * len(kinds) if is_noise_shared else kinds
    noise = torch.tensor([[[size, share * size], [share * size, size]] for size, share in kinds], dtype=torch.float64)
    turns = [rotation(2, rng.child(f"system {i}")) for i in range(len(kinds))]
    systems = [(means @ Q.mT, (Q @ S @ Q.mT).repeat(len(means), 1, 1)) for Q, S in zip(turns, noise, strict=True)]
    pairs = np.triu_indices(len(kinds), 1)
    both, means_alone = (
        matrix(gaussian_shape_distance, systems, alpha=alpha).numpy()[pairs] for alpha in (BOTH, MEANS_ALONE)
    )
    # No rotation but the one undone serves the means, which are far apart: what is left is Bures's distance of 2 x 2.
    product = noise[pairs[0]] @ noise[pairs[1]]
    reached = (product.diagonal(dim1=1, dim2=2).sum(-1) + 2 * product.det().sqrt()).sqrt()
    traces = noise.diagonal(dim1=1, dim2=2).sum(-1)
    exact = (traces[pairs[0]] + traces[pairs[1]] - 2 * reached).clamp_min(0).sqrt().numpy()
    return {
        "least_distance__stochastic": both.min(),
        "greatest_distance__stochastic": both.max(),
        "greatest_distance__deterministic": means_alone.max(),
        "formula_error": np.abs(both - exact).max(),
    }


def axioms(rng, scale):
    """What a metric must obey, on random systems of which some are near each other."""
    systems = [random_moments(rng.child(f"system {i}")) for i in range(scale.n_systems)]
    for i in range(scale.n_systems // 2, scale.n_systems):
        near = systems[i - scale.n_systems // 2]
        systems[i] = tuple(0.7 * a + 0.3 * b for a, b in zip(near, systems[i], strict=True))
    D = matrix(gaussian_shape_distance, systems, n_starts=8).numpy()
    excess = (D[:, :, None] - D[:, None] - D.T[None]).max() / D.max()
    Q = rotation(3, rng)
    moved = [(m @ Q.mT + 1, Q @ S @ Q.mT) for m, S in systems]
    itself = max(gaussian_shape_distance(a, b) for a, b in zip(systems, moved, strict=True))
    turned = matrix(gaussian_shape_distance, [moved[0], *systems[1:]], n_starts=8).numpy()
    return {
        "triangle_excess": max(0.0, excess),
        "greatest_distance__itself": itself / D.max(),
        "rotation_error": np.abs(turned - D).max() / D.max(),
    }


def rotation(n, rng):
    """A random orthogonal matrix, in double precision."""
    Q, triangle = torch.linalg.qr(torch.randn(n, n, generator=rng("turn"), dtype=torch.float64))
    return Q * triangle.diagonal().sign()


def random_moments(rng):
    """Means and covariances of ten stimuli in space."""
    roots = torch.randn(10, 3, 3, generator=rng("roots"), dtype=torch.float64) / math.sqrt(3)
    return torch.randn(10, 3, generator=rng("means"), dtype=torch.float64), roots @ roots.mT
