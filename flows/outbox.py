"""Sending what waits in the outbox, without Prefect: emails, and forgetting what is old."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlmodel import Session, col, select

from flows.runtime import moment
from forms.inbox import email_text, worded
from workflow.db import Database
from workflow.models import Account, Delivery, Notification, Programme
from workflow.notifications.mail import Letter, MailError, MailLine, MailServer
from workflow.notifications.sending import (
    KEPT_FOR,
    claim,
    forget,
    settle_failed,
    settle_sent,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round of sending did."""

    sent: int = 0
    tried_again: int = 0
    """Failed, and will be tried again."""
    given_up: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        """Both rounds together."""
        return Sent(
            self.sent + other.sent,
            self.tried_again + other.tried_again,
            self.given_up + other.given_up,
        )

    def to_json(self) -> dict[str, int]:
        """The counts."""
        return asdict(self)


def send_emails(database: Database, server: MailServer | None, *, base_url: str = "") -> Sent:
    """Send all emails that are due; without a mail server, none.

    Each is claimed, handed over outside any transaction, and settled by itself.
    """
    done = Sent()
    while server is not None:
        with database.write() as session:
            claimed = claim(session, Delivery, mark=uuid4().hex, now=datetime.now(UTC))
            letters = list(_letters(session, claimed, base_url))
        if not claimed:
            break
        done += _send(database, server, letters)
    return done


def tidy(database: Database) -> int:
    """Delete messages and signals that nobody needs any more, by each programme's own clock."""
    gone = 0
    with database.write() as session:
        for programme in session.exec(select(Programme)).all():
            before = moment(session, programme, None).now - KEPT_FOR
            gone += forget(session, programme_id=programme.key, before=before)
    return gone


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A copy that is ours to send, and its letter."""

    delivery: Delivery
    letter: Letter


def _letters(session: Session, claimed: Sequence[Delivery], base_url: str) -> Iterator[_Claimed]:
    query = (
        select(Delivery, Notification, Account, Programme.name)
        .join(Notification, col(Notification.id) == col(Delivery.notification_id))
        .join(Account, col(Account.id) == col(Delivery.account_id))
        .join(Programme, col(Programme.id) == col(Delivery.programme_id))
        .where(col(Delivery.id).in_([one.key for one in claimed]))
        .order_by(col(Delivery.id))
    )
    session.flush()
    for delivery, notification, account, service in session.exec(query):
        message = worded(
            notification.kind,
            notification.content,
            recipient=notification.recipient,
            about_on=notification.about_on,
        )
        subject, body = email_text(message, service=service, base_url=base_url)
        yield _Claimed(
            delivery,
            Letter(
                to=account.user_name,
                subject=subject,
                body=body,
                number=f"cin-{delivery.programme_id}-{delivery.key}",
                written_at=delivery.written_at,
            ),
        )


def _send(database: Database, server: MailServer, claimed: Sequence[_Claimed]) -> Sent:
    """Send a batch over one connection."""
    try:
        with server.connect() as line:
            return _total(_send_one(database, line, one) for one in claimed)
    except MailError as unreachable:
        return _total(_fail(database, one, unreachable) for one in claimed)


def _total(rounds: Iterable[Sent]) -> Sent:
    return sum(rounds, Sent())


def _send_one(database: Database, line: MailLine, one: _Claimed) -> Sent:
    try:
        line.send(one.letter)
    except MailError as refused:
        return _fail(database, one, refused)
    with database.write() as session:
        settle_sent(session, [one.delivery], now=datetime.now(UTC))
    return Sent(sent=1)


def _fail(database: Database, one: _Claimed, error: MailError) -> Sent:
    with database.write() as session:
        gives_up = settle_failed(
            session,
            one.delivery,
            error=str(error),
            now=datetime.now(UTC),
            is_final=error.is_final,
        )
    return Sent(given_up=1) if gives_up else Sent(tried_again=1)
