"""The managers' pages: decide on submissions, take on escalations."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, select

from api.answers import go_on, show
from api.inputs import Number
from api.moments import Moment, Reading, Writing
from api.posted import Posted, text, whole
from api.site import PageSite
from forms.decisions import (
    DecisionPage,
    EscalationsPage,
    decision_page,
    escalations_page,
    queue_page,
)
from forms.pages import Fault, Site
from workflow import reviews
from workflow.case_file import find_review, read_case_file
from workflow.cases import row_of
from workflow.decisions import waiting_for_decision
from workflow.errors import GuardNotMetError, InvalidInputError, NotFoundError
from workflow.escalations import acknowledge_escalation, close_escalation, open_escalations
from workflow.models import Case, Escalation, Review
from workflow.programmes import geography_of
from workflow.quality.blind import kept_back, may_see_first
from workflow.quality.masking import masked_escalation
from workflow.quality.second_reviews import second_reviews
from workflow.states import Action, ReviewState, available_actions

router = APIRouter()
Reference = Annotated[str, InPath(max_length=40)]
_CONFIRMING = (Action.CONFIRM, Action.SEND_TO_MODERATION)


@router.get("/decisions", response_class=HTMLResponse)
def queue(at: Reading, site: PageSite) -> HTMLResponse:
    """Submissions that wait for a manager."""
    page = queue_page(
        site,
        waiting_for_decision(at.session, at.programme),
        actor=at.actor,
        districts=geography_of(at.programme).districts,
        calendar=at.programme.calendar,
        as_of=at.as_of,
    )
    return show("decisions/queue.html", page)


@router.get("/decisions/{reference}", response_class=HTMLResponse)
def one_submission(at: Reading, site: PageSite, reference: Reference) -> HTMLResponse:
    """A submission with its case and what may be decided."""
    return show("decisions/decision.html", _decision(at, site, reference))


@router.post("/decisions/{reference}", response_class=HTMLResponse)
def decide(at: Writing, site: PageSite, reference: Reference, posted: Posted) -> Response:
    """Confirm, return or reopen; refused when the review changed since the page was made."""
    _, review = find_review(at.session, at.programme, reference)
    reason, seen = text(posted, "reason"), whole(text(posted, "version"))
    action = text(posted, "action")
    try:
        done = decide_on(at, review, action, reason=reason, version=seen)
    except InvalidInputError as refused:
        page = _decision(
            at, site, reference, faults=(Fault(str(refused), "reason"),), typed_reason=reason
        )
        return show("decisions/decision.html", page)
    return go_on("/decisions", done=f"{reference}: {done}")


def decide_on(at: Moment, review: Review, action: str, *, reason: str, version: int | None) -> str:
    """Confirm, return or reopen a review; tells what became of it.

    Raises:
        NotFoundError: the action is none of these.
    """
    if action in _CONFIRMING:
        after = reviews.confirm(
            at.session,
            review_id=review.key,
            actor=at.actor,
            now=at.now,
            programme=at.programme,
            policy=at.policy,
            version=version,
        )
        if after.state is ReviewState.IN_MODERATION:
            return "confirmed. The sample draws it for moderation."
        return "outcome confirmed. The review is complete."
    if action not in (Action.RETURN, Action.REOPEN):
        raise NotFoundError("decision", action)
    reviews.act(
        at.session,
        review_id=review.key,
        action=Action(action),
        actor=at.actor,
        now=at.now,
        reason=reason,
        version=version,
    )
    return "returned for changes." if action == Action.RETURN else "reopened."


def check_may_read(at: Moment, review: Review) -> None:
    """Keep the first review from whoever moderates it and has not finished their own view.

    Raises:
        GuardNotMetError: that is the case.
    """
    if not may_see_first(at.session, review, at.actor):
        raise GuardNotMetError(
            "read", "You moderate this review: finish your own view of it first."
        )


def _decision(at: Moment, site: Site, reference: str, **page: object) -> DecisionPage:
    found = read_case_file(at.session, at.programme, reference)
    review = found.review
    if review is None or not found.submissions:
        raise NotFoundError("submission of case", reference)
    check_may_read(at, review)
    drawn = None
    if review.state is ReviewState.SUBMITTED:
        drawn = reviews.moderation_reason(at.session, review, at.programme, at.policy, on=at.as_of)
    facts = reviews.facts_for(at.session, review, at.actor, drawn_for_moderation=drawn is not None)
    return decision_page(
        site,
        found,
        row_of(found.case),
        available_actions(review.state, at.actor, facts),
        drawn=drawn,
        districts=geography_of(at.programme).districts,
        as_of=at.as_of,
        seconds=second_reviews(at.session, review),
        **page,
    )


@router.get("/escalations", response_class=HTMLResponse)
def escalations(at: Reading, site: PageSite) -> HTMLResponse:
    """Children who may be unsafe, the nearest clock first."""
    return show("decisions/escalations.html", _escalations(at, site))


@router.post("/escalations/{number}/acknowledge", response_class=HTMLResponse)
def acknowledge(at: Writing, number: Number) -> Response:
    """Take an escalation on; the first to do so stops its clock."""
    own_escalation(at, number)
    acknowledge_escalation(at.session, escalation_id=number, actor=at.actor, now=at.now)
    return go_on("/escalations", done="You have taken it on. Say here what was done.")


@router.post("/escalations/{number}/close", response_class=HTMLResponse)
def close(at: Writing, site: PageSite, number: Number, posted: Posted) -> Response:
    """Close an escalation with what was done."""
    own_escalation(at, number)
    outcome = text(posted, "outcome")
    try:
        close_escalation(
            at.session, escalation_id=number, outcome=outcome, actor=at.actor, now=at.now
        )
    except InvalidInputError as refused:
        fault = Fault(str(refused), f"outcome-{number}")
        page = _escalations(at, site, faults=(fault,), typed={number: outcome})
        return show("decisions/escalations.html", page)
    return go_on("/escalations", done="The escalation is closed.")


def own_escalation(at: Moment, number: int) -> None:
    """Make sure that an escalation is one of the programme's.

    Raises:
        NotFoundError: it is not.
    """
    found = at.session.get(Escalation, number)
    if found is None or found.programme_id != at.programme.key:
        raise NotFoundError("escalation", number)


def _escalations(at: Moment, site: Site, **page: Any) -> EscalationsPage:
    open_ones = escalations_for(at)
    cases = cases_of(at.session, [item.review_id for item in open_ones])
    found = [(item, cases[item.review_id]) for item in open_ones]
    return escalations_page(site, found, now=at.now, as_of=at.as_of, **page)


def escalations_for(at: Moment) -> list[Escalation]:
    """Escalations that are not closed, as the visitor may read them."""
    unseen = kept_back(at.session, at.programme.key, at.actor)
    return [
        masked_escalation(item) if item.review_id in unseen else item
        for item in open_escalations(at.session, at.programme.key)
    ]


def cases_of(session: Session, review_ids: list[int]) -> dict[int, Case]:
    """Review → its case."""
    query = (
        select(Review.id, Case)
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(col(Review.id).in_(review_ids))
    )
    return {number: case for number, case in session.exec(query) if number is not None}
