"""The forecast: when the reviews will be complete, with honest uncertainty. Pure functions."""

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
from workflow.forecast.words import DateQuantile, chance_in_words, percentage

__all__ = [
    "MODEL_VERSION",
    "CompletionForecast",
    "DateQuantile",
    "Exposure",
    "ForecastInput",
    "Group",
    "History",
    "Staff",
    "Stock",
    "Vacancy",
    "chance_in_words",
    "days_ahead",
    "forecast",
    "forecast_completion",
    "percentage",
    "regroup",
    "reviewer_days",
]
