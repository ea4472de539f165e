"""Flow: sweep the open reviews."""

from datetime import date
from typing import Any

from prefect import flow, unmapped

from flows.fan_out import ONE_BY_ONE, in_one, opened, programmes_meant
from flows.operations import track
from flows.recording import leave_table, work
from flows.runtime import FLOW


@work
def sweep_reviews(programme: int, as_of: date | None) -> dict[str, Any]:
    """All open reviews of a programme, in one transaction."""
    with opened(programme) as runtime:
        done = track(runtime, actor=FLOW, as_of=as_of)
    return {
        "as_of": done.as_of.isoformat(),
        "opened": done.opened,
        "cleared": done.cleared,
        "released": done.released,
        "notified": done.notified,
    }


@flow(name="track-reviews", task_runner=ONE_BY_ONE)
def track_reviews(as_of: date | None = None, programme: int | None = None) -> dict[str, Any]:
    """Open and clear alerts, release leavers' reviews, write reminders; safe to repeat.

    Args:
        programme: its number; None: the one of the settings, or all.
    """
    numbers = programmes_meant([programme] if programme else None)
    done = sweep_reviews.map(numbers, unmapped(as_of)).result()
    summaries = dict(zip(numbers, done, strict=True))
    leave_table("tracking", in_one(summaries), "What the sweep did")
    return in_one(summaries)
