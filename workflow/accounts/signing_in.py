"""Signing in and out.

In three steps, so that the slow one needs no database: `claim` counts the try before anything is
checked, `check` hashes the password, `admit` decides and writes down the result. `sign_in` does all
three in one session. A refusal is a value, not an error: the caller's session must keep what it wrote.

Whoever is refused learns the same whether the user name is unknown, the password is wrong or the account
is disabled, and waits as long for it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from workflow import audit
from workflow.accounts.limits import (
    begin_attempt,
    begin_code_attempt,
    forget_old_attempts,
    refusal_of,
)
from workflow.accounts.passwords import hash_password, needs_rehash, verify_password
from workflow.accounts.people import NOBODY, actor_of, look_up, plain_user_name, record
from workflow.accounts.policy import SIGN_IN_POLICY, SignInPolicy
from workflow.accounts.proof import check_manages, check_own_password
from workflow.accounts.second_factor import verify_code
from workflow.accounts.sessions import end_session, end_sessions, open_session
from workflow.db import ROW_LOCK
from workflow.models import Account, Programme, SignInAttempt, WebSession
from workflow.row_security import enter
from workflow.states import Actor

WRONG = "The user name or the password is not right."
CODE_MISSING = "Type the code your authenticator shows now, or a recovery code."
CODE_WRONG = "The security code is not right, or was used already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who somebody says they are; their try is counted, their password not yet checked."""

    user_name: str
    address: str
    refusal: str = ""
    """Not empty: too many tries; the password is not even looked at."""
    attempt_id: int = 0
    account_id: int | None = None
    password_hash: str | None = None
    """None: nobody can sign in under this name with a password."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What hashing the password showed."""

    fits: bool
    better_hash: str | None = None
    """The password hashed with today's parameters, when the stored hash has others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The outcome: a token for the cookie, or why not in words for the page."""

    account: Account | None = None
    token: str | None = None
    refusal: str = ""
    needs_code: bool = False
    """The password was right; the second factor is missing or wrong."""


def sign_in(
    session: Session,
    *,
    user_name: str,
    password: str,
    code: str = "",
    address: str,
    now: datetime,
    policy: SignInPolicy = SIGN_IN_POLICY,
) -> SignIn:
    """Open a session for whoever proves who they are; the refusal otherwise.

    Args:
        code: of the authenticator, or a recovery code; empty: not asked for yet.
        address: the network address asking, for the limits.
    """
    who = claim(session, user_name=user_name, address=address, now=now, policy=policy)
    return admit(
        session, claim=who, checked=check(who, password), code=code, now=now, policy=policy
    )


def claim(
    session: Session,
    *,
    user_name: str,
    address: str,
    now: datetime,
    policy: SignInPolicy = SIGN_IN_POLICY,
) -> Claim:
    """Count a try and read what its password must fit."""
    plain = plain_user_name(user_name)
    attempt = begin_attempt(session, user_name=plain, address=address, now=now, policy=policy)
    if attempt is None:
        refusal = refusal_of((*policy.per_user, *policy.per_address))
        return Claim(user_name=plain, address=address, refusal=refusal)
    account = look_up(session, plain)
    may = account is not None and not account.is_disabled
    return Claim(
        user_name=plain,
        address=address,
        attempt_id=attempt.key,
        account_id=account.key if account else None,
        password_hash=account.password_hash if account and may else None,
    )


def check(claim: Claim, password: str) -> Checked:
    """Hash the password: a tenth of a second in which no database session should be open."""
    if claim.refusal or not verify_password(claim.password_hash, password):
        return Checked(fits=False)
    stale = claim.password_hash is not None and needs_rehash(claim.password_hash)
    return Checked(fits=True, better_hash=hash_password(password) if stale else None)


