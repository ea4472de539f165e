"""The checks of `cin doctor` and `/readyz` that ask the database."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from workflow import audit
from workflow.accounts.second_factor import is_sealed_secret
from workflow.db import Database
from workflow.migrations import is_current
from workflow.models import Account, Event, Programme
from workflow.operations.checks import Check
from workflow.operations.fields import key_of
from workflow.operations.sealing import SEAL, is_sealed, sealed_tables
from workflow.row_security import SERVICE_ROLE

SAFE_SQLITE = (3, 51, 3)
"""Versions before it can corrupt a WAL database when two connections checkpoint at once."""
_CLOCK_LEEWAY = timedelta(minutes=5)
_SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "2",
    "foreign_keys": "1",
    "recursive_triggers": "1",
    "trusted_schema": "0",
    "secure_delete": "1",
}
"""Pragma → what it must answer; 2 is `synchronous=FULL`."""
_POSTGRESQL_SETTINGS = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_IN_PARTS = {"yield_per": 500}
_SYNCED = {"synchronous_commit": {"on", "remote_apply", "remote_write"}}


def database_checks(database: Database, now: datetime) -> Iterator[Check]:
    """Every check of an existing database; where it cannot be reached or migrated, that alone."""
    reached = reachable(database)
    yield reached
    if not reached.ok:
        return
    if database.is_sqlite:
        yield sqlite_version()
    yield _in_session(database, durability)
    yield _in_session(database, integrity)
    if not database.is_sqlite:
        yield _in_session(database, postgresql_role)
    migrated = migrations(database)
    yield migrated
    if migrated.ok:
        yield _in_session(database, lambda session: clock(session, now))
        yield _in_session(database, audit_chains)
        yield _in_session(database, sealing_keys)


def reachable(database: Database) -> Check:
    """Whether the database answers."""
    try:
        with database.read() as session:
            session.connection().exec_driver_sql("SELECT 1")
    except (sa.exc.DBAPIError, OSError) as broken:
        found = type(getattr(broken, "orig", broken)).__name__
        fix = "Start the database, or correct CIN_DATABASE_URL."
        return Check("database", ok=False, found=found, wanted="an answer", fix=fix)
    return Check("database", ok=True, found=database.url.get_backend_name())


def sqlite_version() -> Check:
    """SQLite's version; one with the checkpoint bug works, because our writers queue (`workflow.db`)."""
    found, is_safe = sqlite3.sqlite_version, sqlite3.sqlite_version_info >= SAFE_SQLITE
    if is_safe:
        return Check("sqlite", ok=True, found=found)
    return Check(
        "sqlite",
        ok=True,
        found=f"{found}, which has the WAL-reset bug; the queue of writers keeps clear of it",
        wanted=".".join(map(str, SAFE_SQLITE)),
        fix="Let no other program write to or checkpoint this file, or use PostgreSQL.",
    )


