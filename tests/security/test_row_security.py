"""PostgreSQL itself separates programmes and reviewers, whatever a query forgets to ask for."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, make_actor, make_programme, make_review, make_reviewer
from tests.measured import Measured
from workflow import audit
from workflow.accounts import create_account, open_session
from workflow.db import Database
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.migrations import upgrade
from workflow.models import Account, Draft, Event, Leave, Programme, Review, Submission
from workflow.operations.backup import back_up
from workflow.operations.database_checks import postgresql_role
from workflow.row_security import AT_THE_DOOR, enter, policies
from workflow.states import Role

NOBODYS = {"signinattempt"}


@pytest.fixture
def both(database: Database) -> tuple[Programme, Programme]:
    """Two programmes that hold the same kinds of rows."""
    with database.write() as session:
        made = tuple(make_programme(name=name) for name in ("North", "South"))
        session.add_all(made)
        session.flush()
        for programme in made:
            fill(session, programme)
    return made[0], made[1]


def fill(session: Session, programme: Programme) -> None:
    """Two reviewers with a review each, both with a draft and a submission, and an account."""
    for _ in range(2):
        reviewer = make_reviewer(session, programme)
        session.add(
            Leave(reviewer_id=reviewer.key, first_on=date(2016, 2, 1), last_on=EARLY.date())
        )
        review = make_review(session, programme)
        review.reviewer_id = review.author_id = reviewer.key
        form = {"form_id": "f", "form_version": 1, "answers": {}, "review_id": review.key}
        session.add(Draft(**form, reviewer_id=reviewer.key, saved_at=EARLY))
        rated = {"outcome": "o", "grade": "good", "safety": "safe", "submitted_at": EARLY}
        session.add(Submission(**form, **rated, number=1, author_id=reviewer.key))
    account = create_account(
        session,
        programme=programme,
        user_name=f"{programme.name}.reviewer".lower(),
        name="Alex Example",
        roles=[Role.REVIEWER],
        reviewer=reviewer,
        actor=make_actor(Role.ADMINISTRATOR),
        now=EARLY,
    )
    session.flush()
    open_session(session, account=account, now=EARLY)


@pytest.fixture
def service(database: Database, service_url: str) -> Iterator[Database]:
    """The database as the web app has it: on PostgreSQL as the service's own role."""
    if database.is_sqlite:
        pytest.skip("SQLite has no row-level security")
    service = Database(service_url, audit_key=AUDIT_KEY, scope=AT_THE_DOOR)
    yield service
    service.close()


def counts(session: Session) -> dict[str, int]:
    """Rows of every table by plain statements without any filter."""
    run = session.connection().exec_driver_sql
    return {name: run(f'SELECT count(*) FROM "{name}"').scalar_one() for name in policies_of_all()}


def policies_of_all() -> dict[str, str]:
    return policies(SQLModel.metadata)


def test_every_table_has_a_policy_or_is_known_to_be_nobodys(service: Database) -> None:
    with service.read() as session:
        run = session.connection().exec_driver_sql
        guarded = {name for (name,) in run("SELECT relname FROM pg_class WHERE relrowsecurity")}
        with_policy = {name for (name,) in run("SELECT tablename FROM pg_policies")}
    assert set(SQLModel.metadata.tables) - guarded == NOBODYS
    assert guarded == with_policy


def test_at_the_door_nothing_of_a_programme_is_seen(
    service: Database, both: tuple[Programme, Programme]
) -> None:
    with service.read() as session:
        seen = {name for name, rows in counts(session).items() if rows}
    assert seen == {"programme", "account", "websession"}


def test_a_query_without_any_filter_finds_one_programmes_rows(
    service: Database, database: Database, both: tuple[Programme, Programme], measured: Measured
) -> None:
    with database.read() as session:
        everything = counts(session)
    found = []
    for programme in both:
        with service.read() as session:
            enter(session, programme.key)
            found.append(counts(session))
    sums = {name: found[0][name] + found[1][name] for name in everything}
    assert sums == everything
    assert found[0] == found[1]
    assert {"case", "review", "draft", "submission", "leave", "event"} <= {
        name for name, rows in everything.items() if rows
    }
    measured("S2", "0 foreign rows", f"0 in raw queries of {len(everything)} tables")


def test_a_reviewer_sees_what_they_hold_and_what_hangs_on_it(
    service: Database, both: tuple[Programme, Programme]
) -> None:
    with service.read() as session:
        enter(session, both[0].key)
        account = session.exec(select(Account)).one()
        enter(session, both[0].key, reviewer_id=account.reviewer_id)
        found = counts(session)
        (review,) = session.exec(select(Review)).all()
    assert review.reviewer_id == account.reviewer_id
    hanging = ("case", "review", "draft", "submission")
    assert {name: found[name] for name in hanging} == dict.fromkeys(hanging, 1)