def admit(
    session: Session,
    *,
    claim: Claim,
    checked: Checked,
    code: str = "",
    now: datetime,
    policy: SignInPolicy = SIGN_IN_POLICY,
) -> SignIn:
    """Open the session, or say why not, and write down which."""
    if claim.refusal:
        return SignIn(refusal=claim.refusal)
    account = _claimed(session, claim)
    if account is None or not checked.fits or account.is_disabled:
        return _refuse(session, claim, WRONG, now)
    if account.password_hash != claim.password_hash:  # changed while this one was checked
        return _refuse(session, claim, WRONG, now)
    session.get_one(SignInAttempt, claim.attempt_id).succeeded = True
    if account.has_second_factor and (refused := _ask_code(session, claim, code, now, policy)):
        return refused
    account.password_hash = checked.better_hash or account.password_hash
    account.last_signed_in_at = now
    enter(session, account.programme_id)
    forget_old_attempts(session, now=now, policy=policy)
    token = open_session(session, account=account, now=now, policy=policy)
    record(session, account, "signed_in", actor_of(account), now)
    return SignIn(account=account, token=token)


def sign_out(session: Session, *, web_session: WebSession, now: datetime) -> None:
    """End the session somebody signs out of; once ended, nothing more happens."""
    if not end_session(session, web_session=web_session, why="signed out", now=now):
        return
    account = session.get_one(Account, web_session.account_id)
    enter(session, account.programme_id)
    record(session, account, "signed_out", actor_of(account), now)


def sign_out_everywhere(
    session: Session,
    *,
    account: Account,
    actor: Actor,
    now: datetime,
    keep: WebSession | None = None,
) -> int:
    """End the sessions of one's own account, or as administrator of anybody's; gives how many.

    Raises:
        NotPermittedError: it is somebody else's account and the actor is no administrator.
    """
    if actor.name != account.user_name:
        check_manages(actor)
    ended = end_sessions(session, account=account, why="signed out everywhere", now=now, keep=keep)
    record(session, account, "signed_out_everywhere", actor, now, sessions=ended)
    return ended


def end_other_sessions(
    session: Session, *, account: Account, password: str, now: datetime, keep: WebSession | None
) -> int:
    """End one's own sessions everywhere else, after the password was typed again; gives how many.

    Whoever signs in through a provider has no password to type.

    Raises:
        InvalidInputError: it is wrong, or too many were.
    """
    if account.password_hash is not None:
        check_own_password(session, account, password, now, field="session_password")
    return sign_out_everywhere(
        session, account=account, actor=actor_of(account), now=now, keep=keep
    )


def _claimed(session: Session, claim: Claim) -> Account | None:
    """Nobody is account 0: unknown people are looked for as well, so that they take as long."""
    return session.get(Account, claim.account_id or 0, with_for_update=ROW_LOCK)


def _ask_code(
    session: Session, claim: Claim, code: str, now: datetime, policy: SignInPolicy
) -> SignIn | None:
    """The refusal for want of a right code; None: it was right."""
    if not code.strip():
        return SignIn(needs_code=True, refusal=CODE_MISSING)
    attempt = begin_code_attempt(
        session, user_name=claim.user_name, address=claim.address, now=now, policy=policy
    )
    if attempt is None:
        return SignIn(needs_code=True, refusal=refusal_of(policy.codes_per_user))
    account = session.get_one(Account, claim.account_id)
    if not verify_code(session, account=account, code=code, now=now):
        return _refuse(session, claim, CODE_WRONG, now, needs_code=True)
    attempt.succeeded = True
    return None


def _refuse(
    session: Session, claim: Claim, refusal: str, now: datetime, *, needs_code: bool = False
) -> SignIn:
    """The same work for known and unknown user names, so that both take as long."""
    programme_id = session.exec(select(Programme.id).order_by(col(Programme.id)).limit(1)).first()
    if claim.account_id is not None:
        programme_id = session.get_one(Account, claim.account_id).programme_id
    if programme_id is not None:
        enter(session, programme_id)
        audit.record(
            session,
            programme_id=programme_id,
            kind="sign_in_refused",
            actor=NOBODY,
            at=now,
            payload={"account_id": claim.account_id, "step": "code" if needs_code else "password"},
        )
    return SignIn(needs_code=needs_code, refusal=refusal)
