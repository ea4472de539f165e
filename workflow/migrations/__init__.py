"""Bring a database to the newest schema, whichever kind it is.

Alembic's revisions live in `versions/`; `upgrade` runs them under the writer's lock, so that two
programs started at once do not both migrate.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import workflow.models  # noqa: F401 - registers the tables
from workflow.db import Database, grant_service

_FOLDER = Path(__file__).parent


def upgrade(database: Database) -> None:
    """Create or migrate all tables; a database that is up to date is left alone."""
    if is_current(database):
        return
    with database.write() as session:
        config = _config()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")
        grant_service(session.connection())


def let_service_in(database: Database) -> bool:
    """Give the service's own role its rights on PostgreSQL, as far as somebody made it."""
    with database.write() as session:
        return grant_service(session.connection())


def is_current(database: Database) -> bool:
    """Whether the database has the newest schema."""
    head = _scripts().get_current_head()
    with database.read() as session:
        return MigrationContext.configure(session.connection()).get_current_revision() == head


def knows_revision(revision: str) -> bool:
    """Whether a database of this revision can be brought to the newest schema."""
    return any(one.revision == revision for one in _scripts().walk_revisions())


def drift(connection: sa.Connection) -> list[object]:
    """Differences between the tables as migrated and as the models say; empty when they agree."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
