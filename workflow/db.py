"""One engine factory for SQLite and PostgreSQL, sessions with one writer at a time, column types.

No queries here. SQLite needs care to be safe, all of it here and in `writer_lock`:

- the driver's own transactions are switched off; a write transaction is `BEGIN IMMEDIATE`, so that
  what was read cannot have changed by the time it is written;
- writers queue fairly at a lock before they begin: a thread lock within the process, `flock` on a
  file beside the database between processes (the kernel frees it when a process is killed). Commits
  and their checkpoints happen under that lock, which also keeps clear of the checkpoint race of
  SQLite versions before 3.51.3;
- `synchronous=FULL`: what was acknowledged survives a power cut; `recursive_triggers=ON`: the
  append-only triggers also stop `INSERT OR REPLACE`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.pool import StaticPool
from sqlmodel import Field, Session, SQLModel

from workflow.row_security import (
    EVERYTHING,
    SERVICE_ROLE,
    Scope,
    begin_scope,
    create_policies,
    grant_ddl,
    may_grant,
    refuse_foreign_rows,
    with_scope,
)
from workflow.writer_lock import WriterLock

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
    "busy_timeout=30000",
)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware instant, stored as UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive instants and turn the rest to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value!r} has no time zone"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every instant back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def enum_type(members: type[StrEnum]) -> sa.Enum:
    """A column type that stores an enum by value, checked by the database."""
    return sa.Enum(
        members,
        name=members.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda kind: [member.value for member in kind],
    )


JSON = sa.JSON().with_variant(JSONB(), "postgresql")
"""A JSON document; `JSONB` on PostgreSQL."""


def no_entries() -> dict[str, Any]:
    """An empty JSON object, as a column's default.

    A plain function: SQLModel inspects the factory's signature for every row it makes, which takes
    twenty times as long for the built-in `dict`.
    """
    return {}


def no_items() -> list[Any]:
    """An empty JSON array, as a column's default (see `no_entries`)."""
    return []


ROW_LOCK: dict[str, Any] = {"key_share": True}
"""Locks a row against changes, not against others that only refer to it (`FOR NO KEY UPDATE`).

A plain `FOR UPDATE` would make every event that names a locked programme or review wait for it, and two
use cases that lock in different orders wait for each other.
"""


class Keyed(SQLModel):
    """A table row with a number of its own."""

    id: int | None = Field(default=None, primary_key=True)

    @property
    def key(self) -> int:
        """The number of a stored row; a row that was never stored has none."""
        if self.id is None:
            message = f"this {type(self).__name__.lower()} was never stored"
            raise LookupError(message)
        return self.id


@dataclass(frozen=True, slots=True)
class Erasable:
    """The one change an append-only table allows: emptying a column at the end of its retention.

    A row may be emptied only while `marker`, itself append-only, holds a row with the same `key`: so
    nothing is emptied without a trace that cannot be removed. All other columns stay as they are.
    """

    column: str
    """The column that may become an empty JSON object, or no text."""
    marker: str
    """The table that names what has been purged."""
    key: str
    """The column that both tables have."""
    also: str | None = None
    """Another such column; it is enough that one of the two agrees."""
    is_text: bool = False
    """The column holds text and becomes NULL."""

    @property
    def is_marked(self) -> str:
        """The condition, about a row OLD, that the marker names it."""
        keys = (key for key in (self.key, self.also) if key)
        same = " OR ".join(f"m.{key} = OLD.{key}" for key in keys)
        return f"EXISTS (SELECT 1 FROM {self.marker} m WHERE {same})"


_ERASABLE: dict[str, Erasable | None] = {}
"""Append-only table → what of it can be emptied."""


def append_only(model: type[SQLModel], *, erasable: Erasable | None = None) -> None:
    """Let the database itself refuse to change or delete a row of the model once written."""
    table = sa.inspect(model).local_table
    kept = [column.name for column in table.columns]
    _ERASABLE[str(model.__tablename__)] = erasable
    for dialect in ("sqlite", "postgresql"):
        for statement in append_only_ddl(table.name, dialect, erasable, kept):
            ddl: Any = sa.DDL(statement)  # type: ignore[no-untyped-call]
            sa.event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def append_only_ddl(
    table: str, dialect: str, erasable: Erasable | None = None, columns: Sequence[str] = ()
) -> list[str]:
    """The statements that make every UPDATE and DELETE on `table` fail.

    Args:
        erasable: the one UPDATE that is let through.
        columns: the table's columns, for `erasable` on SQLite.
    """
    refusal = f"{table} is append-only"
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        spared = _spared_on_sqlite(erasable, columns) if erasable else ""
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {spared}{refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        ]
    function = f"refuse_change_of_{table}"
    # OLD and NEW exist only for a trigger of each row; one for the statement needs no row to refuse.
    each = "FOR EACH ROW " if erasable else ""
    spared = _spared_on_postgresql(erasable) if erasable else ""
    body = f"BEGIN {spared}RAISE EXCEPTION ''{refusal}''; END"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS '{body}'",
        (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"{each}EXECUTE FUNCTION {function}()"
        ),
    ]