def test_a_row_cannot_be_written_into_another_programme(
    service: Database, both: tuple[Programme, Programme]
) -> None:
    north, south = both
    with pytest.raises(sa.exc.DBAPIError, match="row-level security"):
        _write_into(service, north, south)
    with service.write() as session:
        enter(session, north.key)
        changed = session.exec(
            sa.update(Review).where(col(Review.programme_id) == south.key).values(outcome="x")
        )
        assert changed.rowcount == 0


def _write_into(service: Database, scope: Programme, other: Programme) -> None:
    with service.write() as session:
        enter(session, scope.key)
        make_reviewer(session, other)


def test_the_scope_ends_with_the_transaction_on_the_same_connection(
    service: Database, both: tuple[Programme, Programme]
) -> None:
    pid = "SELECT pg_backend_pid()"
    with service.read() as session:
        enter(session, both[0].key)
        assert session.exec(select(Review)).all()
        before = session.connection().exec_driver_sql(pid).scalar_one()
    with service.engine.connect() as connection:
        assert connection.exec_driver_sql(pid).scalar_one() == before
        assert connection.exec_driver_sql("SELECT count(*) FROM review").scalar_one() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'x'",
        "DELETE FROM event",
        "TRUNCATE event",
        "DELETE FROM submission",
        "UPDATE submission SET outcome = 'x'",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "ALTER TABLE review DISABLE ROW LEVEL SECURITY",
        "DROP POLICY review_scope ON review",
        "SET row_security = off; SELECT count(*) FROM review",
        "CREATE TABLE mine (id integer)",
    ],
)
def test_the_services_role_may_not(service: Database, both: object, statement: str) -> None:
    refusal = "permission denied|must be owner|would be affected by row-level security"
    with pytest.raises(sa.exc.DBAPIError, match=refusal), service.write() as session:
        session.connection().exec_driver_sql(statement)


def test_the_services_role_passes_the_doctor_and_the_owner_does_not(
    service: Database, database: Database
) -> None:
    with service.read() as session:
        assert postgresql_role(session).ok
    with database.read() as session:
        found = postgresql_role(session)
    assert not found.ok
    assert "superuser" in found.found


def test_only_the_owner_backs_up_restores_and_rotates(
    service: Database, both: object, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match="owner"):
        back_up(service, tmp_path / "backup", audit_key=AUDIT_KEY, now=EARLY)
    assert list(tmp_path.glob("backup*")) == []


def test_a_migrated_database_has_the_policies_of_a_made_one(
    service: Database, database: Database
) -> None:
    wanted = "SELECT tablename, policyname, qual, with_check FROM pg_policies ORDER BY 1, 2"
    with database.read() as session:
        made = session.connection().exec_driver_sql(wanted).all()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    upgrade(database)
    with database.read() as session:
        assert session.connection().exec_driver_sql(wanted).all() == made
    assert made
    with service.write() as session:
        programme = make_programme()
        session.info["scope"] = AT_THE_DOOR
        session.add(programme)
        session.flush()
        enter(session, programme.key)
        make_review(session, programme)
        assert audit.verify(session, programme.key).ok


def test_an_object_of_another_programme_is_refused_on_sqlite_too(
    database: Database, both: tuple[Programme, Programme], measured: Measured
) -> None:
    north, south = both
    with database.read() as session:
        session.info["scope"] = AT_THE_DOOR
        enter(session, north.key)
        assert session.exec(select(Review).where(Review.programme_id == north.key)).all()
        with pytest.raises(NotFoundError):
            session.exec(select(Event).where(Event.programme_id == south.key)).all()
        with pytest.raises(NotFoundError):
            session.exec(select(Programme)).all()
    note = "" if not database.is_sqlite else "objects only: raw SQL is kept out by a source check"
    measured("S2", "0 foreign rows", "loading a foreign object is refused", note)


def test_at_the_door_no_object_of_a_programme_is_loaded(
    database: Database, both: tuple[Programme, Programme]
) -> None:
    with database.read() as session:
        session.info["scope"] = AT_THE_DOOR
        assert len(session.exec(select(Account)).all()) == 2
        with pytest.raises(NotFoundError):
            session.exec(select(Review)).all()


def test_a_session_belongs_to_one_programme(
    database: Database, both: tuple[Programme, Programme]
) -> None:
    with database.read() as session:
        session.info["scope"] = AT_THE_DOOR
        enter(session, both[0].key)
        with pytest.raises(ConflictError):
            enter(session, both[1].key)
