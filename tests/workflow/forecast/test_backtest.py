"""The replay of past series."""

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.workflow.forecast.series import KINDS, make_series
from workflow.calendar import WorkCalendar
from workflow.errors import InvalidInputError
from workflow.forecast import backtest
from workflow.forecast.series import read_series

SCORES = {"crps_count", "crps_date", "brier", "cover80", "cover95", "p80_honoured"}


def steady(days: int = 200, **columns: object) -> pd.DataFrame:
    dates = pd.date_range("2015-01-05", periods=days).strftime("%Y-%m-%d")
    counts = np.random.default_rng(5).poisson(9, days)
    return pd.DataFrame({"date": dates, "completed": counts, **columns})


def test_the_json_has_the_stable_keys() -> None:
    document = backtest(steady(), windows=2, cuts=(5, 20), paths=100).to_json()
    assert set(document) >= {"forecasts", "ours", "naive", "ratio", "reliability"}
    assert set(document["ours"]) == set(document["naive"]) == SCORES
    assert set(document["ratio"]) == {"crps_count", "crps_date", "brier"}
    assert {*document["reliability"][0]} == {"said", "happened", "n"}
    assert document["forecasts"] == sum(row["n"] for row in document["reliability"])
    assert json.loads(json.dumps(document)) == document


def test_the_same_series_and_seed_score_the_same_and_rows_may_come_in_any_order() -> None:
    frame = steady()
    shuffled = frame.sample(frac=1.0, random_state=1)
    first, again = (backtest(f, windows=2, cuts=(10,), paths=100) for f in (frame, shuffled))
    assert first == again
    other = backtest(frame, windows=2, cuts=(10,), paths=100, seed=1)
    assert other != first


def test_days_without_a_row_are_days_without_completions() -> None:
    frame = steady()
    frame.loc[60:140:2, "completed"] = 0
    sparse = frame[frame["completed"] > 0]
    assert backtest(frame, windows=2, cuts=(10,), paths=100) == backtest(
        sparse, windows=2, cuts=(10,), paths=100
    )


def test_what_happened_on_closed_days_counts_on_the_next_working_day() -> None:
    good_friday = date(2016, 3, 25)
    days = [good_friday - timedelta(80), good_friday, good_friday + timedelta(1)]
    frame = pd.DataFrame({"date": [*days, "2016-04-29"], "completed": [1, 5, 2, 1]})
    (series,), left_out = read_series(frame, WorkCalendar(), 60)
    assert left_out == {}
    by_day = dict(zip(series.days, series.counts, strict=True))
    assert good_friday not in by_day
    assert by_day[date(2016, 3, 29)] == 7
    assert series.calendar_counts.sum() == series.counts.sum() == 9


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (steady().drop(columns="completed"), 'column "completed" is missing; found: date'),
        (steady().drop(columns="date"), 'column "date" is missing'),
        (steady(0), "no rows"),
        (steady(70), "at least 60 working days; the longest here has 51"),
        (steady().assign(date="1 Feb"), r'Row 1: "1 Feb" is not a date .* \(200 such rows\)'),
        (steady().assign(completed=[*[1] * 199, -2]), 'Row 200: "-2" is a negative count'),
        (steady().assign(completed="many"), 'Row 1: "many" is not a count'),
        (steady().assign(completed=np.nan), "is not a count"),
        (steady().assign(completed=np.inf), "is not a count"),
        (steady().assign(completed=0), "no completions"),
        (
            pd.concat([steady(), steady().iloc[3:5]]),
            r'Row 201: "2015-01-08" is there twice; .* \(2 such rows\)',
        ),
    ],
)
def test_a_series_that_cannot_be_used_is_refused_in_one_sentence(
    frame: pd.DataFrame, why: str
) -> None:
    with pytest.raises(InvalidInputError, match=why):
        backtest(frame, windows=2, paths=50)


def test_progress_is_told_after_each_programme() -> None:
    told: list[tuple[int, int]] = []
    backtest(
        steady(), windows=3, cuts=(10,), paths=50, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_groups_are_series_of_their_own() -> None:
    empty = steady(group="empty").assign(completed=0)
    both = pd.concat([steady(group="a"), steady(group="b"), steady(40, group="short"), empty])
    result = backtest(both, windows=2, cuts=(10,), paths=50)
    assert result.series == 2
    assert set(result.left_out) == {"short", "empty"}
    assert result.left_out["short"] == "30 working days; 60 are needed"
    assert result.to_json()["left_out"] == result.left_out


def test_ours_is_calibrated_and_beats_resampling_on_series_made_by_neither() -> None:
    frame = pd.concat([make_series(kind, 1) for kind in KINDS], ignore_index=True)
    result = backtest(frame, windows=5, cuts=(5, 15, 30), paths=200)
    assert result.ratio["crps_count"] < 0.92
    assert result.ratio["crps_date"] < 0.95
    assert 0.65 < result.ours.cover80 < 0.92
    assert result.ours.cover95 > 0.85
    assert result.naive.cover80 < 0.65


_DAY = np.arange(420)
_SHAPES = {
    "weekly season, work at weekends": 40 * np.array([1.3, 1.2, 1, 0.9, 0.8, 0.4, 0.2])[_DAY % 7],
    "trend change": np.where(_DAY < 210, 20.0, 20.0 * np.exp((_DAY - 210) / 150)),
    "bursts": 25.0 * (_DAY % 11 < 3),
    "large counts": np.full(420, 250_000.0),
    "sparse": np.full(420, 0.12),
    "stops for two months": 30.0 * ((_DAY < 200) | (_DAY > 260)),
}


@pytest.mark.parametrize("shape", _SHAPES)
def test_series_of_any_shape_are_scored_and_the_range_is_wider_than_naive_where_it_must_be(
    shape: str,
) -> None:
    rng = np.random.default_rng([1, *map(ord, shape)])
    wobble = rng.gamma(3.0, 1 / 3, 420) * np.exp(np.cumsum(0.04 * rng.standard_normal(420)))
    dates = pd.date_range("2014-01-06", periods=420).strftime("%Y-%m-%d")
    counts = rng.poisson(_SHAPES[shape] * wobble)
    result = backtest(
        pd.DataFrame({"date": dates, "completed": counts}), windows=4, cuts=(5, 15, 30), paths=150
    )
    ours, naive = result.ours, result.naive
    assert all(np.isfinite(score) for score in (ours.crps_count, ours.crps_date, ours.brier))
    assert ours.cover80 >= naive.cover80
    assert ours.crps_count < 1.4 * naive.crps_count  # twelve forecasts tell no more


def test_a_gap_in_the_dates_is_a_time_without_completions() -> None:
    frame = steady(400)
    frame = frame[(frame.index < 150) | (frame.index > 240)]
    result = backtest(frame, windows=3, cuts=(10,), paths=100)
    assert result.forecasts > 0
