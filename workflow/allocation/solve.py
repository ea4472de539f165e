"""The method, step by step: from a problem to its plan."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

import numpy as np

from workflow.allocation.bound import split
from workflow.allocation.exact import prove
from workflow.allocation.explain import Answer, left_over, placements
from workflow.allocation.flow import Relaxation, idle, relax, whole
from workflow.allocation.greedy import greedy
from workflow.allocation.insert import Insertion
from workflow.allocation.model import Floats, Ints, Model, build
from workflow.allocation.problem import Plan, Problem
from workflow.allocation.search import Search

SMALL = 400
"""Pairs of unit and reviewer up to which a problem is solved to proof."""
MOST_ROUNDS, ROUNDS = 200, 2_000
"""Rounds of local search: so many by the cube root of the units, as larger problems need fewer."""
NODES = 20_000
"""Branch-and-bound nodes after which a small problem makes do with a proven gap."""


def solve(problem: Problem) -> Plan:
    """The cheapest plan found under the hard rules, sorted by unit, with its bound and its reasons.

    The same problem gives the same plan (all but `seconds`), whatever its row order.

    Raises:
        InvalidInputError: the problem's values contradict each other.
    """
    started = perf_counter()
    with _uncollected():
        return _plan(problem, started)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the garbage collector: it would walk over millions of values that form no circles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _plan(problem: Problem, started: float) -> Plan:
    model = build(problem)
    baseline = greedy(model)
    if len(model.units) and len(model.reviewers):
        assignment, relaxed = _best(model, baseline)
    else:
        assignment, relaxed = baseline, idle(model)
    answer = Answer(model, assignment, relaxed.price, relaxed.offer)
    parts = model.parts(assignment)
    objective = sum(parts.values())
    bound = min(relaxed.bound, objective)
    return Plan(
        placements=tuple(sorted(placements(answer), key=lambda placement: placement.unit)),
        left_over=tuple(sorted(left_over(answer), key=lambda over: over.unit)),
        objective=objective,
        bound=bound,
        gap=(objective - bound) / bound if bound > 0 else float(objective > bound),
        greedy_objective=model.objective(baseline),
        parts=parts,
        utilisation=_utilisation(model, assignment),
        shadow_price=_shadow_price(model, relaxed.price),
        seconds=perf_counter() - started,
    )


def _best(model: Model, baseline: Ints) -> tuple[Ints, Relaxation]:
    """Assignment (n,), never worse than the baseline, and the relaxation with the best bound."""
    relaxed = relax(model)
    n, m = len(model.units), len(model.reviewers)
    if n * m <= SMALL:
        proven, bound = prove(model, NODES)
        best = min([proven, baseline], key=model.objective)
        return best, replace(relaxed, bound=max(relaxed.bound, bound))
    start = Insertion(model, whole(model, relaxed), relaxed.offer, relaxed.price).run()
    rounds = min(MOST_ROUNDS, round(ROUNDS / np.cbrt(n)))
    found = Search(model, start, relaxed, rounds).run()
    return min([found, baseline], key=model.objective), relaxed


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
    """Reviewer → what a working day more, before the first milestone, would save.

    A day is worth their mean points per day; a problem without `days` has one day per milestone.
    """
    n_days = len(model.problem.days) or len(model.problem.milestones)
    scarcity, _ = split(model, price)
    return {
        reviewer.key: float(scarcity[r].sum() * reviewer.capacity[-1] / n_days)
        for r, reviewer in sorted(enumerate(model.reviewers), key=lambda pair: pair[1].key)
    }
