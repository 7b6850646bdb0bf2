"""Vietoris-Rips cohomology in degree one over Z/2, one edge after the other from the longest to the shortest.

Edges have ranks by length; a triangle has the key ``rank of its longest edge * n + opposite vertex``, so that keys
order simplices as the filtration does and no two are alike. An edge that is the longest of some triangle is born and
killed at once; what is left are few edges, whose coboundaries are reduced as sums of keys that cancel in pairs.
"""

from __future__ import annotations

import heapq
from typing import no_type_check

import numpy as np
from jaxtyping import Int64

from neurarium.core.kernels import compiled


@compiled()
@no_type_check
def first_cofacets(rank, ends):  # pragma: no cover
    """For each edge the first vertex that is nearer to both of its ends than they are to each other, or -1."""
    n_edges, n = len(ends), len(rank)
    found = np.full(n_edges, -1, np.int64)
    for e in range(n_edges):
        i, j = ends[e, 0], ends[e, 1]
        for k in range(n):
            if k != i and k != j and rank[i, k] < e and rank[j, k] < e:
                found[e] = k
                break
    return found


@compiled()
@no_type_check
def _push_coboundary(heap, e, rank, ends, last):  # pragma: no cover
    n = len(rank)
    i, j = ends[e, 0], ends[e, 1]
    for k in range(n):
        if k == i or k == j:
            continue
        a, b = rank[i, k], rank[j, k]
        if a > b and a > e:
            key = a * n + j
        elif b > e and b > a:
            key = b * n + i
        else:
            key = e * n + k
        if key < last:
            heapq.heappush(heap, key)


@compiled()
@no_type_check
def _pop_pivot(heap):  # pragma: no cover
    """Smallest key that is in the sum an odd number of times, or -1 for none; equal keys cancel."""
    while len(heap) > 0:
        key = heapq.heappop(heap)
        if len(heap) > 0 and heap[0] == key:
            heapq.heappop(heap)
        else:
            return key
    return -1


@compiled()
@no_type_check
def degree_one_pairs(rank, ends, is_in_tree, n_edges) -> Int64[np.ndarray, "pairs 2"]:  # pragma: no cover
    """Rank of the edge that closes each loop and of the longest edge of the triangle that fills it.

    Args:
        rank: rank of the edge between two vertices, (vertices, vertices).
        ends: vertices of each edge, shortest first.
        is_in_tree: edges of the minimum spanning tree, which close no loop.
        n_edges: edges to use, the shortest ones.
    """
    n = len(rank)
    cofacet = first_cofacets(rank, ends)
    last = n_edges * n
    pivots = np.full(n_edges, -1, np.int64)  # of the edges left, in order of appearance
    columns = [np.zeros(0, np.int64)]
    pairs = np.zeros((n_edges, 2), np.int64)
    n_pairs = 0
    for e in range(n_edges - 1, -1, -1):
        if is_in_tree[e] or cofacet[e] >= 0:
            continue
        heap = [np.int64(0)]
        heap.clear()
        _push_coboundary(heap, e, rank, ends, last)
        summed = [np.int64(e)]
        pivot = _pop_pivot(heap)
        while pivot >= 0:
            longest, k = pivot // n, pivot % n
            if cofacet[longest] == k:
                heapq.heappush(heap, pivot)
                _push_coboundary(heap, longest, rank, ends, last)
                summed.append(longest)
            else:
                known = -1
                for c in range(n_pairs):
                    if pivots[c] == pivot:
                        known = c
                        break
                if known < 0:
                    break
                heapq.heappush(heap, pivot)
                for f in columns[known + 1]:
                    _push_coboundary(heap, f, rank, ends, last)
                    summed.append(f)
            pivot = _pop_pivot(heap)
        pairs[n_pairs, 0] = e
        pairs[n_pairs, 1] = pivot // n if pivot >= 0 else -1
        pivots[n_pairs] = pivot
        columns.append(np.array(summed))
        n_pairs += 1
    return pairs[:n_pairs]
