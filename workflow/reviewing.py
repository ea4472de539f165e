"""What a reviewer sees: the reviews allocated to them, and nobody else's; reads, never writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.case_file import CaseFile, siblings_of
from workflow.errors import NotFoundError
from workflow.models import (
    Case,
    Draft,
    Escalation,
    Event,
    Programme,
    Review,
    Reviewer,
    Submission,
)
from workflow.states import Action, Actor, ReviewState

NEWEST_COMPLETE = 10
"""Complete reviews that the list still shows."""
_S = ReviewState
TO_DO_STATES = (_S.ALLOCATED, _S.IN_PROGRESS, _S.RETURNED)
WAITING_STATES = (_S.SUBMITTED, _S.IN_MODERATION)


@dataclass(frozen=True, slots=True)
class MyReview:
    """A row of a reviewer's list."""

    reference: str
    state: ReviewState
    due_on: date | None
    band: int
    effort: int
    district: str | None
    birth_on: date | None
    is_unborn: bool
    submitted_at: datetime | None
    completed_at: datetime | None
    outcome: str | None
    saved_at: datetime | None
    """When the draft was last saved; None without one."""
    reason: str = ""
    """Why it was returned, reopened or put on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MyReviews:
    """All of a reviewer's reviews; each list has the nearest due date first."""

    to_do: list[MyReview]
    on_hold: list[MyReview]
    waiting: list[MyReview]
    """Submitted, or in moderation."""
    complete: list[MyReview]
    """The newest only."""
    n_complete: int


def my_reviews(session: Session, programme: Programme, actor: Actor) -> MyReviews:
    """The reviews allocated to this reviewer, those they submitted included."""
    values = {"programme": programme.key, "reviewer": actor.reviewer_id}
    run = session.connection().execute
    reasons = {row.reference: row.reason or "" for row in run(_REASONS, values)}
    held = [_row(row, reasons) for row in run(_OPEN, values)]
    return MyReviews(
        to_do=[item for item in held if item.state in TO_DO_STATES],
        on_hold=[item for item in held if item.state is _S.ON_HOLD],
        waiting=[item for item in held if item.state in WAITING_STATES],
        complete=[_row(row, {}) for row in run(_COMPLETE, values)],
        n_complete=run(_N_COMPLETE, values).scalar_one(),
    )


def find_mine(
    session: Session, programme: Programme, actor: Actor, reference: str
) -> tuple[Case, Review]:
    """A review allocated to this reviewer.

    Raises:
        NotFoundError: it is not, or there is none; nothing tells which.
    """
    values = {
        "programme": programme.key,
        "reviewer": actor.reviewer_id,
        "reference": reference,
    }
    found = session.exec(_BY_REFERENCE, params=values).one_or_none()
    if found is None:
        raise NotFoundError("review", "of yours with this reference")
    return found


def read_own_file(session: Session, case: Case, review: Review) -> CaseFile:
    """As much of the file of a case as its reviewer reads.

    Of the submissions the latest, of the events the one that sent it back or handed it in last; nothing
    of other people's conflicts, nor of how the review was allocated.
    """
    values = {"review": review.key}
    submission = session.exec(_LATEST_SUBMISSION, params=values).first()
    event = session.exec(_LATEST_HAND_OVER, params=values).first()
    return CaseFile(
        case=case,
        review=review,
        reviewer=None,
        siblings=siblings_of(session, case),
        conflicts=[],
        allocation=None,
        submissions=[submission] if submission else [],
        escalations=list(session.exec(_ESCALATIONS, params=values)),
        events=[event] if event else [],
        names={},
    )


def _row(row: Any, reasons: Mapping[str, str]) -> MyReview:
    birth_on = row.birth_on
    known = {
        "birth_on": date.fromisoformat(birth_on) if birth_on else None,
        "is_unborn": birth_on is None and row.is_unborn is not None,
        "reason": reasons.get(row.reference, ""),
    }
    return MyReview(**row._asdict() | known)


_CASE_FACTS: Any = col(Case.facts)
_COLUMNS: tuple[Any, ...] = (
    col(Case.reference),
    col(Review.state),
    col(Review.due_on),
    col(Case.band),
    col(Case.effort),
    col(Case.district),
    _CASE_FACTS["birth_on"].as_string().label("birth_on"),
    _CASE_FACTS["expected_birth_on"].as_string().label("is_unborn"),
    col(Review.submitted_at),
    col(Review.completed_at),
    col(Review.outcome),
    col(Draft.saved_at),
)
_IS_MINE = sa.and_(
    col(Review.programme_id) == sa.bindparam("programme"),
    col(Review.reviewer_id) == sa.bindparam("reviewer"),
)
_MINE = (
    sa.select(*_COLUMNS)
    .select_from(Review)
    .join(Case, col(Case.id) == col(Review.case_id))
    .outerjoin(Draft, col(Draft.review_id) == col(Review.id))
    .where(_IS_MINE)
)
_OPEN = _MINE.where(col(Review.state) != _S.COMPLETE).order_by(
    col(Review.due_on).asc().nulls_last(), col(Case.reference)
)
_COMPLETE = (
    _MINE.where(col(Review.state) == _S.COMPLETE)
    .order_by(col(Review.completed_at).desc(), col(Case.reference))
    .limit(NEWEST_COMPLETE)
)
_N_COMPLETE = (
    sa.select(sa.func.count()).select_from(Review).where(_IS_MINE, col(Review.state) == _S.COMPLETE)
)
_EXPLAINED = (_S.RETURNED, _S.ON_HOLD)
_REASONS = (
    sa.select(col(Case.reference), col(Event.reason))
    .select_from(Review)
    .join(Case, col(Case.id) == col(Review.case_id))
    .join(Event, col(Event.review_id) == col(Review.id))
    .where(
        _IS_MINE,
        col(Review.state).in_(_EXPLAINED),
        col(Event.to_state) == sa.cast(col(Review.state), sa.String),
    )
    .order_by(col(Event.seq))
)
"""Oldest first: of several reasons the last one read stays."""
_BY_REFERENCE = (
    select(Case, Review)
    .join(Review, col(Review.case_id) == col(Case.id))
    .where(
        _IS_MINE,
        col(Case.reference) == sa.bindparam("reference"),
        col(Review.reviewer_id).is_not(None),
    )
)
_OF_REVIEW: Any = sa.bindparam("review")
_LATEST_SUBMISSION = (
    select(Submission, Reviewer)
    .join(Reviewer, col(Reviewer.id) == col(Submission.author_id))
    .where(col(Submission.review_id) == _OF_REVIEW)
    .order_by(col(Submission.number).desc())
    .limit(1)
)
_LATEST_HAND_OVER = (
    select(Event)
    .where(
        col(Event.review_id) == _OF_REVIEW,
        col(Event.action).in_([Action.SUBMIT, Action.RETURN, Action.REOPEN]),
    )
    .order_by(col(Event.seq).desc())
    .limit(1)
)
_ESCALATIONS = (
    select(Escalation)
    .where(col(Escalation.review_id) == _OF_REVIEW)
    .order_by(col(Escalation.raised_at))
)
