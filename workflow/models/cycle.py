"""What has been done of a programme's daily cycle, so that each step of a day is done exactly once."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, UtcDateTime, append_only, enum_type


class CycleStep(StrEnum):
    """The steps of a cycle, in their order."""

    TRACK = "track"
    """The sweep: reviews of leavers come back, alerts open and clear."""
    ALLOCATE = "allocate"
    """What waits is allocated."""
    FORECAST = "forecast"
    """The day's forecast is kept."""
    REPORT = "report"
    """The figures of the Board report are kept."""
    END = "end"
    """All of it is done."""


class CycleEntry(Keyed, table=True):
    """One step that is done; it commits together with what the step changed."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "day", "occasion", "step"),)

    programme_id: int = Field(foreign_key="programme.id")
    day: date
    """The day the cycle speaks of."""
    occasion: str
    """Why there was a cycle: `daily`, or files that came in (`files-…`)."""
    step: CycleStep = Field(sa_type=enum_type(CycleStep))
    summary: dict[str, Any] = Field(sa_type=JSON)
    """Counts, dates and figures; never a word about a child."""
    done_by: str
    done_at: datetime = Field(sa_type=UtcDateTime)


append_only(CycleEntry)
