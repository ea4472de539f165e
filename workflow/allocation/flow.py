"""The relaxation that may split units: a min-cost flow of review points, and its prices.

Points flow from each unit to reviewers (arcs), along the reviewer's milestones, whose capacity is
cumulative, and out through the fair share (free) or above it (dear); or out unallocated. Only arcs
that look good at some prices are present; the bound of `bound.py` counts all pairs all the same.
"""

from dataclasses import dataclass

import numpy as np

from workflow.allocation.bound import Offers
from workflow.allocation.model import Floats, Ints, Model

SCALE = 1000
"""Flow costs are integers: thousandths of a cost unit per review point."""


@dataclass(frozen=True)
class Arcs:
    """Pairs of unit and reviewer worth a look, sorted by unit, each pair once."""

    unit: Ints
    reviewer: Ints
    cost: Floats
    """Cost of the whole unit with this reviewer."""


def arcs(model: Model, units: Ints, reviewers: Ints) -> Arcs:
    """The open ones among these pairs."""
    pair = np.unique(units * len(model.reviewers) + reviewers)
    unit, reviewer = np.divmod(pair, len(model.reviewers))
    cost = model.cost(unit, reviewer)
    usable = np.isfinite(cost) & (model.effort[unit] <= model.room[reviewer, model.due[unit]])
    return Arcs(unit[usable], reviewer[usable], cost[usable])


def offered(model: Model, offer: Offers, known: Arcs | None = None) -> Arcs:
    """The arcs of an offer, added to those known already."""
    unit, column = np.nonzero(np.isfinite(offer.reduced))
    reviewer = offer.reviewer[unit, column]
    if known is not None:
        unit = np.concatenate([unit, known.unit])
        reviewer = np.concatenate([reviewer, known.reviewer])
    return arcs(model, unit, reviewer)


def spread(model: Model, pairs: Arcs) -> Ints:
    """Points on each arc in a cheapest flow."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # noqa: PLC0415 - slow start

    n, (m, t) = len(model.units), model.room.shape
    cell = n + np.arange(m * t).reshape(m, t)
    sink = n + m * t
    to_cell = cell[pairs.reviewer, model.due[pairs.unit]]
    per_point = _scaled(pairs.cost / model.effort[pairs.unit])
    last, fair = cell[:, -1], model.fair
    blocks = [
        (pairs.unit, to_cell, model.effort[pairs.unit], per_point),
        (np.arange(n), np.full(n, sink), model.effort, _scaled(model.penalty / model.effort)),
        (cell[:, :-1].ravel(), cell[:, 1:].ravel(), model.room[:, :-1].ravel(), np.zeros(m * (t - 1))),
        (last, np.full(m, sink), fair, np.zeros(m)),
        (last, np.full(m, sink), model.room[:, -1] - fair, np.full(m, model.over * SCALE)),
    ]
    tail, head, capacity, cost = (np.concatenate(column).astype(np.int64) for column in zip(*blocks))
    network = SimpleMinCostFlow()
    ids = network.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    network.set_nodes_supplies(np.arange(n), model.effort)
    network.set_node_supply(sink, -int(model.effort.sum()))
    status = network.solve()
    if status != network.OPTIMAL:
        raise RuntimeError(f"the flow has no solution: {status}")
    return np.asarray(network.flows(ids[: len(pairs.unit)]), np.int64)


def _scaled(cost: Floats) -> Ints:
    return np.rint(cost * SCALE).astype(np.int64)


def prices(model: Model, pairs: Arcs, points: Ints) -> Floats:
    """(m, t) what a point is worth at each reviewer and milestone, given a cheapest flow.

    A cheapest flow leaves a range: from what one point less would cost to what one point more would
    save. Both ends are shortest ways through the residual network, found by sweeping over its arcs;
    the middle is the steadier guide to arcs not yet present.
    """
    m, t = model.room.shape
    per_point = _scaled(pairs.cost / model.effort[pairs.unit])
    alone = _scaled(model.penalty / model.effort)
    cell = pairs.reviewer * t + model.due[pairs.unit]
    first = np.flatnonzero(np.diff(pairs.unit, prepend=-1))
    linked = pairs.unit[first]
    load = np.bincount(cell, weights=points, minlength=m * t).reshape(m, t).cumsum(axis=1)
    free, carried = load < model.room, load > 0

    used = np.flatnonzero(points)
    high = np.full((m, t), alone.max())
    high[free[:, -1], -1] = round(model.over * SCALE)
    high[load[:, -1] < model.fair, -1] = 0
    before = np.full_like(high, -1)
    while (high != before).any():
        before = high.copy()
        worth = alone.copy()
        ways = np.minimum.reduceat(per_point + high.ravel()[cell], first)
        worth[linked] = np.minimum(worth[linked], ways)
        np.minimum.at(high.ravel(), cell[used], worth[pairs.unit[used]] - per_point[used])
        for s in range(t - 1, 0, -1):
            a, b = free[:, s - 1], carried[:, s - 1]
            high[a, s - 1] = np.minimum(high[a, s - 1], high[a, s])
            high[b, s] = np.minimum(high[b, s], high[b, s - 1])

    spare = np.flatnonzero(points < model.effort[pairs.unit])
    left = model.effort - np.bincount(pairs.unit, weights=points, minlength=len(alone)) > 0
    low = np.zeros((m, t), np.int64)
    low[load[:, -1] > model.fair, -1] = round(model.over * SCALE)
    before = np.full_like(low, -1)
    floor = np.where(left, alone, 0)
    while (low != before).any():
        before = low.copy()
        worth = floor.copy()
        np.maximum.at(worth, pairs.unit[used], per_point[used] + low.ravel()[cell[used]])
        np.maximum.at(low.ravel(), cell[spare], worth[pairs.unit[spare]] - per_point[spare])
        for s in range(1, t):
            a, b = free[:, s - 1], carried[:, s - 1]
            low[a, s] = np.maximum(low[a, s], low[a, s - 1])
            low[b, s - 1] = np.maximum(low[b, s - 1], low[b, s])
    middle = (np.maximum(high, 0) + low) / 2
    falling = np.maximum.accumulate(middle[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(falling / SCALE)
