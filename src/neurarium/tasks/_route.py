"""A route of places, seen on several traverses."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor

from neurarium.core.errors import bad


@dataclass(frozen=True, eq=False)
class Route:
    """Views of the same places on several traverses; place i is row i of each.

    Attributes:
        references: what a system may learn from, in [0, 1], ``(traverses, places, height, width)``.
        queries: what it is asked about, ``(places, height, width)``: query i is right where it is told to be place i.
        note: what a report must say about the route.
    """

    references: Float[Tensor, "traverses places height width"]
    queries: Float[Tensor, "places height width"]
    note: str = ""

    def part(self, first: int, n_places: int) -> Route:
        """The stretch of `n_places` places from place `first` on; its places count from zero."""
        last = first + n_places
        if first < 0 or n_places < 1 or last > len(self.queries):
            raise bad("Route.part", "n_places", f"stay on a route of {len(self.queries)} places", (first, n_places))
        return replace(self, references=self.references[:, first:last], queries=self.queries[first:last])
