"""The relaxation that may split units: a min-cost flow of review points, and its prices.

Points flow from each unit to reviewers (arcs), along the reviewer's milestones, whose capacity is
cumulative, and out through the fair share (free) or above it (dear); or out unallocated. Only arcs
that look good at some prices are present; the bound of `bound.py` counts all pairs all the same.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from workflow.allocation.bound import Offers, lower_bound, offers
from workflow.allocation.model import NOWHERE, Bools, Floats, Ints, Model, distinct, sampled

SCALE = 1000
"""Flow costs are integers: thousandths of a cost unit per review point."""
WIDTH = 10
"""Reviewers per unit that each round of pricing adds."""
ROUNDS = 8
LARGE, SAMPLE = 12_000, 8
"""Units from which a problem counts as large; then every eighth unit gives the first prices."""
WIDE, FIRST, SHARE = 32, 8, 8
"""Offers of a large problem: the first 8 of 32, and every eighth of the others."""
TRUST = 0.3
"""How far a large problem's prices may leave the sample's, per point."""
CLOSE, ROUGH = 1e-4, 1e-3
"""Flow and bound this near (as a share) count as met; in a sample."""


@dataclass(frozen=True)
class Arcs:
    """Pairs of unit and reviewer worth a look, sorted by unit, each pair once."""

    unit: Ints
    reviewer: Ints
    cost: Floats
    """Cost of the whole unit with this reviewer."""

    def only(self, which: Bools) -> "Arcs":
        """Some of the arcs."""
        return Arcs(self.unit[which], self.reviewer[which], self.cost[which])


@dataclass(frozen=True)
class Relaxation:
    """A cheapest flow, and the prices of the best bound."""

    arcs: Arcs
    points: Ints
    """Points on each arc."""
    price: Floats
    """(m, t)"""
    offer: Offers
    """Each unit's best reviewers at these prices."""
    bound: float


def relax(model: Model, close: float = CLOSE) -> Relaxation:
    """Price, add the arcs that look good, let the points flow, and price again until both meet.

    Large problems take their first prices from a sample, look wider at once and flow but once: then
    the flow's prices count only as far as they stay near the sample's.
    """
    large = len(model.units) > LARGE
    price = relax(sampled(model, SAMPLE), ROUGH).price if large else np.zeros(model.room.shape)
    pairs: Arcs | None = None
    points: Ints = np.zeros(0, np.int64)
    best: tuple[float, Floats, Offers] | None = None
    for turn in range(ROUNDS + 1):
        offer = offers(model, price, WIDE if large and not turn else WIDTH)
        bound = lower_bound(model, price, offer.least)
        if best is None or bound > best[0]:
            best = bound, price, offer
        if pairs is not None and (
            large or turn == ROUNDS or _value(model, pairs, points) - best[0] <= close * best[0]
        ):
            break
        pairs = offered(model, varied(offer) if large else offer, pairs)
        points = spread(model, pairs)
        dual = prices(model, pairs, points)
        price = np.clip(dual, price - TRUST, price + TRUST) if large else dual
    if pairs is None or best is None:
        raise RuntimeError("A relaxation takes at least one round.")
    return Relaxation(pairs, points, best[1], best[2], best[0])


def idle(model: Model) -> Relaxation:
    """The relaxation of a problem in which nothing is left to decide."""
    none = np.zeros(0, np.int64)
    offer = Offers(
        np.zeros((len(model.units), 0), np.int64), np.zeros((len(model.units), 0)), model.penalty
    )
    bound = model.fixed + float(model.penalty.sum())
    return Relaxation(Arcs(none, none, np.zeros(0)), none, np.zeros(model.room.shape), offer, bound)


