"""A plain generalised assignment problem, for public benchmark instances.

The same idea as for reviews, with what each job takes differing by agent: the linear relaxation gives
prices, the pairs of least reduced cost form a core, branch and bound (HiGHS) works on the core, and
what it found is polished by moves, swaps, and by solving a few agents at a time anew. The bound is
the better one of the relaxation's and of whole jobs packed by each agent (`knapsack`).
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from workflow.allocation.knapsack import job_bound
from workflow.allocation.model import Bools, Floats, Ints

SMALL = 1_500
"""Pairs up to which no pair is left out."""
WIDTH, CORE = 12, 8
"""Agents per job that each round of the relaxation adds, and that branch and bound may use."""
ROUNDS = 6
"""Rounds of the relaxation."""
STEPS, PACE, EASING = 300, 0.3, 0.985
"""Steps of the first prices; how far a load that is twice too much moves a price, and how that falls."""
FIRST = 0.15
"""Share of the time for the first assignment; the rest goes into improving it."""
GROUPS, STEP, PATIENCE = (250, 400, 700), 3.0, 2
"""Pairs in a group of agents solved anew, larger when that brings no more; seconds for it, and idle
turns per agent before that."""
ROUNDING = 1e-6
INFEASIBLE = 2
"""Status of SciPy's solvers: proven that there is no solution."""


@dataclass(frozen=True, slots=True)
class GapSolution:
    """The answer to a generalised assignment problem."""

    assignment: tuple[int, ...]
    """Agent of each job."""
    objective: float
    bound: float
    """No assignment costs less."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A generalised assignment problem: m agents, n jobs."""

    costs: Floats
    """(m, n)"""
    needs: Floats
    """(m, n)"""
    has: Floats
    """(m,)"""

    @property
    def open(self) -> Bools:
        """(m, n) whether the job fits the agent at all."""
        return np.asarray(self.needs <= self.has[:, None])

    def total(self, assignment: Ints) -> float:
        """What an assignment costs."""
        return float(self.costs[assignment, np.arange(len(assignment))].sum())

    def load(self, assignment: Ints) -> Floats:
        """(m,) what an assignment takes of each agent."""
        taken = self.needs[assignment, np.arange(len(assignment))]
        load = np.bincount(assignment, weights=taken, minlength=len(self.has))
        return np.asarray(load, np.float64)

    def part(self, agents: Ints, jobs: Ints) -> "Instance":
        """Some agents and some jobs alone."""
        rows = np.ix_(agents, jobs)
        return Instance(self.costs[rows], self.needs[rows], self.has[agents])


def solve_gap(
    cost: ArrayLike, resource: ArrayLike, capacity: ArrayLike, *, seconds: float = 45.0
) -> GapSolution:
    """Give each job to exactly one agent at the least total cost.

    Rows are agents and columns are jobs, as in the public instances: `cost[i][j]` is what agent i
    costs for job j. To maximise, hand in the negative of the profits.

    Args:
        cost: (m, n) cost of each agent with each job; whole or fractional, any sign.
        resource: (m, n) what each job takes of each agent, 0 or more.
        capacity: (m,) what each agent has.
        seconds: when to stop looking for something better.

    Raises:
        ValueError: the values do not fit together, no assignment fits the capacities, or none was
            found in time; the message says which.
    """
    given = _instance(cost, resource, capacity)
    end = perf_counter() + seconds
    if not given.costs.size:
        return GapSolution((), 0.0, 0.0)
    if given.costs.size <= SMALL:
        core = given.open
        found, bound = _branch(given, core, seconds / 2)
        price = np.zeros(len(given.has))
    else:
        bound, core, price = _relaxed(given)
        found, limit = _first(given, core, end)
        bound = max(bound, limit)
    if found is None:
        why = "fits the capacities" if bound == np.inf else "was found in time: allow more seconds"
        raise ValueError(f"No assignment {why}.")
    found = _polished(given, found)
    bound = _raised(given, bound, price, given.total(found), end)
    found = _regrouped(given, core, found, bound, end)
    objective = given.total(found)
    return GapSolution(tuple(found.tolist()), objective, min(bound, objective))


