"""The reviewers' pages: my reviews, one of them, the sections of its form, the check, the submission."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api import desk as desks
from api.answers import go_on, show
from api.desk import Desk, Reference, find_desk
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text, whole
from api.site import PageSite, static_url
from forms.answered import answer_in_words
from forms.pages import ErrorPage, Fault, Link, Page, Site
from forms.reviewing import deeds
from forms.reviewing.beside import Beside, beside
from forms.reviewing.check import all_faults, check_page, submitted_page
from forms.reviewing.deeds import Choice, Deed, deed_page
from forms.reviewing.filling import OPEN_STANDINGS, Filling, read_section, says_something
from forms.reviewing.listing import PATH, my_reviews_page
from forms.reviewing.review import review_page
from forms.reviewing.section import ASK_COMPLETE, COMPLETE_FIELD, SectionPage, section_page
from workflow.cases import row_of
from workflow.errors import ConflictError, InvalidInputError, NotFoundError, WorkflowError
from workflow.models import Draft
from workflow.programmes import geography_of
from workflow.reviewing import my_reviews
from workflow.states import Action, ReviewState

router = APIRouter(prefix=PATH)
_STALE = (
    "This section was changed in another tab or by somebody else since you opened it. Both are below: "
    "save again to keep what stands in the fields."
)


@router.get("", response_class=HTMLResponse)
def list_mine(at: Reading, site: PageSite) -> HTMLResponse:
    """My reviews by due date."""
    page = my_reviews_page(
        site,
        my_reviews(at.session, at.programme, at.actor),
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
    )
    return show("reviewing/list.html", page)


@router.get("/{reference}", response_class=HTMLResponse)
def one_review(at: Reading, site: PageSite, reference: Reference) -> HTMLResponse:
    """One of my reviews, and the task list of its form."""
    desk = find_desk(at, reference)
    page = review_page(
        site,
        desk.case,
        desk.review,
        actions=desk.actions,
        filling=desk.filling(desk.draft),
        aside=None if desk.facts.in_conflict else _beside(desk),
        escalations=desk.file.escalations,
        calendar=at.programme.calendar,
        as_of=at.as_of,
    )
    return show("reviewing/review.html", page)


@router.post("/{reference}/start")
def start(at: Writing, reference: Reference, posted: Posted) -> Response:
    """Begin to write."""
    desks.act(find_desk(at, reference), Action.START, version=_number(posted, "version"))
    return go_on(f"{PATH}/{reference}")


@router.get("/{reference}/form/{section}", response_class=HTMLResponse)
def one_section(at: Reading, site: PageSite, reference: Reference, section: str) -> Response:
    """A section of the form; one that cannot be opened leads back to the task list."""
    desk = find_desk(at, reference)
    draft = desk.draft
    filling = desk.filling(draft)
    if filling.task(section).standing not in OPEN_STANDINGS or not desk.is_open:
        return go_on(f"{PATH}/{reference}")
    return show("reviewing/section.html", _section(desk, site, filling, draft, section))


@router.post("/{reference}/form/{section}", response_class=HTMLResponse)
def save_section(
    at: Writing, site: PageSite, reference: Reference, section: str, posted: Posted
) -> Response:
    """Keep what was typed, whatever it is; then check it, if the section is called completed."""
    try:
        return _save_section(find_desk(at, reference), site, section, posted)
    except NotFoundError as refused:
        return _given_back(site, section, posted, refused, 404)


def _save_section(desk: Desk, site: Site, section: str, posted: FormData) -> Response:
    sent = _sent(posted)
    said = None if "leave" in posted else text(posted, COMPLETE_FIELD)
    task = desk.filling(desk.draft).task(section)
    try:
        draft = desks.save(
            desk,
            task.section,
            sent,
            is_complete={"yes": True, "no": False}.get(said or ""),
            version=_number(posted, "version"),
            tab=text(posted, "tab")[:40],
            turn=_number(posted, "turn") or 0,
        )
    except ConflictError as refused:
        if not desk.is_open:
            return _given_back(site, section, posted, refused, 409)
        return _stale(desk, site, section, sent, said or "")
    return _after_saving(desk, site, draft, section, said)


def _after_saving(desk: Desk, site: Site, draft: Draft, section: str, said: str | None) -> Response:
    here = f"{PATH}/{desk.case.reference}"
    filling = desk.filling(draft)
    task = filling.task(section)
    if not desk.is_open or said in (None, "no"):
        return go_on(here, done=f"“{task.section.title}” is saved. You can go on at any time.")
    faults = () if said == "yes" else (Fault(ASK_COMPLETE, COMPLETE_FIELD),)
    errors = task.errors if said == "yes" else {}
    if faults or errors:
        page = _section(
            desk, site, filling, draft, section, errors=errors, faults=faults, complete=said
        )
        return show("reviewing/section.html", page)
    return go_on(here, done=f"“{task.section.title}” is completed.")


def _stale(
    desk: Desk, site: Site, section: str, sent: Mapping[str, Any], said: str
) -> HTMLResponse:
    """What was typed here, and beside each answer what was saved elsewhere."""
    draft = desk.draft
    filling = desk.filling(draft)
    page = _section(
        desk,
        site,
        filling,
        draft,
        section,
        typed=read_section(filling.task(section).section, sent),
        complete=said,
        is_stale=True,
        faults=(Fault(_STALE),),
    )
    return _with_status(show("reviewing/section.html", page), 409)


def _given_back(
    site: Site, section: str, posted: FormData, refused: WorkflowError, status: int
) -> HTMLResponse:
    """A refusal with all that was typed, each answer under its question.

    Raises:
        NotFoundError: there is no such section, so nothing can have been typed in it.
    """
    known = desks.newest_section(section)
    if known is None:
        raise NotFoundError("section", "of this name")
    typed = read_section(known, _sent(posted))
    sentence = str(refused)
    if isinstance(refused, NotFoundError):
        sentence = "This review is not allocated to you any more, so this was not saved."
    page = ErrorPage(
        site=site,
        title="This was not saved",
        sentences=(sentence,),
        typed=tuple(
            (question.text, answer_in_words(question, typed))
            for question in known.questions
            if says_something(typed[question.id])
        ),
        way_on=Link("Go to my reviews", PATH),
    )
    return _with_status(show("error.html", page), status)


@router.get("/{reference}/check", response_class=HTMLResponse)
def check(at: Reading, site: PageSite, reference: Reference) -> Response:
    """Every answer on one page."""
    desk = find_desk(at, reference)
    if not desk.is_open:
        return go_on(f"{PATH}/{reference}")
    draft = desk.draft
    return show("reviewing/check.html", _check(desk, site, desk.filling(draft), draft.version))


@router.post("/{reference}/check", response_class=HTMLResponse)
def hand_in(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Submit; what is missing or wrong is listed with links to where it is put right."""
    desk = find_desk(at, reference)
    version, seen = _number(posted, "version"), _number(posted, "draft_version")
    try:
        filling = desks.lock_answers(desk, version=version, draft_version=seen)
    except ConflictError as refused:
        return _check_again(desk, site, refused)
    faults = all_faults(filling, reference) if desk.is_open else ()
    if faults:
        page = _check(desk, site, filling, desk.draft.version, faults=faults)
        return show("reviewing/check.html", page)
    desks.submit(desk, filling)
    return go_on(f"{PATH}/{reference}/submitted")


