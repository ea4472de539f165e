"""The restore drill: what comes out is what went in, on both databases, also while people work."""

import json
import shutil
import stat
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import func, select

from tests.conftest import AUDIT_KEY
from tests.factories import make_programme, make_review
from tests.measured import Measured
from tests.workflow.operations.stage import NOW, OPERATOR, beside, stamp, submit_one
from workflow import audit, migrations
from workflow.db import Database
from workflow.errors import ConflictError, InvalidInputError, WorkflowError
from workflow.models import Event, Programme, Review
from workflow.operations import backup, postgres_tools
from workflow.operations.backup import back_up, read_manifest, restore
from workflow.operations.digest import changed_tables, digest_tables
from workflow.operations.manifest import Manifest
from workflow.operations.moving import contents

CASES = 20


@pytest.fixture
def service(database: Database, programme: Programme) -> Database:
    """A programme at work."""
    stamp(database)
    with database.write() as session:
        owner = session.get_one(Programme, programme.key)
        for _ in range(CASES):
            make_review(session, owner)
        submit_one(session, owner)
    return database


def save(database: Database, folder: Path, name: str = "one.backup") -> Path:
    back_up(database, folder / name, audit_key=AUDIT_KEY, now=NOW)
    return folder / name


def bring_back(database: Database, file: Path, **more: object) -> Manifest:
    values = {"audit_key": AUDIT_KEY, "actor": OPERATOR, "now": NOW} | more
    return restore(database, file, **values)


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def differences(one: Database, other: Database) -> list[str]:
    with one.read() as left, other.read() as right:
        return changed_tables(digest_tables(left.connection()), digest_tables(right.connection()))


@pytest.mark.both_databases
def test_a_backup_restores_into_an_empty_database_row_for_row(
    service: Database, tmp_path: Path
) -> None:
    file = save(service, tmp_path)
    with beside(service, tmp_path) as spare:
        manifest = bring_back(spare, file)
        assert manifest.tables["review"].rows == CASES + 1
        # Only the event that says so is new.
        assert differences(service, spare) == ["audithead", "event"]
        with spare.read() as session:
            programme = session.exec(select(Programme)).one()
            newest = session.exec(select(Event).order_by(Event.seq.desc())).first()
            assert newest.kind == "backup_restored"
            assert newest.actor == OPERATOR.name
            head = manifest.audit_heads[programme.name]
            assert newest.seq == head["seq"] + 1
            assert audit.verify(session, programme.key).ok


def test_work_goes_on_after_a_restore(service: Database, tmp_path: Path) -> None:
    file = save(service, tmp_path)
    with beside(service, tmp_path) as spare:
        bring_back(spare, file)
        with spare.write() as session:
            submit_one(session, session.exec(select(Programme)).one())
        assert count(spare, Review) == CASES + 2
        with pytest.raises(Exception, match="append-only"), spare.write() as session:
            session.connection().exec_driver_sql("DELETE FROM event")


@pytest.mark.both_databases
def test_a_backup_under_writes_is_one_moment_of_the_record(
    service: Database, tmp_path: Path, measured: Measured
) -> None:
    stop, made = threading.Event(), []

    def work() -> None:
        while not stop.is_set():
            with service.write() as session:
                make_review(session, session.exec(select(Programme)).one())
            made.append(1)

    people = [threading.Thread(target=work) for _ in range(3)]
    for person in people:
        person.start()
    try:
        while len(made) < 10:
            stop.wait(0.01)
        file = save(service, tmp_path)
    finally:
        stop.set()
        for person in people:
            person.join()
    manifest = read_manifest(file)
    assert CASES + 1 < manifest.tables["review"].rows <= count(service, Review)
    # A case, its review and its event are one transaction: all three are in it, or none.
    assert manifest.tables["review"].rows == manifest.tables["case"].rows
    with beside(service, tmp_path) as spare:
        bring_back(spare, file)
        assert count(spare, Review) == manifest.tables["review"].rows
    rows = sum(table.rows for table in manifest.tables.values())
    measured(
        "R10",
        "restored digest equal, under writes",
        f"{len(manifest.tables)} tables, {rows} rows restored with equal digests",
        "100,000 cases in 60 s is not measured",
    )


