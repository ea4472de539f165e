"""The Improvement Board: what it was promised, its meetings and decisions, and its report."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from sqlmodel import select
from starlette.datastructures import FormData

from api.answers import go_on, show
from api.board_report import READ_POLICY, make_file, today_of
from api.connections import AppDatabase
from api.entries import REFUSALS, a_day, fault_of, maybe_a_day, seen_version, typed_into
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text, whole
from api.site import PageSite
from forms.board import (
    PATH,
    CommitmentPage,
    EntryPage,
    board_page,
    commitment_page,
    new_commitment_page,
)
from forms.board_meetings import (
    KINDS,
    MeetingPage,
    MeetingsPage,
    meeting_page,
    meetings_page,
    report_page,
)
from forms.pages import Fault, Site
from forms.report.files import can_make_pdf
from workflow import board
from workflow.board.commitments import MAY_KEEP
from workflow.board.reading import all_meetings, read_commitment, read_meeting
from workflow.errors import NotFoundError
from workflow.models import Commitment, CommitmentKind

router = APIRouter(prefix=PATH)
Number = Annotated[int, InPath(ge=1, lt=2**31)]
Shown = Literal["open", "settled", "all"]
FileKind = Literal["html", "pdf", "xlsx", "zip", "json"]


@router.get("", response_class=HTMLResponse)
def register(
    at: Reading, site: PageSite, show_: Annotated[Shown, Query(alias="show")] = "open"
) -> HTMLResponse:
    """What the Board was promised."""
    page = board_page(
        site,
        listed(at),
        show=show_,
        next_meeting=board.next_meeting(at.session, at.programme, after=at.as_of),
        as_of=at.as_of,
        may_keep=_may_keep(at),
    )
    return show("board/board.html", page)


@router.get("/commitments/add", response_class=HTMLResponse)
def ask_commitment(at: Reading, site: PageSite) -> HTMLResponse:
    """The form for a commitment."""
    return show("board/add.html", _new(at, site))


@router.post("/commitments/add", response_class=HTMLResponse)
def add_commitment(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Enter a commitment, a recommendation or a milestone."""
    kind = text(posted, "kind")
    if kind not in set(CommitmentKind):
        raise NotFoundError("kind of commitment", kind)
    try:
        made = board.add_commitment(
            at.session,
            programme=at.programme,
            reference=text(posted, "reference"),
            kind=CommitmentKind(kind),
            title=text(posted, "title"),
            owner=text(posted, "owner"),
            due_on=maybe_a_day(posted, "due_on", "the day it is due"),
            source=text(posted, "source"),
            part_of=text(posted, "part_of") or None,
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("add", refused, "reference")
        page = _new(at, site, faults=(fault,), typed=typed_into("add", posted))
        return show("board/add.html", page)
    return go_on(f"{PATH}/commitments/{made.key}", done=f"{made.reference} is entered.")


@router.get("/commitments/{number}", response_class=HTMLResponse)
def one_commitment(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """One commitment."""
    return show("board/commitment.html", _commitment(at, site, number))


@router.post("/commitments/{number}/change", response_class=HTMLResponse)
def change(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Change owner, date or evidence, with a reason."""
    read_commitment(at.session, at.programme, number)

    def update() -> object:
        return board.update_commitment(
            at.session,
            commitment_id=number,
            owner=text(posted, "owner") or None,
            due_on=maybe_a_day(posted, "due_on", "the day it is due"),
            evidence=text(posted, "evidence"),
            reason=text(posted, "reason"),
            version=seen_version(posted),
            actor=at.actor,
            now=at.now,
        )

    again = partial(_commitment, at, site, number)
    return _changed(number, posted, ("change", "reason", "It is changed."), update, again)


@router.post("/commitments/{number}/met", response_class=HTMLResponse)
def met(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Say that it is met, and what shows it."""
    return _settle(at, site, number, posted, "met")


@router.post("/commitments/{number}/dropped", response_class=HTMLResponse)
def dropped(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Say that it falls away, and who agreed."""
    return _settle(at, site, number, posted, "dropped")


@router.get("/meetings", response_class=HTMLResponse)
def meetings(at: Reading, site: PageSite) -> HTMLResponse:
    """Every meeting of the Board."""
    return show("board/meetings.html", _meetings(at, site))


@router.post("/meetings", response_class=HTMLResponse)
def add_meeting(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Enter a meeting, past or to come."""
    try:
        made = board.record_meeting(
            at.session,
            programme=at.programme,
            held_on=a_day(posted, "held_on", "the day of the meeting"),
            title=text(posted, "title"),
            chair=text(posted, "chair"),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("meeting", refused, "held_on")
        page = _meetings(at, site, faults=(fault,), typed=typed_into("meeting", posted))
        return show("board/meetings.html", page)
    return go_on(f"{PATH}/meetings/{made.key}", done="The meeting is entered.")


@router.get("/meetings/{number}", response_class=HTMLResponse)
def one_meeting(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """One meeting and what it decided."""
    return show("board/meeting.html", _meeting(at, site, number))


@router.post("/meetings/{number}/decisions", response_class=HTMLResponse)
def add_decision(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Enter what a meeting decided."""
    read_meeting(at.session, at.programme, number)
    try:
        board.record_decision(
            at.session,
            meeting_id=number,
            text=text(posted, "text"),
            commitment=commitment_numbered(at, text(posted, "commitment")),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("decision", refused, "text")
        page = _meeting(at, site, number, faults=(fault,), typed=typed_into("decision", posted))
        return show("board/meeting.html", page)
    return go_on(f"{PATH}/meetings/{number}", done="The decision is entered.")


@router.get("/report", response_class=HTMLResponse)
def report(
    at: Reading, site: PageSite, as_of: Annotated[str, Query(max_length=10)] = ""
) -> HTMLResponse:
    """The report's files for a day."""
    day, fault = _report_day(at, as_of)
    page = report_page(
        site,
        day=day,
        typed=as_of,
        can_make_pdf=can_make_pdf(),
        meetings=all_meetings(at.session, at.programme),
        as_of=at.as_of,
        starts_on=at.programme.starts_on,
        faults=(fault,) if fault else (),
    )
    return show("board/report.html", page)


@router.get("/report/{day}.{kind}")
def report_file(at: Reading, database: AppDatabase, day: date, kind: FileKind) -> Response:
    """One file of the report, to keep."""
    name = f"board-report-{day}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    content = make_file(database, at, day, kind)
    return Response(content, media_type=KINDS[kind][1], headers=headers)


@router.get("/report/{day}", response_class=HTMLResponse)
def read_report(at: Reading, database: AppDatabase, day: date) -> Response:
    """The report as a page."""
    headers = {
        "Content-Disposition": "inline",
        "Content-Security-Policy": READ_POLICY,
        "Cache-Control": "no-store",
    }
    return HTMLResponse(make_file(database, at, day, "html"), headers=headers)


def listed(at: Moment) -> list[board.ListedCommitment]:
    """The register on the day the pages speak of."""
    return board.list_commitments(at.session, at.programme, as_of=at.as_of, policy=at.policy.board)


def commitment_numbered(at: Moment, number: str) -> Commitment | None:
    """The commitment somebody chose; None when they chose none.

    Raises:
        NotFoundError: the programme has none of that number.
    """
    if not number:
        return None
    if whole(number) is None:
        raise NotFoundError("commitment", number)
    return read_commitment(at.session, at.programme, int(number)).commitment


def _report_day(at: Moment, typed: str) -> tuple[date, Fault | None]:
    """The day asked for, or the pages' own with what is wrong with what was typed."""
    if not typed:
        return at.as_of, None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return at.as_of, Fault("Enter the day, like 2016-02-29", "as_of")
    if not at.programme.starts_on <= day <= today_of(at):
        return at.as_of, Fault("Enter a day of the programme that has come", "as_of")
    return day, None


def _settle(at: Moment, site: Site, number: int, posted: FormData, form: str) -> Response:
    read_commitment(at.session, at.programme, number)

    def close() -> object:
        return board.close_commitment(
            at.session,
            commitment_id=number,
            evidence=text(posted, "evidence"),
            dropped=form == "dropped",
            version=seen_version(posted),
            actor=at.actor,
            now=at.now,
        )

    said = "It is met." if form == "met" else "It has fallen away."
    again = partial(_commitment, at, site, number)
    return _changed(number, posted, (form, "evidence", said), close, again)


def _changed(
    number: int,
    posted: FormData,
    words: tuple[str, str, str],
    change: Callable[[], object],
    again: Callable[..., CommitmentPage],
) -> Response:
    """Change a commitment, or show it again with what was refused.

    Args:
        words: the form, its field for a refusal that names none, and what is said afterwards.
    """
    form, field, said = words
    try:
        change()
    except REFUSALS as refused:
        fault = fault_of(form, refused, field)
        page = again(faults=(fault,), typed=typed_into(form, posted))
        return show("board/commitment.html", page)
    return go_on(f"{PATH}/commitments/{number}", done=said)


def _may_keep(at: Moment) -> bool:
    return bool(at.actor.roles & set(MAY_KEEP))


def _new(at: Moment, site: Site, **page: Any) -> EntryPage:
    query = select(Commitment.reference, Commitment.title).where(
        Commitment.programme_id == at.programme.key,
        Commitment.kind == CommitmentKind.RECOMMENDATION,
    )
    found = at.session.exec(query.order_by(Commitment.reference)).all()
    return new_commitment_page(site, recommendations=found, as_of=at.as_of, **page)


def _commitment(at: Moment, site: Site, number: int, **page: Any) -> CommitmentPage:
    found = read_commitment(at.session, at.programme, number)
    mine = next((one for one in listed(at) if one.commitment.key == number), None)
    if mine is None:
        raise NotFoundError("commitment", number)
    return commitment_page(site, found, mine, as_of=at.as_of, may_keep=_may_keep(at), **page)


def _meetings(at: Moment, site: Site, **page: Any) -> MeetingsPage:
    held = {m.key: d for m, d in board.meetings_of(at.session, at.programme, up_to=at.as_of)}
    entered = all_meetings(at.session, at.programme)
    return meetings_page(
        site,
        [(meeting, held.get(meeting.key, [])) for meeting in entered],
        as_of=at.as_of,
        may_keep=_may_keep(at),
        **page,
    )


def _meeting(at: Moment, site: Site, number: int, **page: Any) -> MeetingPage:
    meeting, decisions = read_meeting(at.session, at.programme, number)
    owed = [one.commitment for one in listed(at)]
    return meeting_page(
        site,
        meeting,
        decisions,
        commitments=[(one.key, f"{one.reference}: {one.title}") for one in owed],
        as_of=at.as_of,
        starts_on=at.programme.starts_on,
        may_keep=_may_keep(at),
        **page,
    )
