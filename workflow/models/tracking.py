"""What the sweep found: alerts that open and clear."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, UtcDateTime, enum_type, no_entries


class AlertKind(StrEnum):
    """What needs somebody's eye."""

    OVERDUE = "overdue"
    """Past its due date and not yet submitted."""
    DUE_SOON = "due_soon"
    """Due within the reminder period."""
    NOT_STARTED = "not_started"
    """Allocated for too long without a start."""
    STALE_DRAFT = "stale_draft"
    """In progress, but nothing typed for too long."""
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    """Submitted and waiting too long for a manager."""
    UNACKNOWLEDGED = "unacknowledged"
    """An escalation whose clock has run out."""
    HOLDER_LEFT = "holder_left"
    """Held by a reviewer who has left; released to the coordinator."""
    HOLDER_ABSENT = "holder_absent"
    """Held by a reviewer who is away for long."""


class Alert(Keyed, table=True):
    """One thing to chase about one review; opened once, cleared when it is no longer true."""

    __table_args__ = (
        sa.Index(
            "uq_alert_open",
            "review_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("cleared_on IS NULL"),
            postgresql_where=sa.text("cleared_on IS NULL"),
        ),
    )

    programme_id: int = Field(foreign_key="programme.id", index=True)
    review_id: int = Field(foreign_key="review.id")
    kind: AlertKind = Field(sa_type=enum_type(AlertKind))
    opened_on: date
    cleared_on: date | None = None
    detail: dict[str, Any] = Field(default_factory=no_entries, sa_type=JSON)


class Sweep(Keyed, table=True):
    """One run of the sweep and what it did."""

    programme_id: int = Field(foreign_key="programme.id", index=True)
    as_of: date
    swept_at: datetime = Field(sa_type=UtcDateTime)
    opened: dict[str, int] = Field(sa_type=JSON)
    cleared: dict[str, int] = Field(sa_type=JSON)
    released: int
    """Reviews taken back from reviewers who have left."""
    notified: int
    """Messages written to the outbox."""
