"""The schema as migrated is the schema the models speak of, on both databases."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from tests.conftest import AUDIT_KEY
from workflow.db import Database
from workflow.migrations import drift, is_current, upgrade


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url, audit_key=AUDIT_KEY)
    _drop_everything(database)
    yield database
    database.close()


def test_a_migrated_database_has_the_tables_of_the_models(empty: Database) -> None:
    upgrade(empty)
    with empty.read() as session:
        assert drift(session.connection()) == []


def test_migrating_twice_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    assert is_current(empty)
    upgrade(empty)
    assert is_current(empty)


def test_a_migrated_database_guards_the_same_tables_as_a_made_one(empty: Database) -> None:
    upgrade(empty)
    migrated = _triggers(empty)
    _drop_everything(empty)
    SQLModel.metadata.create_all(empty.engine)

    assert migrated == _triggers(empty)
    assert migrated


def _triggers(database: Database) -> list[tuple[str, str]]:
    """Name and text of every trigger."""
    wanted = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
        "WHERE NOT tgisinternal"
    )
    with database.read() as session:
        return sorted(tuple(row) for row in session.connection().execute(sa.text(wanted)))


def _drop_everything(database: Database) -> None:
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
            return
    assert database.path is not None
    database.close()
    for path in database.path.parent.glob(database.path.name + "*"):
        path.unlink()
