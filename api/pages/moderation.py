"""The moderators' pages: the queue, their own blind review, the comparison and the judgement."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api import second_look as looks
from api.answers import go_on, show
from api.desk import Reference, newest_section
from api.moments import Reading, Writing
from api.posted import Posted, text, whole
from api.second_look import SecondLook, find_look
from api.site import PageSite, static_url
from forms.answered import answer_in_words
from forms.moderating import (
    DRAFTS,
    HAND_IN,
    NEXT_STEP,
    PATH,
    Sort,
    comparison_page,
    look_page,
    queue_page,
)
from forms.pages import ErrorPage, Fault, Link, Site
from forms.reviewing import deeds
from forms.reviewing.beside import Beside, beside
from forms.reviewing.check import all_faults, check_page
from forms.reviewing.filling import OPEN_STANDINGS, Filling, read_section, says_something
from forms.reviewing.section import ASK_COMPLETE, COMPLETE_FIELD, section_page
from workflow.cases import row_of
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.models import SecondDraft
from workflow.programmes import geography_of
from workflow.quality.queue import moderation_queue
from workflow.states import ReviewState

router = APIRouter(prefix=PATH)
_STALE = (
    "This section was changed in another tab since you opened it. Both are below: save again to keep "
    "what stands in the fields."
)
_DONE = {
    ReviewState.COMPLETE: "You agreed. The review is complete.",
    ReviewState.SUBMITTED: "You disagreed. The review is back with a manager, with both views.",
}


@router.get("", response_class=HTMLResponse)
def queue(at: Reading, site: PageSite, sort: Sort = "waiting") -> HTMLResponse:
    """Reviews that wait for a second look."""
    page = queue_page(
        site,
        moderation_queue(at.session, at.programme, at.actor),
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
        sort=sort,
    )
    return show("moderation/queue.html", page)


@router.get("/{reference}", response_class=HTMLResponse)
def one_look(at: Reading, site: PageSite, reference: Reference) -> Response:
    """The task list of the moderator's own review; the comparison once it is in."""
    look = find_look(at, reference)
    if not look.is_open:
        return go_on(f"{PATH}/{reference}/compare")
    filling = look.filling(look.draft)
    page = look_page(site, look.case, filling, _beside(look), as_of=at.as_of)
    return show("moderation/look.html", page)


@router.get("/{reference}/form/{section}", response_class=HTMLResponse)
def one_section(at: Reading, site: PageSite, reference: Reference, section: str) -> Response:
    """A section of the form; one that cannot be opened leads back to the task list."""
    look = find_look(at, reference)
    if not look.is_open:
        return go_on(f"{PATH}/{reference}")
    draft = look.draft
    filling = look.filling(draft)
    if filling.task(section).standing not in OPEN_STANDINGS:
        return go_on(f"{PATH}/{reference}")
    return _show_section(look, site, filling, draft, section)


@router.post("/{reference}/form/{section}", response_class=HTMLResponse)
def save_section(
    at: Writing, site: PageSite, reference: Reference, section: str, posted: Posted
) -> Response:
    """Keep what was typed, whatever it is; then check it, if the section is called completed."""
    try:
        look = find_look(at, reference)
    except NotFoundError:
        return _given_back(site, section, posted, "This review is not in moderation any more", 404)
    if not look.is_open:
        return _given_back(site, section, posted, "Your review was handed in already", 409)
    sent = {name: posted.getlist(name) for name in posted}
    said = None if "leave" in posted else text(posted, COMPLETE_FIELD)
    task = look.filling(look.draft).task(section)
    try:
        draft = looks.save(
            look,
            task.section,
            sent,
            is_complete={"yes": True, "no": False}.get(said or ""),
            version=whole(text(posted, "version")),
            tab=text(posted, "tab")[:40],
            turn=whole(text(posted, "turn")) or 0,
        )
    except ConflictError:
        draft = look.draft
        filling = look.filling(draft)
        return _show_section(
            look,
            site,
            filling,
            draft,
            section,
            status=409,
            typed=read_section(task.section, sent),
            complete=said or "",
            is_stale=True,
            faults=(Fault(_STALE),),
        )
    return _after_saving(look, site, draft, section, said)


def _after_saving(
    look: SecondLook, site: Site, draft: SecondDraft, section: str, said: str | None
) -> Response:
    here = f"{PATH}/{look.case.reference}"
    filling = look.filling(draft)
    task = filling.task(section)
    if said in (None, "no"):
        return go_on(here, done=f"“{task.section.title}” is saved. You can go on at any time.")
    faults = () if said == "yes" else (Fault(ASK_COMPLETE, COMPLETE_FIELD),)
    errors = task.errors if said == "yes" else {}
    if faults or errors:
        return _show_section(
            look, site, filling, draft, section, errors=errors, faults=faults, complete=said
        )
    return go_on(here, done=f"“{task.section.title}” is completed.")


@router.get("/{reference}/check", response_class=HTMLResponse)
def check(at: Reading, site: PageSite, reference: Reference) -> Response:
    """Every answer on one page."""
    look = find_look(at, reference)
    if not look.is_open:
        return go_on(f"{PATH}/{reference}")
    return _show_check(look, site)


