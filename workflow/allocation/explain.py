"""Why: a reason for each placement and for each unit left over, read off the prices."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from workflow.allocation.bound import Offers
from workflow.allocation.due import due_dates
from workflow.allocation.model import NOWHERE, Floats, Ints, Model, pair_terms
from workflow.allocation.problem import LeftOver, Placement, Reviewer, Unit
from workflow.allocation.rival import runner_up

BATCH = 500
"""Units explained at a time: keeps memory flat."""
NEVER = 10**9
"""Points lacking where a rule closes the pair."""

TERMS = {
    "travel": "travel",
    "specialism": "a specialism missing",
    "agency": "the other agency would suit better",
    "change_of_holder": "a change of holder",
}


@dataclass(frozen=True)
class Answer:
    """A model with its assignment and the prices that explain it."""

    model: Model
    assignment: Ints
    price: Floats
    """(m, t)"""
    offer: Offers
    """Each unit's best reviewers at these prices."""


def placements(answer: Answer) -> Iterator[Placement]:
    """Every placed unit, pinned ones included, in the order of the problem's units."""
    model, problem = answer.model, answer.model.problem
    due_on = due_dates(model, answer.assignment)
    who = {reviewer.key: reviewer for reviewer in model.reviewers}
    for unit in model.pinned:
        terms = pair_terms(problem, unit, who[unit.holder or ""])
        reason = "Started or fixed by hand: it stays where it is."
        yield Placement(
            unit=unit.key,
            reviewer=unit.holder or "",
            due_on=due_on[unit.key],
            terms=terms,
            runner_up=None,
            margin=None,
            reason=reason,
        )
    placed = np.flatnonzero(answer.assignment != NOWHERE)
    if not len(placed):
        return
    second, margin = runner_up(model, answer.assignment, answer.price, answer.offer)
    for u in placed:
        unit, reviewer = model.units[u], model.reviewers[answer.assignment[u]]
        terms = pair_terms(problem, unit, reviewer)
        rival = None if second[u] == NOWHERE else model.reviewers[second[u]].key
        yield Placement(
            unit=unit.key,
            reviewer=reviewer.key,
            due_on=due_on[unit.key],
            terms=terms,
            runner_up=rival,
            margin=None if rival is None else float(margin[u]),
            reason=_why(unit, reviewer, terms, rival, float(margin[u])),
        )


def _why(
    unit: Unit, reviewer: Reviewer, terms: dict[str, float], rival: str | None, margin: float
) -> str:
    costs = [f"{words} ({terms[name]:.1f})" for name, words in TERMS.items() if terms[name]]
    text = "Against it: " + ", ".join(costs) if costs else "Nothing speaks against it"
    brings = sorted(unit.wants & reviewer.skills)
    if brings:
        text += "; brings " + ", ".join(brings).replace("_", " ")
    if rival is None:
        return f"{text}. Without them it would stay unallocated."
    if margin > 0:
        return (
            f"{text}. Next best: {rival}, {margin:.1f} dearer once the worth of their time counts."
        )
    return f"{text}. As good: {rival}, whose time is spent on other work."


def left_over(answer: Answer) -> Iterator[LeftOver]:
    """Every unit nobody got, with the rule that binds and what would free it."""
    model = answer.model
    left = np.flatnonzero(answer.assignment == NOWHERE)
    free = model.room - model.load(answer.assignment)
    until = np.minimum.accumulate(free[:, ::-1], axis=1)[:, ::-1]
    for start in range(0, len(left), BATCH):
        units = left[start : start + BATCH]
        cost, due, effort = model.rows(units), model.due[units], model.effort[units][:, None]
        closed = np.isinf(cost)
        short = np.where(closed, NEVER, effort - until.T[due])
        look = _Look(
            able=(~closed).sum(axis=1).tolist(),
            most=np.where(closed, 0, model.room.T[due]).max(axis=1, initial=0).tolist(),
            short=short.min(axis=1, initial=NEVER).tolist(),
            nearest=_nearest(cost, short),
            cheapest=np.where(short <= 0, cost, np.inf).min(axis=1, initial=np.inf).tolist(),
        )
        for row, u in enumerate(units.tolist()):
            yield _left(model, u, look, row, free)


