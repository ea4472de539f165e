"""One Prefect server for all flow tests of a session, and a council to run flows on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows import operations
from flows.runtime import Runtime, open_runtime, operator
from tests.conftest import FUTURES
from tests.effort import LONG
from workflow.demo import make_caseload, make_roster, write_caseload, write_roster
from workflow.demo.files import ANNEX_A, CENSUS
from workflow.geography import load_geography
from workflow.programmes import DEFAULT_START

ROSTER = "roster.xlsx"


@pytest.fixture(scope="session")
def council_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small synthetic council's files."""
    folder = tmp_path_factory.mktemp("council")
    geography = load_geography()
    caseload = make_caseload(geography, seed=7, cases=60)
    write_caseload(caseload, geography, folder)
    write_roster(make_roster(caseload, geography, seed=7, reviewers=10), folder / ROSTER)
    return folder


@pytest.fixture(scope="session")
def imported_council(council_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the small council, imported and with its roster; nobody changes it."""
    folder = tmp_path_factory.mktemp("imported")
    with pytest.MonkeyPatch.context() as patch:
        runtime = open_at(folder, patch)
        for name in (ANNEX_A, CENSUS):
            file = council_files / name
            operations.import_file(runtime, file, actor=operator(), as_of=DEFAULT_START)
        operations.take_roster(runtime, council_files / ROSTER, actor=operator())
        runtime.database.close()
    return folder


@pytest.fixture
def council(
    tmp_path: Path, imported_council: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runtime]:
    """A copy of the small council, in the database the settings name."""
    shutil.copytree(imported_council, tmp_path, dirs_exist_ok=True)
    runtime = open_at(tmp_path, monkeypatch)
    yield runtime
    runtime.database.close()


def open_at(folder: Path, patch: pytest.MonkeyPatch) -> Runtime:
    patch.setenv("CIN_DATABASE_URL", f"sqlite:///{folder / 'cin.db'}")
    patch.setenv("CIN_DATA_FOLDER", str(folder))
    return open_runtime()


@pytest.fixture(autouse=True, scope="session")
def few_futures_by_command() -> Iterator[None]:
    """As `few_futures`, for forecasts that are asked for by a command or a flow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(operations.forecast.__kwdefaults__, "paths", FUTURES)
        yield


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A temporary Prefect server; it takes seconds to start, so all flow tests share it.

    `make test` makes its tables as Prefect's models have them: to go through all of Prefect's
    migrations, as `make soak` does, takes twice as long as all else before a server answers.
    """
    from prefect.settings import PREFECT_SERVER_DATABASE_MIGRATE_ON_START, temporary_settings
    from prefect.testing import utilities

    folder = tmp_path_factory.mktemp("prefect")
    if not LONG:
        make_prefects_tables(folder / "prefect-test.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utilities, "mkdtemp", lambda: str(folder))
        with (
            temporary_settings({PREFECT_SERVER_DATABASE_MIGRATE_ON_START: LONG}),
            utilities.prefect_test_harness(server_startup_timeout=90),
        ):
            yield


def make_prefects_tables(path: Path) -> None:
    """An SQLite file with the tables of Prefect's models, some of which name an index twice."""
    from prefect.server.database.orm_models import Base

    for table in Base.metadata.tables.values():
        table.indexes = set({index.name: index for index in table.indexes}.values())
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    Base.metadata.create_all(engine)
