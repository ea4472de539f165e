"""A plain generalised assignment problem, for public benchmark instances.

The same idea as for reviews, with what each job takes differing by agent: the linear relaxation gives
prices, the pairs of least reduced cost form a core, branch and bound (HiGHS) works on the core, and
what it found is polished by moves, swaps, and by solving a few agents at a time anew.
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from workflow.allocation.model import Bools, Floats, Ints

SMALL = 1_500
"""Pairs up to which no pair is left out."""
WIDTH, CORE = 12, 8
"""Agents per job that each round of the relaxation adds, and that branch and bound may use."""
ROUNDS, STEPS = 6, 120
"""Rounds of the relaxation; subgradient steps before it."""
FIRST = 0.15
"""Share of the time for the first assignment; the rest goes into improving it."""
GROUP, STEP, PATIENCE = 700, 3.0, 2
"""Pairs in a group of agents solved anew, seconds for it, and idle turns per agent before it ends."""
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class GapSolution:
    """The answer to a generalised assignment problem."""

    assignment: tuple[int, ...]
    """Agent of each job."""
    objective: float
    bound: float
    """No assignment costs less."""


def solve_gap(
    cost: ArrayLike, resource: ArrayLike, capacity: ArrayLike, *, seconds: float = 45.0
) -> GapSolution:
    """Give each job to one agent at the least total cost.

    Args:
        cost: (m, n) cost of each agent with each job.
        resource: (m, n) what each job takes of each agent.
        capacity: (m,) what each agent has.
        seconds: when to stop looking for something better.

    Raises:
        ValueError: the shapes do not fit, or no assignment was found in time.
    """
    costs, needs = np.asarray(cost, np.float64), np.asarray(resource, np.float64)
    has = np.asarray(capacity, np.float64)
    if costs.ndim != 2 or costs.shape != needs.shape or has.shape != costs.shape[:1]:  # noqa: PLR2004
        raise ValueError("cost and resource must be m x n, and capacity m long.")
    end = perf_counter() + seconds
    open_ = needs <= has[:, None]
    if costs.size <= SMALL:
        found, bound = _branch(costs, needs, has, open_, seconds / 2)
        core = open_
    else:
        bound, core = _relaxed(costs, needs, has, open_)
        found = _first(costs, needs, has, core, open_, end)
    if found is None:
        raise ValueError(
            "No assignment was found: the capacities are too small or the time too short."
        )
    if (costs == np.rint(costs)).all():
        bound = float(np.ceil(bound - ROUNDING))
    found = _polished(costs, needs, has, found)
    found = _regrouped(costs, needs, has, core, found, bound, end)
    objective = _total(costs, found)
    return GapSolution(tuple(int(agent) for agent in found), objective, min(bound, objective))


def _total(costs: Floats, assignment: Ints) -> float:
    return float(costs[assignment, np.arange(len(assignment))].sum())


def _first(
    costs: Floats, needs: Floats, has: Floats, core: Bools, open_: Bools, end: float
) -> Ints | None:
    """A first assignment, by branch and bound on the core, or on all open pairs if it has none."""
    found, _ = _branch(costs, needs, has, core, (end - perf_counter()) * FIRST)
    if found is None:
        found, _ = _branch(costs, needs, has, open_, max(1.0, end - perf_counter()))
    return found


def _regrouped(
    costs: Floats,
    needs: Floats,
    has: Floats,
    core: Bools,
    assignment: Ints,
    bound: float,
    end: float,
) -> Ints:
    """The assignment with the jobs of a few agents at a time shared out anew, until time is up."""
    m, n = costs.shape
    size = min(m, max(2, round(np.sqrt(GROUP * m / n))))
    rng = np.random.default_rng(0)
    best, idle = _total(costs, assignment), 0
    while best > bound + ROUNDING and idle < PATIENCE * m and perf_counter() < end:
        agents = np.sort(rng.choice(m, size, replace=False))
        jobs = np.flatnonzero(np.isin(assignment, agents))
        part = np.ix_(agents, jobs)
        keep = core[part]
        keep[np.searchsorted(agents, assignment[jobs]), np.arange(len(jobs))] = True
        now = float(costs[assignment[jobs], jobs].sum())
        found, _ = _branch(costs[part], needs[part], has[agents], keep, STEP)
        idle += 1
        if found is not None and _total(costs[part], found) < now - ROUNDING:
            assignment[jobs] = agents[found]
            best, idle = _total(costs, assignment), 0
    return assignment


def _columns(needs: Floats, open_: Bools) -> tuple[Ints, Ints, Any, Any]:
    """Agent and job of each open pair, the rows "each job once" and the rows of capacity."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - slow to import

    agent, job = np.nonzero(open_)
    pairs, (m, n) = np.arange(len(agent)), needs.shape
    once = csr_array((np.ones(len(pairs)), (job, pairs)), (n, len(pairs)))
    load = csr_array((needs[agent, job], (agent, pairs)), (m, len(pairs)))
    return agent, job, once, load


