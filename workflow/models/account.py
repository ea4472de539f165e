"""Who may sign in, their sessions, and the short-lived secrets around both.

No secret is stored in clear: tokens and codes are hashed, user names of attempts are keyed hashes.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, UtcDateTime, enum_type, no_items


class Account(Keyed, table=True):
    """Somebody who may sign in; never deleted, because events name them: an account is disabled."""

    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    programme_id: int = Field(foreign_key="programme.id", index=True)
    user_name: str = Field(unique=True)
    """A staff e-mail address or number in lower case; unique in the whole installation."""
    name: str
    agency: str = "council"
    roles: list[str] = Field(default_factory=no_items, sa_type=JSON)
    """Values of `workflow.states.Role`."""
    reviewer_id: int | None = Field(default=None, foreign_key="reviewer.id", unique=True)
    """The reviewer of the roster whose reviews the account works on."""
    password_hash: str | None = Field(default=None, repr=False)
    """None: invited, reset, or signs in elsewhere only."""
    must_change_password: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_signed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1
    """Grows with every change of what the account may do or how it is proved; older sessions end."""
    totp_secret: str | None = Field(default=None, repr=False)
    """The second factor in force."""
    totp_pending: str | None = Field(default=None, repr=False)
    """Shown to its owner, not yet confirmed by a code."""
    totp_last_step: int | None = None
    """The newest half minute whose code was used; no code of it or before works again."""
    issuer: str | None = None
    """With `subject`: who the account is at the single sign-on provider."""
    subject: str | None = None

    @property
    def is_disabled(self) -> bool:
        """Whether nobody can sign in with it."""
        return self.disabled_at is not None

    @property
    def has_second_factor(self) -> bool:
        """Whether a password alone is not enough."""
        return self.totp_secret is not None


class WebSession(Keyed, table=True):
    """Somebody signed in at one browser."""

    account_id: int = Field(foreign_key="account.id", index=True)
    token_hash: str = Field(unique=True, repr=False)
    """SHA-256 of the cookie's random token."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    """To within five minutes."""
    expires_at: datetime = Field(sa_type=UtcDateTime)
    """However busy, the session ends here."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_why: str | None = None
    account_version: int
    """The account's version when the session began."""


class SignInStep(StrEnum):
    """What was tried."""

    PASSWORD = "password"  # noqa: S105 - the name of a step
    CODE = "code"


class SignInAttempt(Keyed, table=True):
    """One try to sign in, counted for the limits and forgotten after a day."""

    __table_args__ = (
        sa.Index("ix_signinattempt_user", "user_name_key", "at"),
        sa.Index("ix_signinattempt_address", "address_key", "at"),
    )

    user_name_key: str
    """Keyed hash of what was typed, which may be a password typed into the wrong field."""
    address_key: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    step: SignInStep = Field(sa_type=enum_type(SignInStep))
    succeeded: bool = False
    """Written as failed before anything is checked, so that parallel tries count each other."""


class SetupCode(Keyed, table=True):
    """A one-time code: for the first administrator (no account yet), or to choose a new password."""

    programme_id: int = Field(foreign_key="programme.id")
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    code_hash: str = Field(unique=True, repr=False)
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecoveryCode(Keyed, table=True):
    """Stands in once for a lost authenticator."""

    account_id: int = Field(foreign_key="account.id", index=True)
    code_hash: str = Field(unique=True, repr=False)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
