"""Gathers what the sampling rules look at in a stored review, and says what they decide."""

from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from workflow.models import Case, Programme, Review, Reviewer, Submission
from workflow.policy import Policy
from workflow.quality.plans import plan_on
from workflow.quality.replacements import is_replacement
from workflow.quality.sampling import Draw, Sampled, draw
from workflow.states import ReviewState


def draw_review(
    session: Session, review: Review, programme: Programme, policy: Policy, *, on: date
) -> Draw:
    """Whether a submitted review would go to moderation when confirmed on this day, and why."""
    case = session.get_one(Case, review.case_id)
    birth_on = case.facts.get("birth_on")
    item = Sampled(
        case_reference=case.reference,
        outcome=review.outcome or "",
        safety=review.safety or "",
        author_agency=_author_agency(session, review),
        district=case.district,
        author_earlier_reviews=_confirmed_by_author(session, review),
        birth_on=date.fromisoformat(birth_on) if birth_on else None,
        earlier_outcomes=_outcomes_submitted(session, review),
        replaces=is_replacement(session, review.key),
        already_moderated=review.moderated,
    )
    plan = plan_on(session, programme.key, on, policy.moderation)
    return draw(item, plan=plan, on=on, seed=programme.seed)


def sample_payload(session: Session, review: Review, drawn: Draw) -> dict[str, Any]:
    """What an event keeps of a draw, so that the sample can be counted again from the events alone."""
    said = {
        "because": drawn.because,
        "rule": drawn.rule,
        "share": drawn.share,
        "outcome": review.outcome,
        "agency": _author_agency(session, review),
    }
    return {key: value for key, value in said.items() if value is not None}


def _author_agency(session: Session, review: Review) -> str:
    author = session.get(Reviewer, review.author_id) if review.author_id else None
    return author.agency if author else "council"


def _outcomes_submitted(session: Session, review: Review) -> frozenset[str]:
    query = select(Submission.outcome).where(Submission.review_id == review.key)
    return frozenset(session.exec(query))


def _confirmed_by_author(session: Session, review: Review) -> int:
    query = (
        select(func.count())
        .select_from(Review)
        .where(
            Review.author_id == review.author_id,
            Review.id != review.id,
            col(Review.state).in_([ReviewState.IN_MODERATION, ReviewState.COMPLETE]),
        )
    )
    return session.exec(query).one()
