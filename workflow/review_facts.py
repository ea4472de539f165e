"""Facts about one review that take a query, for guards and use cases; reads, never writes."""

from sqlmodel import Session, col, func, select

from workflow.models import (
    Case,
    Conflict,
    ConflictKind,
    Escalation,
    EscalationKind,
    Review,
    Submission,
)
from workflow.states import Actor


def is_in_conflict(session: Session, review: Review, actor: Actor) -> bool:
    """Whether the actor has declared a conflict with the review's case, child, family or team."""
    if actor.reviewer_id is None:
        return False
    case = session.get_one(Case, review.case_id)
    subjects = {
        ConflictKind.CASE: case.reference,
        ConflictKind.FAMILY: case.family,
        ConflictKind.CHILD: case.child_id,
        ConflictKind.TEAM: case.team,
    }
    declared = session.exec(select(Conflict).where(Conflict.reviewer_id == actor.reviewer_id))
    return any(conflict.subject == subjects[conflict.kind] for conflict in declared)


def has_immediate_escalation(session: Session, review_id: int) -> bool:
    """Whether an escalation for immediate risk is open."""
    standing = (
        (col(Escalation.review_id) == review_id)
        & (col(Escalation.kind) == EscalationKind.IMMEDIATE)
        & col(Escalation.closed_at).is_(None)
    )
    return session.exec(select(Escalation.id).where(standing)).first() is not None


def count_submissions(session: Session, review_id: int) -> int:
    """How often the review was handed in."""
    query = select(func.count()).select_from(Submission).where(Submission.review_id == review_id)
    return session.exec(query).one()
