"""The cell types of Izhikevich 2003, figure 2."""

from __future__ import annotations

from types import MappingProxyType

IZHIKEVICH_PRESETS = MappingProxyType(
    {
        "regular_spiking": dict(a=0.02, b=0.2, c_mv=-65.0, d=8.0),
        "intrinsically_bursting": dict(a=0.02, b=0.2, c_mv=-55.0, d=4.0),
        "chattering": dict(a=0.02, b=0.2, c_mv=-50.0, d=2.0),
        "fast_spiking": dict(a=0.1, b=0.2, c_mv=-65.0, d=2.0),
        "low_threshold_spiking": dict(a=0.02, b=0.25, c_mv=-65.0, d=2.0),
        "thalamo_cortical": dict(a=0.02, b=0.25, c_mv=-65.0, d=0.05),
        "resonator": dict(a=0.1, b=0.26, c_mv=-65.0, d=2.0),
    }
)
