"""What must be shown before an account is changed: the own password, or the administrator's role."""

from datetime import datetime

from sqlmodel import Session

from workflow.accounts.limits import begin_attempt, refusal_of
from workflow.accounts.passwords import verify_password
from workflow.accounts.people import locked
from workflow.accounts.policy import SIGN_IN_POLICY
from workflow.errors import GuardNotMetError, InvalidInputError, NotPermittedError
from workflow.models import Account
from workflow.states import Actor, Role


def check_own_password(
    session: Session, account: Account, password: str, now: datetime, *, field: str
) -> None:
    """Ask somebody signed in for their password again, as often as when signing in.

    A wrong one counts only when the caller keeps the session's changes although this was refused.

    Args:
        field: the form field the refusal belongs to.

    Raises:
        InvalidInputError: it is wrong, or too many were.
    """
    attempt = begin_attempt(
        session,
        user_name=account.user_name,
        address=f"signed in as {account.key}",
        now=now,
        policy=SIGN_IN_POLICY,
    )
    if attempt is None:
        raise InvalidInputError(refusal_of(SIGN_IN_POLICY.per_user), field)
    if not verify_password(locked(session, account).password_hash, password):
        raise InvalidInputError("Your present password is not right.", field)
    attempt.succeeded = True


def check_manages(actor: Actor, account: Account | None = None) -> None:
    """Let administrators manage the accounts of others.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: it is the actor's own account.
    """
    if Role.ADMINISTRATOR not in actor.roles:
        raise NotPermittedError("manage accounts", (Role.ADMINISTRATOR,))
    if account is not None and account.user_name == actor.name:
        raise GuardNotMetError(
            "manage accounts", "Another administrator has to change your account."
        )
