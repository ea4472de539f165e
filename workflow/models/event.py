"""The append-only record of everything that happened; `workflow.audit` is the only writer."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from workflow.db import JSON, Erasable, Keyed, UtcDateTime, append_only, no_entries


class Event(Keyed, table=True):
    """One thing that happened, chained to the one before by an HMAC.

    `payload` holds ids, codes and dates only: never free text about a child. `reason` is what the
    actor gave for the action, in their words: it is chained by its seal alone, so that it can go at the
    end of the case's retention (once `PurgedCase` names it) while the event and the chain stay.
    """

    __table_args__ = (
        sa.UniqueConstraint("programme_id", "seq"),
        sa.Index("ix_event_review_seq", "review_id", "seq"),
    )

    programme_id: int = Field(foreign_key="programme.id")
    seq: int
    """Counts the programme's events from 1 without gaps."""
    kind: str
    """Past tense: `review_allocated`, `caseload_imported` …"""
    action: str | None = None
    """The action of the state table, for events that change a review's state."""
    review_id: int | None = Field(default=None, foreign_key="review.id")
    case_id: int | None = Field(default=None, foreign_key="case.id")
    from_state: str | None = None
    to_state: str | None = None
    actor: str
    at: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = None
    reason_seal: str | None = None
    """HMAC of the reason; it stays when the reason goes."""
    payload: dict[str, Any] = Field(default_factory=no_entries, sa_type=JSON)
    previous_mac: str
    mac: str


class AuditHead(SQLModel, table=True):
    """The newest link of a programme's chain; its row lock keeps the chain from forking."""

    programme_id: int = Field(primary_key=True, foreign_key="programme.id")
    seq: int = 0
    mac: str = ""


append_only(Event, erasable=Erasable("reason", "purgedcase", "review_id", "case_id", is_text=True))
