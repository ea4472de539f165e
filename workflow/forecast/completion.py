"""The forecast as people read it: chances, dates, bands, paces, and what binds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from workflow.forecast.binding import binding_stage
from workflow.forecast.inputs import MODEL_VERSION, FloatArray, ForecastInput, regroup
from workflow.forecast.naive import resample
from workflow.forecast.outcomes import Outcomes, by_target, date_quantiles, play
from workflow.forecast.stages import Paths
from workflow.forecast.words import DateQuantile, chance_in_words

BAND_LEVELS = {
    "low95": 0.025,
    "low80": 0.1,
    "low50": 0.25,
    "mid": 0.5,
    "high50": 0.75,
    "high80": 0.9,
    "high95": 0.975,
}
STORED_LEVELS = (0.025, *(round(0.05 * n, 2) for n in range(1, 20)), 0.975)
"""Quantiles kept of every forecast, so that it can be scored when the truth is known."""
NAIVE_PATHS = 2000
AHEAD = (5, 10)
"""Working days ahead at which forecasts are scored, next to the target."""


@dataclass(frozen=True, slots=True)
class Dates:
    """By when, with a chance of 50, 80 and 95 %."""

    p50: DateQuantile
    p80: DateQuantile
    p95: DateQuantile

    def to_json(self) -> dict[str, str | None]:
        """ISO dates; None means not before the day after the horizon."""
        return {"p50": self.p50.json, "p80": self.p80.json, "p95": self.p95.json}


@dataclass(frozen=True, slots=True)
class Band:
    """Reviews still open at the end of one working day, by quantile (keys of `BAND_LEVELS`)."""

    on: date
    quantiles: dict[str, int]


@dataclass(frozen=True, slots=True)
class BurnDown:
    """What stood at the end of one finished working day."""

    on: date
    open: int
    complete: int


@dataclass(frozen=True, slots=True)
class PartForecast:
    """One district or one agency."""

    name: str | None
    total: int
    complete: int
    open: int
    p_done: float
    """Chance that its last review is complete by the target."""
    dates: Dates
    """98 % of its reviews."""
    bands: tuple[Band, ...]
    """At the end of each coming week, and of the target."""
    burn_down: tuple[BurnDown, ...]
    """At the end of each week so far, and of the last finished day."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Completed reviews at the end of a coming day, with all quantiles needed to score it later."""

    working_days: int
    on: date
    quantiles: dict[float, float]
    naive: dict[float, float] | None
    """What resampling past days would have said, for comparison; None without any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What is needed against what has been done of late; field names are the JSON keys."""

    required_per_working_day: float | None
    """To finish by the target, expected new cases and withdrawals included; None: no day is left."""
    achieved_per_working_day: float | None
    """Completed per working day of late; None before the first finished day."""
    required_per_reviewer_day: float | None
    """The same per reviewer-day of the reviewers in post."""
    achieved_per_reviewer_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionForecast:
    """All a forecast says; `to_json` has the stable keys."""

    as_of: date
    target: date
    total: int
    complete: int
    open: int
    p_done_by_target: float
    """Chance that the last review is complete at the end of the target day."""
    dates: Dates
    """98 % of the reviews."""
    last_case: Dates
    pace: Pace
    rate_per_reviewer_day: dict[str, float]
    """What reviewers submit per reviewer-day, as believed now: low80, mid, high80."""
    binding_stage: str | None
    basis: Literal["plan", "evidence"]
    by_district: tuple[PartForecast, ...]
    by_agency: tuple[PartForecast, ...]
    bands: tuple[Band, ...]
    burn_down: tuple[BurnDown, ...]
    ahead: tuple[Ahead, ...]
    assumptions: dict[str, float]
    """What the sentence names: reviewers, vacancies, new cases a day, share returned."""
    horizon_ends: date
    seed: int
    paths: int
    input_hash: str
    model_version: str = MODEL_VERSION

    @property
    def chance(self) -> str:
        """The chance to be done by the target, in words."""
        return chance_in_words(self.p_done_by_target)

    @property
    def left_at_target(self) -> tuple[int, int] | None:
        """The 80 % range of reviews still open at the end of the target; None once that has passed."""
        bands = [band.quantiles for band in self.bands if band.on <= self.target]
        return (bands[-1]["low80"], bands[-1]["high80"]) if bands else None

    def to_json(self) -> dict[str, Any]:
        """One JSON document; dates are ISO, and null where only "not before `horizon_ends`" holds."""
        return {
            "as_of": self.as_of.isoformat(),
            "target": self.target.isoformat(),
            "total": self.total,
            "complete": self.complete,
            "open": self.open,
            "p_done_by_target": self.p_done_by_target,
            **self.dates.to_json(),
            "last_case": self.last_case.to_json(),
            **asdict(self.pace),
            "rate_per_reviewer_day": self.rate_per_reviewer_day,
            "binding_stage": self.binding_stage,
            "basis": self.basis,
            "by_district": [_part_json("district", part) for part in self.by_district],
            "by_agency": [_part_json("agency", part) for part in self.by_agency],
            **_course_json(self.bands, self.burn_down),
            "ahead": [
                {
                    "working_days": row.working_days,
                    "date": row.on.isoformat(),
                    "quantiles": _levels_json(row.quantiles),
                    "naive": _levels_json(row.naive) if row.naive else None,
                }
                for row in self.ahead
            ],
            "assumptions": self.assumptions,
            "horizon_ends": self.horizon_ends.isoformat(),
            "seed": self.seed,
            "paths": self.paths,
            "input_hash": self.input_hash,
            "model_version": self.model_version,
        }


