"""Reviewer-days from the roster: availability, part time, leave, ramp-up, posts still vacant."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from workflow.calendar import SATURDAY, WorkCalendar
from workflow.forecast.inputs import Exposure, FloatArray, Group
from workflow.policy import ForecastPriors

NEVER = 1_000_000
"""A start no horizon reaches, working days from now."""
FULL_TIME = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """One reviewer as capacity.

    `weight` is their output against the plan's standard reviewer (review points per day / the plan's),
    `pattern` the share of a full day worked Monday to Sunday, `leave` first and last days away.
    """

    group: Group
    available_from: date
    available_to: date | None = None
    weight: float = 1.0
    pattern: tuple[float, ...] = FULL_TIME
    leave: tuple[tuple[date, date], ...] = ()
    ramps_up: bool = True
    """Starts below full output on `available_from`."""

    def share_on(self, day: date, turnout: float) -> float:
        """Share of a full day the roster plans for `day`; `turnout` applies to overtime days."""
        present = self.available_from <= day and (
            self.available_to is None or day <= self.available_to
        )
        if not present or any(first <= day <= last for first, last in self.leave):
            return 0.0
        planned = self.pattern[day.weekday()]
        if planned or day.weekday() < SATURDAY:
            return planned
        return turnout * max(self.pattern)


def ramp(worked: FloatArray, priors: ForecastPriors) -> FloatArray:
    """Share of full output after `worked` working days in post (negative: not started, 0)."""
    share = 1.0 - priors.ramp_loss * np.exp(-np.maximum(worked, 0.0) / priors.ramp_working_days)
    return np.where(worked < 0, 0.0, share)


def reviewer_days(
    staff: Sequence[Staff],
    days: Sequence[date],
    groups: Sequence[Group],
    calendar: WorkCalendar,
    priors: ForecastPriors,
) -> FloatArray:
    """Effective reviewer-days, shape (days, groups): ramp-up and expected sickness taken off.

    Staff of a group that is not among `groups` count nowhere.
    """
    result = np.zeros((len(days), len(groups)))
    if not days:
        return result
    column = {group: index for index, group in enumerate(groups)}
    first = min([days[0], *(person.available_from for person in staff)])
    worked = calendar.working_days(first, days[-1])
    position = np.array([bisect_left(worked, day) for day in days], dtype=float)
    for person in staff:
        if person.group not in column:
            continue
        shares = np.array(
            [person.share_on(day, priors.overtime_turnout) for day in days], dtype=float
        )
        if person.ramps_up:
            shares *= ramp(position - bisect_left(worked, person.available_from), priors)
        result[:, column[person.group]] += person.weight * shares
    return result * (1.0 - priors.sickness)


def days_ahead(calendar: WorkCalendar, first: date, target: date, beyond: int) -> tuple[date, ...]:
    """The working days from `first` to the target and `beyond` more: a forecast's usual horizon."""
    last = max(target, first)
    known = calendar.working_days(first, last)
    return (*known, *calendar.working_days(last + timedelta(1), _far(calendar, last, beyond)))


def _far(calendar: WorkCalendar, last: date, beyond: int) -> date:
    return calendar.add_working_days(last, beyond) if beyond else last


def handed_in(exposure: FloatArray, lags: FloatArray) -> FloatArray:
    """Reviewer-days by the day on which their work is handed in, not done: a review takes some days.

    Neutral while staffing is steady; it keeps the first days of a programme, when every review is
    still in progress, from looking like a slow pace. Shape as given, rows are working days; `lags` are
    the shares handed in after 0, 1 … days.
    """
    result = np.zeros_like(exposure)
    for lag, share in enumerate(lags):
        result[lag:] += share * exposure[: max(len(exposure) - lag, 0)]
    return result


def with_hand_in(exposure: Exposure, lags: FloatArray) -> Exposure:
    """Past and planned reviewer-days by the day on which their work is handed in."""
    shifted = handed_in(np.concatenate([exposure.past, exposure.future]), lags)
    past = len(exposure.past)
    return replace(exposure, past=shifted[:past], future=shifted[past:])


@dataclass(frozen=True, slots=True, eq=False)
class FilledPosts:
    """The vacancies of one simulation, and what they add once filled.

    `starts` has shape (vacancies, paths), in working days from the first day forecast; posts that stay
    vacant start on `NEVER`.
    """

    starts: NDArray[np.int64]
    weight: tuple[float, ...]
    """Reviewer-days per working day of each vacancy."""
    column: tuple[int, ...]
    """Index of each vacancy's group."""
    ramp: NDArray[np.float32]
    """Share of full output by working days in post, the first entry before the start."""

    @classmethod
    def draw(
        cls,
        exposure: Exposure,
        groups: Sequence[Group],
        paths: int,
        rng: np.random.Generator,
        priors: ForecastPriors,
        lags: FloatArray,
    ) -> "FilledPosts":
        """When each vacancy is filled; a planned date already past counts from the first day.

        `lags` as in `handed_in`.
        """
        posts = exposure.vacancies
        shape, scale = priors.vacancy_slip
        slip = np.ceil(rng.gamma(shape, scale, (len(posts), paths)))
        never = rng.random((len(posts), paths)) < priors.vacancy_never
        certain = np.array([post.certain for post in posts], dtype=bool)[:, None]
        planned = np.array(
            [_day_number(exposure.days, post.expected_on) for post in posts], dtype=float
        )[:, None]
        starts = np.where(certain, planned, np.where(never, NEVER, planned + slip))
        worked = ramp(np.arange(-1.0, len(exposure.days)), priors) * (1.0 - priors.sickness)
        return cls(
            starts=np.minimum(starts, NEVER).astype(np.int64),
            weight=tuple(post.weight for post in posts),
            column=tuple(groups.index(post.group) for post in posts),
            ramp=handed_in(worked, lags).astype(np.float32),
        )

    def add_to(self, days: NDArray[np.float32], day: int) -> None:
        """Add the reviewer-days of future day number `day` in place, shape (groups, paths)."""
        present = self.ramp.take(day + 1 - self.starts, mode="clip")
        for post, (weight, column) in enumerate(zip(self.weight, self.column, strict=True)):
            days[column] += np.float32(weight) * present[post]


def _day_number(days: Sequence[date], day: date | None) -> float:
    return NEVER if day is None else bisect_left(days, day)
