"""Energy of an operation, as published: data, each with its source."""

from __future__ import annotations

from dataclasses import dataclass

from neurarium.core.errors import bad

_HOROWITZ = (
    "M. Horowitz, Computing's energy problem (and what we can do about it), ISSCC 2014, "
    "doi:10.1109/ISSCC.2014.6757323: 45 nm, 0.9 V; a MAC is one multiplication and one addition"
)


@dataclass(frozen=True)
class EnergyTable:
    """What one operation takes.

    Attributes:
        mac_pj: picojoules of a multiply-accumulate.
        ac_pj: picojoules of an accumulate.
        source: where the numbers come from and what they hold for.
    """

    mac_pj: float
    ac_pj: float
    source: str

    def __post_init__(self) -> None:
        for name in ("mac_pj", "ac_pj"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise bad("EnergyTable", name, "be a finite number of picojoules, zero or more", getattr(self, name))


HOROWITZ_FLOAT32 = EnergyTable(mac_pj=4.6, ac_pj=0.9, source=_HOROWITZ)
HOROWITZ_FLOAT16 = EnergyTable(mac_pj=1.5, ac_pj=0.4, source=_HOROWITZ)
HOROWITZ_INT32 = EnergyTable(mac_pj=3.2, ac_pj=0.1, source=_HOROWITZ)
HOROWITZ_INT8 = EnergyTable(mac_pj=0.23, ac_pj=0.03, source=_HOROWITZ)
