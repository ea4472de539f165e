"""Burn-downs of vacant posts and of cases that Practice Managers carry, with a simple forecast. Pure.

Two beliefs are shown and never mixed: the **plan**, which takes every date at its word, and the
**forecast**, which says how dates of this kind have come true. Both end in the same question: by when is
nothing left. With little to go by the forecast is wide, and it says what it stands on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workflow.calendar import WorkCalendar
from workflow.forecast import DateQuantile
from workflow.policy import CapacityPolicy, ForecastPriors

PATHS = 4000
LEVELS = (0.5, 0.8)
BAND = (0.1, 0.5, 0.9)
"""Lower end, middle and upper end of the range that holds 80 % of the paths."""
NEVER = np.inf
UNDATED_PACE = 60.0
"""Working days in which a case without a date is taken to go: a guess, soon outweighed by counts."""

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post that has stood vacant."""

    reference: str
    since_on: date | None
    first_expected_on: date | None
    """The date first given."""
    expected_on: date | None
    filled_on: date | None

    def is_vacant(self, day: date) -> bool:
        """Whether nobody is in it at the end of a day."""
        begun = self.since_on is None or self.since_on <= day
        return begun and (self.filled_on is None or self.filled_on > day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One Practice Manager: counts by day, the oldest first, and the date it is to end."""

    reference: str
    counts: tuple[tuple[date, int], ...]
    ends_on: date | None

    def cases_on(self, day: date) -> int:
        """The latest count by the end of a day; 0 before the first."""
        known = [cases for counted_on, cases in self.counts if counted_on <= day]
        return known[-1] if known else 0


@dataclass(frozen=True, slots=True)
class Point:
    """How many are left at the end of a day."""

    day: date
    left: float


@dataclass(frozen=True, slots=True)
class Band:
    """The middle of the forecast for a day, and the range that holds 80 % of it."""

    day: date
    low80: float
    mid: float
    high80: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnDown:
    """What was, what is planned, and what is to be expected."""

    as_of: date
    left: int
    past: tuple[Point, ...]
    planned: tuple[Point, ...]
    bands: tuple[Band, ...]
    p_done_by_target: float
    p50: DateQuantile
    """The day by which nothing is left, with an even chance."""
    p80: DateQuantile
    undated: int
    """Posts, or cases, for which nobody has given a date."""
    basis: str
    """What the forecast stands on, one sentence."""


def posts_burn_down(
    posts: Sequence[Post],
    *,
    as_of: date,
    since: date,
    target: date,
    calendar: WorkCalendar,
    priors: ForecastPriors,
    policy: CapacityPolicy,
    seed: int,
) -> BurnDown:
    """Posts still vacant, day by day.

    A post is filled some working days after its date, by the slips seen so far and the prior belief, or
    never (`ForecastPriors.vacancy_never`); one without a date is not expected to be filled at all.
    """
    ahead = _ahead(as_of, calendar, policy.register_horizon)
    vacant = [post for post in posts if post.is_vacant(as_of)]
    dated = [post for post in vacant if post.expected_on is not None]
    slips = _slips(posts, as_of, calendar)
    times = np.full((len(vacant), PATHS), NEVER)
    if dated:
        starts = [_days_until(post.expected_on or as_of, as_of, calendar) for post in dated]
        times[: len(dated)] = _filled(starts, slips, posts, as_of, priors, policy, seed)
    return _burn_down(
        as_of=as_of,
        ahead=ahead,
        target=target,
        past=[
            Point(day, sum(post.is_vacant(day) for post in posts))
            for day in calendar.working_days(since, as_of)
        ],
        planned=[
            Point(day, sum(post.expected_on is None or post.expected_on > day for post in vacant))
            for day in ahead
        ],
        times=times,
        undated=len(vacant) - len(dated),
        basis=f"{len(slips)} dates that were kept or moved, and the usual lateness of posts.",
    )


def carried_burn_down(
    carriers: Sequence[Carrier],
    *,
    as_of: date,
    since: date,
    target: date,
    calendar: WorkCalendar,
    policy: CapacityPolicy,
    seed: int,
) -> BurnDown:
    """Cases that Practice Managers still carry, day by day.

    Every case goes at a pace of its manager's date; counts so far correct that pace for all of them.
    """
    ahead = _ahead(as_of, calendar, policy.register_horizon)
    cases = [carrier.cases_on(as_of) for carrier in carriers]
    spans = [_span(carrier, as_of, calendar) for carrier in carriers]
    gone, expected = _gone(carriers, as_of, calendar)
    rng = np.random.default_rng([seed, 2])
    shape = policy.slip_weight + gone
    pace = rng.gamma(shape, 1.0 / (policy.slip_weight + expected), PATHS)
    hazard = [np.repeat(1.0 / span, count) for span, count in zip(spans, cases, strict=True)]
    hazards = np.concatenate(hazard) if hazard else np.zeros(0)
    times = rng.exponential(1.0, (len(hazards), PATHS)) / (hazards[:, None] * pace + 1e-12)
    return _burn_down(
        as_of=as_of,
        ahead=ahead,
        target=target,
        past=[
            Point(day, sum(carrier.cases_on(day) for carrier in carriers))
            for day in calendar.working_days(since, as_of)
        ],
        planned=[
            Point(
                day, sum(_planned(c, n, as_of, day) for c, n in zip(carriers, cases, strict=True))
            )
            for day in ahead
        ],
        times=np.ceil(times),
        undated=sum(n for c, n in zip(carriers, cases, strict=True) if c.ends_on is None),
        basis=f"{gone} cases given up so far, where the dates asked for {expected:.0f}.",
    )


def _burn_down(
    *,
    as_of: date,
    ahead: Sequence[date],
    target: date,
    past: Sequence[Point],
    planned: Sequence[Point],
    times: Times,
    undated: int,
    basis: str,
) -> BurnDown:
    """Read everything off the times (working days from `as_of`), shape (things, paths)."""
    left = np.array([(times > place).sum(axis=0) for place in range(1, len(ahead) + 1)])
    last = times.max(axis=0) if len(times) else np.zeros(PATHS)
    quantiles = [np.quantile(row, BAND) for row in left]
    days_to_target = sum(day <= target for day in ahead)
    middle, sure = (float(np.quantile(last, level, method="inverted_cdf")) for level in LEVELS)
    return BurnDown(
        as_of=as_of,
        left=len(times),
        past=tuple(past),
        planned=tuple(planned),
        bands=tuple(
            Band(day, *(float(value) for value in row))
            for day, row in zip(ahead, quantiles, strict=True)
        ),
        p_done_by_target=float((last <= days_to_target).mean()),
        p50=_date(middle, as_of, ahead),
        p80=_date(sure, as_of, ahead),
        undated=undated,
        basis=basis,
    )


def _filled(
    starts: Sequence[int],
    slips: Sequence[int],
    posts: Sequence[Post],
    as_of: date,
    priors: ForecastPriors,
    policy: CapacityPolicy,
    seed: int,
) -> Times:
    """When each dated post is filled: its date, a slip, or never; shape (posts, paths)."""
    rng = np.random.default_rng([seed, 1])
    shape, scale = priors.vacancy_slip
    weight = policy.slip_weight
    mean = (weight * shape * scale + sum(slips)) / (weight + len(slips))
    filled = sum(post.filled_on is not None and post.filled_on <= as_of for post in posts)
    never = weight * priors.vacancy_never / (weight + filled)
    late = rng.gamma(shape, mean / shape, (len(starts), PATHS))
    times: Times = np.ceil(np.maximum(np.asarray(starts)[:, None], 0) + late)
    times[rng.random(times.shape) < never] = NEVER
    return times


def _slips(posts: Sequence[Post], as_of: date, calendar: WorkCalendar) -> list[int]:
    """Working days late, of every dated post that was filled, moved or is overdue."""
    late = [_slip(post, as_of, calendar) for post in posts]
    return [days for days in late if days is not None]


def _slip(post: Post, as_of: date, calendar: WorkCalendar) -> int | None:
    """None while nothing is known: nobody has named a date, or the first one still stands."""
    first, now = post.first_expected_on, post.expected_on
    if first is None or now is None:
        return None
    if post.filled_on is not None and post.filled_on <= as_of:
        return calendar.working_days_between(first, post.filled_on)
    if first == now >= as_of:
        return None
    return calendar.working_days_between(first, max(now, as_of))


def _gone(carriers: Sequence[Carrier], as_of: date, calendar: WorkCalendar) -> tuple[int, float]:
    """Cases given up between counts, and how many the managers' dates asked for in that time."""
    gone, expected = 0, 0.0
    for carrier in carriers:
        known = [count for count in carrier.counts if count[0] <= as_of]
        for (earlier, before), (later, after) in pairwise(known):
            days = calendar.working_days_between(earlier, later)
            gone += max(before - after, 0)
            span = _span(carrier, earlier, calendar)
            expected += before * (1.0 - float(np.exp(-days / span)))
    return gone, expected


def _span(carrier: Carrier, day: date, calendar: WorkCalendar) -> float:
    """Mean working days in which each of a manager's cases should go: a third of the time left.

    The last of ten cases that go independently takes about three times the mean.
    """
    if carrier.ends_on is None:
        return UNDATED_PACE
    return max(calendar.working_days_between(day, carrier.ends_on), 1) / 3


def _planned(carrier: Carrier, cases: int, as_of: date, day: date) -> float:
    """Cases left on a day when they go evenly until the manager's date; all of them without a date."""
    if carrier.ends_on is None:
        return cases
    whole = (carrier.ends_on - as_of).days
    return 0.0 if whole <= 0 else cases * max(0.0, 1.0 - (day - as_of).days / whole)


def _ahead(as_of: date, calendar: WorkCalendar, horizon: int) -> list[date]:
    following = calendar.following(as_of)
    return [next(following) for _ in range(horizon)]


def _days_until(day: date, as_of: date, calendar: WorkCalendar) -> int:
    return calendar.working_days_between(as_of, day)


def _date(place: float, as_of: date, ahead: Sequence[date]) -> DateQuantile:
    if place <= 0:
        return DateQuantile(as_of)
    if place > len(ahead):
        return DateQuantile(ahead[-1], beyond=True)
    return DateQuantile(ahead[int(place) - 1])
