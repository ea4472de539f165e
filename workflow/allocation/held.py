"""Which held work a run may move: the fewest cases, unopened first, each with the reason. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from workflow.allocation.families import Families
from workflow.allocation.people import DUE_BY_BAND, Room
from workflow.allocation.problem import Reviewer as Candidate
from workflow.allocation.problem import Unit
from workflow.allocation.tasks import Task
from workflow.models import RunKind

People = Mapping[str, Candidate]


@dataclass(frozen=True, slots=True)
class Movable:
    """The units of a run that moves held work: those that may go are no longer pinned."""

    units: list[Unit]
    people: dict[str, Candidate]
    """With the room a re-balance fills at most, and without whom a unit must leave."""
    because: dict[str, str]
    """Key of a unit that may move → why."""


def choose(task: Task, families: Families, people: People, as_of: date, even: float) -> Movable:
    """What a re-balance, leaver or absence plan may move; what waits is no part of it.

    What a reviewer can do stays with them, as many cases as fit; only the rest may move.

    Args:
        even: how far above the mean a reviewer's utilisation may lie before a re-balance takes work
            from them, as a share of their capacity.
    """
    held = [unit for unit in families.units if unit.holder is not None]
    if task.kind is RunKind.REBALANCE:
        return _rebalance(families, held, people, as_of, even)
    theirs = [unit for unit in held if unit.holder == task.reviewer]
    staying = _staying(theirs, people, _opened_first)
    because = {unit.key: task.because for unit in theirs if unit.key not in staying}
    return Movable(_unpinned(held, because), dict(people), because)


def _rebalance(
    families: Families, held: list[Unit], people: People, as_of: date, even: float
) -> Movable:
    """Unopened units that are overdue, in conflict, or more than their holder's even share."""
    capped = _capped(held, people, even)
    because: dict[str, str] = {}
    barred: dict[str, set[str]] = defaultdict(set)
    for unit in held:
        holder = unit.holder or ""
        due_on = min((r.due_on for r in families.members[unit.key] if r.due_on), default=as_of)
        if unit.opened:
            continue
        if unit.key in people[holder].conflicts:
            because[unit.key] = f"{holder} has declared a conflict"
        elif due_on < as_of:
            because[unit.key] = f"Overdue since {due_on:%-d %B %Y}, and not started by {holder}"
            barred[holder].add(unit.key)
    rest = [unit for unit in held if unit.key not in because]
    staying = _staying(rest, capped, _opened_first, always=lambda unit: unit.opened)
    for unit in rest:
        if unit.key not in staying:
            because[unit.key] = f"{unit.holder} holds more than an even share"
    free_of = {
        key: replace(person, conflicts=person.conflicts | barred.get(key, set()))
        for key, person in capped.items()
    }
    return Movable(_unpinned(held, because), free_of, because)


def _capped(held: Iterable[Unit], people: People, even: float) -> dict[str, Candidate]:
    """Everybody with at most the mean utilisation and `even` on top to fill."""
    capacity = sum(person.capacity[-1] for person in people.values())
    points = sum(unit.effort for unit in held)
    most = min(1.0, points / capacity + even) if capacity else 1.0
    return {
        key: replace(
            person,
            capacity=tuple(min(c, int(most * person.capacity[-1])) for c in person.capacity),
        )
        for key, person in people.items()
    }


def _opened_first(unit: Unit) -> tuple[object, ...]:
    """What stays longest: started work, then as many cases as possible, urgent ones first."""
    return (not unit.opened, unit.effort / len(unit.cases), -unit.band, unit.key)


def _staying(
    units: Iterable[Unit],
    people: People,
    order: Callable[[Unit], tuple[object, ...]],
    always: Callable[[Unit], bool] = lambda _: False,
) -> set[str]:
    """Keys of the units that their holders can do; what `always` says stays in any case."""
    room = Room({key: person.capacity for key, person in people.items()})
    staying = set()
    for unit in sorted(units, key=order):
        holder, due = unit.holder or "", DUE_BY_BAND[unit.band - 1]
        if always(unit) or unit.effort <= room.free(holder, due):
            room.take(holder, unit.effort, due)
            staying.add(unit.key)
    return staying


def _unpinned(held: Iterable[Unit], because: Mapping[str, str]) -> list[Unit]:
    return [replace(unit, pinned=unit.key not in because) for unit in held]
