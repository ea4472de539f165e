"""What the Improvement Board was promised, when it met and what it decided."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import Keyed, UtcDateTime, enum_type


class CommitmentKind(StrEnum):
    """Where a commitment comes from."""

    COMMITMENT = "commitment"
    """Agreed at a meeting of the Board."""
    RECOMMENDATION = "recommendation"
    """One of the inspection's recommendations that the improvement plan answers."""
    MILESTONE = "milestone"
    """A dated step of the improvement plan."""


class CommitmentStatus(StrEnum):
    """Whether it is still to be kept; red, amber and green follow from its date and the day."""

    OPEN = "open"
    MET = "met"
    DROPPED = "dropped"
    """The Board has agreed that it falls away, for a reason; stays in the register."""


class Commitment(Keyed, table=True):
    """One thing somebody owes the Board by a date; never deleted."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "reference"),)

    programme_id: int = Field(foreign_key="programme.id", index=True)
    reference: str
    """What people call it, e.g. C3."""
    kind: CommitmentKind = Field(sa_type=enum_type(CommitmentKind))
    title: str
    owner: str
    """The role or the body that answers for it."""
    first_due_on: date | None = None
    due_on: date | None = None
    status: CommitmentStatus = Field(
        default=CommitmentStatus.OPEN, sa_type=enum_type(CommitmentStatus)
    )
    evidence: str = ""
    """What shows that it is kept, or how far it is."""
    source: str = ""
    """The paper it stands in."""
    part_of: str | None = None
    """Reference of the recommendation a milestone belongs to."""
    opened_on: date
    settled_on: date | None = None
    settled_by: str | None = None
    version: int = 1
    """Counts the changes; a form posted from an older version is refused."""


class Meeting(Keyed, table=True):
    """One meeting of the Board."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "held_on"),)

    programme_id: int = Field(foreign_key="programme.id")
    held_on: date
    title: str
    chair: str = ""
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Decision(Keyed, table=True):
    """One thing a meeting decided, in its words."""

    __table_args__ = (sa.UniqueConstraint("meeting_id", "number"),)

    meeting_id: int = Field(foreign_key="meeting.id")
    number: int
    """1 for the first decision of a meeting, then counting up."""
    text: str
    commitment_id: int | None = Field(default=None, foreign_key="commitment.id")
    """The commitment that came of it, if one did."""
    recorded_at: datetime = Field(sa_type=UtcDateTime)
