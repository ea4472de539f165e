"""The second factor: an authenticator's codes (TOTP, RFC 6238) and recovery codes, each used once."""

import hmac
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.accounts.people import actor_of, locked, record
from workflow.accounts.proof import check_manages, check_own_password
from workflow.accounts.secret_texts import keyed_hash, new_code, plain_code
from workflow.accounts.sessions import end_sessions
from workflow.errors import GuardNotMetError, InvalidInputError
from workflow.models import Account, RecoveryCode, WebSession
from workflow.operations.fields import FieldKeys, SealedError
from workflow.states import Actor

ISSUER = "Child in Need reviews"
"""The service's name in the authenticator app."""

_STEP = 30
"""Seconds a code is shown for."""
_NEAR = (0, -1, 1)
"""Steps besides the present one whose codes are taken: clocks differ, people type slowly."""
_DIGITS = 6
_RECOVERY_CODES, _RECOVERY_GROUPS = 10, 4


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs; shown once."""

    secret: str
    """To type where no picture can be taken."""
    qr_svg: str
    """The same as a QR code: an SVG element without styles or scripts."""


def enrol(session: Session, *, account: Account, password: str, now: datetime) -> Enrolment:
    """Begin with a new authenticator; the one before stays in force until the new one is confirmed.

    Raises:
        InvalidInputError: the account's password is wrong.
    """
    check_own_password(session, account, password, now, field="password")
    account = locked(session, account)
    account.totp_pending = seal_secret(session, account, pyotp.random_base32())
    return pending_enrolment(session, account=account)


def pending_enrolment(session: Session, *, account: Account) -> Enrolment:
    """The authenticator waiting to be confirmed, for a page that has to show it again.

    Raises:
        GuardNotMetError: none is waiting.
    """
    if account.totp_pending is None:
        raise GuardNotMetError("set up an authenticator", "Begin with setting up an authenticator.")
    secret = open_secret(session, account, account.totp_pending)
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.user_name, issuer_name=ISSUER)
    picture = segno.make_qr(uri, error="m").svg_inline(
        scale=4, title="QR code for the authenticator app", svgclass=None, lineclass=None
    )
    return Enrolment(secret, picture)


def confirm(
    session: Session,
    *,
    account: Account,
    code: str,
    now: datetime,
    keep: WebSession | None = None,
) -> tuple[str, ...]:
    """Put the new authenticator in force; gives ten recovery codes, which are never shown again.

    All other sessions of the account end.

    Raises:
        GuardNotMetError: none is waiting.
        InvalidInputError: the code is not the one the new authenticator shows now.
    """
    account = locked(session, account)
    if account.totp_pending is None:
        raise GuardNotMetError("set up an authenticator", "Begin with setting up an authenticator.")
    step = _matching_step(open_secret(session, account, account.totp_pending), code, now)
    if step is None:
        raise InvalidInputError("This is not the code the app shows now. Try the next one.", "code")
    account.totp_secret, account.totp_pending = account.totp_pending, None
    account.totp_last_step = step
    account.version += 1
    session.flush()
    end_sessions(session, account=account, why="second factor set up", now=now, keep=keep)
    record(session, account, "second_factor_set_up", actor_of(account), now)
    return _replace_recovery_codes(session, account)


def verify_code(session: Session, *, account: Account, code: str, now: datetime) -> bool:
    """Whether a code of the authenticator, or an unused recovery code, is right; then it is used up."""
    if account.totp_secret is None:
        return False
    step = _matching_step(open_secret(session, account, account.totp_secret), code, now)
    if step is not None:
        return _use_step(session, account, step)
    return _use_recovery_code(session, account, code, now)


def renew_recovery_codes(
    session: Session, *, account: Account, password: str, now: datetime
) -> tuple[str, ...]:
    """Ten new recovery codes in place of all earlier ones.

    Raises:
        InvalidInputError: the account's password is wrong.
        GuardNotMetError: the account has no second factor.
    """
    check_own_password(session, account, password, now, field="password")
    account = locked(session, account)
    if not account.has_second_factor:
        raise GuardNotMetError("renew recovery codes", "Set up an authenticator first.")
    record(session, account, "recovery_codes_renewed", actor_of(account), now)
    return _replace_recovery_codes(session, account)


def reset_second_factor(session: Session, *, account: Account, actor: Actor, now: datetime) -> None:
    """Take a lost authenticator off somebody's account; all their sessions end.

    Raises:
        NotPermittedError: the actor is no administrator.
        GuardNotMetError: it is the actor's own account.
    """
    check_manages(actor, account)
    account = locked(session, account)
    account.totp_secret = account.totp_pending = account.totp_last_step = None
    account.version += 1
    session.flush()
    session.exec(sa.delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.key))
    end_sessions(session, account=account, why="second factor reset", now=now)
    record(session, account, "second_factor_reset", actor, now)


def seal_secret(session: Session, account: Account, secret: str) -> str:
    """What is stored of an authenticator's secret: encrypted where there are field keys."""
    keys: FieldKeys | None = session.info.get("field_keys")
    return keys.seal(secret, context=_context(account)) if keys else secret


def open_secret(session: Session, account: Account, stored: str) -> str:
    """The secret as the authenticator has it.

    Raises:
        SealedError: its key is missing, or it was changed or copied from another account.
    """
    if not is_sealed_secret(stored):
        return stored
    keys: FieldKeys | None = session.info.get("field_keys")
    if keys is None:
        raise SealedError("An authenticator's secret needs its key; CIN_FIELD_KEYS is not set.")
    return str(keys.open(stored, context=_context(account)))


def is_sealed_secret(stored: str) -> bool:
    """Whether it is encrypted; a plain secret is base 32, without a colon."""
    return ":" in stored


def _context(account: Account) -> str:
    return f"account:{account.key}:totp"


def _matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The half minute whose code was typed, near the present one."""
    typed = "".join(code.split())
    if len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    present, totp = int(now.timestamp()) // _STEP, pyotp.TOTP(secret)
    near = (present + offset for offset in _NEAR)
    return next((step for step in near if hmac.compare_digest(totp.at(step * _STEP), typed)), None)


def _use_step(session: Session, account: Account, step: int) -> bool:
    """False: this code, or a newer one, was used already."""
    last = col(Account.totp_last_step)
    used = session.exec(
        sa.update(Account)
        .where(col(Account.id) == account.key, sa.or_(last.is_(None), last < step))
        .values(totp_last_step=step)
    )
    return used.rowcount == 1


def _use_recovery_code(session: Session, account: Account, code: str, now: datetime) -> bool:
    used = session.exec(
        sa.update(RecoveryCode)
        .where(
            col(RecoveryCode.account_id) == account.key,
            col(RecoveryCode.code_hash) == _recovery_hash(session, account, code),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
    )
    return used.rowcount == 1


def _replace_recovery_codes(session: Session, account: Account) -> tuple[str, ...]:
    session.exec(sa.delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.key))
    codes = tuple(new_code(_RECOVERY_GROUPS) for _ in range(_RECOVERY_CODES))
    session.add_all(
        RecoveryCode(account_id=account.key, code_hash=_recovery_hash(session, account, code))
        for code in codes
    )
    return codes


def _recovery_hash(session: Session, account: Account, code: str) -> str:
    return keyed_hash(session, f"recovery code of {account.key}", plain_code(code))
