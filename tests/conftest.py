"""Fixtures of the whole suite: the database (both kinds), the programme, the clock and the people."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlmodel import Session, SQLModel

import workflow.models  # noqa: F401 - registers the tables
from tests import postgres
from tests.engines import sharing_statements
from tests.factories import make_actor, make_programme
from tests.measured import Measured
from workflow.accounts import passwords
from workflow.calendar import at_local
from workflow.capacity import burn_down
from workflow.db import Database, _make_engine, grant_service
from workflow.forecast import binding, stored, what_if
from workflow.forecast.stored import forecast_programme, why_forecast_moved
from workflow.forecast.what_if import run_scenario
from workflow.models import Programme
from workflow.reporting import levers
from workflow.row_security import SERVICE_ROLE
from workflow.states import Actor, Role

gc.disable()  # until all is loaded, which makes a million objects that stay
# Whatever a test forgets to place lies here and not among its user's own data.
os.environ["CIN_DATA_FOLDER"] = tempfile.mkdtemp(prefix="cin-review-tests-")
atexit.register(shutil.rmtree, os.environ["CIN_DATA_FOLDER"], ignore_errors=True)

AUDIT_KEY = b"a key for tests only"
SHIPPED_HASHER: PasswordHasher = vars(passwords)["_HASHER"]
HERE = Path(__file__).parent
FUTURES = 200
LONG_ONES = ("browser", "flows", "faults")
"""Folders of tests that take seconds each: begun first, so that none is left for the end."""
ON_USE_CASES = (
    *("api/", "flows/", "workflow/forecast/", "workflow/operations/", "workflow/accounts/"),
    *("workflow/allocation/", "workflow/quality/", "workflow/board/", "workflow/followup/"),
    *("workflow/notifications/", "workflow/roster/"),
    *("security/test_single_sign_on.py", "faults/test_failing_calls.py"),
)
"""Where PostgreSQL would only repeat what SQLite said, at twice the time."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests begin; what asks use cases that are tested on both databases waits with PostgreSQL.

    Such tests meet it in `make soak`; a test among them that stands or falls with the database itself is
    marked `both_databases`.
    """
    items.sort(key=lambda item: item.path.parent.name not in LONG_ONES)
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        waits = item.path.relative_to(HERE).as_posix().startswith(ON_USE_CASES)
        always = item.get_closest_marker("both_databases")
        if waits and not always and parameters.get("database_url") == "postgresql":
            item.add_marker(pytest.mark.soak)


def pytest_collection_finish() -> None:
    """What is loaded stays, and need not be looked through again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[pytest.MonkeyPatch]:
    """Passwords are hashed in a moment; `slow_passwords` is the real thing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workflow.accounts.passwords._HASHER", PasswordHasher(1, 8, 1))
        yield patch


@pytest.fixture(autouse=True, scope="session")
def compiled_once() -> Iterator[None]:
    """Engines of a kind share the statements they have compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workflow.db._make_engine", sharing_statements(_make_engine))
        yield


