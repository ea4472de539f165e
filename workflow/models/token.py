"""Tokens with which programs act as a person."""

from datetime import datetime

from sqlmodel import Field

from workflow.db import Keyed, UtcDateTime


class ApiToken(Keyed, table=True):
    """A secret that lets a program ask for what its owner may; never deleted, because it was used."""

    account_id: int = Field(foreign_key="account.id", index=True)
    name: str
    """What it is for, in its owner's words."""
    token_hash: str = Field(unique=True, repr=False)
    """SHA-256 of the token, which is random and long."""
    ending: str
    """Its last characters, to tell it from others."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """To within five minutes."""
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    account_version: int
    """The account's version when it was made: a later change of the account ends it."""
