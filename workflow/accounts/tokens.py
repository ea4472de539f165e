"""Tokens per person: made after the password was given again, shown once, looked up at every request.

A token acts as its owner, with the roles they have. It is over when it was revoked, has expired, or the
account was disabled or has changed in what it may do or how it is proved: with its password, its roles
or its second factor.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.accounts.people import actor_of, locked, record
from workflow.accounts.policy import SIGN_IN_POLICY, SignInPolicy
from workflow.accounts.proof import check_own_password
from workflow.accounts.secret_texts import new_token, token_hash
from workflow.errors import GuardNotMetError, InvalidInputError, NotFoundError
from workflow.models import Account, ApiToken

PREFIX = "cin_"
"""Every token starts so: scanners for secrets that leaked can tell it."""
LONGEST = timedelta(days=365)
MOST = 10
"""Tokens one person has at a time."""
_LONGEST_NAME = 60
_ENDING = 4

_BY_TOKEN = (
    select(ApiToken, Account)
    .join(Account, col(Account.id) == col(ApiToken.account_id))
    .where(col(ApiToken.token_hash) == sa.bindparam("token_hash"))
)
"""Built once: every request of a program asks it."""


def make_token(
    session: Session,
    *,
    account: Account,
    name: str,
    password: str,
    days: int,
    now: datetime,
) -> str:
    """Make a token and give it in clear, once.

    Args:
        password: the owner's, asked again, so that a browser left open makes none; not looked at where
            somebody signs in elsewhere and has none.
        days: how long it lasts, at most a year.

    Raises:
        InvalidInputError: the password is wrong, or the name or the time cannot be used.
        GuardNotMetError: the account has as many tokens as one person may.
    """
    name = _plain_name(name)
    if not 1 <= days <= LONGEST.days:
        raise InvalidInputError(f"Choose from 1 to {LONGEST.days} days.", "days")
    if account.password_hash is not None:
        check_own_password(session, account, password, now, field="token_password")
    account = locked(session, account)
    if sum(lasts(one, account, now) for one in tokens_of(session, account)) >= MOST:
        raise GuardNotMetError("make a token", f"You have {MOST} tokens: revoke one first.")
    token = f"{PREFIX}{new_token()}"
    made = ApiToken(
        account_id=account.key,
        name=name,
        token_hash=token_hash(token),
        ending=token[-_ENDING:],
        created_at=now,
        expires_at=now + timedelta(days=days),
        account_version=account.version,
    )
    session.add(made)
    session.flush()  # the event names the token's number
    record(session, account, "token_made", actor_of(account), now, token_id=made.key, days=days)
    return token


def revoke_token(session: Session, *, account: Account, number: int, now: datetime) -> None:
    """End one of one's own tokens; once ended, nothing more happens.

    Raises:
        NotFoundError: the account has no such token.
    """
    token = session.get(ApiToken, number)
    if token is None or token.account_id != account.key:
        raise NotFoundError("token", number)
    ended = session.exec(
        sa.update(ApiToken)
        .where(col(ApiToken.id) == number, col(ApiToken.revoked_at).is_(None))
        .values(revoked_at=now)
    )
    if ended.rowcount:
        record(session, account, "token_revoked", actor_of(account), now, token_id=number)


def find_token(session: Session, *, token: str, now: datetime) -> tuple[ApiToken, Account] | None:
    """What a token sent along is and whose, while it lasts."""
    if not token.startswith(PREFIX):
        return None
    found = session.exec(_BY_TOKEN, params={"token_hash": token_hash(token)}).first()
    return (found[0], found[1]) if found and lasts(found[0], found[1], now) else None


def tokens_of(session: Session, account: Account) -> list[ApiToken]:
    """The account's tokens, also those that are over; the newest first."""
    query = select(ApiToken).where(ApiToken.account_id == account.key)
    return list(session.exec(query.order_by(col(ApiToken.id).desc())))


def lasts(token: ApiToken, account: Account, now: datetime) -> bool:
    """Whether a token opens anything."""
    return (
        token.revoked_at is None
        and now < token.expires_at
        and not account.is_disabled
        and account.version == token.account_version
    )


def needs_note(token: ApiToken, now: datetime, policy: SignInPolicy = SIGN_IN_POLICY) -> bool:
    """Whether the token's last request is to be written down again (`note_use`)."""
    return token.last_used_at is None or now - token.last_used_at >= policy.seen_every


def note_use(session: Session, *, token: ApiToken, account: Account, now: datetime) -> None:
    """Note that a token is in use; the first use of it on a day is an event too."""
    before = token.last_used_at
    session.exec(sa.update(ApiToken).where(col(ApiToken.id) == token.key).values(last_used_at=now))
    if before is None or before.date() < now.date():
        record(session, account, "token_used", actor_of(account), now, token_id=token.key)


def _plain_name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise InvalidInputError(
            f"Say what the token is for, in up to {_LONGEST_NAME} characters.", "token_name"
        )
    return name
