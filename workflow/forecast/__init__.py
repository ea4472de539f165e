"""The forecast: when the reviews will be complete, with honest uncertainty. Pure functions."""

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