@contextmanager
def unguarded(session: Session, model: type[SQLModel]) -> Iterator[None]:
    """Lift the guard of an append-only table within the transaction; `cin keys rotate` alone needs it.

    The role must own the table, which the service's own role should not.
    """
    table, connection = str(model.__tablename__), session.connection()
    if table not in _ERASABLE:
        yield
        return
    dialect = connection.dialect.name
    for statement in _UNGUARD[dialect]:
        connection.exec_driver_sql(statement.format(table=table))
    yield
    columns = [column.name for column in sa.inspect(model).local_table.columns]
    for statement in append_only_ddl(table, dialect, _ERASABLE[table], columns):
        connection.execute(sa.DDL(statement))  # type: ignore[no-untyped-call]


_UNGUARD = {
    "sqlite": ("DROP TRIGGER {table}_no_update", "DROP TRIGGER {table}_no_delete"),
    "postgresql": ("DROP TRIGGER {table}_append_only ON {table}",),
}


def _spared_on_sqlite(erasable: Erasable, columns: Sequence[str]) -> str:
    unchanged = " AND ".join(
        f"NEW.{name} IS OLD.{name}" for name in columns if name != erasable.column
    )
    empty = "NULL" if erasable.is_text else "'{}'"
    return f"WHEN NOT (NEW.{erasable.column} IS {empty} AND {unchanged} AND {erasable.is_marked}) "


def _spared_on_postgresql(erasable: Erasable) -> str:
    name = erasable.column
    is_empty = "IS NULL" if erasable.is_text else "= ''{}''::jsonb"
    return (
        f"IF TG_OP = ''UPDATE'' AND NEW.{name} {is_empty} "
        f"AND to_jsonb(NEW) - ''{name}'' = to_jsonb(OLD) - ''{name}'' "
        f"AND {erasable.is_marked} THEN RETURN NEW; END IF; "
    )


sa.event.listen(SQLModel.metadata, "after_create", create_policies)
sa.event.listen(SQLModel, "load", refuse_foreign_rows, propagate=True)


def grant_service(connection: sa.Connection) -> bool:
    """Let the service's role use the tables, no further than it must; it can be done again any time.

    False: there is no such role, or the connection is not the owner's.
    """
    if connection.dialect.name != "postgresql" or not may_grant(connection):
        return False
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {SERVICE_ROLE}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {SERVICE_ROLE}",
    ]
    if sa.inspect(connection).has_table("alembic_version"):
        statements.append(f"GRANT SELECT ON alembic_version TO {SERVICE_ROLE}")
    for table in SQLModel.metadata.sorted_tables:
        erasable = _ERASABLE.get(table.name)
        statements += grant_ddl(
            table.name,
            append_only=table.name in _ERASABLE,
            erasable=erasable.column if erasable else None,
        )
    for statement in statements:
        connection.exec_driver_sql(statement)
    return True


class Database:
    """The programme's database: hands out write and read sessions under the rules above.

    Args:
        url: an SQLAlchemy address, `sqlite:///file`, `sqlite://` (memory) or `postgresql+psycopg://…`.
        audit_key: secret of the event chain's HMAC; kept outside the database.
        field_keys: the key ring of answers that are stored encrypted (`workflow.operations.fields`);
            None stores them as they are. Sessions carry it, this module does not look into it.
        scope: what its sessions see at first (`workflow.row_security`).
    """

    def __init__(
        self,
        url: str,
        *,
        audit_key: bytes,
        field_keys: object = None,
        scope: Scope = EVERYTHING,
    ) -> None:
        """Make the engine; nothing is opened until the first session."""
        self.url = sa.make_url(url)
        self.engine = _make_engine(self.url)
        self._scope = scope
        self._secrets = {"audit_key": audit_key, "field_keys": field_keys}
        self._lock: Callable[[], Any] = nullcontext
        if self.is_sqlite:
            self._lock = WriterLock(self.path).hold

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None for a memory or a server database."""
        name = self.url.database
        in_file = self.is_sqlite and name and name != ":memory:"
        return Path(name) if in_file and name else None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed together at the end, or not at all."""
        engine = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        with self._lock(), self._session(engine) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for queries; nothing done in it is kept."""
        engine = self.engine.execution_options(postgresql_readonly=True)
        with self._session(engine) as session:
            yield session

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the writers of SQLite back without a session: for copying the file or replacing it.

        On PostgreSQL nobody waits; its own snapshots do that work.
        """
        with self._lock():
            yield

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def _session(self, engine: Engine) -> Session:
        info = with_scope(self._secrets, self._scope)
        session = Session(engine, expire_on_commit=False, info=info)
        sa.event.listen(session, "do_orm_execute", _read_locked_rows_anew)
        if not self.is_sqlite:
            sa.event.listen(session, "after_begin", begin_scope)
        return session


def _read_locked_rows_anew(execution: ORMExecuteState) -> None:
    """A row that is locked is as the database has it, whatever the session knew of it before.

    Without this a row that was looked at, changed by somebody else and then locked keeps its old values,
    and the check that follows the lock goes by them.
    """
    if getattr(execution.statement, "_for_update_arg", None) is not None:
        execution.session.flush()  # what this session changed itself is not to be read over
        execution.update_execution_options(populate_existing=True)


_POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 10}
"""Connections kept, and how many more there may be for a while."""


def _make_engine(url: sa.URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, **_POOL)
    in_memory = url.database in (None, "", ":memory:")
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else _POOL
    engine = sa.create_engine(
        url, connect_args={"check_same_thread": False}, hide_parameters=True, **options
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
