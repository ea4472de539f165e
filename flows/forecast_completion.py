"""Flow: forecast completion against the target."""

from datetime import date
from typing import Any

from prefect import flow, unmapped

from flows.fan_out import ONE_BY_ONE, in_one, opened, programmes_meant
from flows.operations import forecast
from flows.pictures import burn_down_png
from flows.recording import leave_picture, leave_table, this_run, work

_SHOWN = ("as_of", "target", "total", "complete", "open", "p_done_by_target", "p50", "p80", "p95")


@work
def forecast_programme(programme: int, as_of: date | None) -> tuple[dict[str, Any], bytes]:
    """Simulate, keep the forecast, draw the burn-down."""
    with opened(programme) as runtime:
        outlook = forecast(runtime, actor=this_run(), as_of=as_of)
    document = outlook.forecast.to_json()
    return {name: document[name] for name in _SHOWN}, burn_down_png(outlook)


@flow(name="forecast-completion", task_runner=ONE_BY_ONE)
def forecast_completion(as_of: date | None = None, programme: int | None = None) -> dict[str, Any]:
    """Forecast and show it; the same data on the same day give the same forecast.

    Args:
        programme: its number; None: the one of the settings, or all.
    """
    numbers = programmes_meant([programme] if programme else None)
    done = forecast_programme.map(numbers, unmapped(as_of)).result()
    for number, (summary, picture) in zip(numbers, done, strict=True):
        leave_table("forecast", summary, f"Completion forecast of programme {number}")
        leave_picture("burn-down", picture, "Reviews still open, with the 50, 80 and 95 % ranges")
    return in_one(dict(zip(numbers, (summary for summary, _ in done), strict=True)))
