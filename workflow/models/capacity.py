"""Practice Managers who still carry cases, and what was counted of them; vacant posts are `Vacancy`."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import Keyed, UtcDateTime


class PracticeManager(Keyed, table=True):
    """Somebody who should manage and still carries cases; `CaseCount` says how many."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "reference"),)

    programme_id: int = Field(foreign_key="programme.id", index=True)
    reference: str
    """The roster's own key, or the number of the post."""
    name: str
    team: str | None = None
    district: str | None = None
    first_ends_on: date | None = None
    """The date first given for the end of carrying cases."""
    ends_on: date | None = None
    """The date given now; None: none has been given."""
    version: int = 1


class CaseCount(Keyed, table=True):
    """How many cases a Practice Manager carried at the end of a day."""

    __table_args__ = (sa.UniqueConstraint("manager_id", "counted_on"),)

    manager_id: int = Field(foreign_key="practicemanager.id", index=True)
    counted_on: date
    cases: int
    counted_by: str
    noted_at: datetime = Field(sa_type=UtcDateTime)
