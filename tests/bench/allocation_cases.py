"""Seeded allocation problems of any size, shaped like a county's backlog of Child in Need cases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import ceil

import numpy as np

from workflow.allocation import Problem, Reviewer, Unit
from workflow.calendar import WorkCalendar
from workflow.policy import AllocationWeights

FIRST_DAY, LAST_DAY = date(2016, 1, 20), date(2016, 4, 18)
MILESTONE_DAYS = (20, 41, 62)
"""Working days by which bands 4 and 5, band 3 and the rest are due."""
DUE_BY_BAND = (2, 2, 1, 0, 0)
DISTRICTS, SIDE_KM, SCATTER_KM = 12, 60.0, 5.0
PLACES_PER_DISTRICT = 40
FAMILY_SIZES = (0.50, 0.27, 0.13, 0.07, 0.03)
EFFORTS, EFFORT_SHARES = (4, 6, 8, 12), (0.35, 0.35, 0.20, 0.10)
BANDS, BAND_SHARES = (1, 2, 3, 4, 5), (0.30, 0.30, 0.22, 0.12, 0.06)
SPECIALISMS: tuple[str | None, ...] = (None, "domestic_abuse", "missing", "exploitation")
SPECIALISM_SHARES = (0.55, 0.15, 0.15, 0.15)


def make_problem(n_cases: int, n_reviewers: int, ratio: float, seed: int = 0) -> Problem:
    """A backlog of `n_cases` children with capacity of `ratio` times the points it needs."""
    rng = np.random.default_rng(seed)
    places, distances = _county(rng)
    days = tuple(WorkCalendar().working_days(FIRST_DAY, LAST_DAY))[: MILESTONE_DAYS[-1]]
    reviewers, teams = _reviewers(rng, n_reviewers, places)
    units = _units(rng, n_cases, places, teams)
    need = sum(unit.effort for unit in units)
    return Problem(
        units=units,
        reviewers=_with_conflicts(rng, _scaled(reviewers, need * ratio), units),
        milestones=tuple(days[d - 1] for d in MILESTONE_DAYS),
        due_by_band=DUE_BY_BAND,
        distances=distances,
        weights=AllocationWeights(),
        seed=seed,
        days=days,
    )


def _county(rng: np.random.Generator) -> tuple[list[list[str]], dict[tuple[str, str], float]]:
    """Places of each district (busy districts first come, no more), and distances between all."""
    names, spots = [], []
    for d in range(DISTRICTS):
        centre = rng.uniform(0, SIDE_KM, 2)
        names.append([f"D{d:02}-{p}" for p in range(PLACES_PER_DISTRICT)])
        spots.append(centre + rng.normal(0, SCATTER_KM, (PLACES_PER_DISTRICT, 2)))
    flat, points = [name for row in names for name in row], np.concatenate(spots)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2).round(1)
    distances = {
        (here, there): float(apart[i, j])
        for i, here in enumerate(flat)
        for j, there in enumerate(flat)
    }
    return names, distances


def _reviewers(
    rng: np.random.Generator, count: int, places: Sequence[Sequence[str]]
) -> tuple[list[Reviewer], list[list[str]]]:
    """Reviewers with their pattern of days (not yet scaled), and the teams of each district."""
    shares = rng.dirichlet(np.full(DISTRICTS, 6.0))
    n_days = MILESTONE_DAYS[-1]
    teams: list[list[str]] = [[] for _ in range(DISTRICTS)]
    reviewers = []
    for r in range(count):
        district = int(rng.choice(DISTRICTS, p=shares))
        constabulary = rng.random() < 0.25
        manager = not constabulary and rng.random() < 0.6
        first = int(rng.integers(5, 25)) if constabulary and rng.random() < 0.4 else 0
        last = int(rng.integers(40, n_days)) if constabulary and rng.random() < 0.3 else n_days
        pace = rng.uniform(2, 5) if manager else rng.uniform(8, 20)
        pattern = np.zeros(n_days)
        pattern[first:last] = pace
        skills = frozenset(str(s) for s in SPECIALISMS[1:] if rng.random() < 0.35)
        if constabulary:
            skills |= {"domestic_abuse"}
        if manager:
            teams[district].append(f"T{r:04}")
        reviewers.append(
            Reviewer(
                key=f"R{r:04}",
                agency="constabulary" if constabulary else "council",
                capacity=(0,) * len(MILESTONE_DAYS),
                district=str(rng.choice(places[district])),
                team=f"T{r:04}" if manager else None,
                qualified=not constabulary and rng.random() < 0.8,
                skills=skills,
                by_day=tuple(int(100 * points) for points in pattern),
            )
        )
    return reviewers, teams


def _scaled(reviewers: list[Reviewer], points: float) -> list[Reviewer]:
    """The reviewers with days scaled so that all capacity together is `points`."""
    pattern = np.array([reviewer.by_day for reviewer in reviewers], float)
    whole = np.cumsum(pattern * points / pattern.sum(), axis=1).round().astype(int)
    ends = [d - 1 for d in MILESTONE_DAYS]
    return [
        replace(
            reviewer,
            by_day=tuple(int(p) for p in np.diff(row, prepend=0)),
            capacity=tuple(int(row[end]) for end in ends),
        )
        for reviewer, row in zip(reviewers, whole, strict=True)
    ]


def _units(
    rng: np.random.Generator,
    n_cases: int,
    places: Sequence[Sequence[str]],
    teams: list[list[str]],
) -> tuple[Unit, ...]:
    shares = rng.dirichlet(np.full(DISTRICTS, 6.0))
    sibling_share = AllocationWeights().sibling_share
    units, case = [], 0
    while case < n_cases:
        size = min(1 + int(rng.choice(5, p=FAMILY_SIZES)), n_cases - case)
        children = np.sort(rng.choice(EFFORTS, size, p=EFFORT_SHARES))
        district = int(rng.choice(DISTRICTS, p=shares))
        wants = SPECIALISMS[int(rng.choice(4, p=SPECIALISM_SHARES))]
        abuse = rng.random() < 0.3
        units.append(
            Unit(
                key=f"F{len(units):06}",
                cases=tuple(f"C{case + k:06}" for k in range(size)),
                effort=ceil(children[-1] + sibling_share * children[:-1].sum()),
                band=int(rng.choice(BANDS, p=BAND_SHARES)),
                district=str(rng.choice(places[district])),
                teams=frozenset({str(rng.choice(teams[district]))} if teams[district] else ()),
                needs_qualified=bool(rng.random() < 0.3),
                wants=frozenset({wants} if wants else ()),
                prefers_agency="constabulary" if abuse else None,
            )
        )
        case += size
    return tuple(units)


def _with_conflicts(
    rng: np.random.Generator, reviewers: list[Reviewer], units: tuple[Unit, ...]
) -> tuple[Reviewer, ...]:
    """About one pair in 300 has a declared conflict."""
    return tuple(
        replace(
            reviewer,
            conflicts=frozenset(
                units[u].key
                for u in rng.choice(len(units), rng.binomial(len(units), 1 / 300), replace=False)
            ),
        )
        for reviewer in reviewers
    )
