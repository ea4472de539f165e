"""What simpler allocators would do with the same data: the baselines every plan is compared with."""

import numpy as np

from workflow.allocation.bound import offers
from workflow.allocation.model import NOWHERE, Bools, Floats, Ints, Model

LOOK = 16
"""Reviewers looked at before all are."""


def by_risk(model: Model) -> Ints:
    """(n,) units in the order a careful coordinator takes them: risk first, then the largest."""
    return np.lexsort((-model.effort, model.due, -model.penalty / model.effort))


def greedy(model: Model) -> Ints:
    """Each unit, risk first, to the cheapest reviewer with room."""
    assignment = np.full(len(model.units), NOWHERE)
    if not len(model.reviewers) or not len(model.units):
        return assignment
    left = model.room.copy()
    offer = offers(model, np.zeros(model.room.shape), LOOK)
    for unit in by_risk(model):
        known, cost = offer.reviewer[unit], offer.reduced[unit]
        fits = _has_room(model, left[known], unit) & np.isfinite(cost)
        choice = int(known[np.argmax(fits)]) if fits.any() else _cheapest_of_all(model, left, unit)
        if choice != NOWHERE:
            assignment[unit] = choice
            left[choice, model.due[unit] :] -= model.effort[unit]
    return assignment


def _cheapest_of_all(model: Model, left: Ints, unit: int) -> int:
    able = _has_room(model, left, unit)
    return _cheapest(_row(model, unit), able) if able.any() else NOWHERE


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
