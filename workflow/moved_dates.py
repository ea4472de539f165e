"""What a date was on a past day, read from the events that have moved it since; never writes."""

from datetime import date

from sqlmodel import Session, col, select

from workflow.calendar import local_date
from workflow.models import Event


def moved_since(
    session: Session, programme_id: int, *, kind: str, subject: str, as_of: date
) -> dict[int, date | None]:
    """The dates, as they were at the end of `as_of`, of all that has been moved since.

    Args:
        kind: the events that move a date; their payload has `from` and `to` in ISO form when they do.
        subject: the key of their payload that numbers what was moved.

    Returns:
        Number → the date it had then; None when it had none.
    """
    query = (
        select(Event)
        .where(Event.programme_id == programme_id, Event.kind == kind)
        .order_by(col(Event.seq).desc())
    )
    earlier: dict[int, date | None] = {}
    for event in session.exec(query):
        if local_date(event.at) > as_of and "from" in event.payload:
            before = event.payload["from"]
            earlier[event.payload[subject]] = date.fromisoformat(before) if before else None
    return earlier
