"""Failed tries, counted in the database before anything slow is done, for all servers together."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from workflow.accounts.policy import Limit, SignInPolicy
from workflow.accounts.secret_texts import keyed_hash
from workflow.models import SignInAttempt, SignInStep

_IPV6 = 6
_NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that belong to one customer; the rest they choose themselves."""
_LOCK_DIGITS = 15
"""Hexadecimal digits that fit PostgreSQL's lock number."""


def begin_attempt(
    session: Session, *, user_name: str, address: str, now: datetime, policy: SignInPolicy
) -> SignInAttempt | None:
    """Count one more try with a password, as failed until it has proved right; None: too many failed.

    Args:
        address: who asks, for the limit per address; empty: not known, so not limited by it.
    """
    user, place = _user_key(session, user_name), _address_key(session, address)
    _take_turn(session, user, place)
    by_user = col(SignInAttempt.user_name_key) == user
    by_address = col(SignInAttempt.address_key) == place
    step = SignInStep.PASSWORD
    if _too_many(session, by_user, policy.per_user, step, now):
        return None
    if address and _too_many(session, by_address, policy.per_address, step, now):
        return None
    return _add(session, user, place, step, now)


def begin_code_attempt(
    session: Session, *, user_name: str, address: str, now: datetime, policy: SignInPolicy
) -> SignInAttempt | None:
    """Count one more try with a security code, as failed until it has proved right; None: too many.

    The caller holds the account's row, so tries count one after another.
    """
    user, place = _user_key(session, user_name), _address_key(session, address)
    by_user = col(SignInAttempt.user_name_key) == user
    if _too_many(session, by_user, policy.codes_per_user, SignInStep.CODE, now):
        return None
    return _add(session, user, place, SignInStep.CODE, now)


def forget_old_attempts(session: Session, *, now: datetime, policy: SignInPolicy) -> None:
    """Delete attempts no limit looks at any more, except those another session is deleting."""
    old = (
        select(SignInAttempt.id)
        .where(col(SignInAttempt.at) < now - policy.attempts_kept)
        .with_for_update(skip_locked=True)
    )
    session.exec(sa.delete(SignInAttempt).where(col(SignInAttempt.id).in_(old)))


def refusal_of(limits: Iterable[Limit]) -> str:
    """What somebody over a limit is told; known and unknown user names alike."""
    shortest = min((limit.within for limit in limits), default=timedelta())
    minutes = round(shortest.total_seconds() / 60)
    return f"Too many attempts failed. Wait {minutes} minutes, then try again."


def _too_many(
    session: Session,
    whose: sa.ColumnElement[bool],
    limits: Iterable[Limit],
    step: SignInStep,
    now: datetime,
) -> bool:
    failures = select(func.count()).where(
        whose, SignInAttempt.step == step, col(SignInAttempt.succeeded).is_(False)
    )
    return any(
        session.exec(failures.where(col(SignInAttempt.at) > now - limit.within)).one()
        >= limit.failures
        for limit in limits
    )


def _add(session: Session, user: str, place: str, step: SignInStep, now: datetime) -> SignInAttempt:
    attempt = SignInAttempt(user_name_key=user, address_key=place, at=now, step=step)
    session.add(attempt)
    session.flush()
    return attempt


def _take_turn(session: Session, *keys: str) -> None:
    """Let tries of one user name or address count one after another, until the transaction's end.

    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for key in sorted(keys):
        session.exec(select(func.pg_advisory_xact_lock(int(key[:_LOCK_DIGITS], 16))))


def _user_key(session: Session, user_name: str) -> str:
    return keyed_hash(session, "sign-in user", user_name)


def _address_key(session: Session, address: str) -> str:
    return keyed_hash(session, "sign-in address", _network(address))


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == _IPV6:
        return str(ipaddress.ip_network((int(known), _NETWORK_OF_ONE), strict=False))
    return str(known)
