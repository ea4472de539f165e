"""What is to come down and up: children for early help and for conferences, week by week. Pure.

The completion forecast says how many reviews complete in each district and week; the outcomes confirmed
so far say what share of them step down or up, each area borrowing from the county what its own few
reviews cannot tell. Where more arrive than can be taken in, the rest waits for the next week.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from workflow.forecast import ForecastInput
from workflow.forecast.outcomes import Outcomes
from workflow.forecast.scores import central_range
from workflow.policy import CapacityPolicy

STEP_DOWN = "step_down_early_help"
STEP_UP = "step_up_strategy_discussion"
CONFERENCE_AFTER_WEEKS = 3
"""Fifteen working days lie between strategy discussion and conference."""
NOWHERE = "area not known"

Paths = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One review complete: on which day, where, and with which outcome."""

    day: date
    district: str | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of arrivals at one place."""

    monday: date
    arrivals: float
    low80: float
    high80: float
    waiting: float
    """Mean number still waiting at the end of the week, when intake goes no faster."""
    p_over: float
    """Chance that somebody waits at the end of the week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What arrives at one place, against what it can take in."""

    name: str
    capacity_per_week: float
    so_far: int
    """Confirmed by now."""
    waiting_now: float
    """Of these, more than the place could take in so far."""
    weeks: tuple[Week, ...]

    @property
    def first_over(self) -> date | None:
        """Monday of the first week that more likely than not ends with somebody waiting."""
        return next((week.monday for week in self.weeks if week.p_over > 0.5), None)  # noqa: PLR2004


def step_down_demand(
    outcomes: Outcomes,
    confirmed: Sequence[Confirmed],
    *,
    areas: Mapping[str, str],
    policy: CapacityPolicy,
) -> tuple[Demand, ...]:
    """Step-downs to early help for each area, by name; `areas` maps district → area."""
    given = outcomes.given
    rng = np.random.default_rng([given.seed, 3])
    names = sorted({*areas.values(), *(_area(group.district, areas) for group in given.groups)})
    completions = _weekly(outcomes)
    found = []
    for name in names:
        columns = [
            index
            for index, group in enumerate(given.groups)
            if _area(group.district, areas) == name
        ]
        local = [one for one in confirmed if _area(one.district, areas) == name]
        if name == NOWHERE and not local and not completions[:, columns].any():
            continue
        share = _share(STEP_DOWN, local, confirmed, policy.outcome_weight, given.paths, rng)
        arrivals = rng.poisson(completions[:, columns].sum(axis=1) * share).astype(float)
        past = _by_week(local, STEP_DOWN, given)
        arrivals[0] += past[-1]
        capacity = policy.early_help_by_area.get(name, policy.early_help_per_week)
        found.append(_demand(name, capacity, past[:-1], arrivals, given))
    return tuple(found)


def conference_demand(
    outcomes: Outcomes, confirmed: Sequence[Confirmed], *, policy: CapacityPolicy
) -> Demand:
    """Initial child protection conferences that step-ups lead to, for the county.

    A step-up becomes a conference three weeks later, as often as section 47 enquiries have.
    """
    given = outcomes.given
    rng = np.random.default_rng([given.seed, 4])
    share = _share(STEP_UP, (), confirmed, policy.outcome_weight, given.paths, rng)
    ups = _weekly(outcomes).sum(axis=1) * share * policy.conferences_per_enquiry
    arrivals = rng.poisson(ups).astype(float)
    past = policy.conferences_per_enquiry * _by_week(confirmed, STEP_UP, given)
    arrivals[0] += past[-1]
    capacity = max(policy.conferences_per_week - policy.conferences_spoken_for, 0.0)
    known = np.repeat(past[:-1, None], given.paths, axis=1)
    nothing = np.zeros((CONFERENCE_AFTER_WEEKS, given.paths))
    moved = np.concatenate([nothing, known, arrivals])
    held, to_come = moved[: len(known), 0], moved[len(known) :]
    return _demand("Child protection conferences", capacity, held, to_come, given)


def step_up_demand(
    outcomes: Outcomes, confirmed: Sequence[Confirmed], *, policy: CapacityPolicy
) -> tuple[Week, ...]:
    """Strategy discussions that reviews lead to, for the county, week by week."""
    given = outcomes.given
    rng = np.random.default_rng([given.seed, 5])
    share = _share(STEP_UP, (), confirmed, policy.outcome_weight, given.paths, rng)
    arrivals = rng.poisson(_weekly(outcomes).sum(axis=1) * share).astype(float)
    nothing = np.zeros_like(arrivals)
    arrivals[0] += _by_week(confirmed, STEP_UP, given)[-1]
    return tuple(
        _week(monday, arrivals[row], nothing[row]) for row, monday in enumerate(_mondays(given))
    )


def _weekly(outcomes: Outcomes) -> Paths:
    """Reviews completing in each week to come, shape (weeks, groups, paths)."""
    given = outcomes.given
    daily = np.diff(outcomes.simulation.complete.astype(float), axis=0)
    weeks = [_monday(day) for day in given.exposure.days]
    starts = [weeks.index(monday) for monday in _mondays(given)]
    weekly: Paths = np.maximum(np.add.reduceat(daily, starts, axis=0), 0.0)
    return weekly


def _share(
    outcome: str,
    local: Sequence[Confirmed],
    county: Sequence[Confirmed],
    weight: float,
    paths: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Possible shares of an outcome, one per path: the place's own, leaning on the county's."""
    of_county = sum(one.outcome == outcome for one in county)
    usual = (of_county + 0.5) / (len(county) + 5.0)
    hits = sum(one.outcome == outcome for one in local)
    alpha, beta = usual * weight + hits, (1 - usual) * weight + len(local) - hits
    return rng.beta(alpha, beta, paths)


def _demand(
    name: str, capacity: float, past: NDArray[np.float64], arrivals: Paths, given: ForecastInput
) -> Demand:
    waiting_now = 0.0
    for count in past:
        waiting_now = max(waiting_now + float(count) - capacity, 0.0)
    waiting = np.full(arrivals.shape[1], waiting_now)
    weeks = []
    for monday, arriving in zip(_mondays(given), arrivals, strict=False):
        waiting = np.maximum(waiting + arriving - capacity, 0.0)
        weeks.append(_week(monday, arriving, waiting))
    return Demand(
        name=name,
        capacity_per_week=capacity,
        so_far=round(float(past.sum())),
        waiting_now=waiting_now,
        weeks=tuple(weeks),
    )


def _week(monday: date, arriving: NDArray[np.float64], waiting: NDArray[np.float64]) -> Week:
    low, high = central_range(arriving, 0.8)
    return Week(
        monday=monday,
        arrivals=float(arriving.mean()),
        low80=float(low),
        high80=float(high),
        waiting=float(waiting.mean()),
        p_over=float((waiting > 0).mean()),
    )


def _by_week(
    confirmed: Sequence[Confirmed], outcome: str, given: ForecastInput
) -> NDArray[np.float64]:
    """Confirmed outcomes of each week up to the first one to come, which may have begun."""
    days = [one.day for one in confirmed if one.outcome == outcome]
    current = _mondays(given)[0]
    first = _monday(min([current, *given.history.days[:1], *days]))
    counts = np.zeros((current - first).days // 7 + 1)
    for day in days:
        counts[(_monday(day) - first).days // 7] += 1
    return counts


def _mondays(given: ForecastInput) -> list[date]:
    return sorted({_monday(day) for day in given.exposure.days})


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())


def _area(district: str | None, areas: Mapping[str, str]) -> str:
    return areas.get(district or "", NOWHERE)
