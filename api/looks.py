"""Who looked at a case, and who was refused: one event each, on record before the answer goes out."""

from collections.abc import AsyncIterator
from datetime import datetime

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session, select

from api.connections import AppDatabase, Now
from api.moments import moment_of
from api.visitor import AnyVisitor, Visitor
from workflow import audit
from workflow.db import Database
from workflow.models import Case, Review

_CASE = "{reference}"
_NO_CASE = "/roster/"
"""Where a reference names a reviewer."""
_NOTED = frozenset({403, 404})
_LONGEST = 40
"""Characters of a case's reference; what is longer names none."""


async def watch(
    request: Request, visitor: AnyVisitor, database: AppDatabase, now: Now
) -> AsyncIterator[None]:
    """Put on record that somebody is shown a case; without the record they are not shown it.

    It waits for the route and runs before the answer is sent; a route that refused is no look.
    """
    yield
    if visitor is not None and request.method == "GET" and shows_a_case(_template(request)):
        await run_in_threadpool(_note_view, request, database, visitor, now)


def shows_a_case(path: str) -> bool:
    """Whether the route of this template is about one case."""
    return _CASE in path and _NO_CASE not in path


async def note_refusal(request: Request, status: int) -> None:
    """Put on record that somebody signed in asked for what they may not have or what is not there.

    An address that fits no route at all says nothing about a case and is left to the log.
    """
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    if visitor is None or status not in _NOTED or "route" not in request.scope:
        return
    database: Database = request.app.state.database
    await run_in_threadpool(_note_refusal, request, database, visitor, status)


def _note_view(request: Request, database: Database, visitor: Visitor, now: datetime) -> None:
    with database.write() as session:
        at = moment_of(session, visitor, now)
        audit.record_view(
            session,
            programme_id=at.programme.key,
            actor=at.actor,
            at=at.now,
            page=_page(request),
            review_id=_review_asked(session, request, at.programme.key),
        )


def _note_refusal(request: Request, database: Database, visitor: Visitor, status: int) -> None:
    with database.write() as session:
        at = moment_of(session, visitor, request.state.now)
        audit.record_refusal(
            session,
            programme_id=at.programme.key,
            actor=at.actor,
            at=at.now,
            page=_page(request),
            status=status,
            review_id=_review_asked(session, request, at.programme.key),
        )


def _review_asked(session: Session, request: Request, programme_id: int) -> int | None:
    """The review whose case the address names, where there is one in the programme."""
    reference = request.path_params.get("reference", "")
    if not shows_a_case(_template(request)) or not 0 < len(reference) <= _LONGEST:
        return None
    query = (
        select(Review.id)
        .join(Case)
        .where(Case.programme_id == programme_id, Case.reference == reference)
    )
    return session.exec(query).first()


def _page(request: Request) -> str:
    return f"{request.method} {_template(request)}"


def _template(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "path", ""))
