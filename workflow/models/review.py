"""A review of one case, its draft, its submissions and its escalations."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from workflow.db import JSON, Erasable, Keyed, UtcDateTime, append_only, enum_type, no_entries
from workflow.operations.sealing import sealed_answers
from workflow.states import INITIAL_STATE, ReviewState


class Review(Keyed, table=True):
    """The review of one case; `workflow.reviews` is the only writer of `state`.

    Whether it is due or overdue follows from `due_on` and the day that is asked about.
    """

    __table_args__ = (
        sa.Index("ix_review_programme_state_due", "programme_id", "state", "due_on"),
        sa.Index("ix_review_reviewer_state", "reviewer_id", "state"),
    )

    programme_id: int = Field(foreign_key="programme.id")
    case_id: int = Field(foreign_key="case.id", unique=True)
    state: ReviewState = Field(default=INITIAL_STATE, sa_type=enum_type(ReviewState))
    version: int = 1
    """Counts the changes; a form posted from an older version is refused."""
    reviewer_id: int | None = Field(default=None, foreign_key="reviewer.id")
    """Who holds it; None while it is unallocated or withdrawn."""
    author_id: int | None = Field(default=None, foreign_key="reviewer.id")
    """Who wrote the latest submission."""
    confirmer: str | None = None
    """User name of the manager who sent it to moderation."""
    moderated: bool = False
    """A moderator has given a second view."""
    due_on: date | None = None
    opened_on: date
    """Day the case came into the programme."""
    allocated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str | None = None
    grade: str | None = None
    safety: str | None = None


class Draft(SQLModel, table=True):
    """What a reviewer has typed so far, raw and possibly invalid; kept until it is submitted."""

    review_id: int = Field(primary_key=True, foreign_key="review.id")
    reviewer_id: int = Field(foreign_key="reviewer.id")
    form_id: str
    form_version: int
    answers: dict[str, Any] = Field(sa_type=JSON)
    """Question id → what was typed: text, a list (checkboxes), or day, month and year (dates)."""
    sections: dict[str, Any] = Field(default_factory=no_entries, sa_type=JSON)
    """Section id → `complete` (the reviewer's word), the `version` that saved it, and from where."""
    version: int = 1
    """Counts the saves."""
    saved_at: datetime = Field(sa_type=UtcDateTime)


class Submission(Keyed, table=True):
    """One submitted form; never changed. A correction is a further submission.

    At the end of its retention `answers` can be emptied, once `PurgedCase` names the review.
    """

    __table_args__ = (sa.UniqueConstraint("review_id", "number"),)

    review_id: int = Field(foreign_key="review.id")
    number: int
    """1 for the first submission of a review, then counting up."""
    author_id: int = Field(foreign_key="reviewer.id")
    form_id: str
    form_version: int
    answers: dict[str, Any] = Field(sa_type=JSON)
    outcome: str
    grade: str
    safety: str
    submitted_at: datetime = Field(sa_type=UtcDateTime)


append_only(Submission, erasable=Erasable("answers", marker="purgedcase", key="review_id"))
sealed_answers(Draft)
sealed_answers(Submission)


class EscalationKind(StrEnum):
    """How fast an escalation must be acknowledged."""

    IMMEDIATE = "immediate"
    """Immediate danger: phone first, then this record; acknowledged within the hour, by duty hours."""
    SAME_DAY = "same_day"
    """Serious concern: acknowledged the same working day."""


class Escalation(Keyed, table=True):
    """A child may be unsafe: raised by a reviewer, acknowledged by a manager, closed with an outcome."""

    programme_id: int = Field(foreign_key="programme.id", index=True)
    review_id: int = Field(foreign_key="review.id", index=True)
    kind: EscalationKind = Field(sa_type=enum_type(EscalationKind))
    reason: str
    raised_by: str
    raised_at: datetime = Field(sa_type=UtcDateTime)
    acknowledge_by: datetime = Field(sa_type=UtcDateTime)
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
