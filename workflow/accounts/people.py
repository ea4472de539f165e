"""Looking accounts up, locking them for a change, and writing down what became of them."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.db import ROW_LOCK
from workflow.errors import InvalidInputError, NotFoundError
from workflow.models import Account, Programme
from workflow.states import Actor, Role

NOBODY = Actor(name="anonymous", roles=frozenset())
"""Who acts before anybody is signed in."""

_USER_NAME = re.compile(r"[a-z0-9][a-z0-9._@+'-]{1,99}")


def actor_of(account: Account) -> Actor:
    """Who somebody signed in acts as."""
    return Actor(
        name=account.user_name,
        roles=frozenset(map(Role, account.roles)),
        agency=account.agency,
        reviewer_id=account.reviewer_id,
    )


def has_accounts(session: Session) -> bool:
    """Whether anybody has an account in this installation."""
    return session.exec(select(Account.id).limit(1)).first() is not None


def list_accounts(session: Session, programme: Programme) -> list[Account]:
    """The programme's accounts by user name, the disabled ones too."""
    query = select(Account).where(Account.programme_id == programme.key)
    return list(session.exec(query.order_by(col(Account.user_name))))


def find_account(session: Session, programme: Programme, user_name: str) -> Account:
    """The account of that user name.

    Raises:
        NotFoundError: the programme has none.
    """
    account = look_up(session, user_name)
    if account is None or account.programme_id != programme.key:
        raise NotFoundError("account", user_name)
    return account


def look_up(session: Session, user_name: str) -> Account | None:
    """The account of a user name as somebody typed it; what can be nobody's is not looked for."""
    plain = plain_user_name(user_name)
    if not _USER_NAME.fullmatch(plain):
        return None
    return session.exec(select(Account).where(Account.user_name == plain)).first()


def plain_user_name(typed: str) -> str:
    """A user name as it is stored, however it was typed."""
    return typed.strip().lower()


def new_user_name(session: Session, typed: str) -> str:
    """A user name nobody has yet.

    Raises:
        InvalidInputError: somebody has it, or it cannot be one.
    """
    plain = plain_user_name(typed)
    if not _USER_NAME.fullmatch(plain):
        raise InvalidInputError(
            "A user name is a work e-mail or staff number: 2 to 100 letters, digits, . _ @ + ' -",
            "user_name",
        )
    if look_up(session, plain) is not None:
        raise InvalidInputError(f"There is an account {plain} already.", "user_name")
    return plain


def plain_name(typed: str) -> str:
    """Somebody's full name.

    Raises:
        InvalidInputError: nothing was typed.
    """
    name = " ".join(typed.split())
    if not name or not name.isprintable():
        raise InvalidInputError("Type the full name.", "name")
    return name


def known_roles(roles: Iterable[str]) -> frozenset[Role]:
    """Roles one person may hold together.

    Raises:
        InvalidInputError: there is none, one is unknown, or the auditor would audit their own work.
    """
    try:
        known = frozenset(map(Role, roles))
    except ValueError:
        raise InvalidInputError(f"Roles are: {', '.join(Role)}.", "roles") from None
    if not known:
        raise InvalidInputError("Choose at least one role.", "roles")
    if Role.AUDITOR in known and len(known) > 1:
        raise InvalidInputError(
            "An auditor has no other role: nobody audits their own work.", "roles"
        )
    return known


def locked(session: Session, account: Account) -> Account:
    """The account as it stands now, in this session, held against other changes."""
    found = session.get(Account, account.key, with_for_update=ROW_LOCK)
    if found is None:
        raise NotFoundError("account", account.user_name)
    return found


def record(
    session: Session,
    account: Account,
    kind: str,
    actor: Actor,
    now: datetime,
    *,
    reason: str | None = None,
    **payload: Any,
) -> None:
    """Append one event about an account; `payload` is added to its number."""
    audit.record(
        session,
        programme_id=account.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        reason=reason,
        payload={"account_id": account.key, **payload},
    )
