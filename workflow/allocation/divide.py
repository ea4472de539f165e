"""Divide the work of two reviewers anew, as well as it can be done: many pairs at once.

For a pair (left, right) the units worth moving are its core; a table over the core's units, most
urgent first, and left's load finds the cheapest division under both reviewers' milestones, with the
fairness of both counted. `right` may be NOWHERE: then left chooses between its own work and units
that are unallocated. Pairs that share nobody are independent, so one pass of array operations serves
them all.
"""

from dataclasses import dataclass

import numpy as np

from workflow.allocation.model import NOWHERE, Bools, Floats, Ints, Model

NEVER = 1e12
"""Cost of a division that breaks a rule."""


@dataclass(frozen=True)
class Sides:
    """Disjoint pairs of reviewers (p,) and the units they share out: unit and number of its pair."""

    left: Ints
    right: Ints
    unit: Ints
    pair: Ints


@dataclass(frozen=True)
class Core:
    """The units in play, one column per pair, most urgent first; rows are padded with effort 0."""

    rows_due: Ints
    """(t,) number of rows due by each milestone alone."""
    unit: Ints
    """(k, p) unit, or NOWHERE where padded."""
    effort: Ints
    gain: Floats
    """(k, p) cost with left less cost with right."""
    is_left: Bools
    """(k, p) whether left has the unit now."""
    left_load: Ints
    """(p, t) points of left's other work up to each milestone."""
    right_load: Ints


def divide(
    model: Model,
    assignment: Ints,
    sides: Sides,
    price: Floats,
    size: int,
    noise: Floats | None = None,
) -> Ints:
    """The assignment with each pair's core of at most `size` units divided at the least cost.

    `noise` (one value per unit of `sides`) is added to the cost of left: it shakes a search that
    would otherwise stand still.
    """
    core = _core(model, assignment, sides, price, size, noise)
    if core is None:
        return assignment
    cost, takes = _table(model, sides, core)
    now = np.where(core.is_left, core.effort, 0).sum(axis=0)
    pairs = np.arange(len(sides.left))
    best = cost.argmin(axis=1)
    present = (
        np.where(core.is_left, core.gain, 0).sum(axis=0)
        + _unfair(model, sides, core, now[:, None]).ravel()
    )
    better = cost[pairs, best] < present - 1e-7
    return _traced(assignment, sides, core, takes, np.where(better, best, NOWHERE))


def _core(
    model: Model, assignment: Ints, sides: Sides, price: Floats, size: int, noise: Floats | None
) -> Core | None:
    """The units in doubt: misplaced ones at these prices first, then those nearest to even."""
    unit, pair = sides.unit, sides.pair
    left, right, due, effort = (
        sides.left[pair],
        sides.right[pair],
        model.due[unit],
        model.effort[unit],
    )
    alone = right == NOWHERE
    with_left = model.cost(unit, left)
    with_right = np.where(alone, model.penalty[unit], model.cost(unit, right))
    movable = np.isfinite(with_left) & np.isfinite(with_right)
    gain = np.where(movable, with_left, 0.0) - np.where(movable, with_right, 0.0)
    if noise is not None:
        gain = gain + noise
    doubt = gain + effort * (price[left, due] - np.where(alone, 0.0, price[right, due]))
    is_left = assignment[unit] == left
    doubt = np.where(is_left, -doubt, doubt)
    chosen = movable & (rank(pair, doubt) < size)
    if not chosen.any():
        return None
    loads = [
        _loads(model, pair, effort, due, len(sides.left), ~chosen & side)
        for side in (is_left, ~is_left & (assignment[unit] != NOWHERE))
    ]
    return _grid(model, sides, chosen, gain, is_left, loads)


def rank(group: Ints, key: Floats) -> Ints:
    """Position of each entry within its group, smallest key first."""
    order = np.lexsort((key, group))
    first = np.diff(group[order], prepend=-1) != 0
    at = np.arange(len(order))
    rank = np.empty_like(order)
    rank[order] = at - np.maximum.accumulate(np.where(first, at, 0))
    return rank


