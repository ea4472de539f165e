"""Allocation of reviews to reviewers: optimal, fair, explained."""

from workflow.allocation.gap import GapSolution, solve_gap
from workflow.allocation.problem import LeftOver, Placement, Plan, Problem, Reviewer, Unit
from workflow.allocation.solve import solve

__all__ = [
    "GapSolution",
    "LeftOver",
    "Placement",
    "Plan",
    "Problem",
    "Reviewer",
    "Unit",
    "solve",
    "solve_gap",
]
