"""A stronger bound for generalised assignment: each agent's best set of jobs, whole ones, at prices.

The linear relaxation splits jobs; here every agent packs whole jobs (a knapsack, solved exactly by a
table), and only "each job once" is relaxed, at a price per job. Subgradient steps improve the prices.
"""

from time import perf_counter

import numpy as np

from workflow.allocation.model import Bools, Floats, Ints

CELLS = 60_000_000
"""Table cells above which the bound of the linear relaxation has to do."""
STEPS, PATIENCE, SHRINK = 150, 8, 0.6
"""Steps at most; after so many idle ones the next are shorter by this factor."""


def job_bound(
    costs: Floats, needs: Floats, has: Floats, price: Floats, goal: float, end: float
) -> float:
    """The best lower bound found until `end` (as `perf_counter` counts); -inf for fractional needs.

    `price` (n,) is what each job may cost at first; `goal` the cost of a known assignment.
    """
    room = np.floor(has).astype(np.int64)
    if (needs != np.rint(needs)).any() or needs.size * (int(room.max()) + 1) > CELLS:
        return -np.inf
    points, best, length, idle = needs.astype(np.int64), -np.inf, 1.0, 0
    for _ in range(STEPS):
        profit = price - costs
        chosen = packed(profit, points, room)
        bound = float(price.sum() - profit[chosen].sum())
        idle = 0 if bound > best else idle + 1
        best = max(best, bound)
        missing = 1 - chosen.sum(axis=0)
        if not missing.any() or perf_counter() > end:
            break
        if idle >= PATIENCE:
            idle, length = 0, length * SHRINK
        price = price + length * max(goal - bound, 0.0) / float(missing @ missing) * missing
    return best


def packed(profit: Floats, needs: Ints, room: Ints) -> Bools:
    """(m, n) the jobs of most profit that fit each agent, all agents at once."""
    job, need, gain = _columns(profit, needs, room)
    rows, m = job.shape
    width, margin, agents = int(room.max()) + 1, int(need.max(initial=0)), np.arange(m)
    worth, other = np.full((2, m, margin + width), -np.inf)
    worth[:, margin:] = 0.0
    takes = np.zeros((rows, m, width), dtype=bool)
    here = agents[:, None] * (margin + width) + margin + np.arange(width)
    for row in range(rows):
        taken = np.take(worth, here - need[row][:, None]) + gain[row][:, None]
        np.greater(taken, worth[:, margin:], out=takes[row])
        np.maximum(taken, worth[:, margin:], out=other[:, margin:])
        worth, other = other, worth
    chosen = np.zeros(profit.shape, dtype=bool)
    left = room.copy()
    for row in range(rows - 1, -1, -1):
        took = takes[row, agents, left]
        chosen[agents[took], job[row, took]] = True
        left -= np.where(took, need[row], 0)
    return chosen


def _columns(profit: Floats, needs: Ints, room: Ints) -> tuple[Ints, Ints, Floats]:
    """(k, m) jobs that could pay each agent, what they need and gain; padded with nothing."""
    pays = (profit > 0) & (needs <= room[:, None])
    rows = int(pays.sum(axis=1).max(initial=0))
    job = np.argsort(~pays, axis=1, kind="stable")[:, :rows]
    real = np.take_along_axis(pays, job, axis=1)
    need = np.where(real, np.take_along_axis(needs, job, axis=1), 0)
    gain = np.where(real, np.take_along_axis(profit, job, axis=1), 0.0)
    return job.T, need.T, gain.T