@pytest.fixture(autouse=True, scope="session")
def few_futures() -> Iterator[None]:
    """A forecast whose figures nobody judges plays a few hundred futures, not ten thousand."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (stored, what_if, levers, burn_down):
            patch.setattr(module, "PATHS", FUTURES)
        patch.setattr(binding, "PATHS", FUTURES // 2)
        for use_case in (forecast_programme, why_forecast_moved, run_scenario):
            patch.setitem(use_case.__kwdefaults__, "paths", FUTURES)
        yield


@pytest.fixture
def slow_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as in production."""
    monkeypatch.setattr("workflow.accounts.passwords._HASHER", SHIPPED_HASHER)


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """The address of the suite's own server, with a template database that holds the tables."""
    if postgres.binaries() is None:
        if os.environ.get("CI"):
            pytest.fail("CI must test PostgreSQL too: install it (Debian's package postgresql)")
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    with postgres.temporary_folder() as folder, postgres.server(folder) as address:
        _administer(address, "CREATE DATABASE template_cin")
        _administer(address, f"CREATE ROLE {SERVICE_ROLE} NOLOGIN")
        _administer(address, "CREATE ROLE cin_service_login LOGIN IN ROLE cin_service")
        engine = sa.create_engine(f"{address}/template_cin", poolclass=sa.NullPool)
        SQLModel.metadata.create_all(engine)
        with engine.begin() as connection:
            assert grant_service(connection)
        yield address


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    SQLModel.metadata.create_all(sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> Iterator[str]:
    """The address of an empty database with all tables, once of each kind."""
    if request.param == "sqlite":
        path = shutil.copy(sqlite_template, tmp_path / "cin.db")
        yield f"sqlite:///{path}"
        return
    reused: Reused = request.getfixturevalue("reused")
    reused.ready()
    yield reused.url
    reused.empty()


@pytest.fixture
def service_url(database_url: str) -> str:
    """The same database as the service reaches it: on PostgreSQL as a role held by row security."""
    url = sa.make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return database_url
    return url.set(username="cin_service_login").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def reused(postgres_address: str) -> Iterator["Reused"]:
    """The PostgreSQL database that is emptied after each test."""
    database = Reused(postgres_address)
    yield database
    database.leave()


_REUSED = "cin_reused"
"""PostgreSQL takes longer to make a database than most tests to run: one is emptied after each."""
_SCHEMA = (
    "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace), "
    "(SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_constraint), "
    "(SELECT count(*) FROM pg_policy), "
    "(SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public')"
)
_EMPTY = """
    DO $$
    DECLARE
        name text;
        filled boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;  -- past foreign keys and append-only triggers
        FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE 'SELECT EXISTS (SELECT FROM public.' || name || ')' INTO filled;
            IF filled THEN
                EXECUTE 'DELETE FROM public.' || name;
            END IF;
        END LOOP;
        FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
            WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
            EXECUTE 'ALTER SEQUENCE public.' || name || ' RESTART';
        END LOOP;
    END $$
    """


_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class Reused:
    """One PostgreSQL database for all tests, and a connection that stays open to empty it."""

    def __init__(self, address: str) -> None:
        self.url = f"{address}/{_REUSED}"
        self._address = address
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        with _connected(f"{address}/template_cin") as template:
            self._expected = template.execute(_SCHEMA).fetchone()

    def ready(self) -> None:
        """Make it where it is missing: at the first test, and after one that changed its tables."""
        if self._connection is None:
            _administer(self._address, f"DROP DATABASE IF EXISTS {_REUSED} WITH (FORCE)")
            _administer(
                self._address,
                f"CREATE DATABASE {_REUSED} TEMPLATE template_cin STRATEGY FILE_COPY",
            )
            self._connection = _connected(self.url)

    def empty(self) -> None:
        """Take every row away; a database whose tables changed is given up."""
        assert self._connection is not None
        try:
            self._connection.execute(_OTHERS)
            if self._connection.execute(_SCHEMA).fetchone() == self._expected:
                self._connection.execute(_EMPTY)
                return
        except psycopg.OperationalError:  # a test stopped the server, or dropped the database
            pass
        self.leave()

    def leave(self) -> None:
        """Close the connection; the next test gets a database made afresh."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, once SQLite and once PostgreSQL."""
    database = Database(database_url, audit_key=AUDIT_KEY)
    yield database
    database.close()


@pytest.fixture
def session(database: Database, programme: Programme) -> Iterator[Session]:
    """A write session; what a test leaves behind is committed at its end, so constraints are checked.

    It asks for the programme first: that is stored by a write session of its own.
    """
    del programme
    with database.write() as session:
        yield session


@pytest.fixture
def programme(database: Database) -> Programme:
    """Lancashire's programme, stored."""
    with database.write() as session:
        programme = make_programme()
        session.add(programme)
    return programme


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """`measured(promise, bar, figure, note)`: puts what the test measured in the table of promises."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    test = request.node.nodeid.partition("[")[0].removeprefix("tests/")
    return Measured(test, str(parameters.get("database_url", "")))


@pytest.fixture
def now() -> datetime:
    """Nine o'clock on the day of the first Improvement Board."""
    return at_local(date(2016, 1, 20))


@pytest.fixture
def coordinator() -> Actor:
    """Somebody who may allocate."""
    return make_actor(Role.COORDINATOR)


def _administer(address: str, statement: LiteralString) -> None:
    with _connected(f"{address}/postgres") as connection:
        connection.execute(statement)


def _connected(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
