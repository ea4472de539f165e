"""What waits for a manager's decision; reads, never writes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.models import Case, Programme, Review, Reviewer
from workflow.states import ReviewState


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission nobody has decided on."""

    reference: str
    district: str | None
    band: int
    outcome: str | None
    grade: str | None
    safety: str | None
    author_id: int | None
    author: str | None
    agency: str | None
    submitted_at: datetime | None
    due_on: date | None


def waiting_for_decision(session: Session, programme: Programme) -> list[Waiting]:
    """Submitted reviews, those with an immediate risk first, then the longest waiting."""
    at_once = sa.case((col(Review.safety) == "immediate_risk", 0), else_=1)
    columns: tuple[Any, ...] = (
        col(Case.reference),
        col(Case.district),
        col(Case.band),
        col(Review.outcome),
        col(Review.grade),
        col(Review.safety),
        col(Review.author_id),
        col(Reviewer.name),
        col(Reviewer.agency),
        col(Review.submitted_at),
        col(Review.due_on),
    )
    query = (
        sa.select(*columns)
        .select_from(Review)
        .join(Case, col(Case.id) == col(Review.case_id))
        .outerjoin(Reviewer, col(Reviewer.id) == col(Review.author_id))
        .where(
            col(Review.programme_id) == programme.key,
            col(Review.state) == ReviewState.SUBMITTED,
        )
        .order_by(at_once, col(Review.submitted_at), col(Case.reference))
    )
    return [Waiting(*row) for row in session.connection().execute(query)]