def _levels_json(quantiles: dict[float, float]) -> dict[str, float]:
    return {str(level): value for level, value in quantiles.items()}


def _course_json(
    bands: tuple[Band, ...], burn_down: tuple[BurnDown, ...]
) -> dict[str, list[dict[str, Any]]]:
    return {
        "bands": [{"date": band.on.isoformat(), **band.quantiles} for band in bands],
        "burn_down": [
            {"date": row.on.isoformat(), "open": row.open, "complete": row.complete}
            for row in burn_down
        ],
    }


def _part_json(kind: str, part: PartForecast) -> dict[str, Any]:
    return {
        kind: part.name,
        "total": part.total,
        "complete": part.complete,
        "open": part.open,
        "p_done": part.p_done,
        **part.dates.to_json(),
        **_course_json(part.bands, part.burn_down),
    }


def forecast_completion(given: ForecastInput) -> CompletionForecast:
    """Forecast when the programme is complete, overall, by district and by agency.

    Same input, same answer. Nothing is ever complete on a day that is not worked.
    """
    by_district = regroup(given, "district")
    districts = play(by_district)
    agencies = play(regroup(given, "agency"))
    return CompletionForecast(
        as_of=given.as_of,
        target=given.target,
        total=round(given.stock.total.sum()),
        complete=round(given.stock.complete.sum()),
        open=round(given.stock.open.sum()),
        p_done_by_target=float(districts.done_by_target.mean()),
        dates=Dates(*date_quantiles(districts.nearly_all, given)),
        last_case=Dates(*date_quantiles(districts.last_of_all, given)),
        pace=_pace(given, districts),
        rate_per_reviewer_day=_rate(districts),
        binding_stage=binding_stage(by_district),
        basis="evidence" if districts.simulation.level.observed_days else "plan",
        by_district=_parts(districts, "district"),
        by_agency=_parts(agencies, "agency"),
        bands=_bands(districts),
        burn_down=_burn_down(given),
        ahead=_ahead(districts),
        assumptions=_assumptions(given, districts),
        horizon_ends=given.exposure.days[-1],
        seed=given.seed,
        paths=given.paths,
        input_hash=given.fingerprint(),
    )


def _parts(outcomes: Outcomes, kind: Literal["district", "agency"]) -> tuple[PartForecast, ...]:
    given, stock = outcomes.given, outcomes.given.stock
    weekly = np.quantile(outcomes.simulation.weekly, list(BAND_LEVELS.values()), axis=2)
    days = [given.exposure.days[number - 1] for number in given.weeks]
    return tuple(
        PartForecast(
            name=getattr(group, kind),
            total=round(stock.total[n]),
            complete=round(stock.complete[n]),
            open=round(stock.open[n]),
            p_done=float(by_target(outcomes.last[n], given).mean()),
            dates=Dates(*date_quantiles(outcomes.nearly[n], given)),
            bands=_shown(_band_rows(days, weekly[:, :, n]), given.target),
            burn_down=_weekly(_burn_down(given, [n])),
        )
        for n, group in enumerate(given.groups)
        if stock.total[n] > 0 or getattr(group, kind) is not None
    )


