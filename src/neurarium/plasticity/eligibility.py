"""Three-factor learning by eligibility traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from neurarium.core import part
from neurarium.core.errors import bad, check_positive
from neurarium.core.units import decay
from neurarium.plasticity._rule import AbstractRule
from neurarium.plasticity._traces import Bounds, bounded, check_bounds


class EligibilityState(NamedTuple):
    """`trace`: changes that wait for the third factor, ``(batch, post, pre)``; `inner`: the rule's state, by sample."""

    trace: Tensor
    inner: Any


@part(
    summary="Turns a plasticity rule into a three-factor rule: its changes wait in a trace for reward or error.",
    paper="doi:10.3389/fncir.2018.00053",
    tags=("local", "reward", "spiking"),
)
@dataclass(frozen=True, kw_only=True)
class Eligibility(AbstractRule[EligibilityState]):
    """What a rule would change is kept in a fading trace, and comes into effect when the modulator says so.

    ``e_b = exp(-dt / tau) e_b + ΔW_rule(x_b, y_b);  W = W + lr · mean_b m_b e_b``

    Each sample has a trace of its own, so that its own reward finds what it did. The modulator may come from anywhere:
    reward minus expectation, an error, an astrocyte. None means one at every step.

    Args:
        rule: any rule; its own bounds hold for one change, `bounds` for the sum of them.
        tau_ms: how long a change waits.
        lr: step size.
        dt_ms: length of one step.
        bounds: least and largest weight; None leaves them free.

    Raises:
        NeurariumError: for numbers out of range, or something that is not a rule.

    Example:
        >>> from neurarium.plasticity import Hebb
        >>> rule, on, w = Eligibility(rule=Hebb(lr=1.0), tau_ms=1e9), torch.ones(1, 1), torch.zeros(1, 1)
        >>> w, state = rule.step(on, on, w, rule.init_state(w), torch.zeros(1))   # active, but no reward yet
        >>> rule.step(0 * on, on, w, state, torch.full((1,), 2.0))[0].item()      # rewarded while the input is silent
        2.0

    Paper: Gerstner et al. 2018, Frontiers in Neural Circuits 12:53.
    """

    rule: AbstractRule[Any]
    tau_ms: float = 1000.0
    lr: float = 1.0
    dt_ms: float = 1.0
    bounds: Bounds | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.rule, AbstractRule):
            raise bad("Eligibility", "rule", "be a plasticity rule", self.rule)
        check_positive("Eligibility", tau_ms=self.tau_ms, lr=self.lr, dt_ms=self.dt_ms)
        check_bounds("Eligibility", self.bounds)

    def init_state(self, w: Float[Tensor, "post pre"]) -> EligibilityState:
        """Nothing waits; one row stands for every sample."""
        inner = self.rule.init_state(w)
        return EligibilityState(torch.zeros_like(w).unsqueeze(0), _mapped(inner, lambda t: t.unsqueeze(0)))

    def step(
        self,
        pre: Float[Tensor, "batch pre"],
        post: Float[Tensor, "batch post"],
        w: Float[Tensor, "post pre"],
        state: EligibilityState,
        modulator: Float[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "post pre"], EligibilityState]:
        """One step of time."""
        inner = _mapped(state.inner, lambda t: t.expand(len(pre), *t.shape[1:]))

        def change(x: Tensor, y: Tensor, own: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
            new, after = self.rule.step(x.unsqueeze(0), y.unsqueeze(0), w, _filled(inner, own))
            return new - w, _tensors(after)

        changes, after = torch.vmap(change)(pre, post, _tensors(inner))
        trace = decay(self.dt_ms, self.tau_ms) * state.trace + changes
        due = trace if modulator is None else trace * modulator[:, None, None]
        return bounded(w + self.lr * due.mean(0), self.bounds), EligibilityState(trace, _filled(inner, after))


def _tensors(state: Any) -> tuple[Tensor, ...]:
    """The tensors among the fields of a rule's state."""
    return tuple(field for field in state if isinstance(field, Tensor))


def _filled(state: Any, tensors: tuple[Tensor, ...]) -> Any:
    """`state` with its tensors replaced, in order."""
    rest = iter(tensors)
    return type(state)(*(next(rest) if isinstance(field, Tensor) else field for field in state))


def _mapped(state: Any, change: Any) -> Any:
    """`state` with every tensor changed."""
    return _filled(state, tuple(change(t) for t in _tensors(state)))
