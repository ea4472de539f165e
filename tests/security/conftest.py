"""The web app's fixtures, and a programme with everybody in it, for what is asked of it from outside."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from tests.api.conftest import (  # noqa: F401 - fixtures are found by their names
    app,
    app_on_nothing,
    caseload,
    client,
    coordinating,
    forecast_json,
    manager,
    settings,
    signed_in,
)
from tests.conftest import AUDIT_KEY
from tests.security.asking import Browser, Stage
from tests.security.stage import People, set_up
from workflow.calendar import at_local
from workflow.row_security import AT_THE_DOOR
from workflow.settings import Settings

NOW = at_local(date(2016, 1, 20))


@pytest.fixture(scope="session")
def furnished(
    sqlite_template: Path,
    forecast_json: dict[str, Any],  # noqa: F811 - the fixture above
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, People]:
    """An SQLite file with a programme in it, to copy, and who is in it."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("furnished") / "cin.db")
    database = _settings(path).database()
    with database.write() as session:
        people = set_up(session, NOW, forecast_json)
    database.close()
    return path, people


@pytest.fixture(scope="module")
def stage(
    furnished: tuple[Path, People],
    app_on_nothing: FastAPI,  # noqa: F811 - the fixture above
) -> Iterator[Stage]:
    """The app on a copy of it, in memory where there is a folder without a disk below."""
    memory, before = Path("/dev/shm"), app_on_nothing.state  # noqa: S108
    kept = before.settings, before.database, before.clock
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        settings = _settings(shutil.copy(furnished[0], folder))
        before.settings, before.database = settings, settings.database(AT_THE_DOOR)
        before.clock = lambda: NOW
        browser, database = Browser(app_on_nothing), settings.database()
        yield Stage(browser, furnished[1], database, Path(folder))
        browser.close()
        before.database.close()
        database.close()
    before.settings, before.database, before.clock = kept


def _settings(path: str | Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{path}",
        audit_key=SecretStr(AUDIT_KEY.decode()),
        data_folder=Path(path).parent,
    )
