"""How fast and how good the forecast is: `python -m tests.bench.bench_forecast [--json]`.

Everything is synthetic and seeded. The naive method (resampling calendar days) is timed and scored in
the same run. `--series FILE.csv` adds any daily series (date, completed[, group]).
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.bench.programmes import (
    CONSTABULARY,
    Change,
    completed_by,
    finish_day,
    make_programme,
    work_through,
)
from tests.bench.snapshots import daily_completions, snapshot
from tests.workflow.forecast.series import KINDS, make_series
from workflow.forecast import (
    ForecastInput,
    Scenario,
    backtest,
    compare,
    forecast_completion,
    regroup,
)
from workflow.forecast.naive import resample
from workflow.forecast.outcomes import Outcomes, play
from workflow.forecast.scenario import CapacityChange, ReviewerChange
from workflow.forecast.scores import brier, covers, crps

PATHS, HORIZON = 10_000, 70
TARGET_DAY = 49
CUTS = (10, 20, 30, 40)
DECIDED, FROM = 15, date(2016, 3, 1)
MANAGERS_LEFT = 2
"""Of six: fewer decisions than submissions, so that confirming binds."""
Row = dict[str, Any]


def best_of(work: Callable[[], object], times: int = 3) -> float:
    """Shortest wall time in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return round(min(taken), 3)


LIMIT_SECONDS = 1.0
"""What the whole forecast of 10,000 paths x 70 days x 12 districts may take on two cores."""


def speed() -> Row:
    """10,000 paths x 70 working days x 12 districts (and a floating group), ours and naive."""
    world = make_programme(1)
    cases = work_through(world)
    given = snapshot(world, cases, 20, paths=PATHS)
    days = given.exposure.days[:HORIZON]
    given = replace(
        given,
        exposure=replace(given.exposure, days=days, future=given.exposure.future[:HORIZON]),
        confirm_capacity=given.confirm_capacity[:HORIZON],
        moderation_capacity=given.moderation_capacity[:HORIZON],
    )
    by_district = regroup(given, "district")
    counts = by_district.history.completed
    rng = np.random.default_rng(0)
    return {
        "paths": PATHS,
        "days": len(days),
        "groups": len(by_district.groups),
        "simulation_seconds": best_of(lambda: play(by_district)),
        "whole_forecast_seconds": best_of(lambda: forecast_completion(given)),
        "limit_seconds": LIMIT_SECONDS,
        "naive_seconds": best_of(lambda: resample(counts, HORIZON, PATHS, rng)),
    }


def programmes(seeds: Iterable[int], paths: int = 1000) -> Row:
    """Synthetic programmes with known truth: means over programmes and cuts."""
    rows = [row for seed in seeds for row in _programme(seed, paths)]
    table = pd.DataFrame(rows)
    means = {name: round(float(table[name].mean()), 4) for name in table.columns if name != "cut"}
    return {
        "forecasts": len(table),
        "means": means,
        "ratio_count": round(means["crps_count"] / means["naive_crps_count"], 3),
        "ratio_80_days": round(means["crps_80_days"] / means["naive_crps_80_days"], 3),
        "by_cut": {
            int(cut): {k: round(float(v), 3) for k, v in rows.drop(columns="cut").mean().items()}
            for cut, rows in table.groupby("cut")
        },
    }


def _programme(seed: int, paths: int) -> Iterable[Row]:
    world = make_programme(seed)
    cases = work_through(world)
    truth, last = completed_by(cases, TARGET_DAY), finish_day(cases) + 1
    nearly, most = finish_day(cases, 0.98) + 1, finish_day(cases, 0.8) + 1
    for cut in CUTS:
        given = snapshot(world, cases, cut, seed=seed, paths=paths)
        outcomes = play(regroup(given, "district"))
        simple = _naive(world, cases, cut, given, seed)
        beyond = given.horizon + 1
        ends = np.minimum((simple < given.stock.total.sum()).sum(axis=1) + 1, beyond)
        count = np.minimum(simple[:, TARGET_DAY - cut], given.stock.total.sum())
        ahead, ahead98 = min(last - cut, beyond), min(nearly - cut, beyond)
        by_target = outcomes.complete_by_target
        yield {
            "cut": cut,
            "crps_count": crps(by_target, truth) / truth,
            "naive_crps_count": crps(count, truth) / truth,
            "cover80_count": covers(by_target, truth, 0.8),
            "naive_cover80_count": covers(count, truth, 0.8),
            "bias_count": float(by_target.mean() / truth - 1),
            "crps_80_days": crps(_to_share(outcomes, 0.8), min(most - cut, beyond)),
            "naive_crps_80_days": crps(
                _naive_to_share(simple, given, 0.8), min(most - cut, beyond)
            ),
            "crps_98_days": crps(outcomes.nearly_all, ahead98),
            "crps_last_days": crps(outcomes.last_of_all, ahead),
            "naive_crps_last_days": crps(ends, ahead),
            "bias_last_days": float(outcomes.last_of_all.mean() - ahead),
            "naive_bias_last_days": float(ends.mean() - ahead),
            "cover80_last": covers(outcomes.last_of_all, ahead, 0.8),
            "naive_cover80_last": covers(ends, ahead, 0.8),
            "brier": brier(outcomes.done_by_target.mean(), last <= TARGET_DAY + 1),
            "naive_brier": brier((ends <= TARGET_DAY + 1 - cut).mean(), last <= TARGET_DAY + 1),
        }