def _loads(model: Model, pair: Ints, effort: Ints, due: Ints, pairs: int, which: Bools) -> Ints:
    t = model.room.shape[1]
    cell = pair[which] * t + due[which]
    load = np.bincount(cell, weights=effort[which], minlength=pairs * t)
    return load.reshape(pairs, t).cumsum(axis=1).astype(np.int64)


def _grid(
    model: Model, sides: Sides, chosen: Bools, gain: Floats, is_left: Bools, loads: list[Ints]
) -> Core:
    unit, pair = sides.unit[chosen], sides.pair[chosen]
    due, t = model.due[unit], model.room.shape[1]
    position = rank(pair * t + due, model.effort[unit].astype(np.float64))
    rows_due = np.zeros(t, np.int64)
    np.maximum.at(rows_due, due, position + 1)
    row = (np.cumsum(rows_due) - rows_due)[due] + position
    shape = (int(rows_due.sum()), len(sides.left))
    grid = np.full(shape, NOWHERE)
    grid[row, pair] = unit
    effort, gains, lefts = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, dtype=bool)
    effort[row, pair], gains[row, pair] = model.effort[unit], gain[chosen]
    lefts[row, pair] = is_left[chosen]
    return Core(rows_due, grid, effort, gains, lefts, *loads)


def _table(model: Model, sides: Sides, core: Core) -> tuple[Floats, Bools]:
    """(p, w) least cost of every load of left by the end, and (k, p, w) whether left took the unit."""
    k, p = core.effort.shape
    width = int(core.effort.sum(axis=0).max()) + 1
    margin = int(core.effort.max())
    cost, other = np.full((2, p, width + margin), NEVER)
    cost[:, margin] = 0.0
    takes = np.zeros((k, p, width), dtype=bool)
    level = np.arange(width)
    here = np.arange(p)[:, None] * (width + margin) + margin + level
    row, total = 0, np.zeros(p, np.int64)
    for milestone, rows in enumerate(core.rows_due):
        for _ in range(rows):
            taken = cost.ravel()[here - core.effort[row][:, None]] + core.gain[row][:, None]
            np.less(taken, cost[:, margin:], out=takes[row])
            np.minimum(taken, cost[:, margin:], out=other[:, margin:])
            cost, other = other, cost
            total += core.effort[row]
            row += 1
        most = model.room[sides.left, milestone] - core.left_load[:, milestone]
        least = total + core.right_load[:, milestone] - model.room[sides.right, milestone]
        least = np.where(sides.right == NOWHERE, 0, least)
        cost[:, margin:][(level > most[:, None]) | (level < least[:, None])] = NEVER
    return cost[:, margin:] + _unfair(model, sides, core, level), takes


def _unfair(model: Model, sides: Sides, core: Core, level: Ints) -> Floats:
    """(p, w) unfairness of both when left has `level` points of the core."""
    total = core.effort.sum(axis=0)[:, None]
    left = core.left_load[:, -1:] + level - model.fair[sides.left][:, None]
    right = core.right_load[:, -1:] + total - level - model.fair[sides.right][:, None]
    right = np.where(sides.right[:, None] == NOWHERE, 0, right)
    return np.asarray(model.over * (np.maximum(left, 0) + np.maximum(right, 0)), np.float64)


def _traced(assignment: Ints, sides: Sides, core: Core, takes: Bools, level: Ints) -> Ints:
    """The assignment that ends at each pair's `level` (NOWHERE: leave the pair as it is)."""
    assignment = assignment.copy()
    pairs = np.flatnonzero(level != NOWHERE)
    level = level[pairs]
    for row in range(len(core.unit) - 1, -1, -1):
        unit = core.unit[row, pairs]
        taken = takes[row, pairs, level]
        real = unit != NOWHERE
        assignment[unit[real]] = np.where(taken, sides.left[pairs], sides.right[pairs])[real]
        level = np.where(taken, level - core.effort[row, pairs], level)
    return assignment