def varied(offer: Offers) -> Offers:
    """A selection of a wide offer: each unit keeps its first few, and of the rest another share.

    Units of one kind look alike; unless they look at different reviewers the flow is jammed.
    """
    n, width = offer.reviewer.shape
    rest = np.arange(FIRST, width - SHARE + 1, SHARE)
    columns = np.empty((n, FIRST + len(rest)), np.int64)
    columns[:, :FIRST] = np.arange(FIRST)
    columns[:, FIRST:] = rest + (np.arange(n) % SHARE)[:, None]
    return Offers(
        np.take_along_axis(offer.reviewer, columns, axis=1),
        np.take_along_axis(offer.reduced, columns, axis=1),
        offer.least,
    )


def whole(model: Model, relaxed: Relaxation) -> Ints:
    """(n,) the units that the flow sends to one reviewer; the others stay unallocated."""
    assignment = np.full(len(model.units), NOWHERE)
    entire = relaxed.points == model.effort[relaxed.arcs.unit]
    assignment[relaxed.arcs.unit[entire]] = relaxed.arcs.reviewer[entire]
    return assignment


def arcs(model: Model, units: Ints, reviewers: Ints) -> Arcs:
    """The open ones among these pairs."""
    pair = distinct(units * len(model.reviewers) + reviewers)
    unit, reviewer = np.divmod(pair, len(model.reviewers))
    cost = model.cost(unit, reviewer)
    usable = np.isfinite(cost) & (model.effort[unit] <= model.room[reviewer, model.due[unit]])
    return Arcs(unit[usable], reviewer[usable], cost[usable])


def offered(model: Model, offer: Offers, known: Arcs | None = None) -> Arcs:
    """The arcs of an offer, with those known already."""
    unit, column = np.nonzero(np.isfinite(offer.reduced))
    reviewer = offer.reviewer[unit, column]
    if known is not None:
        unit = np.concatenate([unit, known.unit])
        reviewer = np.concatenate([reviewer, known.reviewer])
    return arcs(model, unit, reviewer)


def spread(model: Model, pairs: Arcs) -> Ints:
    """Points on each arc in a cheapest flow."""
    n, (m, t) = len(model.units), model.room.shape
    cell = n + np.arange(m * t).reshape(m, t)
    sink = np.full(m, n + m * t)
    last, fair, nothing = cell[:, -1], model.fair, np.zeros(m * (t - 1))
    per_point = pairs.cost / model.effort[pairs.unit]
    to_cell = cell[pairs.reviewer, model.due[pairs.unit]]
    supply = np.concatenate([model.effort, np.zeros(m * t, np.int64), [-model.effort.sum()]])
    blocks = (
        Block(pairs.unit, to_cell, model.effort[pairs.unit], per_point),
        Block(np.arange(n), np.full(n, n + m * t), model.effort, model.penalty / model.effort),
        Block(cell[:, :-1].ravel(), cell[:, 1:].ravel(), model.room[:, :-1].ravel(), nothing),
        Block(last, sink, fair, np.zeros(m)),
        Block(last, sink, model.room[:, -1] - fair, np.full(m, model.over)),
    )
    return cheapest_flow(supply, blocks)[: len(pairs.unit)]


class Block(NamedTuple):
    """Some arcs of a network: from node, to node, capacity, cost per unit of flow."""

    tail: Ints
    head: Ints
    capacity: Ints
    cost: Floats


def cheapest_flow(supply: Ints, blocks: tuple[Block, ...]) -> Ints:
    """The flow on each arc, block after block, that takes every supply to the demands."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # noqa: PLC0415 - slow start

    tail, head, capacity, cost = (np.concatenate(column) for column in zip(*blocks, strict=True))
    network = SimpleMinCostFlow()
    arcs_ = network.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, _scaled(cost))
    network.set_nodes_supplies(np.arange(len(supply)), supply)
    if network.solve() != network.OPTIMAL:
        raise RuntimeError("The flow has no solution, although nobody need be allocated.")
    return np.asarray(network.flows(arcs_), np.int64)


def _scaled(cost: Floats) -> Ints:
    return np.rint(cost * SCALE).astype(np.int64)


def _value(model: Model, pairs: Arcs, points: Ints) -> float:
    """What the flow costs, in the objective's units."""
    placed = np.bincount(pairs.unit, weights=points, minlength=len(model.units))
    load = np.bincount(pairs.reviewer, weights=points, minlength=len(model.reviewers))
    share = placed / model.effort
    placements = (pairs.cost * points / model.effort[pairs.unit]).sum()
    unfair = model.over * np.maximum(load - model.fair, 0).sum()
    return float(model.fixed + placements + (model.penalty * (1 - share)).sum() + unfair)


