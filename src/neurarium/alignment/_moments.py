"""Means and roots of covariances of noisy responses, ready to be rotated into each other."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.alignment._arrays import Array, as_double
from neurarium.core.errors import bad

REPEATS = ("samples", "repeats", "units")


class Moments(NamedTuple):
    """Of each sample the mean, which averages zero over samples, and a root: covariance = root rootᵀ."""

    means: Float[Tensor, "samples units"]
    roots: Float[Tensor, "samples units columns"]


def moments_of(owner: str, param: str, given: Array | tuple[Array, Array]) -> Moments:
    """Moments of repeated responses, or of given (means, covariances).

    Raises:
        NeurariumError: for a single repeat, or for matrices that are no covariances.
    """
    if isinstance(given, tuple):
        return _given_moments(owner, param, given)
    x = as_double(owner, param, given, REPEATS)
    if x.shape[1] < 2:
        raise bad(owner, param, "have at least 2 repeats of each sample", x.shape[1])
    means = x.mean(1)
    roots = (x - means[:, None]).mT / (x.shape[1] - 1) ** 0.5
    if roots.shape[2] > roots.shape[1]:
        roots = torch.linalg.qr(roots.mT, mode="r")[1].mT
    return Moments(means - means.mean(0), roots)


def _given_moments(owner: str, param: str, given: tuple[Array, ...]) -> Moments:
    if len(given) != 2:
        raise bad(owner, param, "be one array, or (means, covariances)", f"{len(given)} arrays")
    means = as_double(owner, f"{param}[0]", given[0], ("samples", "units"))
    covariances = as_double(owner, f"{param}[1]", given[1], ("samples", "units", "units"))
    if covariances.shape != (*means.shape, means.shape[1]):
        must = f"hold a matrix of {means.shape[1]} units for each of the {len(means)} samples"
        raise bad(owner, f"{param}[1]", must, tuple(covariances.shape))
    slack = 1e-8 * float(covariances.abs().max())
    values, vectors = torch.linalg.eigh(covariances)
    if float((covariances - covariances.mT).abs().max()) > slack or float(values.min()) < -slack:
        raise bad(owner, f"{param}[1]", "be symmetric without negative eigenvalues", "no covariances")
    return Moments(means - means.mean(0), vectors * values.clamp_min(0).sqrt()[:, None])


def paired_moments(owner: str, X: Moments, Y: Moments) -> tuple[Moments, Moments]:
    """Both with as many columns in their roots; the one with more units first, the stronger one if equal.

    The order makes d(X, Y) and d(Y, X) one computation. Units beyond the rows of all means and roots are dropped.
    """
    check_paired(owner, X.means, Y.means)
    pair = sorted((_in_its_span(X), _in_its_span(Y)), key=lambda p: (p.means.shape[1], _power(p)), reverse=True)
    columns = max(p.roots.shape[2] for p in pair)
    first, second = (Moments(p.means, torch.nn.functional.pad(p.roots, (0, columns - p.roots.shape[2]))) for p in pair)
    return first, second


def check_paired(owner: str, X: Tensor, Y: Tensor) -> None:
    """Raise unless both have the same samples and device."""
    if len(X) != len(Y):
        hint = "Entry i of both must answer the same stimulus."
        raise bad(owner, "Y", f"have as many samples as X ({len(X)})", len(Y), hint)
    if X.device != Y.device:
        raise bad(owner, "Y", f"be on the device of X ({X.device})", str(Y.device))


def _power(moments: Moments) -> float:
    return float(moments.means.square().sum() + moments.roots.square().sum())


def _in_its_span(moments: Moments) -> Moments:
    n_samples, n_units, n_columns = moments.roots.shape
    if n_units <= n_samples * (1 + n_columns):
        return moments
    rows = torch.cat([moments.means, moments.roots.mT.flatten(0, 1)])
    flat = torch.linalg.qr(rows.mT, mode="r")[1].mT
    return Moments(flat[:n_samples], flat[n_samples:].unflatten(0, (n_samples, n_columns)).mT)
