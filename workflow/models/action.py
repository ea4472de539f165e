"""A follow-on action: what must happen to a case after its review, by whom and by when."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import Keyed, UtcDateTime, enum_type


class ActionKind(StrEnum):
    """What has to be done."""

    STRATEGY_DISCUSSION = "strategy_discussion"
    """Council, police and health decide whether a section 47 enquiry begins."""
    CONFERENCE = "conference"
    """Initial child protection conference, where the enquiry bears the concern out."""
    NEW_WORKER = "new_worker"
    """Re-allocation of the case to a qualified social worker."""
    PLAN_CHANGES = "plan_changes"
    """A change to the plan: one action for each that the reviewer wrote."""
    HANDOVER = "handover"
    """Hand-over of a step down to a named lead professional or agency."""
    CLOSURE_CHECK = "closure_check"
    """Nothing on file forbids closing the episode (the Department for Education's rules)."""
    FAMILY_TOLD = "family_told"
    """The family and the agencies around it know the outcome."""
    LEGAL_PLANNING = "legal_planning"
    """Hand-off to a senior manager and legal planning; continues outside the programme."""
    TRANSFER = "transfer"
    """Another authority or service has taken the case over."""
    RECORD_CORRECTION = "record_correction"
    """The record is found, put right or left, so that the child can be reviewed or leave the count."""
    RECHECK = "recheck"
    """Somebody looks again whether things have changed for the child."""


class ActionStatus(StrEnum):
    """Whether it is still to do; overdue follows from `due_on`."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
    """Not needed any more, for a reason; stays visible."""


class FollowOnAction(Keyed, table=True):
    """One action that a review's outcome, its reviewer or a manager asked for; never deleted."""

    __table_args__ = (
        sa.Index("ix_followonaction_review_status", "review_id", "status"),
        sa.Index("ix_followonaction_programme_status_due", "programme_id", "status", "due_on"),
    )

    programme_id: int = Field(foreign_key="programme.id")
    review_id: int = Field(foreign_key="review.id")
    kind: ActionKind = Field(sa_type=enum_type(ActionKind))
    task: str = ""
    """What to do in the reviewer's or manager's words; empty where the kind says it."""
    owner_role: str
    """Who must do it: a role of the field, such as `practice_manager`, or what the reviewer wrote."""
    owner: str | None = None
    """The person who has taken it on, where one is named."""
    receiver: str | None = None
    """The lead professional, agency, worker or authority that takes the child's support over."""
    safety_relevant: bool
    """The case is not made safe before this is settled."""
    first_due_on: date
    """The date it was opened with."""
    due_on: date
    extensions: int = 0
    status: ActionStatus = Field(default=ActionStatus.OPEN, sa_type=enum_type(ActionStatus))
    opened_at: datetime = Field(sa_type=UtcDateTime)
    done_on: date | None = None
    """The day it was done, which may lie before the day somebody said so."""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = None
    result: str | None = None
    """What was done, or why it is not needed."""
    version: int = 1
    """Counts the changes; a form posted from an older version is refused."""
