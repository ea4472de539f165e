"""The problem as arrays, in an order (`order`) that depends on content only."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from workflow.allocation.order import in_order
from workflow.allocation.problem import Problem, Reviewer, Unit
from workflow.errors import InvalidInputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOWHERE = -1
"""In an assignment: the unit stays unallocated. In `holder`: nobody holds it."""
BANDS = 5


@dataclass(frozen=True)
class Model:
    """What is left to decide once pinned units have taken their capacity.

    Shapes: n free units, m reviewers, t milestones, p profiles (units that cost the same everywhere),
    k kinds (units of one profile, effort and milestone). Points are integers, costs are floats in
    cost units.
    """

    problem: Problem
    units: tuple[Unit, ...]
    pinned: tuple[Unit, ...]
    reviewers: tuple[Reviewer, ...]
    effort: Ints
    """(n,) review points."""
    due: Ints
    """(n,) index of the milestone."""
    penalty: Floats
    """(n,) cost of leaving the unit unallocated."""
    profile: Ints
    """(n,) row of `base`."""
    base: Floats
    """(p, m) cost of a placement without the change of holder; inf where not qualified."""
    holder: Ints
    """(n,) reviewer who holds the unit now, or NOWHERE."""
    move: Floats
    """(n,) cost of any reviewer but the holder."""
    barred: Ints
    """Sorted u * m + r of the pairs closed by a declared conflict or the family's own team."""
    kind: Ints
    """(n,) row of `kinds`."""
    kinds: Ints
    """(k, 3) profile, due and effort."""
    room: Ints
    """(m, t) points free up to each milestone, after the pinned units; never decreasing in t."""
    fair: Ints
    """(m,) fair share of the assignable points, after the pinned units."""
    over: float
    """Cost of a point above the fair share."""
    fixed_placements: float
    """Cost of the pinned placements."""
    fixed_unfairness: float
    """Cost of the unfairness that the pinned units cause alone."""

    @property
    def fixed(self) -> float:
        """The part of the objective that nothing here can change."""
        return self.fixed_placements + self.fixed_unfairness

    def is_barred(self, units: Ints, reviewers: Ints) -> Bools:
        """Whether a conflict or the own team closes each pair."""
        pair = units * len(self.reviewers) + reviewers
        if not len(self.barred):
            return np.zeros(pair.shape, dtype=bool)
        at = np.minimum(np.searchsorted(self.barred, pair), len(self.barred) - 1)
        return np.asarray(self.barred[at] == pair)

    def cost(self, units: Ints, reviewers: Ints) -> Floats:
        """Cost of each pair (arrays of one shape, or that broadcast); inf where a rule closes it."""
        move = np.where(self.holder[units] == reviewers, 0.0, self.move[units])
        cost = self.base[self.profile[units], reviewers] + move
        return np.where(self.is_barred(units, reviewers), np.inf, cost)

    def rows(self, units: Ints) -> Floats:
        """(len(units), m) cost of these units with everybody, inf where a rule closes the pair."""
        m = len(self.reviewers)
        cost = self.base[self.profile[units]] + self.move[units][:, None]
        held = np.flatnonzero(self.holder[units] != NOWHERE)
        cost[held, self.holder[units[held]]] -= self.move[units[held]]
        first, last = np.searchsorted(self.barred, [units * m, (units + 1) * m])
        for row in np.flatnonzero(last > first):
            cost[row, self.barred[first[row] : last[row]] - units[row] * m] = np.inf
        return cost

    def load(self, assignment: Ints) -> Ints:
        """(m, t) points of the free units due up to each milestone."""
        m, t = self.room.shape
        placed = np.flatnonzero(assignment != NOWHERE)
        cell = assignment[placed] * t + self.due[placed]
        load = np.bincount(cell, weights=self.effort[placed], minlength=m * t)
        return np.cumsum(load.reshape(m, t), axis=1).astype(np.int64)

    def parts(self, assignment: Ints) -> dict[str, float]:
        """The objective by part: cost of placements, of what stays unallocated, of unfairness."""
        placed = np.flatnonzero(assignment != NOWHERE)
        over = np.maximum(self.load(assignment)[:, -1] - self.fair, 0).sum()
        return {
            "placements": self.fixed_placements
            + float(self.cost(placed, assignment[placed]).sum()),
            "unallocated": float(self.penalty[assignment == NOWHERE].sum()),
            "unfairness": self.fixed_unfairness + self.over * float(over),
        }

    def objective(self, assignment: Ints) -> float:
        """All that is minimised, as one number."""
        return sum(self.parts(assignment).values())


