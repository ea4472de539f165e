"""The record as auditors read it: a page of events at a time, newest first; reads, never writes."""

from sqlmodel import Session, col, func, select

from workflow.models import Case, Event, Programme, Review

PAGE_SIZE = 50


def newest_events(
    session: Session, programme: Programme, *, before: int | None = None, kind: str = ""
) -> list[tuple[Event, str | None]]:
    """Events with the reference of the case they are about, if any.

    Args:
        before: only events with a smaller number; None: from the newest.
        kind: only events of this kind; empty: all.
    """
    query = (
        select(Event, Case.reference)
        .outerjoin(Review, col(Review.id) == col(Event.review_id))
        .outerjoin(Case, col(Case.id) == func.coalesce(col(Event.case_id), col(Review.case_id)))
        .where(Event.programme_id == programme.key)
    )
    if before is not None:
        query = query.where(col(Event.seq) < before)
    if kind:
        query = query.where(Event.kind == kind)
    return list(session.exec(query.order_by(col(Event.seq).desc()).limit(PAGE_SIZE)))


def event_kinds(session: Session, programme: Programme) -> list[str]:
    """Every kind of event there is, in alphabetical order."""
    query = select(Event.kind).where(Event.programme_id == programme.key).distinct()
    return sorted(session.exec(query))


def count_events(session: Session, programme: Programme) -> int:
    """How many events the record holds."""
    query = select(func.count()).select_from(Event).where(Event.programme_id == programme.key)
    return session.exec(query).one()
