"""Use cases on accounts: the only writer of what an account may do and how it is proved.

Every change ends the account's sessions and writes one event. Nobody manages their own account, and the
last administrator stays one.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.accounts.passwords import check_password_rules, hash_password
from workflow.accounts.people import (
    actor_of,
    known_roles,
    locked,
    new_user_name,
    plain_name,
    record,
)
from workflow.accounts.policy import SIGN_IN_POLICY
from workflow.accounts.proof import check_manages, check_own_password
from workflow.accounts.secret_texts import keyed_hash, new_code, plain_code
from workflow.accounts.sessions import end_sessions
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, GuardNotMetError, InvalidInputError
from workflow.models import Account, Programme, Reviewer, SetupCode, WebSession
from workflow.notifications.outbox import RECENT, catch_up
from workflow.states import Actor, Role

_CODE_GROUPS = 5


def create_account(
    session: Session,
    *,
    programme: Programme,
    user_name: str,
    name: str,
    roles: Iterable[str],
    actor: Actor,
    now: datetime,
    agency: str = "council",
    reviewer: Reviewer | None = None,
    password: str | None = None,
    must_change_password: bool = False,
) -> Account:
    """Give somebody an account; without a password they choose one by `invite`.

    Raises:
        NotPermittedError: the actor is no administrator.
        InvalidInputError: a value cannot be used; its `field` says which.
    """
    check_manages(actor)
    account = Account(
        programme_id=programme.key,
        user_name=new_user_name(session, user_name),
        name=plain_name(name),
        agency=reviewer.agency if reviewer else agency,
        roles=_stored(known_roles(roles)),
        must_change_password=must_change_password,
        created_at=now,
    )
    if password is not None:
        check_password_rules(password, user_name=account.user_name)
        account.password_hash = hash_password(password)
    if reviewer is not None:
        account.reviewer_id = _free_reviewer(session, account, reviewer)
    _store(session, account)
    record(session, account, "account_created", actor, now, roles=account.roles)
    catch_up(session, account, since=now - RECENT)
    return account


def change_roles(
    session: Session,
    *,
    account: Account,
    roles: Iterable[str],
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Let somebody act as something else from now on.

    Args:
        version: of the account the actor saw; None: whatever it is now.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: it is their own account, or the last administrator's.
        InvalidInputError: the roles cannot be held together.
        ConflictError: the account changed since the actor saw it.
    """
    check_manages(actor, account)
    wanted = known_roles(roles)
    if Role.ADMINISTRATOR not in wanted:
        _check_not_last(session, account)
    account = _open_change(session, account, version)
    if frozenset(account.roles) == wanted:
        return
    before, account.roles = account.roles, _stored(wanted)
    close_change(session, account, "roles changed", now)
    record(
        session, account, "account_roles_changed", actor, now, before=before, roles=account.roles
    )


