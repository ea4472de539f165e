"""The outbox: what people are told, each person's copy of it, and what the flows are told.

Rows are written in the transaction of what they speak of and sent later: nobody hears of a change that
was rolled back, and no change goes untold because a mail server was down.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from workflow.db import JSON, Keyed, UtcDateTime, enum_type, no_entries


class NotificationKind(StrEnum):
    """What a message is about."""

    ALLOCATED = "allocated"
    """Reviews were allocated to you."""
    MOVED_AWAY = "moved_away"
    """Reviews you held went to somebody else, or back to the coordinator."""
    RETURNED = "returned"
    """A review of yours came back for changes."""
    CHASE = "chase"
    """What is due, overdue or waiting: the sweep's message of the day."""
    ESCALATION = "escalation"
    """A child may be unsafe."""
    ESCALATION_LATE = "escalation_late"
    """Nobody has acknowledged an escalation in time."""


class Sending(StrEnum):
    """How far something is on its way out."""

    NONE = "none"
    """Nothing is to be sent: there is no address."""
    WAITING = "waiting"
    """To be sent, now or at the next try."""
    SENT = "sent"
    """Handed over, and accepted by whoever takes it."""
    FAILED = "failed"
    """Given up; somebody must look at it."""
    EXPIRED = "expired"
    """Never sent, and no news any more."""


class Outgoing(SQLModel):
    """What everything that is sent has: how often it was tried, and who tries it now."""

    sending: Sending = Field(default=Sending.WAITING, sa_type=enum_type(Sending))
    attempts: int = 0
    next_try_at: datetime = Field(sa_type=UtcDateTime)
    claim: str | None = None
    """Mark of the sender that has it in hand."""
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When others may take it: its sender is gone."""
    last_error: str | None = None
    """Why the last try failed: a kind of error or a code, never an address."""
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Notification(Keyed, table=True):
    """One message to a reviewer or to everybody in a role: case references, never a child's details."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "recipient", "kind", "topic"),)

    programme_id: int = Field(foreign_key="programme.id", index=True)
    recipient: str
    """A reviewer's roster reference, or a role such as `coordinator`."""
    kind: NotificationKind = Field(sa_type=enum_type(NotificationKind))
    topic: str | None = None
    """What is told once only, e.g. `2016-02-24` or `run-7`; None: as often as it happens."""
    about_on: date
    """The day the message speaks of."""
    content: dict[str, Any] = Field(sa_type=JSON)
    """Group (an alert's kind, a state, or `reviews`) → case references."""
    written_at: datetime = Field(sa_type=UtcDateTime)


class Delivery(Keyed, Outgoing, table=True):
    """Somebody's copy of a message: in their inbox, and on its way by e-mail if they have an address."""

    __table_args__ = (
        sa.UniqueConstraint("notification_id", "account_id"),
        sa.Index("ix_delivery_inbox", "account_id", "written_at"),
        sa.Index(
            "ix_delivery_unread",
            "account_id",
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        ),
        sa.Index(
            "ix_delivery_waiting",
            "next_try_at",
            sqlite_where=sa.text("sending = 'waiting'"),
            postgresql_where=sa.text("sending = 'waiting'"),
        ),
    )

    programme_id: int = Field(foreign_key="programme.id", index=True)
    notification_id: int = Field(foreign_key="notification.id")
    account_id: int = Field(foreign_key="account.id")
    written_at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignalKind(StrEnum):
    """What the flows are told."""

    CASELOAD_IMPORTED = "cin.caseload.imported"
    REVIEWS_SUBMITTED = "cin.reviews.submitted"
    ALLOCATION_APPLIED = "cin.allocation.applied"


class Signal(Keyed, Outgoing, table=True):
    """Something the flows may have to act on; numbers only."""

    __table_args__ = (
        sa.Index(
            "ix_signal_waiting",
            "next_try_at",
            sqlite_where=sa.text("sending = 'waiting'"),
            postgresql_where=sa.text("sending = 'waiting'"),
        ),
    )

    programme_id: int = Field(foreign_key="programme.id", index=True)
    kind: SignalKind = Field(sa_type=enum_type(SignalKind))
    payload: dict[str, int] = Field(default_factory=no_entries, sa_type=JSON)
    """Numbers of rows, e.g. `{"run": 7}`."""
    written_at: datetime = Field(sa_type=UtcDateTime)
