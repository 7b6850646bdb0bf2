"""What every measure of the room does with its input: check it, compute in float64, answer in kind."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import bad

Array = np.ndarray | Tensor


def as_double(owner: str, param: str, values: object, axes: tuple[str, ...]) -> Tensor:
    """A float64 tensor on the device of `values`, cut off any graph; the input itself is never modified.

    Raises:
        NeurariumError: unless `values` is a real, finite array or tensor with one dimension for each of `axes`.
    """
    shape = "(" + ", ".join(axes) + ")"
    if not isinstance(values, (np.ndarray, Tensor)):
        raise bad(owner, param, f"be a numpy array or a torch tensor {shape}", type(values).__name__)
    is_complex = values.is_complex() if isinstance(values, Tensor) else values.dtype.kind not in "fiub"
    if is_complex:
        raise bad(owner, param, "hold real numbers", str(values.dtype))
    if values.ndim != len(axes) or 0 in values.shape:
        raise bad(owner, param, f"be {shape}, none of them empty", tuple(values.shape))
    if isinstance(values, np.ndarray):
        values = torch.from_numpy(np.require(values, np.float64, ["C", "W"]))  # copies only what torch cannot share
    tensor = values.detach().to(torch.float64)
    if not all(map(torch.isfinite, torch.aminmax(tensor))):  # one pass; NaN is its own extreme
        raise bad(owner, param, "be finite", "NaN or infinity", "Drop or impute these entries first.")
    return tensor


def like(values: Tensor, given: Array) -> Array:
    """`values` as what the user gave: numpy for numpy, a tensor on the same device for a tensor."""
    return values.numpy(force=True) if isinstance(given, np.ndarray) else values.to(given.device)


def centred_pair(
    owner: str, X: Array, Y: Array, least: int
) -> tuple[Float[Tensor, "samples units_x"], Float[Tensor, "samples units_y"]]:
    """Two paired samples, each unit with mean zero and the whole with norm one.

    Where units outnumber samples a set is replaced by as many coordinates as samples with the same Gram matrix.

    Raises:
        NeurariumError: for unequal or too few samples, different devices or constant data.
    """
    x, y = as_double(owner, "X", X, ("samples", "units")), as_double(owner, "Y", Y, ("samples", "units"))
    if len(x) != len(y):
        hint = "Row i of both must answer the same stimulus."
        raise bad(owner, "Y", f"have as many samples as X ({len(x)})", len(y), hint)
    if len(x) < least:
        raise bad(owner, "X", f"have at least {least} samples", len(x))
    if x.device != y.device:
        raise bad(owner, "Y", f"be on the device of X ({x.device})", str(y.device))
    return _centred(owner, "X", x), _centred(owner, "Y", y)


def _centred(owner: str, param: str, x: Tensor) -> Tensor:
    extent = torch.stack(torch.aminmax(x)).abs().max()
    x = x - x.mean(0)
    largest = torch.stack(torch.aminmax(x)).abs().max()
    if bool(largest <= 1e-13 * extent):  # what is left is rounding of the mean
        raise bad(owner, param, "vary over samples", "constant data", "A system that never changes has no geometry.")
    x.div_(largest)  # first, so that no square can overflow
    x.div_(torch.linalg.vector_norm(x))
    return x if x.shape[1] <= x.shape[0] else torch.linalg.qr(x.mT, mode="r")[1].mT
