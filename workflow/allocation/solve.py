"""The method, step by step: from a problem to its plan."""

from time import perf_counter

import numpy as np

from workflow.allocation.bound import ascend, split
from workflow.allocation.exact import prove
from workflow.allocation.explain import Answer, left_over, placements
from workflow.allocation.greedy import greedy, has_room
from workflow.allocation.model import NOWHERE, Floats, Ints, Model, build
from workflow.allocation.problem import Plan, Problem

SMALL = 400
"""Pairs of unit and reviewer up to which a problem is solved to proof."""
NODES = 20_000
"""Branch-and-bound nodes after which a small problem makes do with a proven gap."""


def solve(problem: Problem) -> Plan:
    """The cheapest plan found under the hard rules, with its bound, its reasons and its prices.

    The same problem gives the same plan (all but `seconds`), whatever its row order.

    Raises:
        InvalidInputError: the problem's values contradict each other.
    """
    started = perf_counter()
    model = build(problem)
    assignment, price, bound = _best(model)
    answer = Answer(model, assignment, price)
    parts = model.parts(assignment)
    objective = sum(parts.values())
    bound = min(bound, objective)
    by_unit = {placement.unit: placement for placement in placements(answer)}
    left = {over.unit: over for over in left_over(answer)}
    return Plan(
        placements=tuple(by_unit[u.key] for u in problem.units if u.key in by_unit),
        left_over=tuple(left[u.key] for u in problem.units if u.key in left),
        objective=objective,
        bound=bound,
        gap=(objective - bound) / bound if bound > 0 else float(objective > bound),
        greedy_objective=model.objective(greedy(model)),
        parts=parts,
        utilisation=_utilisation(model, assignment),
        shadow_price=_shadow_price(model, price),
        seconds=perf_counter() - started,
    )


def _best(model: Model) -> tuple[Ints, Floats, float]:
    """Assignment (n,), prices (m, t) and lower bound."""
    n, (m, _) = len(model.units), model.room.shape
    nobody = np.full(n, NOWHERE)
    if not n or not m:
        return nobody, np.zeros(model.room.shape), model.objective(nobody)
    price, bound = ascend(model)
    if n * m <= SMALL:
        assignment, proven = prove(model, NODES)
        return assignment, price, max(bound, proven)
    starts = (greedy(model, price=price), greedy(model, fair=True), greedy(model))
    best = min((_relocated(model, start) for start in starts), key=model.objective)
    return best, price, bound


def _relocated(model: Model, assignment: Ints) -> Ints:
    """The assignment after single moves that each save something, risk first, until none is left."""
    assignment = assignment.copy()
    load = model.load(assignment)
    everybody = np.arange(len(model.reviewers))
    for unit in np.tile(np.argsort(-model.penalty, kind="stable"), 3):
        now, effort, due = assignment[unit], model.effort[unit], model.due[unit]
        if now != NOWHERE:
            load[now, due:] -= effort
        over = np.clip(load[:, -1] + effort - model.fair, 0, effort) * model.over
        cost = model.cost(np.full_like(everybody, unit), everybody) + over
        cost[~has_room(model, load, unit)] = np.inf
        choice = int(np.argmin(cost))
        best = choice if cost[choice] < model.penalty[unit] else NOWHERE
        assignment[unit] = best
        if best != NOWHERE:
            load[best, due:] += effort
    return assignment


def _utilisation(model: Model, assignment: Ints) -> dict[str, float]:
    """Reviewer → points placed (pinned ones too) / capacity by the last milestone."""
    points = {reviewer.key: 0 for reviewer in model.reviewers}
    for unit in model.pinned:
        points[unit.holder or ""] += unit.effort
    for reviewer, load in zip(model.reviewers, model.load(assignment), strict=True):
        points[reviewer.key] += int(load[-1])
    return {
        reviewer.key: points[reviewer.key] / reviewer.capacity[-1]
        for reviewer in sorted(model.reviewers, key=lambda reviewer: reviewer.key)
        if reviewer.capacity[-1]
    }


def _shadow_price(model: Model, price: Floats) -> dict[str, float]:
    """Reviewer → what a working day more from the first milestone's stretch on would save."""
    n_days = len(model.problem.days) or len(model.problem.milestones)
    scarcity, _ = split(model, price)
    return {
        reviewer.key: float(scarcity[r].sum() * reviewer.capacity[-1] / n_days)
        for r, reviewer in sorted(enumerate(model.reviewers), key=lambda pair: pair[1].key)
    }
