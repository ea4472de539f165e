"""Flow: allocate the backlog across council and constabulary reviewers."""

from datetime import date
from typing import Any

from prefect import flow

from flows.operations import allocate
from flows.recording import leave_table, work
from flows.runtime import FLOW, open_runtime


@work
def allocate_backlog(as_of: date | None) -> dict[str, Any]:
    """The whole backlog, in one transaction."""
    return allocate(open_runtime(), actor=FLOW, as_of=as_of).summary()


@flow(name="allocate-reviews")
def allocate_reviews(as_of: date | None = None) -> dict[str, Any]:
    """Allocate everything that waits; run twice, the second finds nothing left to do."""
    summary = allocate_backlog(as_of)
    leave_table("allocation", summary, "Allocation run: cost, bound and what is left over")
    return summary
