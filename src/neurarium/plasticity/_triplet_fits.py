"""Published constants of the triplet rule."""

from __future__ import annotations

from dataclasses import dataclass

from neurarium.core.errors import check_not_negative, check_positive


@dataclass(frozen=True, kw_only=True)
class TripletFit:
    """Amplitudes and time constants of :class:`TripletSTDP`.

    Attributes:
        a2_plus: growth by a pair.
        a3_plus: further growth by post-pre-post.
        a2_minus: loss by a pair.
        a3_minus: further loss by pre-post-pre.
        tau_plus_ms: fast presynaptic trace.
        tau_x_ms: slow presynaptic trace.
        tau_minus_ms: fast postsynaptic trace.
        tau_y_ms: slow postsynaptic trace.
    """

    a2_plus: float
    a3_plus: float
    a2_minus: float
    a3_minus: float
    tau_plus_ms: float = 16.8
    tau_x_ms: float = 101.0
    tau_minus_ms: float = 33.7
    tau_y_ms: float = 125.0

    def __post_init__(self) -> None:
        constants = vars(self)
        check_not_negative("TripletFit", **{n: v for n, v in constants.items() if n.startswith("a")})
        check_positive("TripletFit", **{n: v for n, v in constants.items() if n.startswith("tau")})


# Pfister and Gerstner 2006, tables 3 and 4, all-to-all pairing; minimal fits leave out what the data can do without.
TRIPLET_FITS: dict[str, TripletFit] = {
    "visual cortex": TripletFit(a2_plus=5e-10, a3_plus=6.2e-3, a2_minus=7e-3, a3_minus=2.3e-4),
    "visual cortex, minimal": TripletFit(a2_plus=0.0, a3_plus=6.5e-3, a2_minus=7.1e-3, a3_minus=0.0, tau_y_ms=114.0),
    "hippocampus": TripletFit(
        a2_plus=6.1e-3, a3_plus=6.7e-3, a2_minus=1.6e-3, a3_minus=1.4e-3, tau_x_ms=946.0, tau_y_ms=27.0
    ),
    "hippocampus, minimal": TripletFit(a2_plus=5.3e-3, a3_plus=8e-3, a2_minus=3.5e-3, a3_minus=0.0, tau_y_ms=40.0),
}
