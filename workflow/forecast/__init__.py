"""The forecast: when the reviews will be complete, with honest uncertainty. Pure functions of values.

Method
    `exposure`   reviewer-days from the roster: leave, part time, ramp-up; vacancies start late or never
    `level`      pace per reviewer-day: exact grid filter of a drifting negative-binomial rate. The
                 capacity plan is its prior, so the first day works and is labelled "plan"
    `durations`  how long single reviews take, and so how many are late when the bulk is done
    `pipeline`   backlog -> submitted -> confirmed -> moderated on simulated futures. All districts share
                 the path of the pace; each has its own multiplier (`stages`: what a path draws once)
    `stragglers` the last case, from the expected number of reviews still out
    `outcomes`, `binding`, `completion`   times, the stage that binds, and all that is shown
    `scenario`, `movement`   what if, and why the number moved: changed inputs on the same futures
    `harness`, `naive`, `scores`, `backtest`, `record`   any daily series, scored against resampling

How to read it
    `dates` speak of 98 % of the reviews, `last_case` of the last one: the end is another problem than
    the bulk. A range called 80 % should hold the truth 8 times in 10. A date beyond the horizon is said
    as "not before". The same input gives the same answer (`ForecastInput.fingerprint`); one more
    reviewer never lowers the chance. `binding_stage` is where a quarter more capacity gains most.

Measured (`python -m tests.bench.bench_forecast`; naive is resampling of calendar days)
    40 synthetic programmes, cuts on days 10 to 40: CRPS of the count by the target 0.30 of naive's; its
    80 % range holds 65 % (naive 16 %); last case 1.4 working days late on average, range holds 79 %.
    Five more reviewers: mean error 15 reviews against 96 by proportion. 21 synthetic daily series made
    by neither: CRPS of count 0.69, of date 0.78, Brier 0.86 of naive's; the 80 % range holds 72 %,
    the 95 % range 91 %; the date given with 80 % is met by 87 %; said and happened differ by 5 points.
    10,000 paths x 70 days x 13 groups take about 0.4 s, all of a forecast 0.7 s.

Limits
    Ranges know nothing of strikes, system failures or a change of the form. They are somewhat too narrow
    for counts, most of all in the first days and around half-term. Where the easy reviews go first, feed
    `effort_left`. Plans are taken to be 12 % optimistic (`policy.ForecastPriors`), so that a good plan
    looks pessimistic until evidence is in. `durations` and `ages` run from the start of the work, not
    from allocation: time in a queue is not time in progress. A reviewer's own pace is not forecast: too
    noisy, and no basis for judging people.
"""

from workflow.forecast.backtest import BacktestResult, backtest
from workflow.forecast.completion import CompletionForecast, forecast_completion
from workflow.forecast.exposure import Staff, days_ahead, reviewer_days
from workflow.forecast.harness import forecast
from workflow.forecast.inputs import (
    MODEL_VERSION,
    Exposure,
    ForecastInput,
    Group,
    History,
    Stock,
    Vacancy,
    regroup,
)
from workflow.forecast.movement import Movement, why_moved
from workflow.forecast.record import Resolved, TrackRecord, track_record
from workflow.forecast.scenario import Comparison, Scenario, apply, compare
from workflow.forecast.words import DateQuantile, chance_in_words, percentage

__all__ = [
    "MODEL_VERSION",
    "BacktestResult",
    "Comparison",
    "CompletionForecast",
    "DateQuantile",
    "Exposure",
    "ForecastInput",
    "Group",
    "History",
    "Movement",
    "Resolved",
    "Scenario",
    "Staff",
    "Stock",
    "TrackRecord",
    "Vacancy",
    "apply",
    "backtest",
    "chance_in_words",
    "compare",
    "days_ahead",
    "forecast",
    "forecast_completion",
    "percentage",
    "regroup",
    "reviewer_days",
    "track_record",
    "why_moved",
]
