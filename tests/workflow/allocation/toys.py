"""Small random problems, and a checker of plans that shares no code with the solver."""

from collections import defaultdict
from datetime import date
from random import Random

import numpy as np

from workflow.allocation import Plan, Problem, Reviewer, Unit

MILESTONES = (date(2016, 2, 17), date(2016, 3, 17), date(2016, 4, 18))
DUE_BY_BAND = (2, 2, 1, 0, 0)
DISTRICTS = ("Burnley", "Chorley", "Fylde")
DISTANCES = {
    (a, b): 12.5 * abs(i - j) for i, a in enumerate(DISTRICTS) for j, b in enumerate(DISTRICTS)
}
SKILLS = ("domestic_abuse", "missing")


def make_toy(seed: int, n_units: int = 8, n_reviewers: int = 3, **overrides: object) -> Problem:
    rng = Random(seed)
    reviewers = [_reviewer(rng, f"R{r}", n_units) for r in range(n_reviewers)]
    units = [_unit(rng, f"U{u}", n_reviewers) for u in range(n_units)]
    values: dict[str, object] = {
        "units": tuple(units),
        "reviewers": tuple(reviewers),
        "milestones": MILESTONES,
        "due_by_band": DUE_BY_BAND,
        "distances": DISTANCES,
        "seed": seed % 3,
    }
    return Problem(**values | overrides)  # type: ignore[arg-type]


def _reviewer(rng: Random, key: str, n_units: int) -> Reviewer:
    return Reviewer(
        key=key,
        agency=rng.choice(["council", "constabulary"]),
        capacity=tuple(sorted(rng.randint(0, 60) for _ in MILESTONES)),
        district=rng.choice(DISTRICTS),
        team=rng.choice(["North", "South", None]),
        qualified=rng.random() < 0.6,
        skills=frozenset(rng.sample(SKILLS, rng.randint(0, 2))),
        conflicts=frozenset(f"U{u}" for u in range(n_units) if rng.random() < 0.1),
    )


def _unit(rng: Random, key: str, n_reviewers: int) -> Unit:
    holder = rng.choice([None, None, *(f"R{r}" for r in range(n_reviewers))])
    return Unit(
        key=key,
        cases=tuple(f"{key}-{c}" for c in range(rng.randint(1, 3))),
        effort=rng.choice([4, 6, 8, 12, 20]),
        band=rng.randint(1, 5),
        district=rng.choice(DISTRICTS),
        teams=frozenset(rng.sample(["North", "South"], rng.choice([0, 0, 1]))),
        needs_qualified=rng.random() < 0.3,
        wants=frozenset(rng.sample(SKILLS, rng.randint(0, 1))),
        prefers_agency=rng.choice([None, "council", "constabulary"]),
        holder=holder,
        pinned=holder is not None and rng.random() < 0.3,
        opened=rng.random() < 0.2,
    )


def make_unit(key: str = "U", **overrides: object) -> Unit:
    return Unit(**{"key": key, "cases": (key,), "effort": 6, "band": 3} | overrides)  # type: ignore[arg-type]


def make_reviewer(key: str = "R", **overrides: object) -> Reviewer:
    values: dict[str, object] = {"key": key, "agency": "council", "capacity": (20, 40, 60)}
    return Reviewer(**values | overrides)  # type: ignore[arg-type]


def make_problem(units: list[Unit], reviewers: list[Reviewer], **overrides: object) -> Problem:
    return make_toy(0, units=tuple(units), reviewers=tuple(reviewers), **overrides)


def breaches(problem: Problem, plan: Plan) -> list[str]:
    """Every hard rule the plan breaks, in words."""
    found = []
    reviewers = {reviewer.key: reviewer for reviewer in problem.reviewers}
    units = {unit.key: unit for unit in problem.units}
    placed = {p.unit: p.reviewer for p in plan.placements}
    left = [over.unit for over in plan.left_over]
    if sorted([*placed, *left]) != sorted(units) or len(plan.placements) != len(placed):
        found.append("a unit is missing or named twice")
    for key, holder in placed.items():
        unit, reviewer = units[key], reviewers[holder]
        if unit.pinned:
            continue
        if unit.needs_qualified and not reviewer.qualified:
            found.append(f"{key}: not qualified")
        if key in reviewer.conflicts:
            found.append(f"{key}: conflict")
        if reviewer.team in unit.teams:
            found.append(f"{key}: own team")
    found += [
        f"{unit.key}: pinned, but moved"
        for unit in problem.units
        if unit.pinned and placed.get(unit.key) != unit.holder
    ]
    for reviewer in problem.reviewers:
        mine = [units[key] for key, holder in placed.items() if holder == reviewer.key]
        for milestone, capacity in enumerate(reviewer.capacity):
            due = [u for u in mine if problem.due_by_band[u.band - 1] <= milestone]
            pinned = sum(u.effort for u in due if u.pinned)
            free = sum(u.effort for u in due if not u.pinned)
            if free and free > max(0, capacity - pinned):
                found.append(f"{reviewer.key}: over capacity at milestone {milestone}")
    return found


