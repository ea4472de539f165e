"""The record of everything that happened, for programs of auditors."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from api.inputs import LARGEST
from api.moments import Reading
from api.outputs import Out
from workflow.audit_log import PAGE_SIZE, count_events, newest_events
from workflow.quality.blind import kept_back

router = APIRouter(prefix="/api/audit", tags=["Audit"])


class Recorded(Out):
    """An event; none can be changed or removed."""

    seq: int
    at: datetime
    kind: str
    actor: str
    case: str | None
    """Reference."""
    action: str | None
    from_state: str | None
    to_state: str | None
    reason: str | None
    payload: dict[str, Any]
    mac: str
    """The link of the chain."""


class Record(Out):
    """Events, the newest first, 50 at a time."""

    total: int
    """Events on record, of whatever kind."""
    before: Annotated[
        int | None, Field(description="Ask again with this to get older ones; null: no more.")
    ]
    events: list[Recorded]


@router.get("")
def events(
    at: Reading,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST, description="Only events with a smaller number.")
    ] = None,
    kind: Annotated[str, Query(max_length=60)] = "",
) -> Record:
    """The record, all of it or one kind of event."""
    found = newest_events(
        at.session,
        at.programme,
        before=before,
        kind=kind,
        kept_back=kept_back(at.session, at.programme.key, at.actor),
    )
    recorded = [
        Recorded(**event.model_dump(include=set(Recorded.model_fields) - {"case"}), case=reference)
        for event, reference in found
    ]
    return Record(
        total=count_events(at.session, at.programme),
        before=recorded[-1].seq if len(recorded) == PAGE_SIZE else None,
        events=recorded,
    )
