"""The roster: reviewers, their leave and conflicts, and the posts that stand vacant."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, UtcDateTime, enum_type, no_items


class Reviewer(Keyed, table=True):
    """Somebody who reviews, from whichever agency, with what they can give."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "reference"),)

    programme_id: int = Field(foreign_key="programme.id", index=True)
    reference: str
    """The roster's own key, e.g. a staff or collar number."""
    name: str
    agency: str
    """`council`, `constabulary`, or another agency of the programme."""
    team: str | None = None
    district: str | None = None
    """Base district (code)."""
    available_from: date
    available_to: date | None = None
    """Last day; None: to the end of the programme."""
    points_per_day: float
    """Review points on a full working day."""
    pattern: list[float] = Field(sa_type=JSON)
    """Share of a full day worked on Monday to Sunday, seven numbers from 0 to 1."""
    qualification: str = "other"
    """`social_worker`, `police_officer` or `other`."""
    skills: list[str] = Field(default_factory=no_items, sa_type=JSON)
    roles: list[str] = Field(default_factory=lambda: ["reviewer"], sa_type=JSON)

    @property
    def is_qualified(self) -> bool:
        """Whether the reviewer is a qualified social worker."""
        return self.qualification == "social_worker"


class Leave(Keyed, table=True):
    """Days a reviewer is away, both ends counted."""

    reviewer_id: int = Field(foreign_key="reviewer.id", index=True)
    first_on: date
    last_on: date
    kind: str = "leave"
    """`leave`, `sickness`, `training` …"""


class ConflictKind(StrEnum):
    """What a reviewer must keep away from."""

    CASE = "case"
    FAMILY = "family"
    CHILD = "child"
    TEAM = "team"


class Conflict(Keyed, table=True):
    """A declared conflict of interest: the reviewer knows, worked with or investigated them."""

    __table_args__ = (sa.UniqueConstraint("reviewer_id", "kind", "subject"),)

    reviewer_id: int = Field(foreign_key="reviewer.id", index=True)
    kind: ConflictKind = Field(sa_type=enum_type(ConflictKind))
    subject: str
    """Case reference, family id, child id or team name."""
    reason: str = ""
    declared_at: datetime = Field(sa_type=UtcDateTime)


class Vacancy(Keyed, table=True):
    """A post that stands vacant and would review once filled; its start is uncertain."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "reference"),)

    programme_id: int = Field(foreign_key="programme.id", index=True)
    reference: str
    role: str
    agency: str
    district: str | None = None
    since_on: date | None = None
    expected_on: date | None = None
    filled_on: date | None = None
    points_per_day: float
