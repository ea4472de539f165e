"""Flow: work out who would get what waits, for a coordinator to look at; nothing is allocated."""

from typing import Any

from prefect import flow

from flows.fan_out import opened
from flows.operations import preview_waiting
from flows.recording import leave_table, work
from flows.runtime import FLOW


@work
def preview_backlog(programme: int | None) -> dict[str, Any]:
    """A preview of the whole backlog, unless nothing waits or the newest one still holds."""
    with opened(programme) as runtime:
        done = preview_waiting(runtime, actor=FLOW)
    return done.summary() if done else {"waiting": 0}


@flow(name="preview-allocation")
def preview_allocation(programme: int | None = None) -> dict[str, Any]:
    """Leave a preview on the allocation page.

    Args:
        programme: its number; None: the one of the settings.
    """
    summary = preview_backlog(programme)
    leave_table("allocation-preview", summary, "Who would get what waits: nothing is allocated yet")
    return summary