def build(problem: Problem) -> Model:
    """Turn values into arrays.

    Raises:
        InvalidInputError: the values contradict each other.
    """
    _check(problem)
    units, reviewers = in_order(problem)
    free = tuple(unit for unit in units if not unit.pinned)
    pinned = tuple(unit for unit in units if unit.pinned)
    row = {reviewer.key: r for r, reviewer in enumerate(reviewers)}
    profile, base = _profiles(problem, free, reviewers)
    barred = _barred(free, reviewers, row)
    room, taken = _room(problem, pinned, reviewers, row)
    weights = problem.weights
    effort = np.array([unit.effort for unit in free], np.int64)
    due = np.array([problem.due_by_band[unit.band - 1] for unit in free], np.int64)
    kinds, kind = np.unique(np.stack([profile, due, effort], axis=1), axis=0, return_inverse=True)
    placeable = _placeable(free, reviewers, room, due, barred)
    share = _fair_share(reviewers, int(effort[placeable].sum()) + sum(u.effort for u in pinned))
    move = [
        len(u.cases) * (weights.change_of_holder + weights.change_of_opened * u.opened)
        if u.holder
        else 0.0
        for u in free
    ]
    return Model(
        problem=problem,
        units=free,
        pinned=pinned,
        reviewers=tuple(reviewers),
        effort=effort,
        due=due,
        penalty=np.array(
            [unit.effort * weights.unallocated_per_point[unit.band - 1] for unit in free],
            np.float64,
        ),
        profile=profile,
        base=base,
        holder=np.array([row.get(u.holder or "", NOWHERE) for u in free], np.int64),
        move=np.array(move, np.float64),
        barred=barred,
        kind=kind,
        kinds=kinds,
        room=room,
        fair=np.minimum(np.maximum(share - taken, 0), room[:, -1]),
        over=weights.unfair_per_point,
        fixed_placements=sum(
            sum(pair_terms(problem, u, reviewers[row[u.holder or ""]]).values()) for u in pinned
        ),
        fixed_unfairness=weights.unfair_per_point * float(np.maximum(taken - share, 0).sum()),
    )


def sampled(model: Model, every: int) -> Model:
    """Each `every`-th unit of a kind, and capacity in the same proportion."""
    order = np.lexsort((model.effort, model.penalty / model.effort, model.profile))
    keep = np.sort(order[::every])
    position = np.full(len(model.units), NOWHERE)
    position[keep] = np.arange(len(keep))
    unit, reviewer = np.divmod(model.barred, len(model.reviewers))
    kept = position[unit] != NOWHERE
    kinds, kind = np.unique(model.kind[keep], return_inverse=True)
    share = model.effort[keep].sum() / model.effort.sum()
    room = np.rint(model.room * share).astype(np.int64)
    return replace(
        model,
        units=tuple(model.units[u] for u in keep),
        effort=model.effort[keep],
        due=model.due[keep],
        penalty=model.penalty[keep],
        profile=model.profile[keep],
        holder=model.holder[keep],
        move=model.move[keep],
        barred=position[unit[kept]] * len(model.reviewers) + reviewer[kept],
        kind=kind,
        kinds=model.kinds[kinds],
        room=room,
        fair=np.minimum(np.rint(model.fair * share).astype(np.int64), room[:, -1]),
    )


def distinct(numbers: Ints) -> Ints:
    """The numbers, none below 0, sorted and each once."""
    numbers = np.sort(numbers)
    return np.asarray(numbers[np.diff(numbers, prepend=-1) != 0])


def pair_terms(problem: Problem, unit: Unit, reviewer: Reviewer) -> dict[str, float]:
    """What placing `unit` with `reviewer` costs, by term (`_profiles` adds up the same)."""
    weights = problem.weights
    here, there = unit.district, reviewer.district
    kilometres = problem.distances.get((here, there), 0.0) if here and there else 0.0
    other_agency = unit.prefers_agency not in {None, reviewer.agency}
    moved = len(unit.cases) if unit.holder and unit.holder != reviewer.key else 0
    return {
        "handover": weights.handover,
        "travel": weights.travel_per_km * kilometres,
        "specialism": weights.specialism_mismatch * len(unit.wants - reviewer.skills),
        "agency": weights.agency_mismatch * other_agency,
        "change_of_holder": moved
        * (weights.change_of_holder + weights.change_of_opened * unit.opened),
    }


def _check(problem: Problem) -> None:
    """Refuse values that contradict each other, naming the first one."""
    reviewers = {reviewer.key for reviewer in problem.reviewers}
    n_milestones = len(problem.milestones)
    if len(reviewers) < len(problem.reviewers):
        raise InvalidInputError("Two reviewers share a key.")
    if len({unit.key for unit in problem.units}) < len(problem.units):
        raise InvalidInputError("Two units share a key.")
    if not n_milestones or not all(0 <= t < n_milestones for t in problem.due_by_band):
        raise InvalidInputError("Every band must be due by one of the milestones.")
    for reviewer in problem.reviewers:
        if len(reviewer.capacity) != n_milestones:
            raise InvalidInputError(f"Reviewer {reviewer.key} needs a capacity for each milestone.")
    for unit in problem.units:
        if unit.effort < 1 or not 1 <= unit.band <= BANDS:
            raise InvalidInputError(
                f"Unit {unit.key} needs an effort of at least 1 and a band 1 to 5."
            )
        if unit.pinned and unit.holder not in reviewers:
            raise InvalidInputError(f"Unit {unit.key} is pinned to nobody among the reviewers.")


