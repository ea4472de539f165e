"""From SQLite to PostgreSQL, row by row: how an installation outgrows its first machine."""

import hashlib
import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import SQLModel

from workflow.operations.digest import TableDigest, as_text

_AT_A_TIME = 1000


def copy_rows(source: sa.Connection, target: sa.Connection) -> None:
    """Put every row of every table of the product into the same, empty tables of a PostgreSQL database.

    New rows are numbered on from the last. Nothing is committed here.
    """
    for table in SQLModel.metadata.sorted_tables:
        for rows in source.execute(_in_order(table)).mappings().partitions(_AT_A_TIME):
            target.execute(sa.insert(table), [dict(row) for row in rows])
        _number_on(target, table)


def contents(connection: sa.Connection) -> dict[str, TableDigest]:
    """Table → digest of its values as the product reads them: the same on either kind of database.

    Rows are summed up in no order, because the two sort texts differently.
    """
    return {table.name: _content(connection, table) for table in SQLModel.metadata.sorted_tables}


def _content(connection: sa.Connection, table: sa.Table) -> TableDigest:
    count, total = 0, 0
    for rows in connection.execute(_in_order(table)).partitions(_AT_A_TIME):
        for row in rows:
            text = json.dumps([*row], default=as_text, sort_keys=True)
            total += int.from_bytes(hashlib.sha256(text.encode()).digest())
            count += 1
    return TableDigest(count, f"{total % 2**256:064x}")


def _in_order(table: sa.Table) -> sa.Select[tuple[object, ...]]:
    """By key: what a row refers to within its own table was there before it."""
    keys: Sequence[sa.Column[object]] = list(table.primary_key.columns)
    return sa.select(table).order_by(*keys).execution_options(yield_per=_AT_A_TIME)


def _number_on(target: sa.Connection, table: sa.Table) -> None:
    column = table.autoincrement_column
    if column is None:
        return
    name = target.dialect.identifier_preparer.format_table(table)
    sequence = target.execute(sa.select(sa.func.pg_get_serial_sequence(name, column.name))).scalar()
    last = target.execute(sa.select(sa.func.max(column))).scalar()
    if sequence and last:
        target.execute(sa.select(sa.func.setval(sequence, last)))
