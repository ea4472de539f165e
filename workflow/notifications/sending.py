"""Handing out what waits to be sent, to one sender at a time.

A sender claims rows in a transaction of its own, sends outside any transaction, and settles each row as
soon as it knows. A row is claimed by one sender only, so nothing is sent twice while senders live. One
that dies between handing a message over and settling it leaves a claim that lapses, and the message goes
again: at least once, never not at all. What goes again carries the same number, so that whoever takes it
can tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, select

from workflow.models import Delivery, Notification, Sending, Signal


@dataclass(frozen=True, slots=True)
class SendingPolicy:
    """How patient sending is."""

    attempts: int = 20
    """Tries before somebody has to look at it: with the pauses below about 14 hours, a night."""
    first_pause: timedelta = timedelta(minutes=1)
    """Before the second try; it doubles from then on."""
    longest_pause: timedelta = timedelta(hours=1)
    lease: timedelta = timedelta(minutes=15)
    """How long a claim holds; sending a batch takes less."""
    news_for: timedelta | None = timedelta(hours=48)
    """What was not even tried for so long is no news any more; None: it always is."""
    at_once: int = 50
    """Rows claimed together."""

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many tries."""
        doubled: timedelta = self.first_pause * 2 ** max(attempts - 1, 0)
        return min(doubled, self.longest_pause)


EMAILS = SendingPolicy()
SIGNALS = SendingPolicy(news_for=None, at_once=5_000)
"""Flows are told of many things at once, and late is as good as soon."""
KEPT_FOR = timedelta(days=180)
"""Messages and signals are deleted afterwards; the record of events says what happened."""
R = TypeVar("R", Delivery, Signal)
Waiting = Delivery | Signal


def claim(
    session: Session,
    model: type[R],
    *,
    mark: str,
    now: datetime,
    policy: SendingPolicy = EMAILS,
) -> list[R]:
    """Take what is due in hand, the oldest first; each row counts one more try.

    Args:
        mark: the sender's own, never used before.
    """
    row: Any = model
    if policy.news_for is not None:
        _expire(session, model, now - policy.news_for)
    query = (
        select(model)
        .where(
            sa.text("sending = 'waiting'"),  # as a text, so that the partial index serves it
            row.next_try_at <= now,
            sa.or_(row.claimed_until.is_(None), row.claimed_until < now),
        )
        .order_by(row.next_try_at, row.id)
        .limit(policy.at_once)
        .with_for_update(skip_locked=True)
    )
    claimed = list(session.exec(query))
    for one in claimed:
        one.attempts += 1
        one.claim, one.claimed_until = mark, now + policy.lease
    return claimed


def settle_sent(session: Session, sent: Sequence[Waiting], *, now: datetime) -> None:
    """Note that rows were accepted by whoever takes them."""
    for one in _still_ours(session, sent):
        one.sending, one.sent_at = Sending.SENT, now
        one.claim, one.claimed_until, one.last_error = None, None, None


def settle_failed(
    session: Session,
    failed: Waiting,
    *,
    error: str,
    now: datetime,
    is_final: bool = False,
    policy: SendingPolicy = EMAILS,
) -> bool:
    """Note why a try failed, and when the next one is; after the last one somebody must look at it.

    Args:
        error: a kind of error or a code; never an address or a text of the other side's.
        is_final: another try would fail as well.

    Returns:
        Whether it is given up.
    """
    gives_up = is_final or failed.attempts >= policy.attempts
    for one in _still_ours(session, [failed]):
        one.sending = Sending.FAILED if gives_up else Sending.WAITING
        one.next_try_at = now + policy.pause(one.attempts)
        one.claim, one.claimed_until, one.last_error = None, None, error
    return gives_up


def send_again(session: Session, *, programme_id: int, now: datetime) -> int:
    """Let everything that was given up wait for sending again, as if it had never been tried."""
    count = 0
    for model in (Delivery, Signal):
        row: Any = model
        failed = select(model).where(
            row.programme_id == programme_id, row.sending == Sending.FAILED
        )
        for one in session.exec(failed.with_for_update()):
            one.sending, one.attempts, one.next_try_at = Sending.WAITING, 0, now
            count += 1
    return count


def forget(session: Session, *, programme_id: int, before: datetime) -> int:
    """Delete a programme's copies, signals and messages written before an instant.

    Returns:
        How many rows are gone.
    """
    gone = 0
    for model in (Delivery, Signal, Notification):  # copies before their messages
        row: Any = model
        old = sa.delete(model).where(row.programme_id == programme_id, row.written_at < before)
        gone += session.connection().execute(old).rowcount
    return gone


def _expire(session: Session, model: type[R], before: datetime) -> None:
    row: Any = model
    session.exec(
        sa.update(model)
        .where(sa.text("sending = 'waiting'"), row.attempts == 0, row.next_try_at < before)
        .values(sending=Sending.EXPIRED)
        .execution_options(synchronize_session=False)
    )


def _still_ours(session: Session, claimed: Sequence[Waiting]) -> list[Waiting]:
    """The rows as they stand, but for those whose claim lapsed and went to another sender."""
    found = []
    for mine in claimed:
        stored = session.get(type(mine), mine.key, with_for_update=True)
        if isinstance(stored, Waiting) and stored.claim == mine.claim:
            found.append(stored)
    return found
