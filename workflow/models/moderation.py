"""Moderation: the sample's plans and replacements, and the moderators' own blind reviews."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from workflow.db import JSON, Erasable, Keyed, UtcDateTime, append_only, no_entries
from workflow.operations.sealing import sealed_answers


class SamplingRule(Keyed, table=True):
    """Which reviews get a blind second look from a day on; a later row replaces it."""

    programme_id: int = Field(foreign_key="programme.id", index=True)
    in_force_from: date
    plan: dict[str, Any] = Field(sa_type=JSON)
    """The fields of `workflow.quality.sampling.SamplingPlan`, as its `to_json` writes them."""
    reason: str
    """Why the sample changes on that day."""
    set_by: str
    set_at: datetime = Field(sa_type=UtcDateTime)


append_only(SamplingRule)


class SampleReplacement(Keyed, table=True):
    """A review drawn in place of one that was withdrawn before anybody had moderated it."""

    withdrawn_id: int = Field(foreign_key="review.id", index=True)
    review_id: int = Field(foreign_key="review.id", unique=True)
    """The review that takes its place in the sample."""
    drawn_at: datetime = Field(sa_type=UtcDateTime)


append_only(SampleReplacement)


class SecondDraft(SQLModel, table=True):
    """What a moderator has typed so far in a review of their own; kept until it is submitted."""

    review_id: int = Field(primary_key=True, foreign_key="review.id")
    moderator: str = Field(primary_key=True)
    form_id: str
    form_version: int
    answers: dict[str, Any] = Field(sa_type=JSON)
    """As in `Draft`."""
    sections: dict[str, Any] = Field(default_factory=no_entries, sa_type=JSON)
    """As in `Draft`."""
    version: int = 0
    """Counts the saves."""
    saved_at: datetime = Field(sa_type=UtcDateTime)


class ModerationReview(Keyed, table=True):
    """A moderator's own review of a case, written before they saw the first one; never changed.

    At the end of its retention `answers` can be emptied, once `PurgedCase` names the review.
    """

    __table_args__ = (sa.UniqueConstraint("submission_id", "moderator"),)

    review_id: int = Field(foreign_key="review.id", index=True)
    submission_id: int = Field(foreign_key="submission.id")
    """The first review it stands beside."""
    moderator: str
    """The moderator's user name."""
    form_id: str
    form_version: int
    answers: dict[str, Any] = Field(sa_type=JSON)
    outcome: str
    grade: str
    safety: str
    submitted_at: datetime = Field(sa_type=UtcDateTime)


append_only(ModerationReview, erasable=Erasable("answers", marker="purgedcase", key="review_id"))
sealed_answers(SecondDraft)
sealed_answers(ModerationReview)
