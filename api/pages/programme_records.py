"""Retention and legal holds, and the file of everything held about one case."""

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api.answers import go_on, show
from api.entries import REFUSALS, a_count, a_day, fault_of, typed_into
from api.moments import Moment, Reading, Writing
from api.pages.decisions import check_may_read
from api.posted import Posted, text
from api.site import PageSite
from forms.markings import markings
from forms.pages import Fault, Site
from forms.programme import PATH
from forms.programme_records import (
    SUBJECT,
    RecordsPage,
    SubjectPage,
    records_page,
    subject_document,
    subject_page,
)
from forms.render import render
from forms.wording import plural
from workflow import retention
from workflow.case_file import find_case, read_case_file
from workflow.errors import NotFoundError
from workflow.models import Case
from workflow.retention.schedule import MAY_PURGE
from workflow.retention.standing import holds_on, is_purged, rules_of, standing_holds
from workflow.subject_file import take_subject_file

router = APIRouter()
Reference = Annotated[str, InPath(max_length=40)]


@router.get(f"{PATH}/records", response_class=HTMLResponse)
def records(at: Reading, site: PageSite) -> HTMLResponse:
    """How long records are kept, and what may not go."""
    return show("programme/records.html", _records(at, site))


@router.post(f"{PATH}/records/rules", response_class=HTMLResponse)
def set_rule(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Say how long records are kept from a day on."""
    try:
        retention.set_rule(
            at.session,
            programme=at.programme,
            in_force_from=a_day(posted, "in_force_from", "the day from which it is in force"),
            years_after_closure=_years(posted, "years_after_closure"),
            years_after_eighteenth=_years(posted, "years_after_eighteenth"),
            source=text(posted, "source"),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        fault = fault_of("rule", refused, "source")
        page = _records(at, site, faults=(fault,), typed=typed_into("rule", posted))
        return show("programme/records.html", page)
    return go_on(f"{PATH}/records", done="The rule is set.")


@router.post(f"{PATH}/records/purge", response_class=HTMLResponse)
def purge(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Remove what is held of closed cases whose time is over."""
    references = [str(reference) for reference in posted.getlist("case")]
    if not references or text(posted, "sure") != "yes":
        said = "Tick that you are sure" if references else "Select at least one case"
        page = _records(at, site, faults=(Fault(said, "sure"),))
        return show("programme/records.html", page)
    purged = retention.purge(
        at.session,
        programme=at.programme,
        references=references,
        actor=at.actor,
        now=at.now,
    )
    return go_on(f"{PATH}/records", done=f"{plural(len(purged), 'case')} removed.")


@router.get(SUBJECT, response_class=HTMLResponse)
def find_subject(
    at: Reading, site: PageSite, case: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """On to the record of a case."""
    try:
        found = find_case(at.session, at.programme, case.strip())
    except NotFoundError:
        fault = Fault("Enter the reference of a case of this programme", "case")
        page = _records(at, site, faults=(fault,), find=case)
        return show("programme/records.html", page)
    return go_on(f"{SUBJECT}/{quote(found.reference)}")


@router.get(SUBJECT + "/{reference}", response_class=HTMLResponse)
def subject(at: Reading, site: PageSite, reference: Reference) -> HTMLResponse:
    """What can be done with the record of one case."""
    return show("programme/subject.html", _subject(at, site, reference))


@router.post(SUBJECT + "/{reference}", response_class=HTMLResponse)
def take_file(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Everything held about one case, to keep; who took it and why is recorded."""
    try:
        document = read_subject(at, reference, text(posted, "purpose"))
    except REFUSALS as refused:
        fault = fault_of("file", refused, "purpose")
        page = _subject(at, site, reference, faults=(fault,), typed=typed_into("file", posted))
        return show("programme/subject.html", page)
    if text(posted, "format") == "json":
        content = json.dumps(document, indent=2, ensure_ascii=False)
        return _attached(content, f"{reference}.json", "application/json")
    content = render(
        "programme/subject_document.html",
        page=subject_document(document, organisation=site.organisation, notice=site.notice),
    )
    return _attached(content, f"{reference}.html", "text/html; charset=utf-8")


@router.post(SUBJECT + "/{reference}/hold", response_class=HTMLResponse)
def place_hold(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Keep a case from being removed."""
    case = find_case(at.session, at.programme, reference)
    try:
        retention.place_hold(
            at.session,
            case_id=case.key,
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        return _refused(at, site, case, posted, "hold", refused)
    return go_on(f"{SUBJECT}/{reference}", done="The case is on legal hold.")


@router.post(SUBJECT + "/{reference}/lift", response_class=HTMLResponse)
def lift_hold(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """End a legal hold."""
    case = find_case(at.session, at.programme, reference)
    try:
        retention.lift_hold(
            at.session,
            case_id=case.key,
            reason=text(posted, "reason"),
            actor=at.actor,
            now=at.now,
        )
    except REFUSALS as refused:
        return _refused(at, site, case, posted, "lift", refused)
    return go_on(f"{SUBJECT}/{reference}", done="The legal hold is lifted.")


def read_subject(at: Moment, reference: str, purpose: str) -> dict[str, Any]:
    """The subject file of a case; taking it is recorded.

    Raises:
        NotFoundError: the programme has no such case.
        InvalidInputError: no purpose was given.
        GuardNotMetError: the reader moderates the review and has not finished their own.
    """
    found = read_case_file(at.session, at.programme, reference)
    if found.review is not None:
        check_may_read(at, found.review)
    return take_subject_file(
        at.session,
        programme=at.programme,
        case_reference=reference,
        markings=markings(),
        purpose=purpose,
        actor=at.actor,
        now=at.now,
    )


def _attached(content: str, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="subject-file-{quote(name)}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)


def _years(posted: FormData, field: str) -> int | None:
    return a_count(posted, field, "the years") if text(posted, field) else None


def _refused(
    at: Moment, site: Site, case: Case, posted: FormData, form: str, refused: Exception
) -> Response:
    fault = fault_of(form, refused, "reason")
    page = _subject(at, site, case.reference, faults=(fault,), typed=typed_into(form, posted))
    return show("programme/subject.html", page)


def _records(at: Moment, site: Site, **page: Any) -> RecordsPage:
    return records_page(
        site,
        keeping=retention.keeping_on(at.session, at.programme, at.as_of),
        rules=rules_of(at.session, at.programme),
        holds=standing_holds(at.session, at.programme),
        due=retention.purge_due(at.session, at.programme, at.as_of),
        as_of=at.as_of,
        may_set=bool(at.actor.roles & set(MAY_PURGE)),
        **page,
    )


def _subject(at: Moment, site: Site, reference: str, **page: Any) -> SubjectPage:
    case = find_case(at.session, at.programme, reference)
    return subject_page(
        site,
        case,
        holds_on(at.session, case.key),
        is_purged=is_purged(at.session, case.key),
        as_of=at.as_of,
        **page,
    )
