"""Divide the work of two reviewers anew, as well as it can be done: many pairs at once.

For a pair (left, right) the units worth moving are its core; a table over the core's units, most
urgent first, and over how many points left gains or loses finds the cheapest set of moves under both
reviewers' milestones, with the fairness of both counted. `right` may be NOWHERE: then left chooses
between its own work and units that are unallocated. Pairs that share nobody are independent, so one
pass of array operations serves them all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workflow.allocation.model import NOWHERE, Bools, Floats, Ints, Model

Singles = NDArray[np.float32]

NEVER = 1e12
"""Cost of a division that breaks a rule."""
FAR = 10**9
"""Points that unallocated work may gain or lose."""
REACH = 1.25
"""How far left's load may stray on the way, in efforts of the largest unit of the core."""
WORTH = 0.01
"""Cost units a division must save: tables hold single precision."""


@dataclass(frozen=True)
class Sides:
    """Disjoint pairs of reviewers (p,) and the units they share out: unit and number of its pair."""

    left: Ints
    right: Ints
    unit: Ints
    pair: Ints


@dataclass(frozen=True)
class Core:
    """The units in play, one column per pair, most urgent first; rows are padded with step 0."""

    rows_due: Ints
    """(t,) number of rows due by each milestone alone."""
    unit: Ints
    """(k, p) unit, or NOWHERE where padded."""
    step: Ints
    """(k, p) points left gains (loses, if below 0) when the unit moves to the other side."""
    loss: Singles
    """(k, p) what that move costs."""


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
    load = model.load(assignment)
    free = np.vstack([model.room - load, np.full((1, model.room.shape[1]), FAR)])
    cost, moves = table(core, free[sides.left], free[sides.right])
    above = load[:, -1] - model.fair
    change = changes(cost)
    cost += unfair(model, above[sides.left], change)
    shared = sides.right != NOWHERE
    cost[shared] += unfair(model, above[sides.right[shared]], -change)
    return _traced(assignment, sides, core, cost, moves)


def _core(
    model: Model, assignment: Ints, sides: Sides, price: Floats, size: int, noise: Floats | None
) -> Core | None:
    """The units in doubt: misplaced ones at these prices first, then those nearest to even."""
    unit, pair = sides.unit, sides.pair
    left, right = sides.left[pair], sides.right[pair]
    due, effort = model.due[unit], model.effort[unit]
    alone = right == NOWHERE
    with_left = model.cost(unit, left)
    with_right = np.where(alone, model.penalty[unit], model.cost(unit, right))
    movable = np.isfinite(with_left) & np.isfinite(with_right)
    gain = np.where(movable, with_left, 0.0) - np.where(movable, with_right, 0.0)
    if noise is not None:
        gain = gain + noise
    doubt = gain + effort * (price[left, due] - np.where(alone, 0.0, price[right, due]))
    sign = np.where(assignment[unit] == left, -1, 1)
    chosen = movable & (rank(pair, sign * doubt) < size)
    if not chosen.any():
        return None
    return grid(model, sides, chosen, sign * effort, sign * gain)


def rank(group: Ints, key: Floats) -> Ints:
    """Position of each entry within its group, smallest key first."""
    order = np.lexsort((key, group))
    first = np.diff(group[order], prepend=-1) != 0
    at = np.arange(len(order))
    rank = np.empty_like(order)
    rank[order] = at - np.maximum.accumulate(np.where(first, at, 0))
    return rank


def grid(model: Model, sides: Sides, chosen: Bools, step: Ints, loss: Floats) -> Core:
    """The chosen units, with what moving each to the other side changes and costs, as a core."""
    unit, pair = sides.unit[chosen], sides.pair[chosen]
    due, t = model.due[unit], model.room.shape[1]
    position = rank(pair * t + due, model.effort[unit].astype(np.float64))
    rows_due = np.zeros(t, np.int64)
    np.maximum.at(rows_due, due, position + 1)
    row = (np.cumsum(rows_due) - rows_due)[due] + position
    shape = (int(rows_due.sum()), len(sides.left))
    units, steps = np.full(shape, NOWHERE), np.zeros(shape, np.int64)
    losses = np.zeros(shape, np.float32)
    units[row, pair], steps[row, pair], losses[row, pair] = unit, step[chosen], loss[chosen]
    return Core(rows_due, units, steps, losses)


def table(core: Core, gains: Ints, loses: Ints) -> tuple[Singles, Bools]:
    """(p, w) least cost of every change of left's load, and (k, p, w) whether the unit moved for it.

    `gains` and `loses` (p, t) say how far left's load up to each milestone may rise and fall. The
    changes are `changes(cost)`; a set of moves whose sum strays further on the way is not seen.
    """
    k, p = core.step.shape
    margin = int(np.abs(core.step).max())
    reach = int(REACH * margin)
    change = np.arange(-reach, reach + 1)
    width, inner = len(change), slice(margin, margin + len(change))
    cost, other = np.full((2, p, width + 2 * margin), NEVER, np.float32)
    cost[:, margin + reach] = 0.0
    moves = np.zeros((k, p, width), dtype=bool)
    here = np.arange(p)[:, None] * cost.shape[1] + margin + np.arange(width)
    at, moved = np.empty_like(here), np.empty((p, width), np.float32)
    row = 0
    for milestone, rows in enumerate(core.rows_due):
        for _ in range(rows):
            np.subtract(here, core.step[row][:, None], out=at)
            np.take(cost, at, out=moved, mode="clip")
            moved += core.loss[row][:, None]
            np.less(moved, cost[:, inner], out=moves[row])
            np.minimum(moved, cost[:, inner], out=other[:, inner])
            cost, other = other, cost
            row += 1
        too_much = change > gains[:, milestone, None]
        cost[:, inner][too_much | (-change > loses[:, milestone, None])] = NEVER
    return cost[:, inner].copy(), moves


def changes(cost: Singles) -> Ints:
    """(w,) the changes of load that the columns of a table stand for."""
    reach = cost.shape[1] // 2
    return np.arange(-reach, reach + 1)


def unfair(model: Model, above: Ints, change: Ints) -> Singles:
    """(p, w) unfairness that each change adds at reviewers so many points `above` (p,) their share."""
    before = np.maximum(above, 0)[:, None]
    added = model.over * (np.maximum(above[:, None] + change, 0) - before)
    return np.asarray(added, np.float32)


def _traced(assignment: Ints, sides: Sides, core: Core, cost: Singles, moves: Bools) -> Ints:
    """The assignment after each pair's cheapest moves (none where they save nothing)."""
    assignment = assignment.copy()
    best = cost.argmin(axis=1)
    pairs = np.flatnonzero(cost[np.arange(len(best)), best] < -WORTH)
    change = best[pairs]
    for row in range(len(core.unit) - 1, -1, -1):
        moved = moves[row, pairs, change]
        pair = pairs[moved]
        step = core.step[row, pair]
        assignment[core.unit[row, pair]] = np.where(step > 0, sides.left[pair], sides.right[pair])
        change[moved] -= step
    return assignment
