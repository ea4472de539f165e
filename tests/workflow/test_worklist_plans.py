"""R16: no worklist reads a whole table, however many cases there are."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import make_review
from tests.measured import Measured
from workflow.db import Database
from workflow.models import Programme
from workflow.worklists import Query, View, view_counts, worklist

DAY = date(2016, 2, 1)
WHOLE_TABLE = re.compile(r"^SCAN (?!anon_|\(|CONSTANT)")
"""What SQLite says when it reads a table from end to end; results of a query's own parts are short."""


@contextmanager
def asked(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The queries that are made meanwhile, with their values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, values))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_worklist_reads_a_table_from_end_to_end(
    database: Database, programme: Programme, measured: Measured
) -> None:
    with database.write() as session:
        for _ in range(3):
            make_review(session, session.get_one(Programme, programme.key))
    with database.read() as session:
        with asked(database) as queries:
            for view in View:
                worklist(session, programme, Query(view=view), as_of=DAY)
            view_counts(session, programme, as_of=DAY)
        plans = [
            (str(row[3]), statement)
            for statement, values in queries
            for row in session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", values
            )
        ]
    assert len(queries) >= 2 * len(View)
    assert [found for found in plans if WHOLE_TABLE.match(found[0])] == []
    measured(
        "R16",
        "no full scan of a table",
        f"0 in {len(queries)} queries of {len(View)} worklists",
        "the plan is checked; a million cases were not tried",
    )
