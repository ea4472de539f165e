"""Lists as files: the whole of what a page shows a part of, under the same filter and sort.

A file is written to disk while the database is read, and sent afterwards: memory does not grow with it.
"""

import os
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from starlette.background import BackgroundTask

from api.connections import AppDatabase
from api.inputs import Number
from api.moments import Moment, Reading, moment_of
from api.pages.caseload import find_import
from api.pages.reviews import Asked
from forms.exported import audit_export, findings_export, reviews_export, roster_export
from forms.exports import MEDIA_TYPES, Export, Format, write_export
from workflow import audit
from workflow.audit_log import stream_events
from workflow.db import Database
from workflow.models import Reviewer
from workflow.programmes import geography_of
from workflow.quality.blind import kept_back
from workflow.roster.loads import points_left
from workflow.worklists import stream_reviews

router = APIRouter()
_IN_MEMORY = 1_000_000
_CHUNK = 65_536


@router.get("/reviews.{kind}")
def reviews(at: Reading, database: AppDatabase, asked: Asked, kind: Format) -> Response:
    """A worklist, every page of it."""
    holder = at.session.get(Reviewer, asked.reviewer) if asked.reviewer else None
    export = reviews_export(
        stream_reviews(at.session, at.programme, asked, as_of=at.as_of),
        asked,
        districts=geography_of(at.programme).districts,
        reviewer_name=holder.name if holder else "",
        calendar=at.programme.calendar,
        as_of=at.as_of,
        **_stamp(at),
    )
    return _file(at, database, export, kind)


@router.get("/roster.{kind}")
def roster(at: Reading, database: AppDatabase, kind: Format) -> Response:
    """Everybody who reviews."""
    export = roster_export(
        points_left(at.session, at.programme, as_of=at.as_of),
        districts=geography_of(at.programme).districts,
        target=at.programme.target_on,
        **_stamp(at),
    )
    return _file(at, database, export, kind)


@router.get("/audit.{file_kind}")
def record(
    at: Reading,
    database: AppDatabase,
    file_kind: Format,
    kind: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The record of everything that happened, or of one kind of it."""
    unseen = kept_back(at.session, at.programme.key, at.actor)
    events = stream_events(at.session, at.programme, kind=kind, kept_back=unseen)
    return _file(at, database, audit_export(events, kind=kind, **_stamp(at)), file_kind)


@router.get("/caseload/imports/{number}/findings.{kind}")
def findings(at: Reading, database: AppDatabase, number: Number, kind: Format) -> Response:
    """All that was found wrong with a file that was taken in."""
    run = find_import(at, number)
    return _file(at, database, findings_export(run.file, run.findings, **_stamp(at)), kind)


def _stamp(at: Moment) -> dict[str, Any]:
    return {"made_at": at.now, "made_by": at.visitor.account.name}


def _file(at: Moment, database: Database, export: Export, kind: Format) -> Response:
    """The file, after it is on record who took how much of what."""
    out = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed once it is sent
    try:
        count = write_export(out, export, kind)
        _note(at, database, export, kind, count)
        size = out.seek(0, os.SEEK_END)
        out.seek(0)
    except BaseException:
        out.close()
        raise
    return StreamingResponse(
        _chunks(out),
        media_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{export.file_name(kind)}"',
            "Content-Length": str(size),
        },
        background=BackgroundTask(out.close),
    )


def _note(at: Moment, database: Database, export: Export, kind: Format, count: int) -> None:
    with database.write() as session:
        then = moment_of(session, at.visitor, at.clock)
        audit.record(
            session,
            programme_id=then.programme.key,
            kind="list_exported",
            actor=then.actor,
            at=then.now,
            payload={"list": export.name, "format": kind, "rows": count},
        )


def _chunks(out: IO[bytes]) -> Iterator[bytes]:
    while chunk := out.read(_CHUNK):
        yield chunk
