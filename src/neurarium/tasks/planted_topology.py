"""Shapes in the plane whose pieces and holes are prescribed."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from neurarium.core.card import task
from neurarium.core.errors import bad, check_count
from neurarium.core.rng import Rng
from neurarium.tasks._planted import PlantedTopology

SIDE = 3  # cells a side
CELL = 2 / SIDE
DISC, HOLE, BAR, SLIT = 0.27, 0.17, 0.07, 0.05  # radii, and half-widths


@task(
    summary="Regions of the square with prescribed Betti numbers: discs, chains of rings, or both.",
    source="generated",
    paper="arxiv:1802.04443",
    tags=("topology", "classification"),
)
def planted_topology(*, n_components: int, n_holes: int, is_bridged: bool = False, rng: Rng) -> PlantedTopology:
    """A region with ``b0 = n_components`` and ``b1 = n_holes`` on a grid of 3 by 3 cells.

    A piece without a hole is a disc; one with k holes is a chain of k rings, joined by bars. Pieces follow each other
    along a snake through the cells, with the cells left over between them by chance; the whole is turned, mirrored and
    shaken a little. Bridged, it keeps discs and holes but loses its topology: bars join all pieces and a slit opens
    each hole, so that ``b0 = 1`` and ``b1 = 0``.

    Args:
        n_components: pieces.
        n_holes: holes, dealt out in turn; there are max(n_components, n_holes) cells in use, at most 9.
        is_bridged: a control without the topology; bars and slits are outline that it has in addition.
        rng: stream ``shape`` draws places, symmetry and shaking.

    Raises:
        NeurariumError: if the shape does not fit the grid.

    Example:
        >>> shape = planted_topology(n_components=2, n_holes=1, rng=Rng(0))
        >>> (shape.b0, shape.b1), shape.draw(100, rng=Rng(0))[0].shape
        ((2, 1), torch.Size([100, 2]))

    Paper: Guss and Salakhutdinov 2018, arXiv:1802.04443.
    """
    check_count("planted_topology", n_components=n_components)
    check_count("planted_topology", least=0, n_holes=n_holes)
    n_cells = max(n_components, n_holes)
    if n_cells > SIDE**2:
        raise bad("planted_topology", "n_components, n_holes", "be at most 9", (n_components, n_holes))
    holes = [n_holes // n_components + (i < n_holes % n_components) for i in range(n_components)]
    path, pieces = _path(rng), _places(holes, rng)
    joints = [pair for piece in pieces for pair in pairwise(piece)]
    if is_bridged:
        joints = list(pairwise(range(pieces[0][0], pieces[-1][-1] + 1)))
    cells = [cell for piece in pieces for cell in piece]
    hollow = [cell for piece, k in zip(pieces, holes, strict=True) if k for cell in piece]
    slits = [_slit(path, cell, joints) for cell in hollow] if is_bridged else []
    shape = (_discs(path, cells, DISC), _bars([(path[a], path[b]) for a, b in joints], BAR))
    voids = (_discs(path, hollow, HOLE), _bars(slits, SLIT))
    return PlantedTopology(1 if is_bridged else n_components, 0 if is_bridged else n_holes, *shape, *voids)


def _path(rng: Rng) -> Tensor:
    """Centres of the cells along the snake, (9, 2), in one of the square's symmetries, shaken."""
    g = rng("shape")
    rows = [[(i, k) for k in (range(SIDE) if i % 2 == 0 else reversed(range(SIDE)))] for i in range(SIDE)]
    path = torch.tensor([cell for row in rows for cell in row], dtype=torch.float64) * CELL - 1 + CELL / 2
    path = path.flip(1) if torch.rand((), generator=g) < 0.5 else path
    path = path * (2.0 * torch.randint(2, (2,), generator=g) - 1)
    return path + (torch.rand(path.shape, generator=g, dtype=torch.float64) - 0.5) * 0.03


def _places(holes: list[int], rng: Rng) -> list[list[int]]:
    """Cells of each piece along the snake; the order of pieces and the cells between them are left to chance."""
    g = rng("shape")
    sizes = [max(1, k) for k in holes]
    n_spare = SIDE**2 - sum(sizes)
    before = torch.bincount(torch.randint(len(sizes) + 1, (n_spare,), generator=g), minlength=len(sizes) + 1)
    start, places = 0, []
    for size, gap in zip(sizes, before.tolist(), strict=False):
        start += gap
        places.append(list(range(start, start + size)))
        start += size
    return places


def _slit(path: Tensor, cell: int, joints: list[tuple[int, int]]) -> tuple[Tensor, Tensor]:
    """From the middle of a cell to beyond its disc, in the direction farthest from the bars that meet there."""
    ways = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], dtype=torch.float64)
    others = [path[b if a == cell else a] - path[cell] for a, b in joints if cell in (a, b)]
    near = torch.stack([(ways @ o) / o.norm() for o in others]).amax(0) if others else torch.zeros(4)
    return path[cell], path[cell] + ways[near.argmin()] * (DISC + SLIT / 2)


def _discs(path: Tensor, cells: list[int], radius: float) -> Tensor:
    return torch.cat((path[cells], torch.full((len(cells), 1), radius, dtype=torch.float64)), 1)


def _bars(ends: list[tuple[Tensor, Tensor]], half_width: float) -> Tensor:
    if not ends:
        return torch.zeros(0, 5, dtype=torch.float64)
    return torch.stack([torch.cat((a, b, torch.full((1,), half_width, dtype=torch.float64))) for a, b in ends])
