"""Sessions at the server: opened by signing in, looked up at every request, ended in many ways.

A session is over when it was ended, was idle too long, has reached its absolute age, or its account
was disabled or has changed in what it may do or how it is proved (`Account.version`).
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.accounts.policy import SIGN_IN_POLICY, SignInPolicy
from workflow.accounts.secret_texts import new_token, token_hash
from workflow.models import Account, WebSession

_BY_TOKEN = (
    select(WebSession, Account)
    .join(Account, col(Account.id) == col(WebSession.account_id))
    .where(col(WebSession.token_hash) == sa.bindparam("token_hash"))
)
"""Built once: every request asks it."""


def open_session(
    session: Session, *, account: Account, now: datetime, policy: SignInPolicy = SIGN_IN_POLICY
) -> str:
    """Begin a session and give the token for the cookie; the account's oldest sessions make room."""
    others = open_sessions(session, account=account, now=now, policy=policy)
    for crowded in others[policy.sessions_at_once - 1 :]:
        end_session(session, web_session=crowded, why="too many sessions", now=now)
    token = new_token()
    session.add(
        WebSession(
            account_id=account.key,
            token_hash=token_hash(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + policy.absolute,
            account_version=account.version,
        )
    )
    return token


def find_session(
    session: Session, *, token: str, now: datetime, policy: SignInPolicy = SIGN_IN_POLICY
) -> tuple[WebSession, Account] | None:
    """The session a token belongs to and whose it is, while it lasts."""
    found = session.exec(_BY_TOKEN, params={"token_hash": token_hash(token)}).first()
    if found is None:
        return None
    web_session, account = found
    lasts = _lasts(web_session, account, now, policy)
    return (web_session, account) if lasts else None


def needs_touch(
    web_session: WebSession, *, now: datetime, policy: SignInPolicy = SIGN_IN_POLICY
) -> bool:
    """Whether the session's last request is to be written down again (`touch`)."""
    return now - web_session.last_seen_at >= policy.seen_every


def touch(
    session: Session,
    *,
    web_session: WebSession,
    now: datetime,
    policy: SignInPolicy = SIGN_IN_POLICY,
) -> None:
    """Note that the session is in use, at most once in five minutes."""
    session.exec(
        sa.update(WebSession)
        .where(
            col(WebSession.id) == web_session.key,
            col(WebSession.last_seen_at) <= now - policy.seen_every,
        )
        .values(last_seen_at=now)
    )


def open_sessions(
    session: Session, *, account: Account, now: datetime, policy: SignInPolicy = SIGN_IN_POLICY
) -> list[WebSession]:
    """The account's sessions that last, newest first."""
    query = (
        select(WebSession)
        .where(WebSession.account_id == account.key, col(WebSession.ended_at).is_(None))
        .order_by(col(WebSession.created_at).desc(), col(WebSession.id).desc())
    )
    return [one for one in session.exec(query) if _lasts(one, account, now, policy)]


def end_sessions(
    session: Session,
    *,
    account: Account,
    why: str,
    now: datetime,
    keep: WebSession | None = None,
) -> int:
    """End all sessions of an account, except the one to keep, which then fits the account's version.

    Returns how many were ended.
    """
    kept = col(WebSession.id) == (keep.key if keep else None)
    mine = (col(WebSession.account_id) == account.key, col(WebSession.ended_at).is_(None))
    if keep is not None:
        session.exec(
            sa.update(WebSession).where(*mine, kept).values(account_version=account.version)
        )
    others = (*mine, ~kept) if keep is not None else mine
    ended = session.exec(sa.update(WebSession).where(*others).values(ended_at=now, ended_why=why))
    return ended.rowcount


def end_session(session: Session, *, web_session: WebSession, why: str, now: datetime) -> bool:
    """End one session; False: it had ended before."""
    ended = session.exec(
        sa.update(WebSession)
        .where(col(WebSession.id) == web_session.key, col(WebSession.ended_at).is_(None))
        .values(ended_at=now, ended_why=why)
    )
    return ended.rowcount == 1


def _lasts(web_session: WebSession, account: Account, now: datetime, policy: SignInPolicy) -> bool:
    return (
        web_session.ended_at is None
        and now < web_session.expires_at
        and now - web_session.last_seen_at < policy.idle
        and not account.is_disabled
        and account.version == web_session.account_version
    )
