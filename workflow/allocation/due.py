"""Due dates: each reviewer's work, most urgent first, spread over their own days."""

from collections import defaultdict
from datetime import date

import numpy as np

from workflow.allocation.model import NOWHERE, Floats, Ints, Model
from workflow.allocation.problem import Problem, Reviewer, Unit


def due_dates(model: Model, assignment: Ints) -> dict[str, date]:
    """Key of every placed unit → the working day it is due.

    A reviewer's units follow one another by milestone, then band, highest first. They are spread at
    the pace that just keeps every milestone, so that work does not pile up on the first days.
    """
    work: dict[int, list[Unit]] = defaultdict(list)
    row = {reviewer.key: r for r, reviewer in enumerate(model.reviewers)}
    for unit in model.pinned:
        work[row[unit.holder or ""]].append(unit)
    for u in np.flatnonzero(assignment != NOWHERE):
        work[int(assignment[u])].append(model.units[u])
    due_on: dict[str, date] = {}
    for r, units in work.items():
        due_on |= _spread(model.problem, model.reviewers[r], units)
    return due_on


def _spread(problem: Problem, reviewer: Reviewer, units: list[Unit]) -> dict[str, date]:
    units = sorted(units, key=lambda unit: (problem.due_by_band[unit.band - 1], -unit.band))
    due = [problem.due_by_band[unit.band - 1] for unit in units]
    last = [problem.milestones[t] for t in due]
    if not problem.days:
        return {unit.key: day for unit, day in zip(units, last, strict=True)}
    done = np.cumsum([unit.effort for unit in units])
    available = _points_by(problem, reviewer)
    milestone = (
        np.searchsorted(np.array(problem.days), np.array(problem.milestones), side="right") - 1
    )
    pace = min(available[milestone[t]] / done[i] for i, t in enumerate(due))
    at = np.searchsorted(available, done * pace - 1e-9)
    days = [problem.days[min(int(day), len(problem.days) - 1)] for day in at]
    return {unit.key: min(day, by) for unit, day, by in zip(units, days, last, strict=True)}


def _points_by(problem: Problem, reviewer: Reviewer) -> Floats:
    """(d,) points the reviewer can have given by the end of each day."""
    if reviewer.by_day:
        return np.cumsum(np.array(reviewer.by_day, np.float64))
    days = np.arange(1, len(problem.days) + 1)
    ends = np.searchsorted(np.array(problem.days), np.array(problem.milestones), side="right")
    points = np.interp(days, np.concatenate([[0], ends]), np.concatenate([[0], reviewer.capacity]))
    return np.asarray(points, np.float64)
