"""Small problems solved to proof, by HiGHS through SciPy."""

import numpy as np

from workflow.allocation.model import NOWHERE, Ints, Model


def prove(model: Model, node_limit: int) -> tuple[Ints, float]:
    """The best assignment and a lower bound; they meet unless `node_limit` stopped the search."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to import
    from scipy.sparse import csr_array, hstack  # noqa: PLC0415

    n, (m, t) = len(model.units), model.room.shape
    unit, reviewer = (axis.ravel() for axis in np.indices((n, m)))
    cost = model.cost(unit, reviewer)
    open_ = np.isfinite(cost) & (model.effort[unit] <= model.room[reviewer, model.due[unit]])
    unit, reviewer, cost = unit[open_], reviewer[open_], cost[open_]
    pairs = np.arange(len(unit))
    if not len(pairs):
        return np.full(n, NOWHERE), model.fixed + float(model.penalty.sum())
    cell, arc = np.nonzero(np.arange(t)[:, None] >= model.due[unit])
    once = csr_array((np.ones(len(pairs)), (unit, pairs)), (n, len(pairs)))
    points = model.effort[unit].astype(float)
    load = csr_array((points[arc], (reviewer[arc] * t + cell, arc)), (m * t, len(pairs)))
    whole = csr_array((points, (reviewer, pairs)), (m, len(pairs)))
    excess = csr_array((-np.ones(m), (np.arange(m), np.arange(m))), (m, m))
    found = milp(
        np.concatenate([cost - model.penalty[unit], np.full(m, model.over)]),
        integrality=np.ones(len(pairs) + m),
        bounds=Bounds(0, np.concatenate([np.ones(len(pairs)), np.full(m, np.inf)])),
        constraints=[
            LinearConstraint(hstack([once, csr_array((n, m))]), ub=1),
            LinearConstraint(hstack([load, csr_array((m * t, m))]), ub=model.room.ravel()),
            LinearConstraint(hstack([whole, excess]), ub=model.fair),
        ],
        options={"mip_rel_gap": 0.0, "node_limit": node_limit},
    )
    assignment = np.full(n, NOWHERE)
    chosen = np.flatnonzero(found.x[: len(pairs)].round())
    assignment[unit[chosen]] = reviewer[chosen]
    bound = model.fixed + model.penalty.sum() + found.mip_dual_bound
    return assignment, float(bound)