def _to_share(outcomes: Outcomes, share: float) -> np.ndarray:
    """Working days until this share of the scope is complete, per path."""
    simulation = outcomes.simulation
    return (simulation.completed < share * simulation.scope.sum(axis=0)).sum(axis=0)


def _naive_to_share(simple: np.ndarray, given: ForecastInput, share: float) -> np.ndarray:
    return (simple < share * given.stock.total.sum()).sum(axis=1) + 1


def _naive(world: Any, cases: Any, cut: int, given: Any, seed: int) -> np.ndarray:
    """Resampled completions at the end of each coming working day, shape (paths, days)."""
    seen = daily_completions(world, cases, cut)
    ahead = np.array([(day - world.days[cut - 1]).days for day in given.exposure.days])
    drawn = resample(seen, int(ahead[-1]), given.paths, np.random.default_rng(seed))
    return seen.sum() + drawn[:, ahead - 1]


def what_if(seeds: Iterable[int], paths: int = 1000) -> Row:
    """True effect by the target of two decisions taken on day 15, against what was forecast."""
    rows = [_what_if(seed, paths) for seed in seeds]
    table = pd.DataFrame(rows)
    truth, said, rule = table["truth_more"], table["said_more"], table["rule_more"]
    lost, feared = table["truth_lost"], table["said_lost"]
    return {
        "programmes": len(table),
        "five_more_reviewers": {
            "true_mean": round(float(truth.mean()), 1),
            "said_mean": round(float(said.mean()), 1),
            "mae": round(float((said - truth).abs().mean()), 1),
            "mae_of_proportional_rule": round(float((rule - truth).abs().mean()), 1),
            "cover80": round(float(table["inside"].mean()), 2),
        },
        "four_of_six_managers_lost": {
            "true_mean": round(float(lost.mean()), 1),
            "said_mean": round(float(feared.mean()), 1),
            "mae": round(float((feared - lost).abs().mean()), 1),
        },
    }


def _what_if(seed: int, paths: int) -> Row:
    world = make_programme(seed)
    start = world.days.index(FROM)
    cases = work_through(world)
    base = completed_by(cases, TARGET_DAY)
    helped = work_through(world, Change(reviewers=5, reviewers_from=start))
    fewer = work_through(world, Change(managers_left=MANAGERS_LEFT, managers_from=start))
    given = snapshot(world, cases, DECIDED, seed=seed, paths=paths)
    more = ReviewerChange(count=5, from_on=FROM, agency=CONSTABULARY)
    said = compare(given, Scenario(name="five more", reviewers=(more,))).completed_by_target
    left = CapacityChange(factor=MANAGERS_LEFT / world.managers[DECIDED - 1], from_on=FROM)
    feared = compare(given, Scenario(name="lost", managers=(left,))).completed_by_target
    truth = completed_by(helped, TARGET_DAY) - base
    people = float(given.exposure.future[0].sum())
    pace = float(given.history.completed.sum()) / DECIDED
    return {
        "truth_more": truth,
        "said_more": said.mean,
        "inside": said.low80 - 0.5 <= truth <= said.high80 + 0.5,
        "rule_more": pace * (TARGET_DAY + 1 - DECIDED) * 5 / people,
        "truth_lost": completed_by(fewer, TARGET_DAY) - base,
        "said_lost": feared.mean,
    }


def series(seeds: Iterable[int], windows: int, paths: int, plan_factor: float = 1.0) -> Row:
    """Daily series made by neither method, by the design of the backtest."""
    frames = [make_series(kind, seed) for kind in KINDS for seed in seeds]
    frame = pd.concat(frames, ignore_index=True)
    return backtest(frame, windows=windows, paths=paths, plan_factor=plan_factor).to_json()


def run(*, count: int, extra: Path | None) -> Row:
    """All of it; `count` programmes."""
    result = {
        "speed": speed(),
        "programmes": programmes(range(count)),
        "what_if": what_if(range(count)),
        "series": series((1, 2, 3), windows=6, paths=500),
        "series_plan_half_too_high": series((1, 2, 3), windows=6, paths=500, plan_factor=1.5),
    }
    if extra:
        result[extra.name] = backtest(pd.read_csv(extra)).to_json()
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--programmes", type=int, default=40, help="synthetic programmes")
    parser.add_argument(
        "--series", type=Path, help="CSV of a daily series: date, completed[, group]"
    )
    given = parser.parse_args(arguments)
    result = run(count=given.programmes, extra=given.series)
    if given.json:
        sys.stdout.write(json.dumps(result) + "\n")
        return 0
    for part, content in result.items():
        sys.stdout.write(f"{part}\n")
        for name, value in content.items():
            sys.stdout.write(f"  {name}: {json.dumps(value)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