def _profiles(
    problem: Problem, units: Sequence[Unit], reviewers: Sequence[Reviewer]
) -> tuple[Ints, Floats]:
    """Number the units' profiles; cost of each profile with each reviewer (inf: not qualified)."""
    rows: dict[Hashable, int] = {}
    samples: list[Unit] = []
    profile = np.empty(len(units), np.int64)
    for u, unit in enumerate(units):
        key = (unit.district, unit.needs_qualified, unit.wants, unit.prefers_agency)
        if key not in rows:
            rows[key] = len(samples)
            samples.append(unit)
        profile[u] = rows[key]
    weights, distances = problem.weights, problem.distances
    bases, base_of = np.unique([r.district or "" for r in reviewers], return_inverse=True)

    @cache
    def travel(here: str | None) -> Floats:
        row = [distances.get((here or "", there), 0.0) for there in bases.tolist()]
        return weights.travel_per_km * np.array(row)[base_of]

    @cache
    def specialism(wants: frozenset[str]) -> Floats:
        return weights.specialism_mismatch * np.array([len(wants - r.skills) for r in reviewers])

    @cache
    def agency(preferred: str | None) -> Floats:
        other = [preferred not in {None, r.agency} for r in reviewers]
        return weights.agency_mismatch * np.array(other, np.float64)

    base = np.full((len(samples), len(reviewers)), weights.handover, np.float64)
    closed = np.array([not reviewer.qualified for reviewer in reviewers], dtype=bool)
    for p, unit in enumerate(samples):
        base[p] += travel(unit.district) + specialism(unit.wants) + agency(unit.prefers_agency)
        base[p, closed & unit.needs_qualified] = np.inf
    return profile, base


def _barred(units: Sequence[Unit], reviewers: Sequence[Reviewer], row: dict[str, int]) -> Ints:
    at = {unit.key: u for u, unit in enumerate(units)}
    pairs = [
        at[key] * len(row) + row[reviewer.key]
        for reviewer in reviewers
        for key in reviewer.conflicts
        if key in at
    ]
    team = defaultdict(list)
    for r, reviewer in enumerate(reviewers):
        team[reviewer.team].append(r)
    pairs += [
        u * len(row) + r
        for u, unit in enumerate(units)
        for name in unit.teams
        for r in team.get(name, ())
    ]
    return np.unique(np.array(pairs, np.int64))


def _room(
    problem: Problem, pinned: Sequence[Unit], reviewers: Sequence[Reviewer], row: dict[str, int]
) -> tuple[Ints, Ints]:
    """(m, t) capacity left after the pinned units, and (m,) the points they take."""
    n_milestones = len(problem.milestones)
    capacity = np.array([r.capacity for r in reviewers], np.int64).reshape(-1, n_milestones)
    taken = np.zeros_like(capacity)
    for unit in pinned:
        taken[row[unit.holder or ""], problem.due_by_band[unit.band - 1] :] += unit.effort
    # What is free by an early milestone is never more than what stays free by a later one.
    left = np.maximum(capacity - taken, 0)
    room = np.minimum.accumulate(left[:, ::-1], axis=1)[:, ::-1]
    return room, taken[:, -1]


def _placeable(
    units: Sequence[Unit], reviewers: Sequence[Reviewer], room: Ints, due: Ints, barred: Ints
) -> Bools:
    """(n,) whether some reviewer may take the unit and has room for it if given nothing else."""
    needs = np.array([(unit.needs_qualified, unit.effort) for unit in units], np.int64)
    alike, group = np.unique(
        np.column_stack([needs.reshape(-1, 2), due]), axis=0, return_inverse=True
    )
    qualified = np.array([reviewer.qualified for reviewer in reviewers], dtype=bool)
    open_to = qualified | (alike[:, :1] == 0)
    open_to &= alike[:, 1:2] <= room[:, alike[:, 2]].T
    unit, reviewer = np.divmod(barred, max(1, len(room)))
    closed = np.bincount(unit, weights=open_to[group[unit], reviewer], minlength=len(units))
    return np.asarray(open_to.sum(axis=1)[group] > closed)


def _fair_share(reviewers: Sequence[Reviewer], points: int) -> Ints:
    """(m,) each reviewer's share of the assignable points, in proportion to capacity, rounded up."""
    capacity = np.array([reviewer.capacity[-1] for reviewer in reviewers], np.int64)
    total = int(capacity.sum())
    if points >= total:
        return capacity
    return -(-capacity * points // total)
