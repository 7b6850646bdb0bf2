"""Energy: counted operations times the published energy of each."""

from __future__ import annotations

from neurarium.core.card import measure
from neurarium.core.errors import bad
from neurarium.cost._energy_tables import HOROWITZ_FLOAT32, EnergyTable
from neurarium.cost._tally import Operations


@measure(
    summary="Arithmetic energy of one sample from its operations and a published energy table.",
    level="implementation",
    paper="doi:10.1109/ISSCC.2014.6757323",
    tags=("cost", "energy"),
)
def energy(operations: Operations, *, table: EnergyTable = HOROWITZ_FLOAT32, is_lower_bound_ok: bool = False) -> float:
    """Energy of the arithmetic of one sample, in picojoules (energy_pj).

    ``E = (N_MAC E_MAC + N_AC E_AC) / n_samples`` with the effective counts. Memory traffic, pointwise operators and
    static power are not in it, although moving the weights may take more than multiplying them.

    Args:
        operations: what :func:`~neurarium.cost.operations` counted.
        table: picojoules per operation, with their source; default 32-bit floats at 45 nm.
        is_lower_bound_ok: accept a count from which operators are missing.

    Raises:
        NeurariumError: if some operators are uncounted, unless `is_lower_bound_ok`.

    Example:
        >>> import torch
        >>> from neurarium.cost import operations
        >>> layer = torch.nn.Linear(10, 10)
        >>> round(energy(operations(layer, torch.full((1, 10), 0.5))))  # 100 MACs of 4.6 pJ
        460

    Paper: Horowitz 2014, doi:10.1109/ISSCC.2014.6757323.
    """
    if operations.uncounted and not is_lower_bound_ok:
        names = sorted({row.operator for row in operations.uncounted})
        hint = "Write them with countable operators, or pass is_lower_bound_ok=True."
        raise bad("energy", "operations", "count every operator", f"uncounted {names}", hint)
    total_pj = operations.effective_macs * table.mac_pj + operations.effective_acs * table.ac_pj
    return total_pj / operations.n_samples
