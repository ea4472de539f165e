"""A small programme to forecast, with every part open to change."""

from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import numpy as np

from workflow.calendar import WorkCalendar
from workflow.forecast import Exposure, ForecastInput, Group, History, Stock
from workflow.forecast.inputs import FloatArray

CALENDAR = WorkCalendar()
START, TARGET = date(2016, 1, 20), date(2016, 3, 31)
GROUPS = (
    Group("north", "council"),
    Group("north", "constabulary"),
    Group("south", "council"),
    Group("south", "constabulary"),
)


def working_days(first: date, count: int, calendar: WorkCalendar = CALENDAR) -> tuple[date, ...]:
    return tuple(islice((day for day in _from(first, calendar)), count))


def _from(first: date, calendar: WorkCalendar) -> Any:
    if calendar.is_working_day(first):
        yield first
    yield from calendar.following(first)


def make_history(days: tuple[date, ...], daily: float, seed: int = 3) -> History:
    """Four groups, `daily` submissions a day each, a tenth of them returned, the rest accepted."""
    rng = np.random.default_rng(seed)
    submitted = rng.poisson(daily, (len(days), len(GROUPS))).astype(float)
    returned = rng.binomial(submitted.astype(int), 0.1).astype(float)
    nothing = np.zeros_like(submitted)
    return History(
        days=days,
        submitted=submitted,
        completed=submitted - returned,
        returned=returned,
        arrivals=nothing,
        removals=nothing,
    )


def make_input(
    *,
    past: int = 10,
    total: float = 400.0,
    staff: float = 2.5,
    calendar: WorkCalendar = CALENDAR,
    horizon: int = 75,
    **changes: Any,
) -> ForecastInput:
    """400 reviews in two districts, two and a half reviewers per group at a review a day each."""
    days = working_days(START, past + horizon, calendar)
    history = make_history(days[:past], staff)
    complete = history.completed.sum(axis=0)
    groups = len(GROUPS)
    given = ForecastInput(
        as_of=days[past],
        target=TARGET,
        calendar=calendar,
        groups=GROUPS,
        history=history,
        exposure=Exposure(
            days=days[past:],
            past=np.full((past, groups), staff),
            future=np.full((horizon, groups), staff),
        ),
        stock=make_stock(np.full(groups, total / groups) - complete, complete),
        plan_rate=1.0,
        scope_cut_off=START,
        seed=7,
        paths=400,
    )
    return replace(given, **changes)


def make_stock(still_open: FloatArray, complete: FloatArray) -> Stock:
    nothing = np.zeros(len(still_open))
    return Stock(
        backlog=np.maximum(still_open, 0.0),
        submitted=nothing,
        in_moderation=nothing,
        complete=complete,
    )


def with_staff(given: ForecastInput, future: FloatArray | float) -> ForecastInput:
    """The same programme with other planned reviewer-days."""
    planned = np.broadcast_to(np.asarray(future, dtype=float), given.exposure.future.shape).copy()
    return replace(given, exposure=replace(given.exposure, future=planned))
