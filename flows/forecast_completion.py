"""Flow: forecast completion against the target."""

from datetime import date
from typing import Any

from prefect import flow

from flows.fan_out import opened
from flows.operations import forecast
from flows.pictures import burn_down_png
from flows.recording import leave_picture, leave_table, this_run, work

_SHOWN = ("as_of", "target", "total", "complete", "open", "p_done_by_target", "p50", "p80", "p95")


@work
def forecast_programme(as_of: date | None, programme: int | None) -> tuple[dict[str, Any], bytes]:
    """Simulate, keep the forecast, draw the burn-down."""
    with opened(programme) as runtime:
        outlook = forecast(runtime, actor=this_run(), as_of=as_of)
    document = outlook.forecast.to_json()
    return {name: document[name] for name in _SHOWN}, burn_down_png(outlook)


@flow(name="forecast-completion")
def forecast_completion(as_of: date | None = None, programme: int | None = None) -> dict[str, Any]:
    """Forecast and show it; the same data on the same day give the same forecast.

    Args:
        programme: its number; None: the one of the settings.
    """
    summary, picture = forecast_programme(as_of, programme)
    leave_table("forecast", summary, "Completion forecast")
    leave_picture("burn-down", picture, "Reviews still open, with the 50, 80 and 95 % ranges")
    return summary
