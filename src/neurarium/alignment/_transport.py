"""Exact optimal transport between the neighbourhoods of the two ends of every edge."""

from __future__ import annotations

from typing import no_type_check

import numpy as np
from jaxtyping import Float, Int

from neurarium.core.kernels import compiled

REST = 1e-14  # mass below this is rounding


def transport_costs(
    lengths: Float[np.ndarray, "nodes nodes"],
    distance: Float[np.ndarray, "nodes nodes"],
    edges: Int[np.ndarray, "edges 2"],
    idleness: float,
) -> Float[np.ndarray, " edges"]:
    """``W1(m_x, m_y)`` of every edge (x, y): m_x keeps `idleness` at x, its neighbours share the rest equally."""
    starts = np.concatenate([[0], np.cumsum(np.count_nonzero(lengths, axis=1))])
    return _transport_costs(starts, np.nonzero(lengths)[1], distance, edges, idleness)


@compiled()
@no_type_check
def _transport_costs(starts, neighbours, distance, edges, idleness):
    """Mass that both measures hold at one node stays there, which is optimal as paths obey the triangle inequality."""
    difference, costs = np.zeros(len(distance)), np.zeros(len(edges))
    widest = 2 * (np.diff(starts).max() + 1)
    sources, sinks = np.empty(widest, np.int64), np.empty(widest, np.int64)
    supply, demand = np.empty(widest), np.empty(widest)
    for e in range(len(edges)):
        for end, sign in ((edges[e, 0], 1.0), (edges[e, 1], -1.0)):
            difference[end] += sign * idleness
            share = sign * (1 - idleness) / (starts[end + 1] - starts[end])
            for k in range(starts[end], starts[end + 1]):
                difference[neighbours[k]] += share
        n_sources = n_sinks = 0
        for end in edges[e]:
            for k in range(starts[end] - 1, starts[end + 1]):
                node = end if k < starts[end] else neighbours[k]
                mass, difference[node] = difference[node], 0.0
                if mass > REST:
                    sources[n_sources], supply[n_sources] = node, mass
                    n_sources += 1
                elif mass < -REST:
                    sinks[n_sinks], demand[n_sinks] = node, -mass
                    n_sinks += 1
        if min(n_sources, n_sinks) == 0:  # the measures are one: two nodes joined to nothing else
            continue
        cost = np.empty((n_sources, n_sinks))
        for i in range(n_sources):
            for j in range(n_sinks):
                cost[i, j] = distance[sources[i], sinks[j]]
        costs[e] = cheapest(cost, supply[:n_sources], demand[:n_sinks])
    return costs


@compiled()
@no_type_check
def cheapest(cost, supply, demand):
    """Least cost of carrying `supply` to `demand`, which are used up: shortest augmenting paths with potentials.

    Reduced costs ``cost - row - column`` stay non-negative and vanish where mass flows, which proves the optimum.
    """
    n, m = cost.shape
    row, column = np.empty(n), np.full(m, np.inf)
    for i in range(n):
        row[i] = cost[i].min()
        for j in range(m):
            column[j] = min(column[j], cost[i, j] - row[i])
    flow = np.zeros((n, m))
    for i in range(n):  # what is free to begin with
        for j in range(m):
            if supply[i] > REST and demand[j] > REST and cost[i, j] - row[i] - column[j] <= 0:
                moved = min(supply[i], demand[j])
                flow[i, j] += moved
                supply[i] -= moved
                demand[j] -= moved
    to_row, to_column = np.empty(n), np.empty(m)
    row_from, column_from = np.empty(n, np.int64), np.empty(m, np.int64)
    done = np.empty(m, np.bool_)
    for i in range(n):
        while supply[i] > REST and demand.max() > REST:
            goal = _search(i, cost, demand, flow, row, column, to_row, to_column, row_from, column_from, done)
            _augment(goal, supply, demand, flow, row_from, column_from)
    return (flow * cost).sum()


@compiled()
@no_type_check
def _search(source, cost, demand, flow, row, column, to_row, to_column, row_from, column_from, done):
    """Dijkstra from row `source` to the nearest column that wants mass; renews the potentials."""
    n, m = cost.shape
    to_row[:], row_from[source], to_row[source] = np.inf, -1, 0.0
    for j in range(m):
        to_column[j], column_from[j], done[j] = max(cost[source, j] - row[source] - column[j], 0.0), source, False
    while True:
        goal = -1
        for j in range(m):
            if not done[j] and (goal < 0 or to_column[j] < to_column[goal]):
                goal = j
        done[goal] = True
        if demand[goal] > REST:
            break
        for i in range(n):
            if flow[i, goal] > 0 and to_row[i] == np.inf:  # back along a flow costs nothing
                to_row[i], row_from[i] = to_column[goal], goal
                for j in range(m):
                    path = to_row[i] + max(cost[i, j] - row[i] - column[j], 0.0)
                    if not done[j] and path < to_column[j]:
                        to_column[j], column_from[j] = path, i
    for i in range(n):
        row[i] += max(to_column[goal] - to_row[i], 0.0)
    for j in range(m):
        column[j] -= max(to_column[goal] - to_column[j], 0.0)
    return goal


@compiled()
@no_type_check
def _augment(goal, supply, demand, flow, row_from, column_from):
    """Send as much as fits along the path that ends at column `goal`."""
    moved, j = demand[goal], goal
    while row_from[column_from[j]] >= 0:
        i = column_from[j]
        j = row_from[i]
        moved = min(moved, flow[i, j])
    moved = min(moved, supply[column_from[j]])
    demand[goal] -= moved
    j = goal
    while True:
        i = column_from[j]
        flow[i, j] += moved
        if row_from[i] < 0:
            supply[i] -= moved
            return
        j = row_from[i]
        flow[i, j] -= moved
        if flow[i, j] <= REST:
            flow[i, j] = 0.0
