"""The caseload's pages: files in, findings, unmapped values, cohort rules with their effect."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from sqlmodel import col, select
from starlette.datastructures import FormData

from api.answers import go_on, show
from api.inputs import Number
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text
from api.site import PageSite
from api.uploads import take_caseload, upload_of
from forms.caseload import KINDS, PATH, CaseloadPage, caseload_page, import_page
from forms.pages import Fault, Site
from forms.wording import plural
from workflow.cohort import CohortChange, change_cohort_rules, cohort_counts
from workflow.errors import InvalidInputError, NotFoundError
from workflow.intake.rows import Kind
from workflow.models import ImportRun, ValueMapping
from workflow.vocabulary import map_value, unmapped_values

router = APIRouter(prefix=PATH)


@router.get("", response_class=HTMLResponse)
def caseload(at: Reading, site: PageSite) -> HTMLResponse:
    """What came in, who is in the cohort, what waits to be mapped."""
    return show("caseload/caseload.html", _page(at, site))


@router.post("/import", response_class=HTMLResponse)
def take_file(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Take a file in, or only check it; one with errors is refused with all that is wrong."""
    try:
        upload = upload_of(posted, "a caseload file")
    except InvalidInputError as refused:
        fault = Fault(str(refused), "file")
        return show("caseload/caseload.html", _page(at, site, faults=(fault,)))
    result = take_caseload(at, upload, _kind(text(posted, "kind")))
    checked = bool(text(posted, "check"))
    outcome = "refused" if result.refused else "checked" if checked else "stored"
    page = import_page(site, result.to_json(), outcome=outcome)
    answer = show("caseload/import.html", page, 422 if result.refused else 200)
    if result.refused or checked:
        at.session.rollback()
    return answer


@router.get("/imports/{number}", response_class=HTMLResponse)
def one_import(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """A file that was taken in, with its findings."""
    said: dict[str, Any] = find_import(at, number).model_dump()
    return show("caseload/import.html", import_page(site, said, outcome="stored"))


@router.post("/values", response_class=HTMLResponse)
def decide_values(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Teach the programme what spellings mean; each that was decided is put right everywhere."""
    decided = 0
    for value, code in _decisions(at, posted):
        try:
            map_value(
                at.session,
                programme=at.programme,
                field=value.field,
                raw=value.raw,
                code=code,
                policy=at.policy,
                actor=at.actor,
                now=at.now,
                as_of=at.as_of,
            )
        except InvalidInputError as refused:
            fault = Fault(str(refused), f"value-{value.key}")
            answer = show("caseload/caseload.html", _page(at, site, faults=(fault,)))
            at.session.rollback()
            return answer
        decided += 1
    return go_on(PATH, done=f"{plural(decided, 'value')} mapped.")


@router.post("/cohort", response_class=HTMLResponse)
def change_cohort(at: Writing, site: PageSite, posted: Posted) -> Response:
    """Decide the cohort by other rules, or show what that would do."""
    rules_on = frozenset(str(code) for code in posted.getlist("rule"))
    before = cohort_counts(at.session, at.programme)
    try:
        change = change_cohort_rules(
            at.session,
            programme=at.programme,
            rules_on=rules_on,
            policy=at.policy,
            actor=at.actor,
            now=at.now,
            as_of=at.as_of,
        )
    except InvalidInputError as refused:
        at.session.rollback()
        raise refused from None
    if text(posted, "preview"):
        page = caseload_page(
            site,
            before,
            rules_on,
            unmapped_values(at.session, at.programme),
            all_imports(at),
            change=change,
        )
        at.session.rollback()
        return show("caseload/caseload.html", page)
    said = (
        f"{plural(change.in_cohort, 'case')} to review: {change.opened} reviews opened, "
        f"{change.withdrawn} withdrawn, {change.reinstated} reinstated."
    )
    return go_on(PATH, done=said)


def find_import(at: Moment, number: int) -> ImportRun:
    """A file that was taken in.

    Raises:
        NotFoundError: the programme has none of this number.
    """
    run = at.session.get(ImportRun, number)
    if run is None or run.programme_id != at.programme.key:
        raise NotFoundError("import", number)
    return run


def all_imports(at: Moment) -> list[ImportRun]:
    """The files taken in, the newest first."""
    query = select(ImportRun).where(ImportRun.programme_id == at.programme.key)
    return list(at.session.exec(query.order_by(col(ImportRun.id).desc()).limit(50)))


def _page(
    at: Moment, site: Site, *, change: CohortChange | None = None, faults: tuple[Fault, ...] = ()
) -> CaseloadPage:
    return caseload_page(
        site,
        cohort_counts(at.session, at.programme),
        at.programme.cohort_rules,
        unmapped_values(at.session, at.programme),
        all_imports(at),
        change=change,
        faults=faults,
    )


def _kind(asked: str) -> Kind | None:
    known: dict[str, Kind] = {code: code for code, _ in KINDS}  # type: ignore[misc]
    return known.get(asked)


def _decisions(at: Moment, posted: FormData) -> list[tuple[ValueMapping, str]]:
    waiting = {f"value-{value.key}": value for value in unmapped_values(at.session, at.programme)}
    return [(waiting[f], text(posted, f)) for f in posted if f in waiting and text(posted, f)]