def _relaxed(costs: Floats, needs: Floats, has: Floats, open_: Bools) -> tuple[float, Bools]:
    """The bound of the linear relaxation, and the core of pairs that look good at its prices."""
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to import

    price = _first_prices(costs, needs, has, open_)
    core, bound, best = np.zeros_like(open_), -np.inf, price
    for _ in range(ROUNDS):
        core = core | _cheapest(costs + price[:, None] * needs, open_, WIDTH)
        agent, job, once, load = _columns(needs, core)
        found = linprog(
            costs[agent, job], A_ub=load, b_ub=has, A_eq=once, b_eq=np.ones(len(costs.T))
        )
        if found.x is None:
            core = open_
            continue
        price = np.maximum(-found.ineqlin.marginals, 0)
        # Lagrange's bound holds whatever the prices, so that pairs outside the core cannot spoil it.
        valid = _lagrange(costs, needs, has, open_, price)
        if valid > bound:
            bound, best = valid, price
        if found.fun - bound <= ROUNDING * abs(bound):
            break
    used = np.zeros_like(open_)
    used[agent, job] = found.x > ROUNDING if found.x is not None else False
    return bound, used | _cheapest(costs + best[:, None] * needs, open_, CORE)


def _first_prices(costs: Floats, needs: Floats, has: Floats, open_: Bools) -> Floats:
    """(m,) prices of capacity by subgradient steps; they only choose the first core."""
    jobs, price = np.arange(costs.shape[1]), np.zeros(len(has))
    best, bound = price, -np.inf
    scale = float(costs[open_].mean() / needs[open_].mean())
    for step in range(STEPS):
        value = _lagrange(costs, needs, has, open_, price)
        if value > bound:
            best, bound = price, value
        choice = np.where(open_, costs + price[:, None] * needs, np.inf).argmin(axis=0)
        load = np.bincount(choice, weights=needs[choice, jobs], minlength=len(has))
        price = np.maximum(price + scale * 0.97**step * (load / has - 1) / 2, 0)
    return best


def _lagrange(costs: Floats, needs: Floats, has: Floats, open_: Bools, price: Floats) -> float:
    reduced = np.where(open_, costs + price[:, None] * needs, np.inf)
    return float(reduced.min(axis=0).sum() - price @ has)


def _cheapest(reduced: Floats, open_: Bools, width: int) -> Bools:
    """The `width` open pairs of least reduced cost of each job."""
    order = np.argsort(np.where(open_, reduced, np.inf), axis=0, kind="stable")[:width]
    chosen = np.zeros_like(open_)
    np.put_along_axis(chosen, order, values=True, axis=0)
    return np.asarray(chosen & open_)


def _branch(
    costs: Floats, needs: Floats, has: Floats, open_: Bools, seconds: float
) -> tuple[Ints | None, float]:
    """The best assignment over the open pairs that branch and bound finds, and its bound."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to import

    agent, job, once, load = _columns(needs, open_)
    found = milp(
        costs[agent, job],
        integrality=np.ones(len(agent)),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(once, 1, 1), LinearConstraint(load, ub=has)],
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    if found.x is None:
        return None, -np.inf
    assignment = np.zeros(costs.shape[1], np.int64)
    chosen = np.flatnonzero(found.x.round())
    assignment[job[chosen]] = agent[chosen]
    bound = found.mip_dual_bound
    return assignment, -np.inf if bound is None else float(bound)


def _polished(costs: Floats, needs: Floats, has: Floats, assignment: Ints) -> Ints:
    """The assignment after every single move and every swap of two jobs that saves something."""
    assignment, jobs = assignment.copy(), np.arange(costs.shape[1])
    left = has - np.bincount(assignment, weights=needs[assignment, jobs], minlength=len(has))
    improved = True
    while improved:
        improved = False
        for job in jobs:
            here = assignment[job]
            there, other = _best_step(costs, needs, left, assignment, int(job))
            if there is None:
                continue
            improved = True
            left[here] += needs[here, job]
            left[there] -= needs[there, job]
            assignment[job] = there
            if other is not None:
                left[there] += needs[there, other]
                left[here] -= needs[here, other]
                assignment[other] = here
    return assignment


def _best_step(
    costs: Floats, needs: Floats, left: Floats, assignment: Ints, job: int
) -> tuple[int | None, int | None]:
    """Where the job should go, and the job that should come in its place (either may be None)."""
    here, jobs = assignment[job], np.arange(costs.shape[1])
    gain = costs[:, job] - costs[here, job]
    move = np.where((needs[:, job] <= left) & (gain < -ROUNDING), gain, 0.0)
    swap = gain[assignment] + costs[here] - costs[assignment, jobs]
    fits = needs[assignment, job] <= left[assignment] + needs[assignment, jobs]
    fits &= needs[here] <= left[here] + needs[here, job]
    swap = np.where(fits & (assignment != here) & (swap < -ROUNDING), swap, 0.0)
    if min(move.min(), swap.min()) == 0:
        return None, None
    if move.min() <= swap.min():
        return int(move.argmin()), None
    other = int(swap.argmin())
    return int(assignment[other]), other
