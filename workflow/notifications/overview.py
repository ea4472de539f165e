"""What became of telling people and flows: counts, and what somebody must look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.models import (
    Account,
    Delivery,
    Notification,
    NotificationKind,
    Programme,
    Sending,
    Signal,
    SignalKind,
)

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Unsent:
    """An e-mail or a signal that was tried and is not out."""

    number: int
    kind: NotificationKind | SignalKind
    to: str | None
    """Name of the account; None: the flows."""
    sending: Sending
    attempts: int
    last_error: str | None
    written_at: datetime
    next_try_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """The outbox of a programme."""

    emails: dict[Sending, int]
    signals: dict[Sending, int]
    unsent: tuple[Unsent, ...]
    """Given up first, then what is tried again; at most a hundred of each."""
    last_sent_at: datetime | None
    """When an e-mail was last handed over."""

    @property
    def failed(self) -> int:
        """What was given up."""
        return self.emails[Sending.FAILED] + self.signals[Sending.FAILED]


def overview(session: Session, programme: Programme) -> Overview:
    """How telling people and flows goes in a programme."""
    last: Any = sa.select(sa.func.max(col(Delivery.sent_at))).where(
        col(Delivery.programme_id) == programme.key
    )
    return Overview(
        emails=_counts(session, programme, Delivery),
        signals=_counts(session, programme, Signal),
        unsent=(*_unsent_emails(session, programme), *_unsent_signals(session, programme)),
        last_sent_at=session.connection().execute(last).scalar_one(),
    )


def _counts(
    session: Session, programme: Programme, model: type[Delivery] | type[Signal]
) -> dict[Sending, int]:
    row: Any = model
    query: Any = (
        sa.select(row.sending, sa.func.count())
        .where(row.programme_id == programme.key)
        .group_by(row.sending)
    )
    found = dict(tuple(row) for row in session.connection().execute(query))
    return {sending: found.get(sending, 0) for sending in Sending}


def _troubled(row: Any) -> Any:
    return sa.or_(
        row.sending == Sending.FAILED,
        sa.and_(row.sending == Sending.WAITING, row.last_error.is_not(None)),
    )


def _state_of(row: Any) -> tuple[Any, ...]:
    return row.sending, row.attempts, row.last_error, row.written_at, row.next_try_at


def _unsent_emails(session: Session, programme: Programme) -> list[Unsent]:
    columns: tuple[Any, ...] = (col(Delivery.id), col(Notification.kind), col(Account.name))
    query: Any = (
        sa.select(*columns, *_state_of(Delivery))
        .join(Notification, col(Notification.id) == col(Delivery.notification_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .where(col(Delivery.programme_id) == programme.key, _troubled(Delivery))
        .order_by(col(Delivery.sending), col(Delivery.id).desc())
        .limit(MOST_SHOWN)
    )
    return [Unsent(*row) for row in session.connection().execute(query)]


def _unsent_signals(session: Session, programme: Programme) -> list[Unsent]:
    columns: tuple[Any, ...] = (col(Signal.id), col(Signal.kind), sa.null())
    query: Any = (
        sa.select(*columns, *_state_of(Signal))
        .where(col(Signal.programme_id) == programme.key, _troubled(Signal))
        .order_by(col(Signal.sending), col(Signal.id).desc())
        .limit(MOST_SHOWN)
    )
    return [Unsent(*row) for row in session.connection().execute(query)]
