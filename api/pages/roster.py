"""The reviewers' pages: load, capacity calendar, leave, conflicts, a roster file."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from sqlmodel import select

from api.answers import go_on, show
from api.moments import Moment, Reading, Writing
from api.posted import Posted, day_of, text
from api.site import PageSite
from api.uploads import take_roster as take_uploaded
from api.uploads import upload_of
from forms.caseload import findings_table
from forms.pages import Fault, Site, Table
from forms.roster import PATH, ReviewerPage, RosterPage, reviewer_page, roster_page
from workflow.errors import InvalidInputError, NotFoundError
from workflow.models import ConflictKind, Reviewer
from workflow.programmes import geography_of
from workflow.roster import (
    declare_conflict,
    record_leave,
    roster_of,
)
from workflow.roster.loads import loads

router = APIRouter(prefix=PATH)
Reference = Annotated[str, InPath(max_length=60)]


@router.get("", response_class=HTMLResponse)
def reviewers(at: Reading, site: PageSite) -> HTMLResponse:
    """All reviewers with their load, and the capacity calendar."""
    return show("roster/roster.html", _roster(at, site))


@router.post("/import", response_class=HTMLResponse)
def take_roster(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Take a roster file in, or only check it."""
    try:
        upload = upload_of(posted, "a roster file")
    except InvalidInputError as refused:
        fault = Fault(str(refused), "file")
        return show("roster/roster.html", _roster(at, site, faults=(fault,)))
    result = take_uploaded(at, upload)
    said = (
        f"{result.reviewers} reviewers in the file: {result.created} new, {result.updated} changed, "
        f"{result.unchanged} unchanged."
    )
    if result.refused or text(posted, "check") or result.findings:
        found = [asdict(finding) for finding in result.findings]
        fault = Fault(
            "The roster was refused, nothing is stored: see what to put right below", "file"
        )
        answer = show(
            "roster/roster.html",
            _roster(
                at,
                site,
                findings=findings_table(found) if found else None,
                faults=(fault,) if result.refused else (),
                notice=said,
            ),
        )
        if result.refused or text(posted, "check"):
            at.session.rollback()
        return answer
    return go_on(PATH, done=said)


@router.get("/{reference}", response_class=HTMLResponse)
def one_reviewer(at: Reading, site: PageSite, reference: Reference) -> HTMLResponse:
    """A reviewer: capacity, leave, conflicts."""
    return show("roster/reviewer.html", _reviewer(at, site, reference))


@router.post("/{reference}/leave", response_class=HTMLResponse)
def add_leave(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Note that a reviewer is away."""
    reviewer = find_reviewer(at, reference)
    typed = {name: text(posted, name) for name in ("first_on", "last_on", "leave_kind")}
    try:
        record_leave(
            at.session,
            reviewer=reviewer,
            first_on=a_day(typed["first_on"], "first_on", "the first day away"),
            last_on=a_day(typed["last_on"], "last_on", "the last day away"),
            kind=typed["leave_kind"],
            actor=at.actor,
            now=at.now,
        )
    except InvalidInputError as refused:
        fault = Fault(str(refused), getattr(refused, "field", None) or "last_on")
        page = _reviewer(at, site, reference, faults=(fault,), typed=typed)
        return show("roster/reviewer.html", page)
    return go_on(f"{PATH}/{reference}", done="Leave recorded. The next allocation respects it.")


@router.post("/{reference}/conflicts", response_class=HTMLResponse)
def add_conflict(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Note what a reviewer must keep away from."""
    reviewer = find_reviewer(at, reference)
    typed = {name: text(posted, name) for name in ("kind", "subject", "reason")}
    if typed["kind"] not in {kind.value for kind in ConflictKind}:
        raise NotFoundError("kind of conflict", typed["kind"])
    try:
        declare_conflict(
            at.session,
            reviewer=reviewer,
            kind=ConflictKind(typed["kind"]),
            subject=typed["subject"],
            reason=typed["reason"],
            actor=at.actor,
            now=at.now,
        )
    except InvalidInputError as refused:
        fault = Fault(str(refused), "subject")
        page = _reviewer(at, site, reference, faults=(fault,), typed=typed)
        return show("roster/reviewer.html", page)
    return go_on(f"{PATH}/{reference}", done="Conflict declared.")


def find_reviewer(at: Moment, reference: str) -> Reviewer:
    """The reviewer of a roster reference.

    Raises:
        NotFoundError: the programme's roster has none of it.
    """
    query = select(Reviewer).where(
        Reviewer.programme_id == at.programme.key, Reviewer.reference == reference
    )
    found = at.session.exec(query).one_or_none()
    if found is None:
        raise NotFoundError("reviewer", reference)
    return found


def a_day(typed: str, field: str, name: str) -> date:
    """A date as a browser's date field sends it.

    Raises:
        InvalidInputError: it is none; its `field` says where.
    """
    if (day := day_of(typed)) is None:
        raise InvalidInputError(f"Enter {name}, like 2016-02-29", field)
    return day


def _roster(
    at: Moment, site: Site, *, findings: Table | None = None, notice: str = "", **page: Any
) -> RosterPage:
    return roster_page(
        site,
        roster_of(at.session, at.programme.key),
        loads(at.session, at.programme),
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
        target=at.programme.target_on,
        findings=findings,
        notice=notice,
        **page,
    )


def _reviewer(at: Moment, site: Site, reference: str, **page: Any) -> ReviewerPage:
    reviewer = find_reviewer(at, reference)
    mine = [load for load in loads(at.session, at.programme) if load.reviewer_id == reviewer.key]
    if not mine:
        raise NotFoundError("reviewer", reference)
    return reviewer_page(
        site,
        reviewer,
        roster_of(at.session, at.programme.key),
        mine[0],
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
        target=at.programme.target_on,
        **page,
    )