@router.post("/{reference}/check", response_class=HTMLResponse)
def hand_in(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Hand it in; what is missing or wrong is listed with links to where it is put right."""
    look = find_look(at, reference)
    if not look.is_open:
        raise ConflictError("You have handed in your review of this case already.")
    version, seen = whole(text(posted, "version")), whole(text(posted, "draft_version"))
    try:
        filling = looks.lock_answers(look, version=version, draft_version=seen)
    except ConflictError as refused:
        return _show_check(look, site, faults=(Fault(str(refused)),), status=409)
    if faults := all_faults(filling, reference, PATH):
        return _show_check(look, site, faults=faults)
    looks.hand_in(look, filling)
    return go_on(f"{PATH}/{reference}/compare", done="Your review is handed in.")


@router.get("/{reference}/compare", response_class=HTMLResponse)
def compare(at: Reading, site: PageSite, reference: Reference) -> Response:
    """Both reviews side by side; before the moderator's own is in, the way back to it."""
    look = find_look(at, reference)
    if not look.is_in:
        return go_on(f"{PATH}/{reference}")
    return _show_comparison(look, site)


@router.post("/{reference}/judge", response_class=HTMLResponse)
def judge(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Agree or disagree."""
    look = find_look(at, reference)
    reason, seen = text(posted, "reason"), whole(text(posted, "version"))
    try:
        after = looks.judge(look, text(posted, "action"), reason=reason, version=seen)
    except InvalidInputError as refused:
        return _show_comparison(
            look, site, faults=(Fault(str(refused), "reason"),), typed_reason=reason
        )
    return go_on(PATH, done=f"{reference}: {_DONE[after.state]}")


@router.get("/{reference}/escalate", response_class=HTMLResponse)
def ask_to_escalate(at: Reading, site: PageSite, reference: Reference) -> HTMLResponse:
    """Ask how urgent it is and why."""
    return _ask(find_look(at, reference), site)


@router.post("/{reference}/escalate", response_class=HTMLResponse)
def escalate(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Tell the duty managers that a child may be unsafe."""
    look = find_look(at, reference)
    reason, kind = text(posted, "reason"), text(posted, "kind")
    try:
        looks.escalate(look, kind=kind, reason=reason)
    except InvalidInputError as refused:
        faults = (Fault(str(refused), refused.field or "reason"),)
        return _ask(look, site, kind=kind, typed=reason, faults=faults)
    done = "The escalation is raised. The managers see it now."
    return go_on(f"{PATH}/{reference}", done=done)


def _ask(look: SecondLook, site: Site, *, kind: str = "", **page: Any) -> HTMLResponse:
    made = deeds.deed_page(
        site,
        deeds.ESCALATE,
        reference=look.case.reference,
        version=look.review.version,
        choices=deeds.urgencies(kind, look.at.policy.tracking),
        path=PATH,
        **page,
    )
    return show("reviewing/deed.html", made)


def _show_section(
    look: SecondLook,
    site: Site,
    filling: Filling,
    draft: SecondDraft,
    section: str,
    *,
    status: int | None = None,
    **page: Any,
) -> HTMLResponse:
    made = section_page(
        site,
        filling,
        draft,
        section,
        reference=look.case.reference,
        aside=_beside(look),
        scripts=(static_url("autosave.js"), static_url("beside.js")),
        path=PATH,
        drafts=DRAFTS,
        **page,
    )
    return _with_status(show("reviewing/section.html", made), status)


def _show_check(
    look: SecondLook, site: Site, *, faults: tuple[Fault, ...] = (), status: int | None = None
) -> HTMLResponse:
    draft = look.draft
    made = check_page(
        site,
        look.filling(draft),
        reference=look.case.reference,
        version=look.review.version,
        draft_version=draft.version,
        faults=faults,
        path=PATH,
        next_step=NEXT_STEP,
        button=HAND_IN,
    )
    return _with_status(show("reviewing/check.html", made), status)


def _show_comparison(look: SecondLook, site: Site, **page: Any) -> HTMLResponse:
    made = comparison_page(
        site,
        look.case,
        look.review,
        look.compared,
        because=look.because,
        as_of=look.at.as_of,
        **page,
    )
    return show("moderation/compare.html", made)


def _given_back(site: Site, section: str, posted: FormData, why: str, status: int) -> HTMLResponse:
    """A refusal with all that was typed, each answer under its question.

    Raises:
        NotFoundError: there is no such section, so nothing can have been typed in it.
    """
    known = newest_section(section)
    if known is None:
        raise NotFoundError("section", "of this name")
    typed = read_section(known, {name: posted.getlist(name) for name in posted})
    page = ErrorPage(
        site=site,
        title="This was not saved",
        sentences=(f"{why}, so this was not saved.",),
        typed=tuple(
            (question.text, answer_in_words(question, typed))
            for question in known.questions
            if says_something(typed[question.id])
        ),
        way_on=Link("Go to moderation", PATH),
    )
    return _with_status(show("error.html", page), status)


def _beside(look: SecondLook) -> Beside:
    at = look.at
    return beside(
        look.file,
        row_of(look.case),
        reviewer_id=at.actor.reviewer_id,
        agency=at.actor.agency,
        districts=geography_of(at.programme).districts,
        as_of=at.as_of,
    )


def _with_status(answer: HTMLResponse, status: int | None) -> HTMLResponse:
    if status is not None:
        answer.status_code = status
    return answer