def _pace(given: ForecastInput, outcomes: Outcomes) -> Pace:
    to_do = float(outcomes.simulation.scope.sum(axis=0).mean() - given.stock.complete.sum())
    days = given.days_to_target
    planned = float(given.exposure.future[:days].sum())
    recent = given.priors.achieved_over
    completed = given.history.completed[-recent:].sum(axis=1)
    worked = float(given.exposure.past[-recent:].sum())
    return Pace(
        required_per_working_day=_ratio(to_do, days),
        achieved_per_working_day=_ratio(float(completed.sum()), len(completed)),
        required_per_reviewer_day=_ratio(to_do, planned),
        achieved_per_reviewer_day=_ratio(float(completed.sum()), worked),
    )


def _ratio(amount: float, per: float) -> float | None:
    return round(amount / per, 3) if per else None


def _rate(outcomes: Outcomes) -> dict[str, float]:
    low, mid, high = outcomes.simulation.level.rate_quantiles((0.1, 0.5, 0.9))
    return {"low80": round(low, 3), "mid": round(mid, 3), "high80": round(high, 3)}


def _bands(outcomes: Outcomes) -> tuple[Band, ...]:
    given = outcomes.given
    quantiles = np.quantile(outcomes.simulation.open[1:], list(BAND_LEVELS.values()), axis=1)
    return _shown(_band_rows(given.exposure.days, quantiles), given.target)


def _band_rows(days: Sequence[date], quantiles: FloatArray | Paths) -> tuple[Band, ...]:
    """One band per day from quantiles of shape (levels, days)."""
    rows = np.maximum(np.rint(quantiles), 0).astype(int).T
    return tuple(
        Band(day, dict(zip(BAND_LEVELS, map(int, row), strict=True)))
        for day, row in zip(days, rows, strict=True)
    )


def _shown(bands: tuple[Band, ...], target: date) -> tuple[Band, ...]:
    """To the day on which almost every path is done, and at least to the target."""
    needed = sum(band.quantiles["high95"] > 0 for band in bands) + 1
    to_target = sum(band.on <= target for band in bands)
    return bands[: max(needed, to_target, 1)]


def _burn_down(given: ForecastInput, groups: Sequence[int] | None = None) -> tuple[BurnDown, ...]:
    """Rebuilt backwards from today's stock, so that it always ends at what is shown as open."""
    history, stock = given.history, given.stock
    chosen = slice(None) if groups is None else list(groups)
    completed = history.completed[:, chosen].sum(axis=1)
    change = (history.arrivals - history.removals)[:, chosen].sum(axis=1) - completed
    still_open = stock.open[chosen].sum() - _after(change)
    complete = stock.complete[chosen].sum() - _after(completed)
    return tuple(
        BurnDown(day, round(left), round(done))
        for day, left, done in zip(history.days, still_open, complete, strict=True)
    )


def _weekly(burn_down: tuple[BurnDown, ...]) -> tuple[BurnDown, ...]:
    """The last row of each week."""
    last = {row.on.isocalendar()[:2]: row for row in burn_down}
    return tuple(last.values())


def _after(daily: FloatArray) -> FloatArray:
    """Sum of all later days, per day."""
    return np.asarray(daily[::-1].cumsum()[::-1] - daily)


def _ahead(outcomes: Outcomes) -> tuple[Ahead, ...]:
    given, completed = outcomes.given, outcomes.simulation.completed
    past = given.history.completed.sum(axis=1)
    rng = np.random.default_rng(given.seed)
    naive = given.stock.complete.sum() + resample(past, given.horizon, NAIVE_PATHS, rng)
    places = sorted({n for n in (*AHEAD, given.days_to_target) if 0 < n <= given.horizon})
    return tuple(
        Ahead(
            working_days=place,
            on=given.exposure.days[place - 1],
            quantiles=_stored(completed[place]),
            naive=_stored(naive[:, place - 1]) if len(past) else None,
        )
        for place in places
    )


def _stored(samples: FloatArray | Paths) -> dict[float, float]:
    values = np.quantile(samples, STORED_LEVELS)
    return {
        level: round(float(value), 1) for level, value in zip(STORED_LEVELS, values, strict=True)
    }


def _assumptions(given: ForecastInput, outcomes: Outcomes) -> dict[str, float]:
    seen = given.history
    weight, share = given.priors.new_case_weight, given.priors.new_case_share
    rate = (weight + seen.arrivals.sum()) / (
        weight / (share * max(given.stock.total.sum(), 1.0)) + len(seen.days)
    )
    return {
        "reviewer_days_per_day": round(float(given.exposure.future[:10].sum(axis=1).mean()), 1),
        "vacancies": float(sum(v.expected_on is not None for v in given.exposure.vacancies)),
        "new_cases_per_day": round(float(rate), 1) if given.days_to_cut_off else 0.0,
        "returned_share": round(float(outcomes.simulation.returned.mean()), 3),
    }
