"""The forecast: when the reviews will be complete, with honest uncertainty. Pure functions of values.

Method
    `exposure`   reviewer-days from the roster: leave, part time, ramp-up; vacancies start late or never
    `people`     where reviewers work and when their own queue runs out; `capacity`: decisions a day of
                 managers and moderators, stated by the roster and put right by what they did
    `level`      pace per reviewer-day: exact grid filter of a drifting negative-binomial rate. The
                 capacity plan is its prior, so the first day works and is labelled "plan"
    `durations`  how long single reviews take, and so how many are late when the bulk is done
    `pipeline`   backlog -> submitted -> confirmed -> moderated on simulated futures. All districts share
                 the path of the pace; each has its own multiplier (`stages`: what a path draws once)
    `stragglers` the last case, from the expected number of reviews still out
    `outcomes`, `binding`, `completion`   times, the stage that binds, and all that is shown
    `scenario`, `scenario_file`, `movement`   what if, its file, and why the number moved: changed inputs
                 on the same futures
    `series`, `harness`, `naive`, `scores`, `backtest`, `record`   any daily series, scored against
                 resampling, and our own kept forecasts against what came true
    `reading`, `kept`, `stored`, `what_if`   the way from the database and back: the use cases

How to read it
    `dates` speak of 98 % of the reviews, `last_case` of the last one: the end is another problem than
    the bulk. A range called 80 % should hold the truth 8 times in 10. A date beyond the horizon is said
    as "not before". A forecast speaks from the morning of its day: what joined or was allocated counts,
    the day's work is still to come, so that the number does not move by the hour. The same input gives
    the same answer (`ForecastInput.fingerprint`); one more reviewer never lowers the chance. A path may
    end a day later all the same: a review done sooner cannot leave by itself, so the whole is larger.
    `binding_stage` is where a quarter more capacity gains most.

Measured (`python -m tests.bench.bench_forecast`; naive is resampling of calendar days)
    40 synthetic programmes, cuts on days 10 to 40: CRPS of the count by the target 0.32 of naive's; its
    80 % range holds 82 % (naive 26 %); last case 0.9 working days late on average, range holds 87 %.
    Five more reviewers: mean error 14 reviews against 107 by proportion. 21 synthetic daily series made
    by neither: CRPS of count 0.68, of date 0.74, Brier 0.83 of naive's; the 80 % range holds 78 %,
    the 95 % range 94 %; the date given with 80 % is met by 89 %; said and happened differ by 4 points.
    10,000 paths x 70 days x 13 groups take about 0.5 s of processor time, all of a forecast 1 s.

Limits
    Ranges know nothing of strikes, system failures or a change of the form. They are somewhat too narrow
    around half-term. Series that never vary (the same count every week) are forecast better by
    resampling: our range stays wide. Plans are taken to be 12 % optimistic (`policy.ForecastPriors`), so
    that a good plan looks pessimistic until evidence is in; capacities to decide are taken at the
    policy's word until days have been seen. `durations` and `ages` run from the start of the work, not
    from allocation: time in a queue is not time in progress. A reviewer's own pace is not forecast: too
    noisy, and no basis for judging people.
"""

from workflow.forecast.backtest import BacktestResult, backtest
from workflow.forecast.completion import CompletionForecast, Pace, forecast_completion
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
    "Pace",
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
