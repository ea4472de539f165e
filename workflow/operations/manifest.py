"""What a backup says of itself; it lies beside the copied database in the same file."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from workflow.errors import InvalidInputError
from workflow.operations.checks import DISTRIBUTION
from workflow.operations.digest import TableDigest, digest_tables

_FORMAT = "cin backup 1"
_NO_KEYS = (
    "The audit key and the field keys are not in this file. Keep them elsewhere: without the audit key "
    "the events cannot be verified, without the field keys encrypted answers cannot be opened."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The facts a restore is checked against."""

    made_at: str
    """ISO instant."""
    product: str
    """Version of the product that made it."""
    database: str
    """`sqlite` or `postgresql`: a backup goes back into a database of its kind."""
    revision: str
    """Alembic's revision of the tables."""
    tables: Mapping[str, TableDigest]
    audit_heads: Mapping[str, Mapping[str, Any]]
    """Name of the programme → `seq` and `mac` of its newest event."""
    audit_key: str
    """Fingerprint that tells whether another key is the right one, and nothing about it."""
    content_sha256: str = ""
    """Digest of the copied database as it lies in the backup."""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    def to_text(self) -> str:
        """The manifest as it is written into the backup."""
        document = {"format": _FORMAT, "keys": _NO_KEYS, **asdict(self)}
        return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> "Manifest":
        """Read what `to_text` wrote.

        Raises:
            InvalidInputError: it is none of ours.
        """
        try:
            document = json.loads(text)
            if document.pop("format") != _FORMAT:
                raise InvalidInputError("This backup was made by a newer version of the product.")
            document.pop("keys")
            tables = {name: TableDigest(**one) for name, one in document.pop("tables").items()}
            return cls(tables=tables, **document)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InvalidInputError("This file is no backup of this product.") from None


def describe(connection: sa.Connection, *, made_at: str, audit_key: bytes) -> Manifest:
    """The manifest of what a connection sees."""
    return Manifest(
        made_at=made_at,
        product=metadata.version(DISTRIBUTION),
        database=connection.dialect.name,
        revision=MigrationContext.configure(connection).get_current_revision() or "",
        tables=digest_tables(connection),
        audit_heads=_heads(connection),
        audit_key=fingerprint(audit_key),
    )


def fingerprint(audit_key: bytes) -> str:
    """What is written down of the audit key."""
    return hmac.new(audit_key, b"cin backup: which key", hashlib.sha256).hexdigest()[:16]


def _heads(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """Read in plain SQL: the tables may be older than the models."""
    query = sa.text(
        "SELECT programme.name, audithead.seq, audithead.mac FROM audithead "
        "JOIN programme ON programme.id = audithead.programme_id ORDER BY programme.id"
    )
    return {name: {"seq": seq, "mac": mac} for name, seq, mac in connection.execute(query)}
