"""The record as auditors read it: a page of events at a time, newest first; reads, never writes."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from workflow.models import Case, Event, Programme, Review
from workflow.quality.masking import MASK, masked_event, tells

PAGE_SIZE = 50


def newest_events(
    session: Session,
    programme: Programme,
    *,
    before: int | None = None,
    kind: str = "",
    kept_back: frozenset[int] = frozenset(),
) -> list[tuple[Event, str | None]]:
    """Events with the reference of the case they are about, if any.

    Args:
        before: only events with a smaller number; None: from the newest.
        kind: only events of this kind; empty: all.
        kept_back: reviews whose events may not tell what a reviewer found.
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
    found = session.exec(query.order_by(col(Event.seq).desc()).limit(PAGE_SIZE))
    return [
        (masked_event(event) if event.review_id in kept_back else event, reference)
        for event, reference in found
    ]


class Logged(NamedTuple):
    """An event as it stands in a file."""

    seq: int
    at: datetime
    kind: str
    actor: str
    reference: str | None
    """Of the case."""
    from_state: str | None
    to_state: str | None
    reason: str | None
    payload: dict[str, Any]
    mac: str
    review_id: int | None


def stream_events(
    session: Session,
    programme: Programme,
    *,
    kind: str = "",
    kept_back: frozenset[int] = frozenset(),
) -> Iterator[Logged]:
    """Every event, or every one of a kind, newest first; read a thousand at a time.

    Args:
        kept_back: reviews whose events may not tell what a reviewer found.
    """
    columns: tuple[Any, ...] = (
        col(Event.seq),
        col(Event.at),
        col(Event.kind),
        col(Event.actor),
        col(Case.reference),
        col(Event.from_state),
        col(Event.to_state),
        col(Event.reason),
        col(Event.payload),
        col(Event.mac),
        col(Event.review_id),
    )
    query: sa.Select[Any] = (
        sa.select(*columns)
        .select_from(Event)
        .outerjoin(Review, col(Review.id) == col(Event.review_id))
        .outerjoin(Case, col(Case.id) == func.coalesce(col(Event.case_id), col(Review.case_id)))
        .where(col(Event.programme_id) == programme.key)
        .order_by(col(Event.seq).desc())
    )
    if kind:
        query = query.where(col(Event.kind) == kind)
    found = session.connection().execute(query, execution_options={"yield_per": 1000})
    return (_masked(Logged(*row), kept_back) for row in found)


def _masked(logged: Logged, kept_back: frozenset[int]) -> Logged:
    if logged.review_id not in kept_back or not tells(logged.kind):
        return logged
    return logged._replace(reason=logged.reason and MASK, payload={})


def event_lines(session: Session, programme: Programme, *, after: int = 0) -> Iterator[str]:
    """Every event as one line of JSON, oldest first, with its links in the chain.

    Args:
        after: only events with a greater number.
    """
    query = (
        select(Event)
        .where(Event.programme_id == programme.key, col(Event.seq) > after)
        .order_by(col(Event.seq))
        .execution_options(yield_per=1000)
    )
    with closing(session.exec(query)) as events:
        for event in events:
            yield event.model_dump_json(exclude={"id"}) + "\n"


def event_kinds(session: Session, programme: Programme) -> list[str]:
    """Every kind of event there is, in alphabetical order."""
    query = select(Event.kind).where(Event.programme_id == programme.key).distinct()
    return sorted(session.exec(query))


def count_events(session: Session, programme: Programme) -> int:
    """How many events the record holds."""
    query = select(func.count()).select_from(Event).where(Event.programme_id == programme.key)
    return session.exec(query).one()