@dataclass(frozen=True)
class _Look:
    """What every reviewer could do for some units that are left over; one entry per unit."""

    able: list[int]
    """How many may take it."""
    most: list[int]
    """The largest room among them."""
    short: list[int]
    """Points that the nearest lacks (0 or less: there is room)."""
    nearest: list[int]
    """Who lacks least; the cheapest of several."""
    cheapest: list[float]
    """Cost of the cheapest with room."""


def _nearest(cost: Floats, short: Ints) -> list[int]:
    if not cost.shape[1]:
        return [NOWHERE] * len(cost)
    least = short == short.min(axis=1, keepdims=True)
    nearest: list[int] = np.where(least, cost, np.inf).argmin(axis=1).tolist()
    return nearest


def _left(model: Model, u: int, look: _Look, row: int, free: Ints) -> LeftOver:
    unit, due = model.units[u], int(model.due[u])
    if not look.able[row]:
        return _closed(unit, model.reviewers)
    if look.most[row] < unit.effort:
        return _too_large(model, unit, look.most[row])
    if look.short[row] <= 0:
        return LeftOver(
            unit=unit.key,
            rule="cost",
            reason=f"The cheapest placement with room costs {look.cheapest[row]:.1f}, which is more"
            f" than leaving it ({model.penalty[u]:.1f}).",
        )
    nearest = look.nearest[row]
    by = model.problem.milestones[due + int(np.argmin(free[nearest, due:]))]
    return LeftOver(
        unit=unit.key,
        rule="capacity",
        reason=f"Each of the {look.able[row]} who may take it is full with work of at least this worth;"
        f" {look.short[row]} more review points of {model.reviewers[nearest].key} by"
        f" {by:%-d %B %Y} would free it.",
    )


def _closed(unit: Unit, reviewers: tuple[Reviewer, ...]) -> LeftOver:
    if not reviewers:
        return LeftOver(unit=unit.key, rule="no_reviewer", reason="There is no reviewer at all.")
    removed: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for reviewer in reviewers:
        rules = list(_rules(unit, reviewer))
        removed.update(rules)
        alone.update(rules if len(rules) == 1 else ())
    rule = max(removed, key=lambda name: (alone[name], removed[name], name))
    counts = ", ".join(f"{_RULE[name][0]} {removed[name]}" for name in _RULE if removed[name])
    reason = f"No reviewer may take it ({counts} of {len(reviewers)}). {_RULE[rule][1]}"
    return LeftOver(unit=unit.key, rule=rule, reason=reason)


_RULE = {
    "qualification": ("qualification rules out", "A qualified social worker would free it."),
    "own_team": ("own team rules out", "A reviewer from another team would free it."),
    "conflict": ("a declared conflict rules out", "A reviewer without a conflict would free it."),
}


def _rules(unit: Unit, reviewer: Reviewer) -> Iterator[str]:
    if unit.needs_qualified and not reviewer.qualified:
        yield "qualification"
    if reviewer.team in unit.teams:
        yield "own_team"
    if unit.key in reviewer.conflicts:
        yield "conflict"


def _too_large(model: Model, unit: Unit, most: int) -> LeftOver:
    by = model.problem.milestones[model.problem.due_by_band[unit.band - 1]]
    siblings = len(unit.cases) > 1
    what = f"The {len(unit.cases)} siblings together need" if siblings else "It needs"
    fix = "allocate the children one by one" if siblings else "raise somebody's capacity"
    return LeftOver(
        unit=unit.key,
        rule="family_exceeds_capacity" if siblings else "capacity",
        reason=f"{what} {unit.effort} review points by {by:%-d %B %Y}, and nobody who may take it has"
        f" more than {most} free. A later date would free it, or {fix}.",
    )
