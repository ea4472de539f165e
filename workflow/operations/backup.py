"""Backup and restore: one file with a copy of the database and a manifest to check it against.

SQLite is copied by its online backup API while writers wait, PostgreSQL by `pg_dump` from a snapshot
nobody waits for. A restore checks the copy before it touches the database, and what it made afterwards.
A backup of SQLite also goes into PostgreSQL: so an installation moves from one machine to several.
"""

import hashlib
import io
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from gzip import BadGzipFile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import sqlalchemy as sa
from sqlmodel import col, select

from workflow import audit
from workflow.db import Database
from workflow.errors import ConflictError, InvalidInputError, WorkflowError
from workflow.migrations import knows_revision, let_service_in, upgrade
from workflow.models import Programme
from workflow.operations import postgres_tools
from workflow.operations.digest import changed_tables, digest_tables
from workflow.operations.manifest import Manifest, describe, fingerprint
from workflow.operations.moving import contents, copy_rows
from workflow.operations.private import appears_whole
from workflow.row_security import check_owner
from workflow.states import Actor

_MANIFEST = "manifest.json"
_CONTENT = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
_EMPTY = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
  LOOP EXECUTE format('DROP TABLE %s CASCADE', one.name); END LOOP;
  FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  LOOP EXECUTE format('DROP ROUTINE %s CASCADE', one.name); END LOOP;