def pair_cost(problem: Problem, unit: Unit, reviewer: Reviewer) -> float:
    weights = problem.weights
    apart = problem.distances.get((unit.district or "", reviewer.district or ""), 0.0)
    cost = weights.handover + weights.travel_per_km * apart
    cost += weights.specialism_mismatch * len(unit.wants - reviewer.skills)
    cost += weights.agency_mismatch * (unit.prefers_agency not in {None, reviewer.agency})
    if unit.holder and unit.holder != reviewer.key:
        moved = weights.change_of_holder + weights.change_of_opened * unit.opened
        cost += moved * len(unit.cases)
    return cost


def fair_shares(problem: Problem) -> dict[str, int]:
    """Each reviewer's share of the points that somebody could take, rounded up."""
    room = _room(problem)
    total = sum(reviewer.capacity[-1] for reviewer in problem.reviewers)
    points = sum(
        unit.effort
        for unit in problem.units
        if unit.pinned or any(_may(problem, unit, r, room) for r in problem.reviewers)
    )
    if points >= total:
        return {r.key: r.capacity[-1] for r in problem.reviewers}
    return {r.key: -(-r.capacity[-1] * points // total) for r in problem.reviewers}


def _room(problem: Problem) -> dict[str, list[int]]:
    taken = defaultdict(lambda: [0] * len(problem.milestones))
    for unit in problem.units:
        if unit.pinned and unit.holder:
            for milestone in range(problem.due_by_band[unit.band - 1], len(problem.milestones)):
                taken[unit.holder][milestone] += unit.effort
    room = {}
    for r in problem.reviewers:
        free = [max(0, c - t) for c, t in zip(r.capacity, taken[r.key], strict=True)]
        room[r.key] = [min(free[milestone:]) for milestone in range(len(free))]
    return room


def _may(problem: Problem, unit: Unit, reviewer: Reviewer, room: dict[str, list[int]]) -> bool:
    return (
        (reviewer.qualified or not unit.needs_qualified)
        and unit.key not in reviewer.conflicts
        and reviewer.team not in unit.teams
        and unit.effort <= room[reviewer.key][problem.due_by_band[unit.band - 1]]
    )


def objective(problem: Problem, placed: dict[str, str]) -> float:
    """What the plan costs, from the values alone."""
    reviewers = {reviewer.key: reviewer for reviewer in problem.reviewers}
    share, load, cost = fair_shares(problem), defaultdict(int), 0.0
    for unit in problem.units:
        if unit.key in placed:
            cost += pair_cost(problem, unit, reviewers[placed[unit.key]])
            load[placed[unit.key]] += unit.effort
        else:
            cost += unit.effort * problem.weights.unallocated_per_point[unit.band - 1]
    over = sum(max(0, load[key] - share[key]) for key in reviewers)
    return cost + problem.weights.unfair_per_point * over


def brute_force(problem: Problem) -> float:
    """The least objective of all assignments that keep the hard rules, by trying each one."""
    room, share = _room(problem), fair_shares(problem)
    free = [unit for unit in problem.units if not unit.pinned]
    m, t = len(problem.reviewers), len(problem.milestones)
    cost, load = np.zeros(1), np.zeros((1, m, t), np.int64)
    for unit in free:
        due = problem.due_by_band[unit.band - 1]
        penalty = unit.effort * problem.weights.unallocated_per_point[unit.band - 1]
        costs, loads = [cost + penalty], [load]
        for r, reviewer in enumerate(problem.reviewers):
            if _may(problem, unit, reviewer, room):
                more = load.copy()
                more[:, r, due:] += unit.effort
                fits = (more[:, r] <= room[reviewer.key]).all(axis=1)
                costs.append(cost[fits] + pair_cost(problem, unit, reviewer))
                loads.append(more[fits])
        cost, load = np.concatenate(costs), np.concatenate(loads)
    pinned = {unit.key: unit for unit in problem.units if unit.pinned}
    reviewers = {reviewer.key: reviewer for reviewer in problem.reviewers}
    taken = dict.fromkeys(reviewers, 0)
    fixed = 0.0
    for unit in pinned.values():
        taken[unit.holder or ""] += unit.effort
        fixed += pair_cost(problem, unit, reviewers[unit.holder or ""])
    over = sum(
        np.maximum(load[:, r, -1] + taken[key] - share[key], 0) for r, key in enumerate(reviewers)
    )
    return float((cost + problem.weights.unfair_per_point * over).min()) + fixed
