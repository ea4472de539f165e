"""Past series replayed: how our forecast and the naive one would have done.

A programme is 50 consecutive working days of a series. Its plan is the mean of the working days before
it, its scope plan x 50 x U(0.7, 1.2): neither knows the outcome. Both methods know the programme's own
days up to the cut and forecast the count on day 50 and the day on which the scope is reached.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from workflow.calendar import WorkCalendar
from workflow.errors import InvalidInputError
from workflow.forecast.harness import series_samples
from workflow.forecast.inputs import FloatArray
from workflow.forecast.naive import resample
from workflow.forecast.scores import (
    Reliability,
    brier,
    covers,
    crps,
    reliability,
    reliability_gap,
)
from workflow.forecast.series import Series, read_series

LENGTH = 50
"""Working days of a programme: 20 January to 31 March 2016."""
LAST_DAY = 100
"""Completion later than this counts as on this day."""
CUTS = (5, 10, 15, 20, 30, 40)
WINDOWS = 25
LEAD = 50
"""Working days before a programme that its plan is read from."""
SHORTEST_LEAD = 10
SHORTEST = LENGTH + SHORTEST_LEAD
SCOPE = (0.7, 1.2)


@dataclass(frozen=True, slots=True)
class Programme:
    """One replay: `start` is the index of its first working day in the series."""

    series: Series
    start: int
    plan: float
    scope: int
    seed: tuple[int, ...]

    @property
    def truth(self) -> FloatArray:
        """Cumulative counts from the first day on, as far as the series goes, at most 100 days."""
        return np.asarray(self.series.counts[self.start : self.start + LAST_DAY].cumsum())

    @property
    def total(self) -> float:
        """What was really done by day 50."""
        return float(self.truth[LENGTH - 1])

    def completion_day(self) -> int:
        """Working day on which the scope was reached, at most one past what is known."""
        return int((self.truth < self.scope).sum()) + 1


@dataclass(frozen=True, slots=True)
class Replay:
    """One method's samples at one cut: counts by day 50, and completion days."""

    total: FloatArray
    day: FloatArray


@dataclass(frozen=True, slots=True)
class Scored:
    """One method's score on one forecast; field names as in `Scores`."""

    crps_count: float
    crps_date: float
    brier: float
    cover80: float
    cover95: float
    p80_honoured: float
    said: float
    happened: bool
    cut: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over the forecasts of each series, then over the series."""

    crps_count: float
    """Of the count by day 50, as a share of the true count."""
    crps_date: float
    """Of the completion day, in working days."""
    brier: float
    """Of the chance to be complete by day 50."""
    cover80: float
    """Share of true counts inside the central 80 % range."""
    cover95: float
    p80_honoured: float
    """Share of programmes complete by the day given with a chance of 80 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """Both methods on the same forecasts; `to_json` has the stable keys."""

    forecasts: int
    series: int
    ours: Scores
    naive: Scores
    reliability: tuple[Reliability, ...]
    reliability_naive: tuple[Reliability, ...]
    by_cut: dict[int, tuple[Scores, Scores]]
    """Cut day to the scores of ours and of the naive method."""
    left_out: dict[str, str]
    """Series that could not be replayed → why."""

    @property
    def ratio(self) -> dict[str, float | None]:
        """Ours against naive, below 1 is better; None when the naive score is 0."""
        return {
            name: _divide(getattr(self.ours, name), getattr(self.naive, name))
            for name in ("crps_count", "crps_date", "brier")
        }

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "forecasts": self.forecasts,
            "series": self.series,
            "ours": asdict(self.ours),
            "naive": asdict(self.naive),
            "ratio": self.ratio,
            "reliability": [asdict(row) for row in self.reliability],
            "reliability_naive": [asdict(row) for row in self.reliability_naive],
            "reliability_gap": {
                "ours": reliability_gap(self.reliability),
                "naive": reliability_gap(self.reliability_naive),
            },
            "by_cut": [
                {"cut": cut, "ours": asdict(ours), "naive": asdict(naive)}
                for cut, (ours, naive) in self.by_cut.items()
            ],
            "left_out": self.left_out,
        }


def _divide(one: float, other: float) -> float | None:
    return one / other if other else None


