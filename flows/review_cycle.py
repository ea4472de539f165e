"""Flow: the daily cycle: allocate, track, forecast."""

from datetime import date
from typing import Any

from prefect import flow

from flows.allocate_reviews import allocate_reviews
from flows.forecast_completion import forecast_completion
from flows.import_caseload import import_caseload
from flows.track_reviews import track_reviews


@flow(name="review-cycle")
def review_cycle(as_of: date | None = None, files: list[str] | None = None) -> dict[str, Any]:
    """Take new files in if there are any, then release, allocate, and forecast what that gives.

    Tracking comes first, so that the reviews of people who have left are allocated again at once.
    """
    summary: dict[str, Any] = {}
    if files:
        summary["import"] = import_caseload(files, as_of)
    summary["track"] = track_reviews(as_of)
    summary["allocate"] = allocate_reviews(as_of)
    summary["forecast"] = forecast_completion(as_of)
    return summary
