"""What simpler allocators would do with the same data: the baselines every plan is compared with."""

import numpy as np

from workflow.allocation.bound import offers
from workflow.allocation.model import NOWHERE, Bools, Floats, Ints, Model

LOOK = 40
"""Reviewers looked at before all are."""


def by_risk(model: Model) -> Ints:
    """(n,) units in the order a careful coordinator takes them: risk first, then the largest."""
    return np.lexsort((-model.effort, model.due, -model.penalty / model.effort))


def greedy(model: Model) -> Ints:
    """Each unit, risk first, to the cheapest reviewer with room."""
    assignment = np.full(len(model.units), NOWHERE)
    if not len(model.reviewers) or not len(model.units):
        return assignment
    left = _Left(model.room)
    offer = offers(model, np.zeros(model.room.shape), LOOK)
    known, is_open = offer.reviewer.tolist(), np.isfinite(offer.reduced).sum(axis=1).tolist()
    effort, due = model.effort.tolist(), model.due.tolist()
    for unit in by_risk(model).tolist():
        room, points = left.until[due[unit]], effort[unit]
        options = known[unit][: is_open[unit]]
        choice = next((r for r in options if room[r] >= points), NOWHERE)
        if choice == NOWHERE:
            choice = _cheapest_of_all(model, room, unit)
        if choice != NOWHERE:
            assignment[unit] = choice
            left.take(choice, due[unit], points)
    return assignment


class _Left:
    """Points that are left: `until[t][r]` is what reviewer r can still take of work due by t."""

    def __init__(self, room: Ints) -> None:
        self.until = [column.copy() for column in room.T]

    def take(self, reviewer: int, due: int, points: int) -> None:
        """Give the reviewer work; what is free before is never more than what stays free later."""
        for column in self.until[due:]:
            column[reviewer] -= points
        for t in range(due, 0, -1):
            earlier, later = self.until[t - 1], self.until[t]
            earlier[reviewer] = min(earlier[reviewer], later[reviewer])


def _cheapest_of_all(model: Model, room: Ints, unit: int) -> int:
    able = np.flatnonzero(room >= model.effort[unit])
    if not len(able):
        return NOWHERE
    cost = model.cost(np.array([unit]), able)
    best = int(cost.argmin())
    return int(able[best]) if np.isfinite(cost[best]) else NOWHERE


def fair_greedy(model: Model) -> Ints:
    """The same, counting what each placement adds above the reviewer's fair share."""
    assignment = np.full(len(model.units), NOWHERE)
    left = model.room.copy()
    for unit in by_risk(model) if len(model.reviewers) else ():
        above = model.room[:, -1] - left[:, -1] + model.effort[unit] - model.fair
        unfair = model.over * np.clip(above, 0, model.effort[unit])
        choice = _cheapest(_row(model, unit) + unfair, _has_room(model, left, unit))
        if choice != NOWHERE:
            assignment[unit] = choice
            left[choice, model.due[unit] :] -= model.effort[unit]
    return assignment


def round_robin(model: Model) -> Ints:
    """Each unit, risk first, to the next reviewer of its district with room, else the next of any."""
    assignment = np.full(len(model.units), NOWHERE)
    m, left = len(model.reviewers), model.room.copy()
    district = np.array([reviewer.district for reviewer in model.reviewers], dtype=object)
    turn: dict[str | None, int] = {}
    for unit in by_risk(model) if m else ():
        home = model.units[unit].district
        after = (np.arange(m) + turn.get(home, 0)) % m
        able = _has_room(model, left, unit)[after] & np.isfinite(_row(model, unit)[after])
        near = able & (district[after] == home)
        if able.any():
            choice = int(after[np.argmax(near if near.any() else able)])
            assignment[unit], turn[home] = choice, choice + 1
            left[choice, model.due[unit] :] -= model.effort[unit]
    return assignment


def _row(model: Model, unit: int) -> Floats:
    """(m,) cost of the unit with every reviewer."""
    return np.asarray(model.rows(np.array([unit]))[0])


def _has_room(model: Model, left: Ints, unit: int) -> Bools:
    """Which of the reviewers with these points left can still take the unit."""
    return np.asarray((left[:, model.due[unit] :] >= model.effort[unit]).all(axis=1))


def _cheapest(cost: Floats, able: Bools) -> int:
    cost = np.where(able, cost, np.inf)
    choice = int(np.argmin(cost))
    return choice if np.isfinite(cost[choice]) else NOWHERE