def backtest(
    frame: pd.DataFrame,
    *,
    calendar: WorkCalendar | None = None,
    windows: int = WINDOWS,
    cuts: Sequence[int] = CUTS,
    paths: int = 1500,
    plan_factor: float = 1.0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> BacktestResult:
    """Score our forecast and the naive one on any daily series.

    Args:
        frame: columns `date` (ISO), `completed`, and optionally `group`, one row per day and group; days
            without a row count as 0.
        plan_factor: makes every plan wrong by this factor; the scope keeps the true one.
        progress: told after each programme how many of how many are done.

    Raises:
        InvalidInputError: a column is missing, a value cannot be used, or no series is long enough.
    """
    series, left_out = read_series(frame, calendar or WorkCalendar(), SHORTEST)
    programmes = [
        programme
        for number, one in enumerate(series)
        for programme in _programmes(one, windows, number, seed)
    ]
    if not programmes:
        raise InvalidInputError("No programme can be replayed: the series have no completions.")
    scored: dict[str, list[tuple[Scored, Scored]]] = {}
    for done, programme in enumerate(programmes, start=1):
        rows = scored.setdefault(programme.series.name, [])
        rows.extend(_score_programme(programme, cuts, paths, plan_factor))
        if progress:
            progress(done, len(programmes))
    for one in series:
        if not scored.get(one.name):
            left_out[one.name] = (
                "nothing was completed in any programme, or all before its first cut"
            )
    return _result({name: rows for name, rows in scored.items() if rows}, left_out)


def _programmes(series: Series, windows: int, number: int, seed: int) -> Iterator[Programme]:
    lead = min(LEAD, len(series.days) - LENGTH)
    starts = np.unique(np.linspace(lead, len(series.days) - LENGTH, windows).round().astype(int))
    for start in starts:
        plan = float(series.counts[max(start - LEAD, 0) : start].mean())
        draw = np.random.default_rng([seed, number, int(start)]).uniform(*SCOPE)
        scope = max(round(plan * LENGTH * draw), 1)
        programme = Programme(series, int(start), plan, scope, (seed, number, int(start)))
        if plan > 0 and programme.total > 0:
            yield programme


def _score_programme(
    programme: Programme, cuts: Sequence[int], paths: int, plan_factor: float
) -> Iterator[tuple[Scored, Scored]]:
    for cut in cuts:
        if programme.truth[cut - 1] >= programme.scope:
            return
        ours = _replay_ours(programme, cut, paths, plan_factor)
        naive = _replay_naive(programme, cut, paths)
        yield _score(programme, cut, ours), _score(programme, cut, naive)


def _replay_ours(programme: Programme, cut: int, paths: int, plan_factor: float) -> Replay:
    series, start = programme.series, programme.start
    samples = series_samples(
        days=series.days[start : start + cut],
        counts=series.counts[start : start + cut],
        future=_future_days(series, start + cut, LAST_DAY - cut),
        plan_rate=programme.plan * plan_factor,
        paths=paths,
        seed=int(np.random.SeedSequence([*programme.seed, cut]).generate_state(1)[0]),
    )
    done = programme.truth[cut - 1]
    reached = (done + samples < programme.scope).sum(axis=1) + 1 + cut
    return Replay(total=done + samples[:, LENGTH - cut - 1], day=reached.astype(float))


def _future_days(series: Series, first: int, count: int) -> tuple[date, ...]:
    """Working days ahead; past the end of the series every weekday is taken for one."""
    known = series.days[first : first + count]
    return (*known, *_weekdays_after(series.days[-1], count - len(known)))


def _weekdays_after(day: date, count: int) -> Iterator[date]:
    for offset in range(count):
        weeks, rest = divmod(offset + day.weekday() + 1, 5)
        yield day - timedelta(day.weekday()) + timedelta(weeks=weeks, days=rest)


def _replay_naive(programme: Programme, cut: int, paths: int) -> Replay:
    series, start = programme.series, programme.start
    days = (*series.days[start:], *_weekdays_after(series.days[-1], LAST_DAY))[:LAST_DAY]
    since, now = series.calendar_place(days[0]), series.calendar_place(days[cut - 1])
    ahead = np.array([(day - days[cut - 1]).days for day in days[cut:]])
    samples = resample(
        series.calendar_counts[since : now + 1],
        int(ahead[-1]),
        paths,
        np.random.default_rng([*programme.seed, cut, 1]),
    )
    done = programme.truth[cut - 1]
    on_working_days = done + samples[:, ahead - 1]
    reached = (on_working_days < programme.scope).sum(axis=1) + 1 + cut
    return Replay(total=on_working_days[:, LENGTH - cut - 1], day=reached.astype(float))


def _score(programme: Programme, cut: int, replay: Replay) -> Scored:
    total = programme.total
    known = len(programme.truth)
    latest = min(LAST_DAY, known + 1)
    truth = min(programme.completion_day(), latest)
    days = np.minimum(replay.day, latest)
    said = float((replay.total >= programme.scope).mean())
    happened = total >= programme.scope
    p80 = float(np.quantile(days, 0.8, method="inverted_cdf"))
    return Scored(
        crps_count=crps(replay.total, total) / total,
        crps_date=crps(days, truth),
        brier=brier([said], [happened]),
        cover80=covers(replay.total, total, 0.8),
        cover95=covers(replay.total, total, 0.95),
        p80_honoured=truth <= p80,
        said=said,
        happened=happened,
        cut=cut,
    )


def _result(
    scored: Mapping[str, Sequence[tuple[Scored, Scored]]], left_out: dict[str, str]
) -> BacktestResult:
    ours = {name: [pair[0] for pair in rows] for name, rows in scored.items()}
    naive = {name: [pair[1] for pair in rows] for name, rows in scored.items()}
    everything = [row for rows in ours.values() for row in rows]
    cuts = sorted({row.cut for row in everything})
    if not everything:
        raise InvalidInputError(
            "No programme can be replayed: each was complete before its first cut."
        )
    return BacktestResult(
        forecasts=len(everything),
        series=len(scored),
        ours=_macro(ours),
        naive=_macro(naive),
        reliability=_reliability(ours),
        reliability_naive=_reliability(naive),
        by_cut={cut: (_macro(_at(ours, cut)), _macro(_at(naive, cut))) for cut in cuts},
        left_out=left_out,
    )


def _at(scored: Mapping[str, Sequence[Scored]], cut: int) -> dict[str, list[Scored]]:
    chosen = {name: [row for row in rows if row.cut == cut] for name, rows in scored.items()}
    return {name: rows for name, rows in chosen.items() if rows}


def _macro(scored: Mapping[str, Sequence[Scored]]) -> Scores:
    means = [
        [np.mean([getattr(row, field.name) for row in rows]) for field in fields(Scores)]
        for rows in scored.values()
    ]
    return Scores(*(float(value) for value in np.mean(means, axis=0)))


def _reliability(scored: Mapping[str, Sequence[Scored]]) -> tuple[Reliability, ...]:
    rows = [row for rows in scored.values() for row in rows]
    return reliability([row.said for row in rows], [row.happened for row in rows])