END $$
"""
"""Drops what the product made and leaves the schema, on which other roles have rights."""
_SEVERAL = 5


class RestoreError(WorkflowError):
    """What was restored is not what was backed up."""


def back_up(database: Database, file: Path, *, audit_key: bytes, now: datetime) -> Manifest:
    """Write the database into a new file that only its owner can read.

    Raises:
        ConflictError: the file exists.
        InvalidInputError: the database has no tables yet, or lies in memory.
        ToolError: `pg_dump` is missing or failed.
    """
    if file.exists():
        raise ConflictError(f"{file} exists already; a backup never overwrites another.")
    with TemporaryDirectory(prefix="cin-backup-", dir=file.parent) as folder:
        content = Path(folder) / _CONTENT[database.url.get_backend_name()]
        copy = _copy_sqlite if database.is_sqlite else _copy_postgresql
        manifest = copy(database, content, made_at=now.isoformat(), audit_key=audit_key)
        manifest = replace(manifest, content_sha256=_sha256(content))
        with appears_whole(file) as draft:
            _pack(draft, manifest, content)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """What a backup says of itself.

    Raises:
        InvalidInputError: it is no backup.
    """
    with _member(file, _MANIFEST) as stream:
        return Manifest.from_text(stream.read().decode("utf-8", "replace"))


def restore(
    database: Database,
    file: Path,
    *,
    audit_key: bytes,
    actor: Actor,
    now: datetime,
    replace_data: bool = False,
) -> Manifest:
    """Bring the database back to what a backup holds, in the newest schema; one event says so.

    Raises:
        ConflictError: the database holds something and `replace_data` is not set.
        InvalidInputError: the file is damaged, comes from a newer version or from PostgreSQL where the
            database is SQLite, or its events were sealed with another audit key.
        RestoreError: what came out differs from what went in.
    """
    manifest = read_manifest(file)
    _check_fits(manifest, database, audit_key)
    if not replace_data and (full := _tables_with_rows(database)):
        raise ConflictError(
            f"The database is not empty ({', '.join(full[:_SEVERAL])} …). Make a backup of it, then "
            "restore with --replace: everything in it is lost."
        )
    with TemporaryDirectory(prefix="cin-restore-", dir=_work_folder(database)) as folder:
        content = Path(folder) / _CONTENT[manifest.database]
        _unpack(file, manifest, content)
        if database.is_sqlite:
            _restore_sqlite(database, content, manifest, audit_key)
        elif manifest.database == "sqlite":
            _move_to_postgresql(database, content, manifest, audit_key)
        else:
            _restore_postgresql(database, content, manifest)
    _record(database, manifest, actor, now)
    return manifest


def _check_fits(manifest: Manifest, database: Database, audit_key: bytes) -> None:
    kind = database.url.get_backend_name()
    if manifest.database not in {kind, "sqlite"}:
        raise InvalidInputError(
            f"This is a backup of {manifest.database}; the database is {kind}. A backup goes into a "
            "database of its own kind, or from SQLite into PostgreSQL."
        )
    if database.is_sqlite and database.path is None:
        raise InvalidInputError("A database in memory cannot be restored.")
    if not knows_revision(manifest.revision):
        raise InvalidInputError(
            f"This backup was made by the newer version {manifest.product}; install that one first."
        )
    if manifest.audit_key != fingerprint(audit_key):
        raise InvalidInputError(
            "This backup belongs to another audit key. Set CIN_AUDIT_KEY or CIN_AUDIT_KEY_FILE to the "
            "key that was in use when it was made."
        )


def _copy_sqlite(database: Database, content: Path, *, made_at: str, audit_key: bytes) -> Manifest:
    if database.path is None:
        raise InvalidInputError("A database in memory cannot be backed up.")
    with (
        closing(sqlite3.connect(database.path)) as source,
        closing(sqlite3.connect(content)) as target,
    ):
        with database.exclusive():
            source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    with _opened(content) as connection:
        _check_has_tables(connection)
        return describe(connection, made_at=made_at, audit_key=audit_key)


def _copy_postgresql(
    database: Database, content: Path, *, made_at: str, audit_key: bytes
) -> Manifest:
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        _check_has_tables(connection)
        check_owner(connection, "back up")
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        postgres_tools.dump(database.url, content, snapshot=snapshot)
        return describe(connection, made_at=made_at, audit_key=audit_key)


def _check_has_tables(connection: sa.Connection) -> None:
    if not sa.inspect(connection).has_table("audithead"):
        raise InvalidInputError("The database has no tables yet: there is nothing to back up.")


def _restore_sqlite(
    database: Database, content: Path, manifest: Manifest, audit_key: bytes
) -> None:
    """Put the copy in the place of the database in one transaction."""
    with _newest_schema(content, manifest, audit_key):
        pass
    database.close()
    with (
        database.exclusive(),
        closing(sqlite3.connect(content)) as source,
        closing(sqlite3.connect(database.path or "")) as target,
    ):
        target.execute("PRAGMA synchronous=FULL")
        source.backup(target)


@contextmanager
def _newest_schema(content: Path, manifest: Manifest, audit_key: bytes) -> Iterator[Database]:
    """The copied SQLite file, checked against its manifest and migrated."""
    with _opened(content) as connection:
        _check_same(connection, manifest)
    with closing(Database(f"sqlite:///{content}", audit_key=audit_key)) as made:
        upgrade(made)
        _check_chain(made, manifest)
        yield made


def _move_to_postgresql(
    database: Database, content: Path, manifest: Manifest, audit_key: bytes
) -> None:
    """Copy the rows of an SQLite database into new tables: all of them, or none."""
    with _newest_schema(content, manifest, audit_key) as made:
        with database.write() as session:
            if sa.inspect(session.connection()).get_table_names():
                check_owner(session.connection(), "restore")
                session.connection().execute(sa.text(_EMPTY))
        upgrade(database)
        with made.read() as source, database.write() as target:
            copy_rows(source.connection(), target.connection())
            wanted, found = contents(source.connection()), contents(target.connection())
            if changed := changed_tables(wanted, found):
                raise RestoreError(f"These tables differ from the backup: {', '.join(changed)}.")
    let_service_in(database)
    _check_chain(database, manifest)


def _restore_postgresql(database: Database, content: Path, manifest: Manifest) -> None:
    script = content.with_suffix(".sql")
    postgres_tools.write_script(content, script)
    with database.read() as session:
        has_tables = bool(sa.inspect(session.connection()).get_table_names())
        if has_tables:
            check_owner(session.connection(), "restore")
    before = _EMPTY if has_tables else ""
    database.close()
    postgres_tools.run_script(database.url, script, before=before)
    with database.read() as session:
        _check_same(session.connection(), manifest)
    upgrade(database)
    let_service_in(database)
    _check_chain(database, manifest)


def _check_same(connection: sa.Connection, manifest: Manifest) -> None:
    if changed := changed_tables(manifest.tables, digest_tables(connection)):
        raise RestoreError(f"These tables differ from the backup: {', '.join(changed)}.")


def _check_chain(database: Database, manifest: Manifest) -> None:
    with database.read() as session:
        for programme in session.exec(select(Programme).order_by(col(Programme.id))):
            head = manifest.audit_heads.get(programme.name)
            link = audit.Link(head["seq"], head["mac"]) if head else None
            checked = audit.verify(session, programme.key, against=link)
            if not checked.ok:
                raise RestoreError(f"{programme.name}: {checked.problem}")


def _record(database: Database, manifest: Manifest, actor: Actor, now: datetime) -> None:
    with database.write() as session:
        for programme in session.exec(select(Programme).order_by(col(Programme.id))):
            audit.record(
                session,
                programme_id=programme.key,
                kind="backup_restored",
                actor=actor,
                at=now,
                payload={"made_at": manifest.made_at, "product": manifest.product},
            )


def _tables_with_rows(database: Database) -> list[str]:
    with database.read() as session:
        connection = session.connection()
        quote = connection.dialect.identifier_preparer.quote
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        return [
            name
            for name in sorted(names)
            if connection.execute(sa.text(f"SELECT 1 FROM {quote(name)} LIMIT 1")).first()
        ]


def _work_folder(database: Database) -> Path | None:
    """Beside an SQLite database, so that the copy lies on an equally protected disk."""
    return database.path.parent if database.path else None


@contextmanager
def _opened(file: Path) -> Iterator[sa.Connection]:
    """A connection to a copied SQLite file, without the product's own settings of it."""
    engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def _pack(file: Path, manifest: Manifest, content: Path) -> None:
    text = manifest.to_text().encode()
    with tarfile.open(file, "w:gz", compresslevel=1) as archive:
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size, entry.mode = len(text), 0o600
        archive.addfile(entry, io.BytesIO(text))
        entry = tarfile.TarInfo(content.name)
        entry.size, entry.mode = content.stat().st_size, 0o600
        with content.open("rb") as stream:
            archive.addfile(entry, stream)


def _unpack(file: Path, manifest: Manifest, content: Path) -> None:
    with _member(file, content.name) as stream, content.open("xb") as copy:
        shutil.copyfileobj(stream, copy)
    if _sha256(content) != manifest.content_sha256:
        raise InvalidInputError(f"{file} is damaged: its content is not what its manifest says.")


@contextmanager
def _member(file: Path, name: str) -> Iterator[IO[bytes]]:
    """One member of a backup, read as a stream; nothing is extracted by its own path."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            stream = archive.extractfile(name)
            if stream is None:
                raise InvalidInputError(f"{file} is no backup of this product.")
            yield stream
    except (tarfile.TarError, KeyError, EOFError, BadGzipFile, zlib.error):
        raise InvalidInputError(f"{file} is damaged, or no backup of this product.") from None


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
