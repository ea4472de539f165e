"""The managers' work for programs: submissions that wait for a decision, and escalations."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.inputs import Body, InAddress, Number, Reason, Version
from api.moments import Reading, Writing
from api.outputs import Out
from api.pages.decisions import (
    cases_of,
    check_may_read,
    decide_on,
    escalations_for,
    own_escalation,
)
from api.routes.reviews import Acted, Raised
from forms.answered import answered_sections
from forms.catalogue import get_form
from workflow import reviews
from workflow.case_file import find_review, read_case_file
from workflow.decisions import waiting_for_decision
from workflow.errors import NotFoundError
from workflow.escalations import acknowledge_escalation, close_escalation
from workflow.models import Reviewer, Submission
from workflow.states import Action, ReviewState, available_actions

router = APIRouter(prefix="/api", tags=["Decisions"])
_ACTIONS = (Action.CONFIRM, Action.SEND_TO_MODERATION, Action.RETURN, Action.REOPEN)


class Waiting(Out):
    """A submission nobody has decided on."""

    reference: str
    district: str | None
    band: int
    outcome: str | None
    grade: str | None
    safety: str | None
    author: str | None
    agency: str | None
    submitted_at: datetime | None
    due_on: date | None


class Queue(Out):
    """Submissions that wait, those with an immediate risk first, then the longest waiting."""

    waiting: list[Waiting]


class Answer(Out):
    """A question and its answer in words."""

    id: str
    question: str
    answer: str


class AnsweredSection(Out):
    """A section of the form as it was answered."""

    id: str
    title: str
    answers: list[Answer]


class Submitted(Out):
    """A submission."""

    number: int
    author: str
    agency: str
    submitted_at: datetime
    outcome: str
    grade: str
    safety: str
    sections: list[AnsweredSection]


class ToDecide(Out):
    """A review with all its submissions, and what may be decided."""

    reference: str
    state: ReviewState
    version: int
    drawn_for_moderation: str | None
    """Why confirming sends it to moderation; null: it does not."""
    actions: dict[Action, str | None]
    """null, or why it cannot be taken now."""
    submissions: list[Submitted]
    """The oldest first."""


class Decide(Body):
    """A decision; either word for confirming does what the sample rules ask for."""

    action: Annotated[
        Action, Field(json_schema_extra={"enum": [action.value for action in _ACTIONS]})
    ]
    reason: Reason = ""
    version: Version = None


class OpenEscalation(Raised):
    """An escalation that is not closed."""

    reference: str
    """Of the case."""
    raised_by: str
    is_late: bool


class Escalations(Out):
    """Children who may be unsafe, the nearest clock first."""

    escalations: list[OpenEscalation]


class Close(Body):
    """What was done."""

    outcome: Reason


@router.get("/decisions")
def queue(at: Reading) -> Queue:
    """Submissions that wait for a manager."""
    found = waiting_for_decision(at.session, at.programme)
    return Queue(waiting=[Waiting.model_validate(item) for item in found])


@router.get("/decisions/{reference}")
def one_submission(at: Reading, reference: InAddress) -> ToDecide:
    """A review's submissions; 409 for whoever moderates it and has not finished their own view."""
    found = read_case_file(at.session, at.programme, reference)
    review = found.review
    if review is None or not found.submissions:
        raise NotFoundError("submission of case", reference)
    check_may_read(at, review)
    drawn = None
    if review.state is ReviewState.SUBMITTED:
        drawn = reviews.moderation_reason(at.session, review, at.programme, at.policy, on=at.as_of)
    facts = reviews.facts_for(at.session, review, at.actor, drawn_for_moderation=drawn is not None)
    return ToDecide(
        reference=reference,
        state=review.state,
        version=review.version,
        drawn_for_moderation=drawn,
        actions=available_actions(review.state, at.actor, facts),
        submissions=[_submitted(*one) for one in found.submissions],
    )


@router.post("/decisions/{reference}")
def decide(at: Writing, reference: InAddress, body: Decide) -> Acted:
    """Confirm, return or reopen; 409 when the review changed since the caller looked."""
    _, review = find_review(at.session, at.programme, reference)
    decide_on(at, review, body.action, reason=body.reason, version=body.version)
    return Acted(reference=reference, state=review.state, version=review.version)


@router.get("/escalations", tags=["Escalations"])
def escalations(at: Reading) -> Escalations:
    """Escalations that are not closed."""
    open_ones = escalations_for(at)
    cases = cases_of(at.session, [item.review_id for item in open_ones])
    return Escalations(
        escalations=[
            OpenEscalation(
                **Raised.model_validate(item).model_dump(),
                reference=cases[item.review_id].reference,
                raised_by=item.raised_by,
                is_late=item.acknowledged_at is None and item.acknowledge_by < at.now,
            )
            for item in open_ones
        ]
    )


@router.post("/escalations/{number}/acknowledge", tags=["Escalations"])
def acknowledge(at: Writing, number: Number) -> Raised:
    """Take an escalation on; the first to do so stops its clock."""
    own_escalation(at, number)
    taken = acknowledge_escalation(at.session, escalation_id=number, actor=at.actor, now=at.now)
    return Raised.model_validate(taken)


@router.post("/escalations/{number}/close", tags=["Escalations"])
def close(at: Writing, number: Number, body: Close) -> Raised:
    """Close an escalation with what was done."""
    own_escalation(at, number)
    closed = close_escalation(
        at.session, escalation_id=number, outcome=body.outcome, actor=at.actor, now=at.now
    )
    return Raised.model_validate(closed)


def _submitted(submission: Submission, author: Reviewer) -> Submitted:
    form = get_form(submission.form_id, submission.form_version)
    return Submitted(
        number=submission.number,
        author=author.name,
        agency=author.agency,
        submitted_at=submission.submitted_at,
        outcome=submission.outcome,
        grade=submission.grade,
        safety=submission.safety,
        sections=[
            AnsweredSection.model_validate(section)
            for section in answered_sections(form, submission.answers, author.agency)
        ],
    )
