"""kill -9 in the middle of an allocation run: nothing, or everything, and once."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from flows import operations
from flows.runtime import Runtime, operator
from tests.conftest import AUDIT_KEY
from tests.factories import make_review, make_reviewer
from workflow import audit
from workflow.db import Database
from workflow.models import Event, Programme, Review
from workflow.states import ReviewState

pytestmark = pytest.mark.faults

REVIEWS = 300
ROOT = Path(__file__).parents[2]
RUN = """
import sys
from datetime import date
from flows import operations
from flows.runtime import open_runtime, operator
from workflow import audit

runtime = open_runtime()
record, count = audit.record, 0

def announce(*args, **kwargs):
    # Tells the test how far the transaction has come, so that it can be killed in its middle.
    global count
    count += 1
    if count == int(sys.argv[1]):
        print("now", flush=True)
        import time
        time.sleep(60)
    return record(*args, **kwargs)

audit.record = announce
operations.allocate(runtime, actor=operator(), as_of=date(2016, 1, 20))
"""


@pytest.fixture
def office(database: Database, programme: Programme) -> Database:
    """Three hundred reviews that wait, and ten reviewers."""
    with database.write() as session:
        stored = session.get_one(Programme, programme.key)
        for _ in range(10):
            make_reviewer(session, stored, points_per_day=20)
        for _ in range(REVIEWS):
            make_review(session, stored)
    return database


def allocated(session: Session) -> int:
    query = select(func.count()).select_from(Review).where(Review.state == ReviewState.ALLOCATED)
    return session.exec(query).one()


def migrated(database: Database) -> None:
    """Mark the tables as made by the newest migration, so that the program takes them as they are."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
        )
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0001')")


@pytest.mark.parametrize("after_events", [1, 299])
def test_a_killed_run_leaves_nothing_and_the_next_one_allocates_each_review_once(
    office: Database, after_events: int, tmp_path: Path
) -> None:
    migrated(office)
    environment = os.environ | {
        "CIN_DATABASE_URL": office.url.render_as_string(hide_password=False),
        "CIN_AUDIT_KEY": AUDIT_KEY.decode(),
        "CIN_DATA_FOLDER": str(tmp_path),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(after_events)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    with office.read() as session:
        assert allocated(session) == 0

    _retry_once_the_server_noticed(office)
    with office.read() as session:
        assert allocated(session) == REVIEWS
        twice = (
            select(Event.review_id)
            .where(Event.kind == "review_allocated")
            .group_by(Event.review_id)
            .having(func.count() > 1)
        )
        assert session.exec(twice).all() == []
        programme = session.exec(select(Programme)).one()
        assert audit.verify(session, programme.key).ok


def _retry_once_the_server_noticed(database: Database) -> None:
    """Run again; a server may need a moment to see that the killed client is gone."""
    runtime = Runtime(database)
    started = time.monotonic()
    operations.allocate(runtime, actor=operator(), as_of=date(2016, 1, 20))
    assert time.monotonic() - started < 60
