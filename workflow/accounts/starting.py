"""What becomes of one-time codes: the first administrator, and the passwords of people invited."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow import audit
from workflow.accounts.limits import begin_attempt, refusal_of
from workflow.accounts.managing import (
    code_hash,
    create_account,
    make_code,
    store_first_password,
)
from workflow.accounts.people import has_accounts, locked, look_up, plain_user_name
from workflow.accounts.policy import SIGN_IN_POLICY
from workflow.db import ROW_LOCK
from workflow.errors import GuardNotMetError, InvalidInputError
from workflow.models import Account, Programme, SetupCode, SignInAttempt
from workflow.row_security import enter
from workflow.states import Actor, Role

_WRONG_CODE = "The user name or the one-time code is not right, or the code was used or is too old."


def issue_setup_code(session: Session, *, programme: Programme, actor: Actor, now: datetime) -> str:
    """The one-time code that makes the first administrator; an earlier one is void.

    Raises:
        GuardNotMetError: somebody has an account already.
    """
    if has_accounts(session):
        raise GuardNotMetError("issue a code", "There are accounts already; ask an administrator.")
    session.exec(
        sa.update(SetupCode)
        .where(col(SetupCode.account_id).is_(None), col(SetupCode.used_at).is_(None))
        .values(expires_at=now)
    )
    audit.record(session, programme_id=programme.key, kind="setup_code_issued", actor=actor, at=now)
    return make_code(
        session,
        programme_id=programme.key,
        account_id=None,
        now=now,
        until=now + SIGN_IN_POLICY.setup_code,
    )


def first_administrator(
    session: Session,
    *,
    code: str,
    user_name: str,
    name: str,
    password: str,
    now: datetime,
    address: str = "",
) -> Account:
    """Make the installation's first account, an administrator's, with the code of `cin init`.

    Raises:
        InvalidInputError: the code is not right, or a value cannot be used; its `field` says which.
        GuardNotMetError: somebody was faster.
    """
    attempt = _count(session, "first administrator", address, now)
    setup = _usable_code(session, code, account_id=None, now=now)
    attempt.succeeded = True
    if has_accounts(session):
        raise GuardNotMetError("make the first account", "There is an administrator already.")
    enter(session, setup.programme_id)
    account = create_account(
        session,
        programme=session.get_one(Programme, setup.programme_id),
        user_name=user_name,
        name=name,
        roles=(Role.ADMINISTRATOR,),
        password=password,
        actor=Actor(name=plain_user_name(user_name), roles=frozenset({Role.ADMINISTRATOR})),
        now=now,
    )
    setup.used_at = now
    return account


def begin_account(
    session: Session, *, code: str, user_name: str, password: str, now: datetime, address: str = ""
) -> Account:
    """Let somebody with a one-time code choose a password; the code works once.

    Raises:
        InvalidInputError: user name or code is not right, or the password is weak.
    """
    attempt = _count(session, plain_user_name(user_name), address, now)
    account = look_up(session, user_name)
    if account is None or account.is_disabled:
        raise InvalidInputError(_WRONG_CODE, "code")
    account = locked(session, account)
    setup = _usable_code(session, code, account_id=account.key, now=now)
    attempt.succeeded = True
    enter(session, account.programme_id)
    store_first_password(session, account=account, password=password, now=now)
    setup.used_at = now
    return account


def _count(session: Session, user_name: str, address: str, now: datetime) -> SignInAttempt:
    """Count a try with a code among the tries with a password, under the same limits."""
    attempt = begin_attempt(
        session, user_name=user_name, address=address, now=now, policy=SIGN_IN_POLICY
    )
    if attempt is None:
        raise InvalidInputError(refusal_of(SIGN_IN_POLICY.per_user), "code")
    return attempt


def _usable_code(
    session: Session, code: str, *, account_id: int | None, now: datetime
) -> SetupCode:
    """The code's row, held so that it is used once; it is marked as used when all else is right."""
    query = select(SetupCode).where(SetupCode.code_hash == code_hash(session, code))
    found = session.exec(query.with_for_update(**ROW_LOCK)).first()
    if found is None or found.account_id != account_id:
        raise InvalidInputError(_WRONG_CODE, "code")
    if found.used_at is not None or found.expires_at <= now:
        raise InvalidInputError(_WRONG_CODE, "code")
    return found
