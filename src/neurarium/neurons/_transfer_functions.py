"""What a unit makes of its receptive field R and its context C: functions ``(R, C) -> output``, elementwise.

=====================  ==================  =========================  ===================  =================
function               without context     C alone (R = 0)            C → -∞, R > 0        C → +∞, R > 0
=====================  ==================  =========================  ===================  =================
:class:`KayPhillips`   R                   0                          R / 2                grows without end
:class:`Asynchronous`  ReLU6(R² + 2R)      ReLU6(C): it drives        0                    6
:class:`ContextGate`   ReLU(R) / 2         0                          0                    R
:class:`PointSum`      ReLU(R)             ReLU(C): it drives         0                    grows without end
=====================  ==================  =========================  ===================  =================

A context that amplifies and silences but never drives is what two-point cells are said to have: of the two published
functions :class:`KayPhillips` cannot silence, and :class:`Asynchronous` can be driven by context alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import check_positive

TransferFunction = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class KayPhillips:
    """Context scales what the receptive field says: ``T = R (1 + exp(R C)) / 2``, with the sign of R.

    Args:
        limit: the exponent stays below it, or the exponential would overflow in training; the paper has none.

    Example:
        >>> KayPhillips()(torch.tensor([1.0, 1.0, 0.0]), torch.tensor([0.0, -50.0, 50.0])).tolist()
        [1.0, 0.5, 0.0]

    Paper: Kay and Phillips 1997, doi:10.1162/neco.1997.9.4.895.
    """

    limit: float = 4.0

    def __post_init__(self) -> None:
        check_positive("KayPhillips", limit=self.limit)

    def __call__(self, r: Float[Tensor, "*#shape"], c: Float[Tensor, "*#shape"]) -> Float[Tensor, "*#shape"]:
        """The sign is that of `r`, the size at least half of it."""
        return 0.5 * r * (1 + torch.exp((r * c).clamp(max=self.limit)))


@dataclass(frozen=True)
class Asynchronous:
    """The function of the Cooperator: ``T = ReLU6(R² + 2R + C (1 + |R|))``.

    Not monotonic in R: without context it is silent for R from -2 to 0, and answers on either side.

    Example:
        >>> Asynchronous()(torch.tensor([1.0, 1.0, 0.0]), torch.tensor([0.0, -2.0, 2.0])).tolist()
        [3.0, 0.0, 2.0]

    Paper: Adeel et al. 2023, arXiv:2305.10449; constants as in the group's public code.
    """

    def __call__(self, r: Float[Tensor, "*#shape"], c: Float[Tensor, "*#shape"]) -> Float[Tensor, "*#shape"]:
        """Between 0 and 6."""
        return F.relu6(r.square() + 2 * r + c * (1 + r.abs()))


@dataclass(frozen=True)
class ContextGate:
    """A gated linear unit whose gate is the context: ``T = ReLU(R) σ(C)``.

    Paper: Dauphin et al. 2017, arXiv:1612.08083, with a rectified signal.
    """

    def __call__(self, r: Float[Tensor, "*#shape"], c: Float[Tensor, "*#shape"]) -> Float[Tensor, "*#shape"]:
        """Between 0 and the rectified `r`."""
        return torch.relu(r) * torch.sigmoid(c)


@dataclass(frozen=True)
class PointSum:
    """A point neuron, to which context is input like any other: ``T = ReLU(R + C)``."""

    def __call__(self, r: Float[Tensor, "*#shape"], c: Float[Tensor, "*#shape"]) -> Float[Tensor, "*#shape"]:
        """The rectified sum."""
        return torch.relu(r + c)
