"""Writing to the outbox, in the transaction of what is told: messages to people, signals to flows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.calendar import local_date
from workflow.models import (
    Account,
    Delivery,
    Notification,
    NotificationKind,
    Reviewer,
    Sending,
    Signal,
    SignalKind,
)
from workflow.states import Actor, Role

RECENT = timedelta(days=14)
"""What somebody finds in their inbox when they get an account."""
Content = Mapping[str, Sequence[str]]
"""Group → case references."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to tell a reviewer of the roster (by number) or everybody in a role."""

    to: int | Role
    kind: NotificationKind
    content: Content
    topic: str | None = None
    """Told once only, however often it is written; None: each time."""


@dataclass(frozen=True, slots=True)
class _Person:
    """An account that can be told something."""

    account_id: int
    address: str | None
    recipients: frozenset[str]
    """What messages to them are addressed to: their roster reference, their roles."""


def tell_all(
    session: Session,
    messages: Iterable[Message],
    *,
    programme_id: int,
    actor: Actor,
    now: datetime,
) -> int:
    """Write messages and everybody's copies; whoever did the thing is not told of it.

    Somebody in two roles gets one copy of what both are told. A message to a reviewer without an account
    is kept, and waits for them in the inbox they get (`catch_up`).

    Returns:
        How many messages are new.
    """
    wanted = list(messages)
    if not wanted:
        return 0
    references = _references(session, {one.to for one in wanted if not isinstance(one.to, Role)})
    fresh = _untold(session, programme_id, wanted, references)
    written = [
        Notification(
            programme_id=programme_id,
            recipient=recipient,
            kind=message.kind,
            topic=message.topic,
            about_on=local_date(now),
            content={group: list(named) for group, named in message.content.items()},
            written_at=now,
        )
        for message, recipient in fresh
    ]
    session.add_all(written)
    session.flush()  # copies name their message by its number
    _deliver(session, written, _people(session, programme_id, but=actor.name), now)
    return len(written)


def catch_up(session: Session, account: Account, *, since: datetime) -> None:
    """Put what was told to a new account's reviewer or roles into its inbox; nothing is emailed.

    Of the messages of a day only the newest is unread.
    """
    person = _people(session, account.programme_id, only=account.key)
    told: Any = session.connection().execute(
        sa.select(col(Notification.id), col(Notification.written_at), col(Notification.kind))
        .where(
            col(Notification.programme_id) == account.programme_id,
            col(Notification.recipient).in_(person[0].recipients if person else ()),
            col(Notification.written_at) >= since,
            col(Notification.id).not_in(
                sa.select(col(Delivery.notification_id)).where(
                    col(Delivery.account_id) == account.key
                )
            ),
        )
        .order_by(col(Notification.id))
    )
    found = [tuple(row) for row in told]
    days = [number for number, _, kind in found if kind is NotificationKind.CHASE]
    rows = [
        _copy(account.programme_id, number, account.key, Sending.NONE, written_at)
        | {"read_at": written_at if number in days[:-1] else None}
        for number, written_at, _ in found
    ]
    if rows:
        session.connection().execute(sa.insert(Delivery), rows)


def supersede(session: Session, *, programme_id: int, topic: str, now: datetime) -> None:
    """Let messages of earlier days count as read, and stay unsent, for who got one of today."""
    chase = sa.and_(
        col(Notification.programme_id) == programme_id,
        col(Notification.kind) == NotificationKind.CHASE,
    )
    told_today = (
        sa.select(col(Delivery.account_id))
        .join(Notification, col(Notification.id) == col(Delivery.notification_id))
        .where(chase, col(Notification.topic) == topic)
    )
    earlier = sa.select(col(Notification.id)).where(chase, col(Notification.topic) < topic)
    older = sa.and_(
        col(Delivery.account_id).in_(told_today), col(Delivery.notification_id).in_(earlier)
    )
    unread, unsent = col(Delivery.read_at).is_(None), col(Delivery.sending) == Sending.WAITING
    for which, values in ((unread, {"read_at": now}), (unsent, {"sending": Sending.EXPIRED})):
        session.exec(
            sa.update(Delivery)
            .where(older, which)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def signal(
    session: Session,
    kind: SignalKind,
    *,
    programme_id: int,
    now: datetime,
    payload: Mapping[str, int] | None = None,
) -> None:
    """Leave word for the flows; `payload` takes numbers of rows only."""
    session.add(
        Signal(
            programme_id=programme_id,
            kind=kind,
            payload=dict(payload or {}),
            next_try_at=now,
            written_at=now,
        )
    )


def _references(session: Session, reviewer_ids: Collection[int]) -> dict[int, str]:
    if not reviewer_ids:
        return {}
    query: Any = sa.select(col(Reviewer.id), col(Reviewer.reference)).where(
        col(Reviewer.id).in_(reviewer_ids)
    )
    return dict(tuple(row) for row in session.connection().execute(query))


def _untold(
    session: Session,
    programme_id: int,
    messages: Sequence[Message],
    references: Mapping[int, str],
) -> list[tuple[Message, str]]:
    """The messages with their recipients, but for those whose topic was told before."""
    addressed = [
        (one, one.to.value if isinstance(one.to, Role) else references[one.to]) for one in messages
    ]
    topics = {one.topic for one in messages if one.topic is not None}
    if not topics:
        return addressed
    columns: Any = (col(Notification.recipient), col(Notification.kind), col(Notification.topic))
    query = sa.select(*columns).where(
        col(Notification.programme_id) == programme_id, col(Notification.topic).in_(topics)
    )
    told = {tuple(row) for row in session.connection().execute(query)}
    return [(one, to) for one, to in addressed if (to, one.kind, one.topic) not in told]


def _people(
    session: Session, programme_id: int, *, but: str | None = None, only: int | None = None
) -> list[_Person]:
    query: Any = (
        sa.select(
            col(Account.id), col(Account.user_name), col(Account.roles), col(Reviewer.reference)
        )
        .outerjoin(Reviewer, col(Reviewer.id) == col(Account.reviewer_id))
        .where(col(Account.programme_id) == programme_id, col(Account.disabled_at).is_(None))
        .order_by(col(Account.id))
    )
    if only is not None:
        query = query.where(col(Account.id) == only)
    return [
        _Person(
            account_id=number,
            address=user_name if "@" in user_name else None,
            recipients=frozenset((*roles, *filter(None, (reference,)))),
        )
        for number, user_name, roles, reference in session.connection().execute(query)
        if user_name != but
    ]


def _deliver(
    session: Session, written: Sequence[Notification], people: Sequence[_Person], now: datetime
) -> None:
    rows: list[dict[str, Any]] = []
    seen: set[tuple[int, str, str]] = set()
    for message in written:
        for person in people:
            same = (person.account_id, message.kind, repr(message.content))
            if message.recipient not in person.recipients or same in seen:
                continue
            seen.add(same)
            sending = Sending.WAITING if person.address else Sending.NONE
            rows.append(_copy(message.programme_id, message.key, person.account_id, sending, now))
    if rows:
        session.connection().execute(sa.insert(Delivery), rows)


def _copy(
    programme_id: int,
    notification_id: int,
    account_id: int,
    sending: Sending,
    written_at: datetime,
) -> dict[str, Any]:
    return {
        "programme_id": programme_id,
        "notification_id": notification_id,
        "account_id": account_id,
        "sending": sending,
        "attempts": 0,
        "next_try_at": written_at,
        "written_at": written_at,
    }
