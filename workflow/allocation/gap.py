"""A plain generalised assignment problem, for public benchmark instances."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class GapSolution:
    """The answer to a generalised assignment problem."""

    assignment: tuple[int, ...]
    """Agent of each job."""
    objective: float
    bound: float
    """No assignment costs less."""


def solve_gap(
    cost: ArrayLike, resource: ArrayLike, capacity: ArrayLike, *, seconds: float = 60.0
) -> GapSolution:
    """Give each job to one agent at the least total cost.

    Args:
        cost: (m, n) cost of each agent with each job.
        resource: (m, n) what each job takes of each agent.
        capacity: (m,) what each agent has.
        seconds: when to stop improving.

    Raises:
        ValueError: no assignment was found.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to import
    from scipy.sparse import csr_array  # noqa: PLC0415

    costs, resources = np.asarray(cost, float), np.asarray(resource, float)
    m, n = costs.shape
    agent, job = (axis.ravel() for axis in np.indices((m, n)))
    pairs = np.arange(m * n)
    once = csr_array((np.ones(m * n), (job, pairs)), (n, m * n))
    used = csr_array((resources.ravel(), (agent, pairs)), (m, m * n))
    found = milp(
        costs.ravel(),
        integrality=np.ones(m * n),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(once, 1, 1), LinearConstraint(used, ub=capacity)],
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    if found.x is None:
        raise ValueError(
            "No assignment was found: the capacities are too small or the time too short."
        )
    assignment = found.x.reshape(m, n).argmax(axis=0)
    objective = float(costs[assignment, np.arange(n)].sum())
    return GapSolution(tuple(int(a) for a in assignment), objective, float(found.mip_dual_bound))
