"""Flow: sweep the open reviews."""

from datetime import date
from typing import Any

from prefect import flow

from flows.operations import track
from flows.recording import leave_table, work
from flows.runtime import FLOW, open_runtime


@work
def sweep_reviews(as_of: date | None) -> dict[str, Any]:
    """All open reviews, in one transaction."""
    done = track(open_runtime(), actor=FLOW, as_of=as_of)
    return {
        "as_of": done.as_of.isoformat(),
        "opened": done.opened,
        "cleared": done.cleared,
        "released": done.released,
        "notified": done.notified,
    }


@flow(name="track-reviews")
def track_reviews(as_of: date | None = None) -> dict[str, Any]:
    """Open and clear alerts, release leavers' reviews, write reminders; safe to repeat."""
    summary = sweep_reviews(as_of)
    leave_table("tracking", summary, "What the sweep did")
    return summary
