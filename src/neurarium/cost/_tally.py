"""What a count of operations looks like once it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class OperatorCount(NamedTuple):
    """One row of the breakdown: what one operator did inside one module, over all its calls.

    Attributes:
        module: address of the innermost module that ran it (``""`` is the model itself or a plain function).
        operator: its name in torch's ``aten`` set, e.g. ``addmm``.
        calls: how often it ran.
        dense_macs: products, whatever their operands hold.
        effective_macs: products of two non-zero operands, spikes apart.
        effective_acs: products of a spike that is one and a non-zero operand: additions only.
        elementwise_ops: elements that pointwise operators, reductions and norms went through.
    """

    module: str
    operator: str
    calls: int = 0
    dense_macs: int = 0
    effective_macs: int = 0
    effective_acs: int = 0
    elementwise_ops: int = 0


class Uncounted(NamedTuple):
    """An operator whose cost is not known, so that no count holds it."""

    module: str
    operator: str
    calls: int
    shapes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Operations:
    """The operations of one run; every total is the sum of the breakdown.

    Attributes:
        breakdown: one :class:`OperatorCount` per module and operator; ``pandas.DataFrame(ops.breakdown)`` is a table.
        uncounted: operators of unknown cost; while this is not empty the counts are lower bounds.
        n_parameters: parameters of the model (of a plain function: elements of the constants it used).
        footprint_bytes: bytes of parameters and buffers (of a plain function: of the constants it used).
        activation_sparsity: share of zeros in what rectifiers, squashers and spikes gave; None if there were none.
        n_samples: how many samples the run held.
    """

    breakdown: tuple[OperatorCount, ...]
    uncounted: tuple[Uncounted, ...]
    n_parameters: int
    footprint_bytes: int
    activation_sparsity: float | None
    n_samples: int = 1

    @property
    def dense_macs(self) -> int:
        """Products of matrix-like operators, zeros included."""
        return sum(row.dense_macs for row in self.breakdown)

    @property
    def effective_macs(self) -> int:
        """Products that need a multiplier: both operands non-zero, neither of them spikes."""
        return sum(row.effective_macs for row in self.breakdown)

    @property
    def effective_acs(self) -> int:
        """Products with a spike of one: an accumulation without a multiplier."""
        return sum(row.effective_acs for row in self.breakdown)

    @property
    def elementwise_ops(self) -> int:
        """Elements that pointwise operators, reductions and norms went through."""
        return sum(row.elementwise_ops for row in self.breakdown)

    @property
    def per_sample(self) -> dict[str, float]:
        """The four totals divided by `n_samples`."""
        names = ("dense_macs", "effective_macs", "effective_acs", "elementwise_ops")
        return {name: getattr(self, name) / self.n_samples for name in names}