def change_details(
    session: Session,
    *,
    account: Account,
    name: str,
    agency: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Put somebody's name or agency right; another agency is another right to see, so sessions end.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: it is their own account.
        InvalidInputError: there is no name, or the linked reviewer works for another agency.
        ConflictError: the account changed since the actor saw it.
    """
    check_manages(actor, account)
    account = _open_change(session, account, version)
    moves = agency != account.agency
    if moves and account.reviewer_id is not None:
        raise InvalidInputError("The account's reviewer works for another agency.", "agency")
    if not moves and plain_name(name) == account.name:
        return
    account.name, account.agency = plain_name(name), agency
    if moves:
        close_change(session, account, "agency changed", now)
    record(session, account, "account_details_changed", actor, now, agency=agency)


def link_reviewer(
    session: Session,
    *,
    account: Account,
    reviewer: Reviewer | None,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> None:
    """Say which reviewer of the roster the account is, or (None) that it is none.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: it is their own account.
        InvalidInputError: the reviewer has an account already, or works for another agency.
        ConflictError: the account changed since the actor saw it.
    """
    check_manages(actor, account)
    account = _open_change(session, account, version)
    reviewer_id = _free_reviewer(session, account, reviewer) if reviewer else None
    if account.reviewer_id == reviewer_id:
        return
    account.reviewer_id = reviewer_id
    close_change(session, account, "reviewer changed", now)
    record(session, account, "account_linked", actor, now, reviewer_id=reviewer_id)


def disable(
    session: Session, *, account: Account, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """Let nobody sign in with the account any more; whoever is signed in is out at once.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: it is their own account, or the last administrator's.
    """
    check_manages(actor, account)
    _check_not_last(session, account)
    account = locked(session, account)
    if account.is_disabled:
        return
    account.disabled_at = now
    _void_codes(session, account, now)
    close_change(session, account, "account disabled", now)
    record(session, account, "account_disabled", actor, now, reason=reason.strip() or None)


def enable(session: Session, *, account: Account, actor: Actor, now: datetime) -> None:
    """Let somebody sign in again, with the password they had.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: it is their own account.
    """
    check_manages(actor, account)
    account = locked(session, account)
    if not account.is_disabled:
        return
    account.disabled_at = None
    close_change(session, account, "account enabled", now)
    record(session, account, "account_enabled", actor, now)


def change_password(
    session: Session,
    *,
    account: Account,
    old_password: str,
    new_password: str,
    now: datetime,
    keep: WebSession | None = None,
) -> None:
    """Let somebody change their own password; their sessions end, but for the one they do it in.

    Raises:
        InvalidInputError: the old one is wrong, or the new one is weak or the same.
    """
    check_own_password(session, account, old_password, now, field="old_password")
    account = locked(session, account)
    check_password_rules(new_password, user_name=account.user_name, field="new_password")
    if new_password == old_password:
        raise InvalidInputError("Choose a password you have not now.", "new_password")
    account.password_hash = hash_password(new_password)
    account.must_change_password = False
    close_change(session, account, "password changed", now, keep=keep)
    record(session, account, "password_changed", actor_of(account), now)


def invite(session: Session, *, account: Account, actor: Actor, now: datetime) -> str:
    """A one-time code with which somebody chooses their first password; an earlier one is void.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: the account has a password (`reset_password`), or is disabled.
    """
    check_manages(actor, account)
    account = _enabled(locked(session, account))
    if account.password_hash is not None:
        raise GuardNotMetError("invite", "This account has a password; reset it instead.")
    record(session, account, "account_invited", actor, now)
    return _issue_code(session, account, now)


def reset_password(session: Session, *, account: Account, actor: Actor, now: datetime) -> str:
    """Void somebody's password; the one-time code lets them choose another.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: it is their own account, or it is disabled.
    """
    check_manages(actor, account)
    account = _enabled(locked(session, account))
    account.password_hash = None
    close_change(session, account, "password reset", now)
    record(session, account, "password_reset", actor, now)
    return _issue_code(session, account, now)


def store_first_password(
    session: Session, *, account: Account, password: str, now: datetime
) -> None:
    """Set the password somebody chose with a one-time code; their sessions end.

    Raises:
        InvalidInputError: it is weak.
    """
    check_password_rules(password, user_name=account.user_name)
    account.password_hash = hash_password(password)
    account.must_change_password = False
    close_change(session, account, "password chosen", now)
    record(session, account, "password_chosen", actor_of(account), now)


def code_hash(session: Session, code: str) -> str:
    """What is stored of a one-time code."""
    return keyed_hash(session, "one-time code", plain_code(code))


def make_code(
    session: Session, *, programme_id: int, account_id: int | None, now: datetime, until: datetime
) -> str:
    """Store a new one-time code and give it in clear, once."""
    code = new_code(_CODE_GROUPS)
    session.add(
        SetupCode(
            programme_id=programme_id,
            account_id=account_id,
            code_hash=code_hash(session, code),
            made_at=now,
            expires_at=until,
        )
    )
    return code


def _issue_code(session: Session, account: Account, now: datetime) -> str:
    _void_codes(session, account, now)
    return make_code(
        session,
        programme_id=account.programme_id,
        account_id=account.key,
        now=now,
        until=now + SIGN_IN_POLICY.invitation,
    )


def _void_codes(session: Session, account: Account, now: datetime) -> None:
    session.exec(
        sa.update(SetupCode)
        .where(col(SetupCode.account_id) == account.key, col(SetupCode.used_at).is_(None))
        .values(expires_at=now)
    )


def _enabled(account: Account) -> Account:
    if account.is_disabled:
        raise GuardNotMetError("give a one-time code", "Enable the account first.")
    return account


def _open_change(session: Session, account: Account, version: int | None) -> Account:
    account = locked(session, account)
    if version is not None and account.version != version:
        raise ConflictError("Somebody else changed this account meanwhile. Look at it again.")
    return account


def close_change(
    session: Session, account: Account, why: str, now: datetime, keep: WebSession | None = None
) -> None:
    """Let a change of what an account may do take effect: its sessions end, but for the one to keep."""
    account.version += 1
    session.flush()
    end_sessions(session, account=account, why=why, now=now, keep=keep)


def _check_not_last(session: Session, account: Account) -> None:
    """Locks all accounts that are enabled, in one order: no two administrators remove each other."""
    query = select(Account).where(
        Account.programme_id == account.programme_id, col(Account.disabled_at).is_(None)
    )
    enabled = session.exec(query.order_by(col(Account.id)).with_for_update(**ROW_LOCK))
    administrators = {
        one.key
        for one in enabled
        if Role.ADMINISTRATOR in one.roles and (one.password_hash or one.subject)
    }
    if administrators == {account.key}:
        raise GuardNotMetError(
            "manage accounts", "This is the last administrator who can sign in; name another first."
        )


def _stored(roles: frozenset[Role]) -> list[str]:
    return sorted(role.value for role in roles)


def _free_reviewer(session: Session, account: Account, reviewer: Reviewer) -> int:
    """The reviewer's number, when this account may be theirs."""
    if reviewer.programme_id != account.programme_id:
        raise InvalidInputError("This reviewer is in another programme.", "reviewer")
    if reviewer.agency != account.agency:
        raise InvalidInputError("This reviewer works for another agency.", "reviewer")
    holder = session.exec(select(Account).where(Account.reviewer_id == reviewer.key)).first()
    if holder is not None and holder.id != account.id:
        raise InvalidInputError(
            f"This reviewer has an account already: {holder.user_name}.", "reviewer"
        )
    return reviewer.key


def _store(session: Session, account: Account) -> None:
    try:
        with session.begin_nested():
            session.add(account)
    except sa.exc.IntegrityError:
        raise InvalidInputError(
            f"There is an account {account.user_name}, or one of this reviewer, already.",
            "user_name",
        ) from None
