"""Somebody's inbox: their copies of messages, read and unread."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.errors import NotFoundError
from workflow.models import Delivery, Notification, NotificationKind

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Received:
    """One message in somebody's inbox."""

    number: int
    """Of their copy."""
    kind: NotificationKind
    recipient: str
    about_on: date
    content: dict[str, list[str]]
    written_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of an inbox, the newest first."""

    received: tuple[Received, ...]
    total: int
    unread: int
    page: int
    """From 1; the nearest page there is."""

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


_COLUMNS: tuple[Any, ...] = (
    col(Delivery.id),
    col(Notification.kind),
    col(Notification.recipient),
    col(Notification.about_on),
    col(Notification.content),
    col(Notification.written_at),
    col(Delivery.read_at),
)
_MINE = col(Delivery.account_id) == sa.bindparam("account")
_COUNT_UNREAD = (
    sa.select(sa.func.count()).select_from(Delivery).where(_MINE, col(Delivery.read_at).is_(None))
)
_COUNT = sa.select(sa.func.count()).select_from(Delivery).where(_MINE)
_PAGE = (
    sa.select(*_COLUMNS)
    .join(Notification, col(Notification.id) == col(Delivery.notification_id))
    .where(_MINE)
    .order_by(col(Delivery.written_at).desc(), col(Delivery.id).desc())
    .limit(PAGE_SIZE)
    .offset(sa.bindparam("skipped"))
)


def count_unread(session: Session, account_id: int) -> int:
    """How many messages somebody has not read; asked at every page."""
    return int(session.connection().execute(_COUNT_UNREAD, {"account": account_id}).scalar_one())


def read_inbox(session: Session, account_id: int, *, page: int = 1) -> Inbox:
    """A page of somebody's inbox; a page that is not there becomes the nearest one."""
    connection, mine = session.connection(), {"account": account_id}
    total = int(connection.execute(_COUNT, mine).scalar_one())
    page = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    rows = connection.execute(_PAGE, mine | {"skipped": (page - 1) * PAGE_SIZE})
    return Inbox(
        received=tuple(Received(*row) for row in rows),
        total=total,
        unread=count_unread(session, account_id),
        page=page,
    )


def mark_read(
    session: Session,
    account_id: int,
    *,
    now: datetime,
    numbers: Collection[int] | None = None,
) -> int:
    """Mark some of somebody's messages as read, or all of them (None).

    Returns:
        How many were unread before.

    Raises:
        NotFoundError: one of the numbers is not in their inbox.
    """
    mine = col(Delivery.account_id) == account_id
    if numbers is not None:
        chosen = col(Delivery.id).in_(numbers)
        query = sa.select(col(Delivery.id)).where(mine, chosen)
        known = set(session.connection().execute(query).scalars())
        if missing := set(numbers) - known:
            raise NotFoundError("message", min(missing))
        mine = sa.and_(mine, chosen)
    statement = (
        sa.update(Delivery)
        .where(mine, col(Delivery.read_at).is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(session.connection().execute(statement).rowcount)