def _check_again(desk: Desk, site: Site, refused: ConflictError) -> Response:
    """The answers as they are now; if the form is closed, the page of the review says why."""
    if not desk.is_open:
        raise refused
    draft = desk.draft
    faults = (Fault(str(refused)),)
    page = _check(desk, site, desk.filling(draft), draft.version, faults=faults)
    return _with_status(show("reviewing/check.html", page), 409)


@router.get("/{reference}/submitted", response_class=HTMLResponse)
def submitted(at: Reading, site: PageSite, reference: Reference) -> Response:
    """What happens now."""
    desk = find_desk(at, reference)
    if desk.review.state is not ReviewState.SUBMITTED:
        return go_on(f"{PATH}/{reference}")
    page = submitted_page(
        site,
        reference=reference,
        agency=at.actor.agency,
        has_escalation=desk.review.safety == "immediate_risk",
    )
    return show("reviewing/submitted.html", page)


@router.get("/{reference}/decline", response_class=HTMLResponse)
def ask_to_decline(at: Reading, site: PageSite, reference: Reference) -> Response:
    """Ask why."""
    return _open(find_desk(at, reference), site, deeds.DECLINE)


@router.post("/{reference}/decline", response_class=HTMLResponse)
def decline(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Give the review back to the coordinator."""

    def do(desk: Desk, reason: str, _: str) -> Response:
        desks.act(desk, Action.DECLINE, reason=reason, version=_number(posted, "version"))
        return go_on(
            PATH, done=f"{reference} is declined. A coordinator gives it to somebody else."
        )

    return _take(find_desk(at, reference), site, deeds.DECLINE, posted, do)


@router.get("/{reference}/hold", response_class=HTMLResponse)
def ask_to_hold(at: Reading, site: PageSite, reference: Reference) -> Response:
    """Ask why."""
    return _open(find_desk(at, reference), site, deeds.HOLD)


@router.post("/{reference}/hold", response_class=HTMLResponse)
def hold(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Stop until a coordinator resumes the review."""

    def do(desk: Desk, reason: str, _: str) -> Response:
        desks.act(desk, Action.HOLD, reason=reason, version=_number(posted, "version"))
        return go_on(f"{PATH}/{reference}", done=f"{reference} is on hold. What you typed is kept.")

    return _take(find_desk(at, reference), site, deeds.HOLD, posted, do)


@router.get("/{reference}/conflict", response_class=HTMLResponse)
def ask_for_conflict(at: Reading, site: PageSite, reference: Reference) -> Response:
    """Ask what connects them."""
    return _open(find_desk(at, reference), site, deeds.CONFLICT)


@router.post("/{reference}/conflict", response_class=HTMLResponse)
def declare_conflict(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Declare a conflict of interest and let go of the review."""

    def do(desk: Desk, reason: str, kind: str) -> Response:
        desks.declare(desk, kind=kind, reason=reason)
        return go_on(PATH, done=f"The conflict with {reference} is declared.")

    return _take(find_desk(at, reference), site, deeds.CONFLICT, posted, do)


@router.get("/{reference}/escalate", response_class=HTMLResponse)
def ask_to_escalate(at: Reading, site: PageSite, reference: Reference) -> Response:
    """Ask how urgent it is and why."""
    return _open(find_desk(at, reference), site, deeds.ESCALATE)


@router.post("/{reference}/escalate", response_class=HTMLResponse)
def escalate(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Tell the duty managers that a child may be unsafe."""

    def do(desk: Desk, reason: str, kind: str) -> Response:
        desks.escalate(desk, kind=kind, reason=reason)
        return go_on(
            f"{PATH}/{reference}", done="The escalation is raised. The managers see it now."
        )

    return _take(find_desk(at, reference), site, deeds.ESCALATE, posted, do)


def _open(desk: Desk, site: Site, deed: Deed) -> Response:
    """The short page; where the state table does not open its action, back to the review."""
    if deed.action is not None and desk.actions.get(deed.action, "closed") is not None:
        return go_on(f"{PATH}/{desk.case.reference}")
    return _ask(desk, site, deed)


def _take(
    desk: Desk,
    site: Site,
    deed: Deed,
    posted: FormData,
    do: Callable[[Desk, str, str], Response],
) -> Response:
    """Do it, or ask again with what was typed."""
    reason, kind = text(posted, "reason"), text(posted, "kind")
    try:
        return do(desk, reason, kind)
    except InvalidInputError as refused:
        faults = (Fault(str(refused), refused.field or "reason"),)
        return _ask(desk, site, deed, kind=kind, typed=reason, faults=faults)


def _ask(
    desk: Desk,
    site: Site,
    deed: Deed,
    *,
    kind: str = "",
    typed: str = "",
    faults: tuple[Fault, ...] = (),
) -> HTMLResponse:
    page = deed_page(
        site,
        deed,
        reference=desk.case.reference,
        version=desk.review.version,
        choices=_choices(desk, deed, kind),
        typed=typed,
        faults=faults,
    )
    return show("reviewing/deed.html", page)


def _choices(desk: Desk, deed: Deed, kind: str) -> tuple[Choice, ...]:
    if deed is deeds.ESCALATE:
        return deeds.urgencies(kind, desk.at.policy.tracking)
    return deeds.conflicts_with(desk.case, kind) if deed is deeds.CONFLICT else ()


def _section(
    desk: Desk, site: Site, filling: Filling, draft: Draft, section: str, **page: Any
) -> SectionPage:
    return section_page(
        site,
        filling,
        draft,
        section,
        reference=desk.case.reference,
        aside=_beside(desk),
        scripts=(static_url("autosave.js"), static_url("beside.js")),
        **page,
    )


def _check(
    desk: Desk, site: Site, filling: Filling, draft_version: int, faults: tuple[Fault, ...] = ()
) -> Page:
    return check_page(
        site,
        filling,
        reference=desk.case.reference,
        version=desk.review.version,
        draft_version=draft_version,
        faults=faults,
    )


def _beside(desk: Desk) -> Beside:
    at: Moment = desk.at
    return beside(
        desk.file,
        row_of(desk.case),
        reviewer_id=at.actor.reviewer_id,
        agency=at.actor.agency,
        districts=geography_of(at.programme).districts,
        as_of=at.as_of,
    )


def _sent(posted: FormData) -> dict[str, Any]:
    return {name: posted.getlist(name) for name in posted}


def _number(posted: FormData, field: str) -> int | None:
    return whole(text(posted, field))


def _with_status(answer: HTMLResponse, status: int) -> HTMLResponse:
    answer.status_code = status
    return answer
