"""What a database holds, as one number and a count for each table.

Two databases of the same kind and schema with the same rows have the same digests, whatever their
files look like.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

_IN_PARTS = {"yield_per": 1000}


@dataclass(frozen=True, slots=True)
class TableDigest:
    """One table's content."""

    rows: int
    sha256: str


def digest_tables(connection: sa.Connection) -> dict[str, TableDigest]:
    """Table → digest of all its rows in the order of their keys, for every table there is."""
    inspector = sa.inspect(connection)
    return {
        name: _digest(connection, name, inspector.get_pk_constraint(name)["constrained_columns"])
        for name in sorted(inspector.get_table_names())
    }


def changed_tables(
    wanted: Mapping[str, TableDigest], found: Mapping[str, TableDigest]
) -> list[str]:
    """Names of the tables that differ, are missing or are too many."""
    names = wanted.keys() | found.keys()
    return sorted(name for name in names if wanted.get(name) != found.get(name))


def _digest(connection: sa.Connection, table: str, key: list[str]) -> TableDigest:
    quote = connection.dialect.identifier_preparer.quote
    order = ", ".join(map(quote, key)) or "1"
    query = sa.text(f"SELECT * FROM {quote(table)} ORDER BY {order}")
    hashed, count = hashlib.sha256(), 0
    with closing(connection.execute(query, execution_options=_IN_PARTS)) as rows:
        hashed.update(json.dumps(list(rows.keys())).encode())
        for row in rows:
            count += 1
            hashed.update(json.dumps([*row], default=as_text, sort_keys=True).encode())
    return TableDigest(count, hashed.hexdigest())


def as_text(value: Any) -> str:
    """An instant in UTC, whatever the session's time zone; bytes in hexadecimal; the rest as text."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)
