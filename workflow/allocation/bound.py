"""Prices of capacity and the lower bound that follows from them.

A price p[r, t] says what a review point of reviewer r is worth for work due by milestone t. Charging
it lifts the capacity rule, so every unit may take its cheapest reviewer (or stay unallocated), and
what that costs, less the value of the capacity sold, is a lower bound whatever the prices are.
"""

from dataclasses import dataclass

import numpy as np

from workflow.allocation.model import NOWHERE, Floats, Ints, Model

CHUNK = 2_000_000
"""Pairs priced at a time: keeps memory flat."""


@dataclass(frozen=True)
class Offers:
    """The reviewers of least reduced cost (cost + price x effort) for each unit, best first.

    `reviewer` and `reduced` have shape (n, k); pairs that a rule closes have a reduced cost of inf.
    `least` (n,) is never more than the reduced cost of any reviewer, offered or not.
    """

    reviewer: Ints
    reduced: Floats
    least: Floats


def offers(model: Model, price: Floats, count: int) -> Offers:
    """The `count` best reviewers of each unit at these prices, and its present holder."""
    m = len(model.reviewers)
    count = min(count, m)
    top = np.empty((len(model.kinds), count), np.int64)
    value = np.empty((len(model.kinds), count))
    step = max(1, CHUNK // max(1, m))
    for start in range(0, len(model.kinds), step):
        profile, due, effort = model.kinds[start : start + step].T
        reduced = model.base[profile] + effort[:, None] * price.T[due]
        reduced[model.room.T[due] < effort[:, None]] = np.inf
        if count < m:
            best = np.argpartition(reduced, count - 1, axis=1)[:, :count]
        else:
            best = np.broadcast_to(np.arange(m), reduced.shape)
        found = np.take_along_axis(reduced, best, axis=1)
        order = np.argsort(found, axis=1, kind="stable")
        top[start : start + step] = np.take_along_axis(best, order, axis=1)
        value[start : start + step] = np.take_along_axis(found, order, axis=1)
    return _per_unit(model, price, top, value)


def _per_unit(model: Model, price: Floats, top: Ints, value: Floats) -> Offers:
    """Offers of each unit from those of its kind: bars and the change of holder taken into account."""
    unit = np.arange(len(model.units))[:, None]
    reviewer, reduced = top[model.kind], value[model.kind] + model.move[:, None]
    horizon = reduced[:, -1].copy() if top.shape[1] < len(model.reviewers) else np.inf
    reduced[model.is_barred(unit, reviewer) | (reviewer == model.holder[:, None])] = np.inf
    holder = model.holder[:, None]
    at_holder = model.cost(unit, holder) + model.effort[:, None] * price[holder, model.due[:, None]]
    no_room = model.room[holder, model.due[:, None]] < model.effort[:, None]
    at_holder[(holder == NOWHERE) | no_room] = np.inf
    reviewer = np.hstack([reviewer, np.maximum(holder, 0)])
    reduced = np.hstack([reduced, at_holder])
    order = np.argsort(reduced, axis=1, kind="stable")
    reduced = np.take_along_axis(reduced, order, axis=1)
    least = np.minimum(reduced[:, 0], horizon)
    return Offers(np.take_along_axis(reviewer, order, axis=1), reduced, least)


def lower_bound(model: Model, price: Floats, least: Floats) -> float:
    """The Lagrangian bound at these prices: no plan costs less."""
    value = np.minimum(least, model.penalty).sum()
    scarcity, unfairness = split(model, price)
    sold = (scarcity * model.room).sum() + (unfairness * model.fair).sum()
    return float(model.fixed + value - sold)


def split(model: Model, price: Floats) -> tuple[Floats, Floats]:
    """The prices as their sources: (m, t) of capacity up to each milestone, (m,) of the fair share."""
    unfairness = np.minimum(price[:, -1], model.over)
    later = np.column_stack([price[:, 1:], unfairness])
    return price - later, unfairness
