"""The membrane of an exponential integrate-and-fire neuron."""

from __future__ import annotations

from dataclasses import dataclass

from neurarium.core.errors import bad, check_positive


@dataclass(frozen=True, kw_only=True)
class ExponentialMembrane:
    """``C dv/dt = -g (v - E) + g Δ exp((v - V_T) / Δ) + I``, with the values of Brette and Gerstner 2005.

    Args:
        capacitance_pf: C.
        leak_ns: g, leak conductance in nanosiemens.
        v_rest_mv: E, reversal potential of the leak.
        v_threshold_mv: V_T, potential from which the exponential takes over.
        slope_mv: Δ, width of the spike's onset.
        v_peak_mv: potential at which a spike counts and is cut off; at least 5 Δ above V_T, where nothing stops it.
    """

    capacitance_pf: float = 281.0
    leak_ns: float = 30.0
    v_rest_mv: float = -70.6
    v_threshold_mv: float = -50.4
    slope_mv: float = 2.0
    v_peak_mv: float = 20.0

    def __post_init__(self) -> None:
        owner = "ExponentialMembrane"
        check_positive(owner, capacitance_pf=self.capacitance_pf, leak_ns=self.leak_ns, slope_mv=self.slope_mv)
        if self.v_rest_mv >= self.v_threshold_mv:
            raise bad(owner, "v_rest_mv", f"lie below v_threshold_mv, {self.v_threshold_mv:g} mV", self.v_rest_mv)
        lowest = self.v_threshold_mv + 5 * self.slope_mv
        if self.v_peak_mv < lowest:
            raise bad(owner, "v_peak_mv", f"lie 5 slopes above v_threshold_mv, {lowest:g} mV", self.v_peak_mv)

    @property
    def tau_mem_ms(self) -> float:
        """Time constant of the leak, C / g."""
        return self.capacitance_pf / self.leak_ns

    @property
    def unit_na(self) -> float:
        """The current that moves the resting potential by Δ, g Δ."""
        return self.leak_ns * self.slope_mv / 1000
