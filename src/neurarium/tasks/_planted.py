"""A region of the plane made of discs, bars and holes, whose Betti numbers are known."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng


@dataclass(frozen=True, eq=False)
class PlantedTopology:
    """A region of the square [-1, 1]², and points drawn in and out of it.

    Attributes:
        b0: pieces of the region.
        b1: holes in it.
        discs: centre and radius of each disc, ``(discs, 3)``.
        bars: ends and half-width of each bar that joins discs, ``(bars, 5)``.
        holes: centre and radius of each hole, ``(holes, 3)``.
        slits: ends and half-width of each slit from a hole to the outside, ``(slits, 5)``.
    """

    b0: int
    b1: int
    discs: Float64[Tensor, "discs 3"]
    bars: Float64[Tensor, "bars 5"]
    holes: Float64[Tensor, "holes 3"]
    slits: Float64[Tensor, "slits 5"]

    def distance(self, x: Float64[Tensor, "*points 2"]) -> Float64[Tensor, "*points"]:
        """Distance to the outline, negative inside: ``max(min(discs, bars), -holes, -slits)``, exact near it."""
        solid = torch.cat((_to_discs(x, self.discs), _to_bars(x, self.bars)), -1).amin(-1)
        void = torch.cat((_to_discs(x, self.holes), _to_bars(x, self.slits)), -1)
        return torch.maximum(solid, -void.amin(-1)) if void.shape[-1] else solid

    def grid(self, n_pixels: int) -> Float64[Tensor, "rows columns 2"]:
        """Centres of the pixels of the square."""
        check_count("PlantedTopology.grid", n_pixels=n_pixels)
        line = (torch.arange(n_pixels, dtype=torch.float64) + 0.5) * 2 / n_pixels - 1
        return torch.stack(torch.meshgrid(line, line, indexing="ij"), -1)

    def draw(
        self, n_samples: int, *, margin: float = 0.02, band: float = 2.0, rng: Rng
    ) -> tuple[Float64[Tensor, "samples 2"], Bool[Tensor, " samples"]]:
        """Points, and whether they lie in the region: half of them in, half out.

        Args:
            n_samples: an even number.
            margin: least distance to the outline; it must leave something of the thinnest part.
            band: largest distance; a narrow band gives small pieces and holes their share of the points.
            rng: stream ``points`` draws the points.
        """
        check_count("PlantedTopology.draw", least=2, n_samples=n_samples)
        if n_samples % 2 or not 0 <= margin < min(0.05, band):
            raise bad(
                "PlantedTopology.draw", "n_samples, margin", "be even, and below 0.05 and `band`", (n_samples, margin)
            )
        found: dict[bool, Tensor] = {True: torch.zeros(0, 2), False: torch.zeros(0, 2)}
        while min(map(len, found.values())) < n_samples // 2:
            x = torch.rand(4 * n_samples, 2, dtype=torch.float64, generator=rng("points")) * 2 - 1
            distance = self.distance(x)
            for is_in, sign in ((True, -1), (False, 1)):
                found[is_in] = torch.cat((found[is_in], x[(sign * distance > margin) & (sign * distance < band)]))
        x = torch.cat([found[is_in][: n_samples // 2] for is_in in (True, False)])
        return x, torch.arange(n_samples) < n_samples // 2


def _to_discs(x: Tensor, discs: Tensor) -> Float64[Tensor, "*points discs"]:
    return torch.linalg.vector_norm(x.unsqueeze(-2) - discs[:, :2], dim=-1) - discs[:, 2]


def _to_bars(x: Tensor, bars: Tensor) -> Float64[Tensor, "*points bars"]:
    start, along = bars[:, :2], bars[:, 2:4] - bars[:, :2]
    from_start = x.unsqueeze(-2) - start
    share = ((from_start * along).sum(-1) / along.square().sum(-1)).clamp(0, 1)
    return torch.linalg.vector_norm(from_start - share.unsqueeze(-1) * along, dim=-1) - bars[:, 4]
