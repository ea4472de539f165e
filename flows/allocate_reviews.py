"""Flow: allocate the backlog across council and constabulary reviewers."""

from datetime import date
from typing import Any

from prefect import flow

from flows.fan_out import one_allocation, one_programme, opened
from flows.operations import allocate
from flows.recording import leave_table, work
from flows.runtime import FLOW


@work
def allocate_backlog(programme: int, as_of: date | None) -> dict[str, Any]:
    """The whole backlog, in one transaction; one run of a programme at a time."""
    with one_allocation(programme), opened(programme) as runtime:
        return allocate(runtime, actor=FLOW, as_of=as_of).summary()


@flow(name="allocate-reviews")
def allocate_reviews(as_of: date | None = None, programme: int | None = None) -> dict[str, Any]:
    """Allocate everything that waits; run twice, the second finds nothing left to do.

    Args:
        programme: its number; None: the one of the settings.
    """
    summary = allocate_backlog(one_programme(programme), as_of)
    leave_table("allocation", summary, "Allocation run: cost, bound and what is left over")
    return summary