def _instance(cost: ArrayLike, resource: ArrayLike, capacity: ArrayLike) -> Instance:
    """The values as arrays.

    Raises:
        ValueError: shapes, signs or numbers that make no problem, or a job that fits nobody.
    """
    given = Instance(
        np.asarray(cost, np.float64),
        np.asarray(resource, np.float64),
        np.asarray(capacity, np.float64),
    )
    shape = given.costs.shape
    if given.costs.ndim != 2 or given.needs.shape != shape or given.has.shape != shape[:1]:  # noqa: PLR2004 - agents and jobs
        raise ValueError("cost and resource must be agents x jobs, and capacity one per agent.")
    if not all(np.isfinite(values).all() for values in (given.costs, given.needs, given.has)):
        raise ValueError("cost, resource and capacity must be finite numbers.")
    if (given.needs < 0).any():
        raise ValueError("resource must not be negative.")
    homeless = np.flatnonzero(~given.open.any(axis=0))
    if len(homeless):
        raise ValueError(f"Job {homeless[0]} fits no agent: no assignment fits the capacities.")
    return given


def _first(given: Instance, core: Bools, end: float) -> tuple[Ints | None, float]:
    """A first assignment, by branch and bound on the core, or on all open pairs if it has none.

    With it a bound: inf where it is proven that there is none.
    """
    found, _ = _branch(given, core, max(1.0, (end - perf_counter()) * FIRST))
    if found is not None:
        return found, -np.inf
    return _branch(given, given.open, max(1.0, end - perf_counter()))


def _raised(given: Instance, bound: float, price: Floats, objective: float, end: float) -> float:
    """The bound, raised by packing whole jobs, and to a whole number where all costs are."""
    if bound < objective - ROUNDING:
        soon = perf_counter() + max(0.0, end - perf_counter()) * FIRST
        at_prices = (given.costs + price[:, None] * given.needs).min(axis=0)
        better = job_bound(given.costs, given.needs, given.has, at_prices, objective, soon)
        bound = max(bound, better)
    whole = (given.costs == np.rint(given.costs)).all()
    return float(np.ceil(bound - ROUNDING)) if whole else bound


def _regrouped(given: Instance, core: Bools, assignment: Ints, bound: float, end: float) -> Ints:
    """The assignment with the jobs of a few agents at a time shared out anew, until time is up."""
    m, n = given.costs.shape
    rng = np.random.default_rng(0)
    best = given.total(assignment)
    for group in GROUPS:
        size, idle = min(m, max(2, round(np.sqrt(group * m / n)))), 0
        while best > bound + ROUNDING and idle < PATIENCE * m and perf_counter() < end:
            agents = np.sort(rng.choice(m, size, replace=False))
            seconds = min(STEP, max(0.1, end - perf_counter()))
            found = _shared_out(given, core, assignment, agents, seconds)
            idle += 1
            if given.total(found) < best - ROUNDING:
                assignment, idle = found, 0
                best = given.total(assignment)
    return assignment


def _shared_out(
    given: Instance, core: Bools, assignment: Ints, agents: Ints, seconds: float
) -> Ints:
    """The assignment with the jobs of these agents shared out anew among them."""
    jobs = np.flatnonzero(np.isin(assignment, agents))
    keep = core[np.ix_(agents, jobs)]
    keep[np.searchsorted(agents, assignment[jobs]), np.arange(len(jobs))] = True
    found, _ = _branch(given.part(agents, jobs), keep, seconds)
    changed = assignment.copy()
    if found is not None:
        changed[jobs] = agents[found]
    return changed


