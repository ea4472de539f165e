"""The contract by which any daily series can be forecast, ours against others."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workflow.calendar import WorkCalendar
from workflow.errors import InvalidInputError
from workflow.forecast.inputs import (
    Exposure,
    FloatArray,
    ForecastInput,
    Group,
    History,
    Stock,
)
from workflow.forecast.level import draw_level, fit_level
from workflow.forecast.pipeline import effort_submitted, group_multipliers, simulate
from workflow.policy import ForecastPriors

ANY_DAY = date(2016, 1, 19)
"""An empty history has no date; without observed weekdays any start gives the same samples."""


def forecast(
    history: pd.DataFrame,
    calendar: WorkCalendar,
    exposure_hist: ArrayLike | None,
    exposure_future: ArrayLike | None,
    plan_rate: float | None,
    open_by_group: Mapping[str | None, float] | None,
    horizon: int,
    n: int,
    seed: int,
    *,
    priors: ForecastPriors | None = None,
) -> FloatArray:
    """Sample the cumulative completions of the coming working days.

    Args:
        history: one row per date (and group): `date`, `completed`, and optionally `group`,
            `submitted`, `returned`, `arrivals`. Working days without a row count as 0 between the first
            and the last date; what happened on a closed day counts on the next working day.
        exposure_hist: reviewer-days per past working day, shape (days,) or (days, groups); its length
            sets the number of past days. None: 1 on every day.
        exposure_future: the same for the `horizon` coming working days. None: 1 on every day.
        plan_rate: reviews per reviewer-day in the plan; None if there is none.
        open_by_group: open reviews per group (key None without groups). None: no stock is known, and
            the samples are throughput that runs on past any scope.
        n: number of sampled paths.

    Returns:
        Shape (n, horizon), or (n, horizon, groups) with the groups in sorted order.

    Raises:
        InvalidInputError: the history lacks a column, or the shapes do not fit.
    """
    names = _group_names(history, open_by_group)
    days, counts = daily_counts(history, calendar, names, _length(exposure_hist))
    start = days[-1] if days else ANY_DAY
    future = tuple(islice(calendar.following(start), horizon))
    given = ForecastInput(
        as_of=start,
        target=future[-1] if future else start,
        calendar=calendar,
        groups=tuple(Group(name) if name is not None else Group() for name in names),
        history=History(days=days, **counts),
        exposure=Exposure(
            days=future,
            past=_exposure(exposure_hist, len(days), len(names)),
            future=_exposure(exposure_future, horizon, len(names)),
        ),
        stock=_stock(counts, open_by_group, names),
        plan_rate=plan_rate,
        moderation_share=0.0,
        scope_cut_off=None if counts["arrivals"].any() else start,
        starts_fresh="submitted" in history.columns,
        priors=priors or ForecastPriors(),
        seed=seed,
        paths=n,
    )
    if open_by_group is None:
        samples = throughput(given)
    else:
        complete = simulate(given).complete
        samples = np.moveaxis((complete[1:] - complete[0]).astype(float), 2, 0)
    return samples if names != [None] else samples[:, :, 0]


def throughput(given: ForecastInput) -> FloatArray:
    """Cumulative reviews done if there is always work, shape (paths, days, groups)."""
    effort = effort_submitted(given)
    level = fit_level(
        given.history.days,
        effort.sum(axis=1),
        given.exposure.past.sum(axis=1),
        given.plan_rate,
        given.priors,
    )
    *level_streams, districts, counts = _streams(given.seed)
    pace = draw_level(level, given.exposure.days, given.paths, level_streams).rate
    multiplier = group_multipliers(given, effort, districts)
    mean = pace[:, None, :] * multiplier * given.exposure.future[:, :, None]
    return np.moveaxis(np.cumsum(counts.poisson(mean), axis=0), 2, 0).astype(float)


def series_samples(
    *,
    days: Sequence[date],
    counts: FloatArray,
    future: Sequence[date],
    plan_rate: float | None,
    paths: int,
    seed: int,
    priors: ForecastPriors | None = None,
) -> FloatArray:
    """Cumulative counts of one plain daily series, shape (paths, len(future)): `forecast` in short."""
    level = fit_level(days, counts, np.ones(len(days)), plan_rate, priors or ForecastPriors())
    *level_streams, _, noise = _streams(seed)
    pace = draw_level(level, future, paths, level_streams).rate
    return np.asarray(noise.poisson(pace).cumsum(axis=0).T, dtype=float)


def _streams(seed: int) -> list[np.random.Generator]:
    """Start, steps, shocks, districts, counts."""
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(5)]


def daily_counts(
    history: pd.DataFrame,
    calendar: WorkCalendar,
    names: list[str | None],
    length: int | None = None,
) -> tuple[tuple[date, ...], dict[str, FloatArray]]:
    """Working days of a history and its counts by name, each of shape (days, groups).

    `submitted` is `completed` where the history does not know it; removals are 0.
    """
    for column in ("date", "completed"):
        if column not in history.columns:
            raise InvalidInputError(f'The history lacks the column "{column}".')
    if history.empty:
        nothing = np.zeros((0, len(names)))
        return (), dict.fromkeys(_COLUMNS, nothing)
    worked = pd.to_datetime(history["date"]).dt.date.map(
        {day: calendar.add_working_days(day, 0) for day in _dates(history)}
    )
    days = calendar.working_days(worked.min(), worked.max())
    if length is not None:
        days = [days[0], *islice(calendar.following(days[0]), length - 1)][:length]
    label = history["group"] if "group" in history.columns else pd.Series("", history.index)
    counts = {}
    for column in _COLUMNS:
        source = column if column in history.columns else _FALLBACK.get(column)
        values = history[source] if source else pd.Series(0.0, history.index)
        counts[column] = _table(values.astype(float), worked, label, days, names)
    return tuple(days), counts


def _table(
    values: pd.Series,
    worked: pd.Series,
    label: pd.Series,
    days: Sequence[date],
    names: Sequence[str | None],
) -> FloatArray:
    """Sum per working day and group, shape (days, groups)."""
    row = {day: index for index, day in enumerate(days)}
    column = {name or "": index for index, name in enumerate(names)}
    table = np.zeros((len(days), len(names)))
    for value, day, name in zip(values, worked, label, strict=True):
        if day in row:
            table[row[day], column[name]] += value
    return table


_COLUMNS = ("submitted", "completed", "returned", "arrivals", "removals")
_FALLBACK = {"submitted": "completed"}


def _dates(history: pd.DataFrame) -> set[date]:
    return set(pd.to_datetime(history["date"]).dt.date)


def _group_names(
    history: pd.DataFrame, open_by_group: Mapping[str | None, float] | None
) -> list[str | None]:
    named = {str(name) for name in open_by_group or () if name is not None}
    if "group" in history.columns:
        named |= set(history["group"].dropna().astype(str))
    return [*sorted(named)] or [None]


def _length(exposure: ArrayLike | None) -> int | None:
    return None if exposure is None else len(np.atleast_1d(np.asarray(exposure)))


def _exposure(given: ArrayLike | None, days: int, groups: int) -> FloatArray:
    """Reviewer-days by group; a total over several groups is shared evenly."""
    if given is None:
        return np.full((days, groups), 1.0 / groups)
    exposure = np.asarray(given, dtype=float)
    return np.repeat(exposure[:, None] / groups, groups, axis=1) if exposure.ndim == 1 else exposure


def _stock(
    counts: dict[str, FloatArray],
    open_by_group: Mapping[str | None, float] | None,
    names: list[str | None],
) -> Stock:
    still_open = np.array([float((open_by_group or {}).get(name, 0.0)) for name in names])
    waiting = (counts["submitted"] - counts["returned"] - counts["completed"]).sum(axis=0)
    waiting = np.clip(waiting, 0.0, still_open)
    return Stock(
        backlog=still_open - waiting,
        submitted=waiting,
        in_moderation=np.zeros(len(names)),
        complete=counts["completed"].sum(axis=0),
    )
