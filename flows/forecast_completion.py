"""Flow: forecast completion against the target."""

from datetime import date
from typing import Any

from prefect import flow

from flows.operations import forecast
from flows.pictures import burn_down_png
from flows.recording import leave_picture, leave_table, work
from flows.runtime import FLOW, open_runtime

_SHOWN = ("as_of", "target", "total", "complete", "open", "p_done_by_target", "p50", "p80", "p95")


@work
def forecast_programme(as_of: date | None) -> tuple[dict[str, Any], bytes]:
    """Simulate, keep the forecast, draw the burn-down."""
    runtime = open_runtime()
    outlook = forecast(runtime, actor=FLOW, as_of=as_of)
    document = outlook.forecast.to_json()
    return {name: document[name] for name in _SHOWN}, burn_down_png(outlook)


@flow(name="forecast-completion")
def forecast_completion(as_of: date | None = None) -> dict[str, Any]:
    """Forecast and show it; the same data on the same day give the same forecast."""
    summary, picture = forecast_programme(as_of)
    leave_table("forecast", summary, "Completion forecast")
    leave_picture("burn-down", picture, "Reviews still open, with the 50, 80 and 95 % ranges")
    return summary
