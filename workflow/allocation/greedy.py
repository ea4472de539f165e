"""What simpler allocators would do with the same data: the baselines every plan is compared with."""

import numpy as np

from workflow.allocation.model import NOWHERE, Floats, Ints, Model


def by_risk(model: Model) -> Ints:
    """(n,) units in the order a careful coordinator takes them: risk first, then the largest."""
    return np.lexsort((-model.effort, model.due, -model.penalty / model.effort))


def has_room(model: Model, load: Ints, unit: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """(m,) which reviewers can still take the unit, by every milestone from its own on."""
    due = model.due[unit]
    left = model.room[:, due:] - load[:, due:]
    return np.asarray((left >= model.effort[unit]).all(axis=1))


def greedy(model: Model, *, fair: bool = False, price: Floats | None = None) -> Ints:
    """Each unit, risk first, to the cheapest reviewer with room.

    With `fair` the cost counts the points above the fair share; with `price` (m, t) the capacity used.
    """
    assignment = np.full(len(model.units), NOWHERE)
    everybody = np.arange(len(model.reviewers))
    load = np.zeros_like(model.room)
    for unit in by_risk(model) if len(everybody) else ():
        cost = model.cost(np.full_like(everybody, unit), everybody)
        if fair:
            after = load[:, -1] + model.effort[unit] - model.fair
            cost = cost + model.over * np.clip(after, 0, model.effort[unit])
        if price is not None:
            cost = cost + model.effort[unit] * price[:, model.due[unit]]
        cost[~has_room(model, load, unit)] = np.inf
        choice = int(np.argmin(cost))
        if np.isfinite(cost[choice]):
            assignment[unit] = choice
            load[choice, model.due[unit] :] += model.effort[unit]
    return assignment


def round_robin(model: Model) -> Ints:
    """Each unit, risk first, to the next reviewer of its district with room, else the next of any."""
    assignment = np.full(len(model.units), NOWHERE)
    m = len(model.reviewers)
    load = np.zeros_like(model.room)
    district = np.array([reviewer.district for reviewer in model.reviewers], dtype=object)
    turn: dict[str | None, int] = {}
    for unit in by_risk(model) if m else ():
        home = model.units[unit].district
        after = (np.arange(m) + turn.get(home, 0)) % m
        open_ = has_room(model, load, unit)[after]
        open_ &= np.isfinite(model.cost(np.full(m, unit), after))
        near = open_ & (district[after] == home)
        if open_.any():
            place = int(np.argmax(near if near.any() else open_))
            assignment[unit] = after[place]
            turn[home] = int(after[place]) + 1
            load[after[place], model.due[unit] :] += model.effort[unit]
    return assignment