def _columns(given: Instance, open_: Bools) -> tuple[Ints, Ints, Any, Any]:
    """Agent and job of each open pair, the rows "each job once" and the rows of capacity."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - slow to import

    agent, job = np.nonzero(open_)
    pairs, (m, n) = np.arange(len(agent)), given.needs.shape
    once = csr_array((np.ones(len(pairs)), (job, pairs)), (n, len(pairs)))
    load = csr_array((given.needs[agent, job], (agent, pairs)), (m, len(pairs)))
    return agent, job, once, load


def _relaxed(given: Instance) -> tuple[float, Bools, Floats]:
    """The bound of the linear relaxation, the core of pairs that look good at its prices, and those."""
    from scipy.optimize import linprog  # noqa: PLC0415 - slow to import

    costs, needs, open_ = given.costs, given.needs, given.open
    price = _first_prices(given)
    core, bound, best = np.zeros_like(open_), -np.inf, price
    for _ in range(ROUNDS):
        core = core | _cheapest(costs + price[:, None] * needs, open_, WIDTH)
        agent, job, once, load = _columns(given, core)
        found = linprog(
            costs[agent, job], A_ub=load, b_ub=given.has, A_eq=once, b_eq=np.ones(len(costs.T))
        )
        if found.x is None:
            core = open_
            continue
        price = np.maximum(-found.ineqlin.marginals, 0)
        # Lagrange's bound holds whatever the prices, so that pairs outside the core cannot spoil it.
        valid = _lagrange(given, price)
        if valid > bound:
            bound, best = valid, price
        if found.fun - bound <= ROUNDING * abs(bound):
            break
    used = np.zeros_like(open_)
    used[agent, job] = found.x > ROUNDING if found.x is not None else False
    core = used | _cheapest(costs + best[:, None] * needs, open_, CORE)
    return bound, core, best


def _first_prices(given: Instance) -> Floats:
    """(m,) prices of capacity: those of overfull agents rise, the others fall, ever more gently."""
    costs, needs, has, open_ = given.costs, given.needs, given.has, given.open
    jobs = np.arange(costs.shape[1])
    worth = np.median(np.abs(costs[open_])) / max(np.median(needs[open_]), ROUNDING)
    price = np.full(len(has), worth)
    best, bound, pace = price, -np.inf, PACE
    for _ in range(STEPS):
        reduced = np.where(open_, costs + price[:, None] * needs, np.inf)
        choice = reduced.argmin(axis=0)
        value = float(reduced[choice, jobs].sum() - price @ has)
        if value > bound:
            best, bound = price, value
        load = np.bincount(choice, weights=needs[choice, jobs], minlength=len(has))
        price = price * np.exp(np.clip(pace * (load / np.maximum(has, ROUNDING) - 1), -1, 1))
        pace *= EASING
    return best


def _lagrange(given: Instance, price: Floats) -> float:
    reduced = np.where(given.open, given.costs + price[:, None] * given.needs, np.inf)
    return float(reduced.min(axis=0).sum() - price @ given.has)


def _cheapest(reduced: Floats, open_: Bools, width: int) -> Bools:
    """The `width` open pairs of least reduced cost of each job."""
    order = np.argsort(np.where(open_, reduced, np.inf), axis=0, kind="stable")[:width]
    chosen = np.zeros_like(open_)
    np.put_along_axis(chosen, order, values=True, axis=0)
    return np.asarray(chosen & open_)


def _branch(given: Instance, open_: Bools, seconds: float) -> tuple[Ints | None, float]:
    """The best assignment over the open pairs that branch and bound finds, and its bound.

    The bound is inf where there is no assignment, and -inf where nothing is known.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to import

    agent, job, once, load = _columns(given, open_)
    found = milp(
        given.costs[agent, job],
        integrality=np.ones(len(agent)),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(once, 1, 1), LinearConstraint(load, ub=given.has)],
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    if found.x is None:
        return None, np.inf if found.status == INFEASIBLE else -np.inf
    assignment = np.zeros(given.costs.shape[1], np.int64)
    chosen = np.flatnonzero(found.x.round())
    assignment[job[chosen]] = agent[chosen]
    bound = found.mip_dual_bound
    return assignment, -np.inf if bound is None else float(bound)


def _polished(given: Instance, assignment: Ints) -> Ints:
    """The assignment after every single move and every swap of two jobs that saves something."""
    assignment, needs = assignment.copy(), given.needs
    left = given.has - given.load(assignment)
    improved = True
    while improved:
        improved = False
        for job in range(len(assignment)):
            here = assignment[job]
            there, other = _best_step(given, left, assignment, job)
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
    given: Instance, left: Floats, assignment: Ints, job: int
) -> tuple[int | None, int | None]:
    """Where the job should go, and the job that should come in its place (either may be None)."""
    costs, needs = given.costs, given.needs
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