def test_a_database_with_data_is_only_replaced_when_asked(
    service: Database, tmp_path: Path
) -> None:
    file = save(service, tmp_path)
    with service.write() as session:
        make_review(session, session.exec(select(Programme)).one())
    with pytest.raises(ConflictError, match="--replace"):
        bring_back(service, file)
    assert count(service, Review) == CASES + 2
    bring_back(service, file, replace_data=True)
    assert count(service, Review) == CASES + 1


def test_a_backup_of_an_earlier_schema_is_migrated_and_a_later_one_refused(
    service: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: Measured
) -> None:
    file = save(service, tmp_path)
    head = read_manifest(file).revision
    later = tmp_path / "migrations"
    shutil.copytree(migrations._FOLDER, later)
    (later / "versions" / "zz_later.py").write_text(
        f"revision, down_revision, branch_labels, depends_on = 'zz', '{head}', None, None\n"
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        "def upgrade():\n"
        "    op.create_table('later', sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    with monkeypatch.context() as tomorrow, beside(service, tmp_path) as spare:
        tomorrow.setattr(migrations, "_FOLDER", later)
        bring_back(spare, file)
        assert migrations.is_current(spare)
        assert count(spare, Review) == CASES + 1
        newer = save(spare, tmp_path, "newer.backup")
        assert read_manifest(newer).revision == "zz"
    with pytest.raises(InvalidInputError, match="newer version"):
        bring_back(service, newer, replace_data=True)
    assert count(service, Review) == CASES + 1
    measured(
        "R11",
        "every record outlives an upgrade",
        f"{CASES + 1} of {CASES + 1} reviews after a later migration, read by the application",
        "one schema so far: there is no release before this one to upgrade from",
    )


def test_another_audit_key_is_refused_before_anything_is_touched(
    service: Database, tmp_path: Path
) -> None:
    file = save(service, tmp_path)
    with pytest.raises(InvalidInputError, match="audit key"):
        bring_back(service, file, replace_data=True, audit_key=b"another key")
    assert count(service, Review) == CASES + 1


def test_the_keys_are_not_in_the_backup_and_only_its_owner_can_read_it(
    service: Database, tmp_path: Path
) -> None:
    file = save(service, tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        contents = [archive.extractfile(member).read() for member in archive]
    assert all(AUDIT_KEY not in content for content in contents)
    assert "not in this file" in json.loads(contents[0])["keys"]
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == [file.name]


def test_a_backup_never_overwrites_another(service: Database, tmp_path: Path) -> None:
    file = save(service, tmp_path)
    before = file.read_bytes()
    with pytest.raises(ConflictError, match="exists"):
        save(service, tmp_path)
    assert file.read_bytes() == before


@pytest.mark.parametrize("kind", ["cut short", "flipped", "no archive", "other archive"])
def test_a_damaged_backup_is_refused_and_nothing_is_lost(
    service: Database, tmp_path: Path, kind: str
) -> None:
    file = save(service, tmp_path)
    content = bytearray(file.read_bytes())
    if kind == "cut short":
        content = content[: len(content) // 2]
    elif kind == "flipped":
        content[len(content) * 2 // 3] ^= 0xFF
    elif kind == "no archive":
        content = bytearray(b"not a backup")
    file.write_bytes(content)
    if kind == "other archive":
        with tarfile.open(file, "w:gz") as archive:
            archive.add(__file__, "x.py")
    with pytest.raises(InvalidInputError):
        bring_back(service, file, replace_data=True)
    assert count(service, Review) == CASES + 1


def test_a_manifest_that_does_not_fit_its_content_stops_the_restore(
    service: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup.describe

    def forged(*args: object, **kwargs: object) -> Manifest:
        made = real(*args, **kwargs)
        tables = dict(made.tables) | {"review": made.tables["case"]}
        return Manifest(
            **{name: getattr(made, name) for name in made.__slots__} | {"tables": tables}
        )

    monkeypatch.setattr(backup, "describe", forged)
    file = save(service, tmp_path)
    with pytest.raises(WorkflowError, match="review"), beside(service, tmp_path) as spare:
        bring_back(spare, file)


def test_a_chain_broken_before_the_backup_is_found_at_the_restore(
    service: Database, tmp_path: Path
) -> None:
    guards = (
        ["DROP TRIGGER event_no_update"]
        if service.is_sqlite
        else ["DROP TRIGGER event_append_only ON event"]
    )
    with service.engine.begin() as connection:
        for statement in [*guards, "UPDATE event SET actor = 'nobody' WHERE seq = 5"]:
            connection.exec_driver_sql(statement)
    file = save(service, tmp_path)
    with (
        pytest.raises(WorkflowError, match="Event 5 was changed"),
        beside(service, tmp_path) as spare,
    ):
        bring_back(spare, file)


@pytest.fixture
def worked_on_sqlite(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """A first machine, as `service` is, whatever database the test asks for beside it."""
    shutil.copyfile(sqlite_template, tmp_path / "first.db")
    first = Database(f"sqlite:///{tmp_path / 'first.db'}", audit_key=AUDIT_KEY)
    stamp(first)
    with first.write() as session:
        programme = make_programme()
        session.add(programme)
        session.flush()
        submit_one(session, programme)
        make_review(session, programme)
    yield first
    first.close()


@pytest.mark.both_databases
def test_an_installation_on_sqlite_moves_to_another_database_and_work_goes_on(
    worked_on_sqlite: Database, database: Database, tmp_path: Path
) -> None:
    file = save(worked_on_sqlite, tmp_path)
    with beside(database, tmp_path) as server:
        manifest = bring_back(server, file)
        with worked_on_sqlite.read() as before, server.read() as after:
            moved = contents(after.connection())
            assert changed_tables(contents(before.connection()), moved) == ["audithead", "event"]
            assert moved["review"].rows == manifest.tables["review"].rows == 2
            assert audit.verify(after, after.exec(select(Programme)).one().key).ok
        with server.write() as session:
            submit_one(session, session.exec(select(Programme)).one())
        assert count(server, Review) == 3


def test_a_server_with_data_is_only_replaced_by_a_first_machine_when_asked(
    worked_on_sqlite: Database, service: Database, tmp_path: Path
) -> None:
    file = save(worked_on_sqlite, tmp_path)
    with pytest.raises(ConflictError, match="--replace"):
        bring_back(service, file)
    assert count(service, Review) == CASES + 1
    bring_back(service, file, replace_data=True)
    assert count(service, Review) == 2


def test_what_came_out_of_the_move_otherwise_is_taken_back(
    worked_on_sqlite: Database,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if database.is_sqlite:
        pytest.skip("an SQLite file is taken over as it is")
    whole = backup.copy_rows

    def losing(source: sa.Connection, target: sa.Connection) -> None:
        whole(source, target)
        target.exec_driver_sql("UPDATE reviewer SET name = 'Somebody else'")

    monkeypatch.setattr(backup, "copy_rows", losing)
    file = save(worked_on_sqlite, tmp_path)
    with beside(database, tmp_path) as server:
        with pytest.raises(backup.RestoreError, match="reviewer"):
            bring_back(server, file)
        assert count(server, Review) == 0


def test_a_backup_of_postgresql_does_not_go_into_sqlite(service: Database, tmp_path: Path) -> None:
    if service.is_sqlite:
        pytest.skip("a backup of PostgreSQL is meant")
    file = save(service, tmp_path)
    with pytest.raises(InvalidInputError, match="from SQLite into PostgreSQL"):
        bring_back(Database(f"sqlite:///{tmp_path}/o.db", audit_key=AUDIT_KEY), file)


def test_an_empty_database_cannot_be_backed_up(service: Database, tmp_path: Path) -> None:
    with beside(service, tmp_path) as spare, pytest.raises(InvalidInputError, match="no tables"):
        save(spare, tmp_path)
    assert not (tmp_path / "one.backup").exists()


def test_a_database_in_memory_cannot_be_backed_up(tmp_path: Path) -> None:
    database = Database("sqlite://", audit_key=AUDIT_KEY)
    with pytest.raises(InvalidInputError, match="memory"):
        save(database, tmp_path)


def test_missing_programs_of_postgresql_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(postgres_tools.ToolError, match="postgresql-client"):
        postgres_tools.write_script(tmp_path / "a", tmp_path / "b")