def prices(model: Model, pairs: Arcs, points: Ints) -> Floats:
    """(m, t) what one point more would save at each reviewer and milestone, given a cheapest flow.

    These are the shortest ways out of the residual network, found by sweeping over its arcs; costs
    are the integers of the flow, for which no way is endless.
    """
    m, t = model.room.shape
    per_point = _scaled(pairs.cost / model.effort[pairs.unit])
    alone = _scaled(model.penalty / model.effort)
    cell = pairs.reviewer * t + model.due[pairs.unit]
    first = np.flatnonzero(np.diff(pairs.unit, prepend=-1))
    used = np.flatnonzero(points)
    load = np.bincount(cell, weights=points, minlength=m * t).reshape(m, t).cumsum(axis=1)
    price = np.full((m, t), alone.max())
    price[load[:, -1] < model.room[:, -1], -1] = round(model.over * SCALE)
    price[load[:, -1] < model.fair, -1] = 0
    before = np.full_like(price, -1)
    while (price != before).any():
        before = price.copy()
        worth = alone.copy()
        if len(first):
            ways = np.minimum.reduceat(per_point + price.ravel()[cell], first)
            worth[pairs.unit[first]] = np.minimum(worth[pairs.unit[first]], ways)
        np.minimum.at(price.ravel(), cell[used], worth[pairs.unit[used]] - per_point[used])
        for s in range(t - 1, 0, -1):
            free, carried = load[:, s - 1] < model.room[:, s - 1], load[:, s - 1] > 0
            price[free, s - 1] = np.minimum(price[free, s - 1], price[free, s])
            price[carried, s] = np.minimum(price[carried, s], price[carried, s - 1])
    falling = np.maximum.accumulate(np.maximum(price, 0)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(falling / SCALE)


def exchanged(model: Model, assignment: Ints, pairs: Arcs) -> Ints:
    """The assignment with units of one effort and milestone swapped round at the least cost.

    Everybody keeps as many units of each kind as they had, so that no load changes and the flow is
    whole by itself: it finds every chain of swaps, however long, in one go.
    """
    n, m = len(assignment), len(model.reviewers)
    holder = np.where(assignment == NOWHERE, m, assignment)
    slot = (model.due * (model.effort.max() + 1) + model.effort) * (m + 1)
    slots, count = np.unique(slot + holder, return_counts=True)
    pair = distinct(
        np.concatenate(
            [
                pairs.unit * (m + 1) + pairs.reviewer,
                np.arange(n) * (m + 1) + holder,
                np.arange(n) * (m + 1) + m,
            ]
        )
    )
    unit, reviewer = np.divmod(pair, m + 1)
    at = np.minimum(np.searchsorted(slots, slot[unit] + reviewer), len(slots) - 1)
    open_ = slots[at] == slot[unit] + reviewer
    unit, reviewer, at = unit[open_], reviewer[open_], at[open_]
    placed = reviewer < m
    cost = model.penalty[unit].copy()
    cost[placed] = model.cost(unit[placed], reviewer[placed])
    supply = np.concatenate([np.ones(n, np.int64), -count])
    taken = cheapest_flow(supply, (Block(unit, n + at, np.ones_like(unit), cost),)) > 0
    swapped = np.empty(n, np.int64)
    swapped[unit[taken]] = reviewer[taken]
    swapped[swapped == m] = NOWHERE
    return swapped
