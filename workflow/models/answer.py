"""Answers that are kept for a while, so that a request sent twice is carried out once."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import Keyed, UtcDateTime


class KeptAnswer(Keyed, table=True):
    """What was answered to a request that changed something and carried a name of its own."""

    __table_args__ = (sa.UniqueConstraint("account_id", "name"),)

    account_id: int = Field(foreign_key="account.id")
    name: str
    """Made by the page or the program that asked; it means nothing to other accounts."""
    digest: str
    """SHA-256 of what was asked, so that a name is not used for two things."""
    status: int
    location: str | None = None
    """Where the answer leads on to."""
    said: str | None = None
    """What the next page says was done."""
    body: str | None = Field(default=None, repr=False)
    """The document of a program's answer; sealed where there are keys for that."""
    kept_at: datetime = Field(sa_type=UtcDateTime)
