"""Plain generalised assignment: orientation, rules, bound, and instances of the public kinds."""

from itertools import product

import numpy as np
import pytest

from tests.effort import LONG
from workflow.allocation import GapSolution, solve_gap
from workflow.allocation.knapsack import job_bound, packed
from workflow.allocation.model import Floats, Ints

CENT = 1e-6


def make_instance(kind: str, m: int, n: int, seed: int = 0) -> tuple[Ints, Ints, Ints]:
    """Costs, resources and capacities of the families C, D and E of Cattrysse, Chu and Yagiura."""
    rng = np.random.default_rng([seed, m, n, ord(kind)])
    if kind == "C":
        resource, cost = rng.integers(5, 26, (m, n)), rng.integers(10, 51, (m, n))
    elif kind == "D":
        resource = rng.integers(1, 101, (m, n))
        cost = 111 - resource + rng.integers(-10, 11, (m, n))
    else:
        drawn = 1 - 10 * np.log(1 - rng.random((m, n)))
        resource = np.floor(drawn).astype(np.int64)
        cost = np.floor(1000 / drawn - 10 * rng.random((m, n))).astype(np.int64)
    return cost, resource, np.floor(0.8 * resource.sum(axis=1) / m).astype(np.int64)


def check(cost: Ints | Floats, resource: Ints | Floats, capacity: Ints, found: GapSolution) -> None:
    jobs = np.arange(cost.shape[1])
    agents = np.array(found.assignment)
    assert agents.shape == jobs.shape
    load = np.bincount(agents, weights=resource[agents, jobs], minlength=len(capacity))
    assert (load <= np.asarray(capacity) + CENT).all()
    assert found.objective == pytest.approx(cost[agents, jobs].sum())
    assert found.bound <= found.objective + CENT


def brute_force(cost: Ints, resource: Ints, capacity: Ints) -> float:
    jobs, best = np.arange(cost.shape[1]), np.inf
    for choice in product(range(len(capacity)), repeat=len(jobs)):
        agents = np.array(choice)
        load = np.bincount(agents, weights=resource[agents, jobs], minlength=len(capacity))
        if (load <= capacity).all():
            best = min(best, float(cost[agents, jobs].sum()))
    return best


def test_rows_are_agents_and_columns_are_jobs():
    cost = [[1, 9, 1], [9, 1, 9]]
    found = solve_gap(cost, [[1, 1, 1], [1, 1, 1]], [2, 2])
    assert found == GapSolution(assignment=(0, 1, 0), objective=3.0, bound=3.0)


def test_what_a_job_takes_differs_by_agent():
    found = solve_gap([[1, 1], [5, 6]], [[3, 3], [1, 9]], [3, 3])
    assert found.assignment == (1, 0)


@pytest.mark.parametrize("seed", range(6))
def test_small_instances_match_brute_force(seed: int):
    rng = np.random.default_rng(seed)
    cost, resource = rng.integers(1, 30, (3, 7)), rng.integers(2, 12, (3, 7))
    capacity = np.ceil(resource.sum(axis=1) * 0.45).astype(np.int64)
    found = solve_gap(cost, resource, capacity)
    check(cost, resource, capacity, found)
    assert found.objective == found.bound == brute_force(cost, resource, capacity)


@pytest.mark.parametrize(
    ("kind", "gap"),
    [
        pytest.param("C", 0.03, marks=pytest.mark.soak),
        pytest.param("D", 0.04, marks=pytest.mark.soak),
        ("E", 0.05),
    ],
)
def test_instances_of_the_public_kinds_come_close_to_the_bound(kind: str, gap: float):
    cost, resource, capacity = make_instance(kind, 10, 160)
    found = solve_gap(cost, resource, capacity, seconds=3 if LONG else 1)
    check(cost, resource, capacity, found)
    assert found.objective <= found.bound * (1 + gap)


def test_fractions_and_negative_costs_are_fine():
    rng = np.random.default_rng(3)
    profit, resource = rng.uniform(1, 9, (4, 18)), rng.uniform(1, 3, (4, 18))
    capacity = np.full(4, 14.5)
    found = solve_gap(-profit, resource, capacity)
    check(-profit, resource, capacity, found)
    assert -found.objective >= 0.9 * profit.max(axis=0).sum()
    assert found.bound == pytest.approx(found.objective, rel=1e-3)


def test_a_large_instance_in_fractions_has_the_bound_of_the_relaxation():
    rng = np.random.default_rng(4)
    cost, resource = rng.uniform(10, 50, (16, 120)), rng.uniform(5, 25, (16, 120))
    capacity = 0.8 * resource.sum(axis=1) / 16
    found = solve_gap(cost, resource, capacity, seconds=1)
    check(cost, resource, capacity, found)
    assert found.objective <= found.bound * 1.08


def test_no_jobs_cost_nothing():
    assert solve_gap(np.zeros((2, 0)), np.zeros((2, 0)), [1, 1]) == GapSolution((), 0.0, 0.0)


@pytest.mark.parametrize(
    ("cost", "resource", "capacity", "said"),
    [
        ([[1, 1]], [[1, 1]], [1, 1], "one per agent"),
        ([[1, 1]], [[1]], [1], "agents x jobs"),
        ([1, 1], [1, 1], [1], "agents x jobs"),
        ([[1, np.nan]], [[1, 1]], [1], "finite"),
        ([[1, 1]], [[1, -1]], [1], "negative"),
        ([[1, 1]], [[1, 5]], [4], "Job 1 fits no agent"),
        ([[1, 1]], [[3, 3]], [4], "No assignment fits the capacities"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(cost, resource, capacity, said):
    with pytest.raises(ValueError, match=said):
        solve_gap(cost, resource, capacity)


def test_too_little_capacity_is_found_out_in_a_large_instance_too():
    cost, resource, capacity = make_instance("C", 10, 160)
    with pytest.raises(ValueError, match="No assignment fits the capacities"):
        solve_gap(cost, resource, capacity // 2, seconds=5)


def test_an_agent_packs_the_jobs_of_most_profit():
    profit = np.array([[6.0, 10.0, 12.0, -1.0], [6.0, 10.0, 12.0, 99.0]])
    needs = np.array([[1, 2, 3, 1], [1, 2, 3, 6]])
    chosen = packed(profit, needs, np.array([5, 5]))
    assert chosen.tolist() == [[False, True, True, False]] * 2


def test_packing_whole_jobs_gives_a_bound_above_the_prices_own():
    cost, resource, capacity = make_instance("D", 5, 40)
    found = solve_gap(cost, resource, capacity, seconds=1)
    values = (cost.astype(float), resource.astype(float), capacity.astype(float))
    price = cost.min(axis=0).astype(float)
    bound = job_bound(*values, price, found.objective, np.inf)
    assert cost.min(axis=0).sum() < bound <= found.objective
    assert (
        job_bound(values[0], values[1] + 0.5, values[2], price, found.objective, np.inf) == -np.inf
    )
