"""Who would get a unit if its reviewer could not: the runner-up, without solving again.

At the prices it is the reviewer of second least reduced cost. Where several are nearly as good, whole
units matter: for each of them a table finds what the unit really costs there, when the others of that
reviewer may leave for their next best place, and units nearby may come, at the prices.
"""

import numpy as np

from workflow.allocation.bound import Offers
from workflow.allocation.divide import FAR, Core, Sides, changes, grid, rank, table, unfair
from workflow.allocation.model import NOWHERE, Floats, Ints, Model, distinct

RIVALS, NEARLY = 4, 12.0
"""Reviewers looked at closely, and by how many cost units they may be worse than the best of them."""
CORE = 36
"""Units of a reviewer that may come or go."""
MOST = 12_000
"""Units above which the prices alone decide; so many problems of whole units even out."""
CHUNK = 4_000
"""Tables made at a time: keeps memory flat."""


def runner_up(model: Model, assignment: Ints, price: Floats, offer: Offers) -> tuple[Ints, Floats]:
    """(n,) who would get each placed unit without its reviewer, and by how much that is worse.

    NOWHERE when nobody else may take it, or when leaving it would cost less. The difference is that
    of the reduced costs.
    """
    units = np.arange(len(assignment))
    own = model.cost(units, assignment) + model.effort * price[assignment, model.due]
    own[assignment == NOWHERE] = 0.0
    reduced = np.where(offer.reviewer == assignment[:, None], np.inf, offer.reduced)
    order = np.argsort(reduced, axis=1, kind="stable")[:, :RIVALS]
    found = np.take_along_axis(reduced, order, axis=1)
    who = np.take_along_axis(offer.reviewer, order, axis=1)
    column = np.zeros(len(units), np.int64)
    if len(units) <= MOST and found.shape[1]:
        column = _closely(model, assignment, price, offer, who, found)
    found, who = found[units, column], who[units, column]
    worth = (found < model.penalty) & (assignment != NOWHERE)
    return np.where(worth, who, NOWHERE), np.where(worth, found, model.penalty) - own


def _closely(
    model: Model, assignment: Ints, price: Floats, offer: Offers, who: Ints, found: Floats
) -> Ints:
    """(n,) column of `who` that takes the unit most cheaply."""
    close = found < np.minimum(found[:, :1] + NEARLY, model.penalty[:, None])
    close &= (close.sum(axis=1) > 1)[:, None] & (assignment != NOWHERE)[:, None]
    unit, column = np.nonzero(close)
    cost = np.full(found.shape, np.inf)
    if len(unit):
        cost[unit, column] = _true_cost(model, assignment, price, offer, unit, who[unit, column])
    return np.asarray(cost.argmin(axis=1))


def _true_cost(
    model: Model, assignment: Ints, price: Floats, offer: Offers, unit: Ints, reviewer: Ints
) -> Floats:
    """Cost of each pair when the reviewer's other work makes way as cheaply as it can."""
    core = _trade(model, assignment, price, offer)
    load = model.load(assignment)
    free, above = model.room - load, load[:, -1] - model.fair
    before = _least(model, core, free, above)
    cost = model.cost(unit, reviewer) - before[reviewer]
    later = np.arange(model.room.shape[1]) >= model.due[unit][:, None]
    taken = later * model.effort[unit][:, None]
    for start in range(0, len(unit), CHUNK):
        some = slice(start, start + CHUNK)
        at = reviewer[some]
        without = core.unit[:, at] != unit[some]
        part = Core(
            core.rows_due,
            core.unit[:, at],
            np.where(without, core.step[:, at], 0),
            np.where(without, core.loss[:, at], 0).astype(np.float32),
        )
        left = free[at] - taken[some]
        cost[some] += _least(model, part, left, above[at] + model.effort[unit[some]])
    return cost


def _least(model: Model, core: Core, free: Ints, above: Ints) -> Floats:
    """(p,) the least that trade and unfairness cost reviewers with these points free."""
    cost, _ = table(core, free, np.full_like(free, FAR))
    cost += unfair(model, above, changes(cost))
    fixed = model.over * np.maximum(above, 0)
    return np.asarray(cost.min(axis=1) + fixed, np.float64)


def _trade(model: Model, assignment: Ints, price: Floats, offer: Offers) -> Core:
    """For each reviewer the units that could leave for their next best place, or come from it."""
    m, width = len(model.reviewers), offer.reviewer.shape[1]
    placed = np.flatnonzero(assignment != NOWHERE)
    open_ = np.isfinite(offer.reduced)
    unit = np.concatenate([np.repeat(np.arange(len(assignment)), width)[open_.ravel()], placed])
    reviewer = np.concatenate([offer.reviewer[open_], assignment[placed]])
    unit, reviewer = np.divmod(distinct(unit * m + reviewer), m)
    first = offer.reviewer[unit, 0] == reviewer
    elsewhere = np.where(first, offer.reduced[unit, min(1, width - 1)], offer.reduced[unit, 0])
    elsewhere = np.minimum(elsewhere, model.penalty[unit])
    sign = np.where(assignment[unit] == reviewer, -1, 1)
    loss = sign * (model.cost(unit, reviewer) - elsewhere)
    doubt = loss + sign * model.effort[unit] * price[reviewer, model.due[unit]]
    sides = Sides(np.arange(m), np.full(m, NOWHERE), unit, reviewer)
    chosen = rank(reviewer, doubt) < CORE
    return grid(model, sides, chosen, sign * model.effort[unit], loss)
