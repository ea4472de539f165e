"""`cin doctor` looks at everything, names what is wrong, and changes nothing."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import Session

from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, make_actor
from tests.workflow.operations.stage import NOW, stamp, submit_one
from workflow import audit
from workflow.db import Database
from workflow.models import Programme
from workflow.operations import checks, database_checks
from workflow.operations.checks import Check
from workflow.operations.doctor import examine
from workflow.operations.fields import new_key
from workflow.operations.prefect_server import prefect_server
from workflow.settings import Settings
from workflow.states import Role

NO_PREFECT = {"PREFECT_API_URL": "http://127.0.0.1:1/api"}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    tmp_path.chmod(0o700)
    for file in tmp_path.glob("cin.db*"):
        file.chmod(0o600)
    return Settings(
        database_url=database_url, audit_key=SecretStr(AUDIT_KEY.decode()), data_folder=tmp_path
    )


@pytest.fixture
def service(database: Database, programme: Programme) -> Database:
    """A migrated database with a little record."""
    stamp(database)
    with database.write() as session:
        submit_one(session, session.get_one(Programme, programme.key))
    return database


def found(settings: Settings, environment: dict[str, str] | None = None) -> dict[str, Check]:
    return {check.name: check for check in examine(settings, environment or {}, NOW)}


def wrong(settings: Settings, environment: dict[str, str] | None = None) -> set[str]:
    return {name for name, check in found(settings, environment).items() if not check.ok}


@pytest.mark.both_databases
def test_a_healthy_service_is_well(service: Database, settings: Settings) -> None:
    # The tests' own PostgreSQL works as a superuser and does not sync.
    assert wrong(settings) == (set() if service.is_sqlite else {"database role", "durability"})


def test_every_check_has_the_keys_programs_read(service: Database, settings: Settings) -> None:
    for check in found(settings).values():
        assert check.to_json().keys() == {"name", "ok", "found", "wanted", "fix"}
        assert check.ok or check.fix
        json.dumps(check.to_json())


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "none", database_url="")
    assert wrong(settings) == {"database"}
    assert not (tmp_path / "none").exists()


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    settings = Settings(
        database_url="postgresql+psycopg://nobody@127.0.0.1:1/none", data_folder=tmp_path
    )
    tmp_path.chmod(0o700)
    assert wrong(settings) == {"database"}


@pytest.mark.both_databases
def test_an_old_schema_is_named(service: Database, settings: Settings) -> None:
    with service.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    assert "migrations" in wrong(settings)
    assert "cin init" in found(settings)["migrations"].fix


@pytest.mark.both_databases
def test_a_broken_chain_is_named_with_its_first_bad_event(
    service: Database, settings: Settings
) -> None:
    trigger = "event_no_update" if service.is_sqlite else "event_append_only ON event"
    with service.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql("UPDATE event SET actor = 'x' WHERE seq = 2")
    assert "audit" in wrong(settings)
    assert "Event 2 was changed" in found(settings)["audit"].found


def test_a_clock_behind_the_newest_event_is_named(service: Database, settings: Settings) -> None:
    with service.write() as session:
        owner = session.exec(sa.text("SELECT id FROM programme")).scalar_one()
        audit.record(
            session,
            programme_id=owner,
            kind="something_happened",
            actor=make_actor(Role.COORDINATOR),
            at=NOW + timedelta(hours=1),
        )
    assert "clock" in wrong(settings)


def test_a_missing_field_key_is_named(
    database_url: str, service: Database, settings: Settings
) -> None:
    ring = SecretStr(f"gone:{new_key()}")
    sealed = settings.model_copy(update={"field_keys": ring}).database()
    with sealed.write() as session:
        owner = Session.get_one(session, Programme, 1)
        answers = {"police": "text"}
        submit_one(session, owner, answers=answers, restricted=frozenset({"police"}))
    sealed.close()
    assert "encrypted texts" in wrong(settings)
    assert "gone" in found(settings)["encrypted texts"].fix
    assert found(settings.model_copy(update={"field_keys": ring}))["encrypted texts"].ok


def test_files_that_others_can_read_are_named_with_the_command_that_helps(
    service: Database, settings: Settings, tmp_path: Path
) -> None:
    key = tmp_path / "audit.key"
    key.write_text("x" * 40)
    key.chmod(0o644)
    opened = settings.model_copy(update={"audit_key": None})
    check = found(opened)["permissions"]
    assert not check.ok
    assert check.fix == f"chmod 600 '{key}'"


def test_a_misspelt_setting_is_named(service: Database, settings: Settings) -> None:
    check = found(settings, {"CIN_AUDIT_KY": "x", "CIN_MODE": "development"})["settings"]
    assert (check.ok, check.found) == (False, "unknown: CIN_AUDIT_KY")


def test_a_settings_file_that_is_missing_is_named(service: Database, settings: Settings) -> None:
    lost = settings.model_copy(update={"audit_key": None, "audit_key_file": Path("/no/such/key")})
    assert "keys" in wrong(lost)


def test_production_asks_for_more(service: Database, settings: Settings) -> None:
    production = Settings(**settings.model_dump() | {"mode": "production"})
    assert wrong(production) >= {"base URL", "field keys", "Prefect"}


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.free_disk(tmp_path / "not" / "yet", 0).ok
    almost_full = SimpleNamespace(free=10 * 2**20)
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: almost_full)
    check = checks.free_disk(tmp_path, 0)
    assert (check.ok, check.found) == (False, "10 MiB free")


def test_packages_that_do_not_fit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.packages().ok
    monkeypatch.setattr(
        checks.metadata,
        "requires",
        lambda _: ["sqlalchemy<1", "no-such-package", "x; extra=='dev'"],
    )
    check = checks.packages()
    assert not check.ok
    assert "no-such-package is missing" in check.found
    assert "sqlalchemy" in check.found


def test_sqlite_with_the_checkpoint_bug_is_told_and_lived_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database_checks.sqlite3, "sqlite_version_info", (3, 40, 1))
    old = database_checks.sqlite_version()
    assert old.ok
    assert "no other program" in old.fix
    monkeypatch.setattr(database_checks.sqlite3, "sqlite_version_info", (3, 51, 3))
    assert database_checks.sqlite_version().fix == ""


def test_commits_that_are_not_synced_are_named(service: Database) -> None:
    with service.engine.connect() as connection, Session(connection) as session:
        if service.is_sqlite:
            connection.rollback()
            raw = connection.connection.driver_connection
            raw.execute("PRAGMA synchronous=NORMAL").close()
        else:
            connection.exec_driver_sql("SET synchronous_commit = off")
        check = database_checks.durability(session)
        connection.invalidate()
    # The tests' own server runs without fsync, which is found too.
    assert not check.ok
    assert ("synchronous=1" if service.is_sqlite else "synchronous_commit=off") in check.found


@contextmanager
def prefect(*, locked: bool) -> Iterator[str]:
    """Something that answers like a Prefect server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(401 if locked else 200)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"true")

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("locked", "must", "ok"),
    [(True, True, True), (False, True, False), (False, False, True), (True, False, True)],
)
def test_an_open_prefect_server_is_wrong_outside_a_demonstration(
    *, locked: bool, must: bool, ok: bool
) -> None:
    with prefect(locked=locked) as address:
        check = prefect_server({"PREFECT_API_URL": address}, must_be_locked=must)
    assert check.ok is ok
    assert bool(check.fix) is not locked


def test_no_prefect_server_is_needed_unless_one_is_named() -> None:
    assert not prefect_server(NO_PREFECT, must_be_locked=True).ok


def test_a_programme_with_real_data_must_have_prefect_locked(
    service: Database, settings: Settings
) -> None:
    with prefect(locked=False) as address:
        assert "prefect" in wrong(settings, {"PREFECT_API_URL": address})
        with service.write() as session:
            session.get_one(Programme, 1).demo_today = EARLY.date()
        assert "prefect" not in wrong(settings, {"PREFECT_API_URL": address})
