"""A database whose k-th call fails, and what it holds, to compare before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from workflow.db import Database


class CutError(Exception):
    """The connection broke at the chosen call."""


class Breaker:
    """Counts the calls of a database, statements and commits alike, and breaks the chosen one."""

    def __init__(self, database: Database) -> None:
        self.calls = 0
        self.at: int | None = None
        sa.event.listen(database.engine, "before_cursor_execute", self._count)
        sa.event.listen(database.engine, "commit", self._count)

    def _count(self, *_: object) -> None:
        if self.at is None:
            return
        self.calls += 1
        if self.calls == self.at:
            raise CutError

    @contextmanager
    def breaking(self, at: int) -> Iterator[None]:
        self.calls, self.at = 0, at
        try:
            yield
        finally:
            self.at = None


def content(database: Database) -> dict[str, list[Any]]:
    """Every row of every table that has any."""
    with database.read() as session:
        connection = session.connection()
        rows = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table))]
            for table in SQLModel.metadata.sorted_tables
        }
    return {name: found for name, found in rows.items() if found}
