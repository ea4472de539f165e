"""Prices of capacity and the lower bound that follows from them.

A price p[r, t] says what a review point of reviewer r is worth for work due by milestone t. Charging
it lifts the capacity rule, so every unit may take its cheapest reviewer (or stay unallocated), and
what that costs, less the value of the capacity sold, is a lower bound whatever the prices are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workflow.allocation.model import NOWHERE, Floats, Ints, Model

CHUNK = 500_000
"""Pairs priced at a time: keeps memory flat, and near the processor."""
SINGLE = 1e-6
"""Share by which single precision, in which offers are looked for, may be wrong (at the most)."""


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
    count = min(count, len(model.reviewers))
    top = np.empty((len(model.kinds), count), np.int64)
    alike, group = np.unique(model.kinds[:, 1:], axis=0, return_inverse=True)
    base, order = model.base.astype(np.float32), np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=len(alike)))
    for (due, effort), kinds in zip(alike, np.split(order, ends[:-1]), strict=True):
        charge = np.where(model.room[:, due] < effort, np.inf, effort * price[:, due])
        for some in np.array_split(kinds, 1 + len(kinds) * len(charge) // CHUNK):
            reduced = base[model.kinds[some, 0]]
            reduced += charge.astype(np.float32)
            top[some] = _least(reduced, count)
    profile, due, effort = (column[:, None] for column in model.kinds.T)
    value = model.base[profile, top] + effort * price[top, due]
    value[model.room[top, due] < effort] = np.inf
    return _per_unit(model, price, top, value)


def _least(reduced: NDArray[np.float32], count: int) -> Ints:
    """(rows, count) columns of the `count` least values of each row, the least first."""
    if count == reduced.shape[1]:
        return np.argsort(reduced, axis=1, kind="stable")
    best = np.argpartition(reduced, count - 1, axis=1)[:, :count]
    best.sort(axis=1)
    found = np.take_along_axis(reduced, best, axis=1)
    return np.take_along_axis(best, np.argsort(found, axis=1, kind="stable"), axis=1)


def _per_unit(model: Model, price: Floats, top: Ints, value: Floats) -> Offers:
    """Offers of each unit from those of its kind: bars and the change of holder taken into account."""
    unit = np.arange(len(model.units))[:, None]
    reviewer, reduced = top[model.kind], value[model.kind] + model.move[:, None]
    horizon = reduced[:, -1] * (1 - SINGLE) if top.shape[1] < len(model.reviewers) else np.inf
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
