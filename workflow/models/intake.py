"""Imports: what came in, what was wrong with it, and the mappings people have taught."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from workflow.db import JSON, Keyed, UtcDateTime


class ImportRun(Keyed, table=True):
    """One file taken in, with its counts and every finding."""

    programme_id: int = Field(foreign_key="programme.id", index=True)
    file: str
    kind: str
    sha256: str
    as_of: date
    """The day the cohort was decided for."""
    speaks_of: date
    """The day whose caseload the file has: its own date where it gives one, else `as_of`."""
    rows: int
    created: int
    updated: int
    unchanged: int
    excluded: dict[str, int] = Field(sa_type=JSON)
    """Cohort rule → cases of this file it keeps out."""
    findings: list[dict[str, Any]] = Field(sa_type=JSON)
    imported_by: str
    imported_at: datetime = Field(sa_type=UtcDateTime)


class ValueMapping(Keyed, table=True):
    """A spelling met in a file and the code it stands for; without a code it is still unmapped."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "field", "raw"),)

    programme_id: int = Field(foreign_key="programme.id")
    field: str
    raw: str
    code: str | None = None
    seen: int = 0
    """Rows that carried the spelling in the latest file that had it."""
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SavedMapping(Keyed, table=True):
    """A column mapping kept under a name, so that next week's export needs no new one."""

    __table_args__ = (sa.UniqueConstraint("programme_id", "name"),)

    programme_id: int = Field(foreign_key="programme.id")
    name: str
    text: str
    """The mapping as TOML."""
    saved_at: datetime = Field(sa_type=UtcDateTime)