def durability(session: Session) -> Check:
    """Whether what was acknowledged survives a power cut, and the guards of the file are on."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        found = {name: _one(session, f"PRAGMA {name}") for name in _SQLITE_PRAGMAS}
        wrong = {name: got for name, got in found.items() if got != _SQLITE_PRAGMAS[name]}
        fix = "Let only this product open the database file."
    else:
        found = {name: _one(session, f"SHOW {name}") for name in _POSTGRESQL_SETTINGS}
        good = {name: _SYNCED.get(name, {value}) for name, value in _POSTGRESQL_SETTINGS.items()}
        wrong = {name: got for name, got in found.items() if got not in good[name]}
        fix = "Turn these settings on in postgresql.conf."
    return Check(
        "durability",
        not wrong,
        ", ".join(f"{name}={got}" for name, got in (wrong or found).items()),
        "synced commits",
        fix if wrong else "",
    )


def integrity(session: Session) -> Check:
    """Whether the file is whole (SQLite's own check); PostgreSQL's pages are its checksums' matter."""
    if session.connection().dialect.name == "sqlite":
        found = _one(session, "PRAGMA integrity_check")
        fix = "Stop the service and restore the newest backup: `cin restore FILE --replace`."
        return Check("integrity", found == "ok", found, "ok", "" if found == "ok" else fix)
    found = f"checksums {_one(session, 'SHOW data_checksums')}"
    fix = "" if found.endswith("on") else "Consider `pg_checksums --enable`."
    return Check("integrity", ok=True, found=found, wanted="checksums on", fix=fix)


def migrations(database: Database) -> Check:
    """Whether the tables are those of this version of the product."""
    ok = is_current(database)
    return Check(
        "migrations",
        ok,
        "newest" if ok else "not the newest",
        "the newest schema",
        "" if ok else "Make a backup, then run `cin init`.",
    )


def clock(session: Session, now: datetime) -> Check:
    """Whether the machine's clock is not behind what was already recorded.

    A demonstration lives on days of its own and is not asked.
    """
    real = col(Event.programme_id) == col(Programme.id)
    query = (
        select(func.max(Event.at)).join(Programme, real).where(col(Programme.demo_today).is_(None))
    )
    newest = session.exec(query).one()
    ok = newest is None or newest <= now + _CLOCK_LEEWAY
    found = f"{now:%Y-%m-%d %H:%M} UTC"
    wanted = f"not before {newest:%Y-%m-%d %H:%M} UTC, the newest event" if newest else ""
    return Check("clock", ok, found, wanted, "" if ok else "Set the clock (NTP).")


def audit_chains(session: Session) -> Check:
    """Whether the events of every programme fit together."""
    checked = {
        programme.name: audit.verify(session, programme.key)
        for programme in session.exec(select(Programme).order_by(col(Programme.id)))
    }
    bad = {name: one for name, one in checked.items() if not one.ok}
    events = sum(one.events for one in checked.values())
    return Check(
        "audit",
        not bad,
        "; ".join(f"{name}: {one.problem}" for name, one in bad.items())
        or f"{events:,} events fit",
        "an unbroken chain of events",
        "Keep the database as it is and find out who changed it." if bad else "",
    )


def sealing_keys(session: Session) -> Check:
    """Whether every encrypted answer's key is at hand."""
    ring = session.info.get("field_keys")
    known = set(ring.keys) if ring else set()
    used = {name for model in sealed_tables().values() for name in _keys_used(session, model)}
    used |= _keys_of_authenticators(session)
    missing = sorted(used - known)
    found = f"missing: {', '.join(missing)}" if missing else f"{len(known)} known, {len(used)} used"
    fix = f"Add the key {', '.join(missing)} to CIN_FIELD_KEYS." if missing else ""
    return Check("encrypted texts", not missing, found, "every key that is used", fix)


def postgresql_role(session: Session) -> Check:
    """Whether the role the product works as is held by PostgreSQL's own rules."""
    row = session.connection().exec_driver_sql(_ROLE).one()
    too_much = [words for held, words in zip(row[1:], _TOO_MUCH, strict=True) if held]
    return Check(
        "database role",
        not too_much,
        f"{row[0]} is {' and '.join(too_much)}" if too_much else str(row[0]),
        "a role without SUPERUSER and BYPASSRLS that owns no table",
        _ROLE_FIX if too_much else "",
    )


_ROLE = """
SELECT rolname, rolsuper, rolbypassrls, EXISTS (
    SELECT FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p')
    AND NOT rolsuper AND pg_has_role(relowner, 'MEMBER'))
FROM pg_roles WHERE rolname = current_user
"""
_TOO_MUCH = ("a superuser", "free of row security", "the owner of the tables")
_ROLE_FIX = (
    f"As the owner: `CREATE ROLE {SERVICE_ROLE} NOLOGIN; CREATE ROLE cin_app LOGIN IN ROLE "
    f"{SERVICE_ROLE};`, then `cin init`; let the service sign in as cin_app."
)


def _keys_used(session: Session, model: Any) -> Iterator[str]:
    """Ids of the keys in a table, read below the session so that nothing is opened."""
    table = model.__table__
    text = sa.cast(table.c.answers, sa.Text)
    query = sa.select(table.c.answers).where(text.contains(SEAL, autoescape=True))
    found = session.connection().execute(query, execution_options=_IN_PARTS)
    with closing(found) as rows:
        for (answers,) in rows:
            yield from (key_of(one[SEAL]) for one in answers.values() if is_sealed(one))


def _keys_of_authenticators(session: Session) -> set[str]:
    query = select(Account.totp_secret, Account.totp_pending)
    stored = (one for row in session.exec(query) for one in row if one is not None)
    return {key_of(one) for one in stored if is_sealed_secret(one)}


def _one(session: Session, statement: str) -> str:
    return str(session.connection().exec_driver_sql(statement).scalar())


def _in_session(database: Database, check: Callable[[Session], Check]) -> Check:
    with database.read() as session:
        return check(session)
