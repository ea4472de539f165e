"""Everything `cin doctor` looks at, in the order it is shown."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlmodel import col, func, select

from workflow.db import Database
from workflow.models import Programme
from workflow.operations.checks import (
    Check,
    free_disk,
    packages,
    private_files,
    python_version,
    unknown_settings,
)
from workflow.operations.database_checks import database_checks
from workflow.operations.prefect_server import prefect_server
from workflow.operations.production import production_checks
from workflow.settings import Settings, SettingsError


def examine(settings: Settings, environment: Mapping[str, str], now: datetime) -> Iterator[Check]:
    """Look at everything; nothing is made or changed.

    Args:
        environment: the process's variables.
        now: the machine's clock.
    """
    yield python_version()
    yield packages()
    yield unknown_settings(environment, Settings.model_fields)
    if settings.is_production:
        yield from production_checks(settings, environment)
    files = _database_files(settings)
    folder = files[0].parent if files else settings.data_folder
    yield private_files([*files, *settings.key_files()], [settings.data_folder])
    yield free_disk(folder, sum(file.stat().st_size for file in files if file.exists()))
    if files and not files[0].exists():
        yield _no_database()
        return
    try:
        database = settings.database()
    except SettingsError as wrong:
        yield Check("keys", ok=False, found=str(wrong), fix="Correct the setting it names.")
        return
    with closing(database):
        checks = list(database_checks(database, now))
        yield from checks
        is_usable = all(check.ok for check in checks if check.name in ("database", "migrations"))
        must_be_locked = settings.is_production or (is_usable and _holds_real_data(database))
    yield prefect_server(environment, must_be_locked=must_be_locked)


def _database_files(settings: Settings) -> list[Path]:
    """The SQLite file and those beside it; none for a server or a memory."""
    url = settings.url()
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return []
    file = Path(str(url.database))
    return [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))]


def _no_database() -> Check:
    fix = "Make one: `cin init`, or `cin restore FILE`."
    return Check("database", ok=False, found="there is none yet", wanted="a database", fix=fix)


def _holds_real_data(database: Database) -> bool:
    real = select(func.count()).select_from(Programme).where(col(Programme.demo_today).is_(None))
    with database.read() as session:
        return session.exec(real).one() > 0
