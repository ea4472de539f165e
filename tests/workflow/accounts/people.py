"""Accounts and sign-ins the tests of this package share."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlmodel import Session

from tests.factories import make_actor
from workflow.accounts import SignIn, create_account, sign_in
from workflow.accounts.passwords import hash_password
from workflow.models import Account, Programme
from workflow.states import Role

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
PHRASE = "walnut ferry quietly"
ADMINISTRATOR = make_actor(Role.ADMINISTRATOR, name="boss@example.org")
HOME = "192.0.2.1"

_counter = iter(range(1, 10**9))


@cache
def known_hash() -> str:
    """Hashed once: it takes a tenth of a second."""
    return hash_password(PHRASE)


def make_account(session: Session, programme: Programme, *roles: Role, **values: Any) -> Account:
    has_password = values.pop("has_password", True)
    account = create_account(
        session,
        programme=programme,
        user_name=values.pop("user_name", f"person-{next(_counter)}@example.org"),
        name=values.pop("name", "Ada Person"),
        roles=roles or (Role.COORDINATOR,),
        actor=ADMINISTRATOR,
        now=MORNING,
        **values,
    )
    account.password_hash = known_hash() if has_password else None
    session.flush()
    return account


def try_in(session: Session, account: Account | str, **values: Any) -> SignIn:
    typed: dict[str, Any] = {
        "user_name": account if isinstance(account, str) else account.user_name,
        "password": PHRASE,
        "address": HOME,
        "now": MORNING,
    }
    return sign_in(session, **typed | values)


def token_of(session: Session, account: Account, **values: Any) -> str:
    token = try_in(session, account, **values).token
    assert token is not None
    return token


def later(**span: float) -> datetime:
    return MORNING + timedelta(**span)
