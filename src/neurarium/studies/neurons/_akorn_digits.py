"""Digits named by a net that settles: clean, in noise, under attack, and how well it knows how sure to be."""

import torch
import torch.nn.functional as F
from torch import nn

from neurarium.engine import Outcome
from neurarium.studies.neurons._akorn_nets import Convolution, Head, n_parameters, train
from neurarium.tasks import digits


class Classifier(nn.Module):
    """A convolution is the stimulus of each pixel; what is read is averaged over quarters and named by a head."""

    def __init__(self, *, body, scale, rng):
        super().__init__()
        of = dict(n_features=scale.n_channels)
        around = nn.Sequential(nn.ReLU(), Convolution(**of, size=3, rng=rng.child("around")))
        self.stimulus = Convolution(**of, n_inputs=1, size=3, rng=rng.child("stimulus"))
        self.norm = nn.GroupNorm(scale.n_channels // 2, scale.n_channels)
        self.body = body(connectivity=around, **of, n_dims=2, n_steps=scale.n_conv_steps, rng=rng.child("body"))
        self.head = Head(n_inputs=4 * self.body.n_outputs, n_outputs=10, rng=rng.child("head"))

    def forward(self, images):
        c = self.norm(self.stimulus(images.unsqueeze(-1)).movedim(-1, 1)).movedim(1, -1)
        m = self.body(c)[0].movedim(-1, 1)
        return self.head(F.adaptive_avg_pool2d(m, 2).flatten(1))


def name_digits(rng, scale, *, body):
    """Train on clean digits; test clean, in Gaussian noise and under projected gradient descent."""
    images, net = digits(rng=rng), Classifier(body=body, scale=scale, rng=rng)

    def loss():
        some = torch.randint(len(images.train_x), (scale.n_images,), generator=rng("batches"))
        return F.cross_entropy(net(images.train_x[some]), images.train_y[some])

    losses = train(net, loss, scale.n_image_updates, scale.lr_images)
    x, y = images.test_x, images.test_y
    noisy = x + scale.noise_std * torch.randn(x.shape, generator=rng("noise"))
    attacked = attack(net, x, y, scale)
    with torch.no_grad():
        clean, noise, pgd = (net(seen) for seen in (x, noisy, attacked))
    row = {
        "accuracy": accuracy(clean, y),
        "accuracy__noise": accuracy(noise, y),
        "accuracy__pgd": accuracy(pgd, y),
        "calibration_error": calibration_error(clean, y),
        "calibration_error__noise": calibration_error(noise, y),
        "n_parameters": float(n_parameters(net)),
    }
    return Outcome(row=row, curves={"loss": losses})


def accuracy(logits, y):
    return (logits.argmax(-1) == y).float().mean().item()


def attack(net, x, y, scale, n_steps=10):
    """Projected gradient descent: pixels within ± `reach` that raise the loss; the net starts as it always does."""
    seen = x.clone()
    for _ in range(n_steps):
        seen.requires_grad_()
        (slope,) = torch.autograd.grad(F.cross_entropy(net(seen), y), seen)
        moved = seen.detach() + scale.reach / 4 * slope.sign()
        seen = (x + (moved - x).clamp(-scale.reach, scale.reach)).clamp(0, 1)
    return seen


def calibration_error(logits, y, n_bins=10):
    """Mean distance of confidence and accuracy over bins of confidence, each weighed by its share of the answers."""
    sure, answer = logits.softmax(-1).max(-1)
    right, at = (answer == y).float(), (sure * n_bins).long().clamp(max=n_bins - 1)
    gaps = torch.zeros(n_bins).index_add_(0, at, sure - right)
    return (gaps.abs().sum() / len(y)).item()
