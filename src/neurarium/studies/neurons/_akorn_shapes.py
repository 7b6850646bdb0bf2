"""Shapes seen without labels by a net that settles: does what it settles to group pixels by object?"""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.cluster.hierarchy import fcluster, linkage
from torch import nn

from neurarium.alignment import foreground_ari
from neurarium.engine import Outcome
from neurarium.studies.neurons._akorn_nets import Convolution, Head, Oscillators, Uncoupled, n_parameters, train
from neurarium.tasks import tetrominoes

PATCH, N_COLOURS, N_DIMS, N_GROUPS = 3, 3, 4, 4  # groups: three objects and the background


class Cleaner(nn.Module):
    """Patches of 3 by 3 pixels are the stimulus; a head at each place says what the clean pixels are."""

    def __init__(self, *, body, is_coupled, scale, rng):
        super().__init__()
        of = dict(n_features=scale.n_channels)
        around = Convolution(**of, size=3, rng=rng.child("around")) if is_coupled else Uncoupled()
        if body is not Oscillators:  # a plain unit passes on what is above its threshold
            around = nn.Sequential(nn.ReLU(), around)
        self.stimulus = Convolution(**of, n_inputs=N_COLOURS, size=PATCH, stride=PATCH, rng=rng.child("stimulus"))
        self.body = body(connectivity=around, **of, n_dims=N_DIMS, n_steps=scale.n_shape_steps, rng=rng.child("body"))
        self.head = Head(n_inputs=self.body.n_outputs, n_outputs=N_COLOURS * PATCH**2, rng=rng.child("head"))
        self.phases = rng("phases")

    def settle(self, images):
        """What is read at each place, and the units there; oscillators start at random."""
        c = self.stimulus(images)
        return self.body(c, torch.randn(c.shape, generator=self.phases))

    def forward(self, images):
        pixels = self.head(self.settle(images)[0]).unflatten(-1, (PATCH, PATCH, N_COLOURS))
        return pixels.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def group_shapes(rng, scale, *, body, is_coupled=True):
    """Train to restore hidden and noisy pixels; group the places of clean, whole images by what the net settles to.

    As in the paper's code that is what is read from oscillators, and normalised plain units themselves; `accuracy` is
    the mean of the shares of lit and of dark values that are restored.
    """
    net = Cleaner(body=body, is_coupled=is_coupled, scale=scale, rng=rng)
    learn = tetrominoes(n_images=scale.n_learn_images, rng=rng.child("learn")).x
    test = tetrominoes(n_images=scale.n_test_images, rng=rng.child("test"))

    def loss():
        clean = learn[torch.randint(len(learn), (scale.n_shape_images,), generator=rng("batches"))]
        return F.binary_cross_entropy_with_logits(net(spoil(clean, rng("noise"))), clean)

    losses = train(net, loss, scale.n_shape_updates, scale.lr_shapes)
    with torch.no_grad():
        restored = net(spoil(test.x, rng("noise"))) > 0
        m, units = net.settle(test.x)
    right = [(restored == test.x.bool())[test.x == value].float().mean().item() for value in (0, 1)]
    patches = test.x.unflatten(1, (-1, PATCH)).unflatten(3, (-1, PATCH)).transpose(2, 3).flatten(3)
    places = torch.cartesian_prod(*2 * [torch.arange(m.shape[1]).float()]).expand(len(m), -1, -1)
    row = {
        "accuracy": np.mean(right),
        "fg_ari": grouping(m if isinstance(net.body, Oscillators) else units, test.objects),
        "fg_ari__units": grouping(units, test.objects),
        "fg_ari__readout": grouping(m, test.objects),
        "fg_ari__pixels": grouping(patches, test.objects, is_scaled=False),
        "fg_ari__places": grouping(places.view(*m.shape[:3], 2), test.objects, is_scaled=False),
        "n_parameters": n_parameters(net),
    }
    return Outcome(row={k: float(v) for k, v in row.items()}, curves={"loss": losses})


def spoil(clean, generator, hidden_share=0.3, noise_std=0.3):
    """Noise on all pixels; a share of the patches hidden."""
    n_rows, n_columns = (n // PATCH for n in clean.shape[1:3])
    shown = torch.rand(len(clean), n_rows, n_columns, 1, generator=generator) >= hidden_share
    shown = shown.repeat_interleave(PATCH, 1).repeat_interleave(PATCH, 2)
    return shown * (clean + noise_std * torch.randn(clean.shape, generator=generator))


def grouping(features, objects, is_scaled=True):
    """Mean foreground ARI of places joined by average linkage, features of length one unless told otherwise."""
    features = F.normalize(features, dim=-1) if is_scaled else features
    scores = []
    for image, mask in zip(features.flatten(1, 2).numpy(), objects.numpy(), strict=True):
        groups = fcluster(linkage(image, "average"), N_GROUPS, "maxclust").reshape(features.shape[1:3])
        scores.append(foreground_ari(groups.repeat(PATCH, 0).repeat(PATCH, 1), mask))
    return np.mean(scores)
