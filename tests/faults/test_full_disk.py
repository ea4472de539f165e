"""A full disk under SQLite: what was acknowledged stays, reading goes on, writing comes back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import AUDIT_KEY
from tests.factories import make_programme
from tests.measured import Measured
from workflow import audit
from workflow.db import Database
from workflow.models import Event, Programme

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
LIMIT = 1_600_000
"""Bytes a file may grow to in the starved process: the limit that stands for a full disk."""
WRITER = """
import resource, signal, sys
import sqlalchemy as sa
from sqlmodel import select
from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, make_actor
from workflow import audit
from workflow.db import Database
from workflow.models import Programme
from workflow.states import Role

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead of ending the process
database = Database(sys.argv[1], audit_key=AUDIT_KEY)

def happen():
    with database.write() as session:
        programme = session.exec(select(Programme)).one()
        audit.record(
            session,
            programme_id=programme.key,
            kind="something_happened",
            actor=make_actor(Role.COORDINATOR),
            at=EARLY,
            reason="x" * 20_000,
        )
    print("acknowledged", flush=True)

happen()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
failures = 0
while failures < 3:
    try:
        happen()
    except sa.exc.DBAPIError as error:
        failures += 1
        print("refused", type(error.orig).__name__, flush=True)
with database.read() as session:
    programme = session.exec(select(Programme)).one()
    print("read", audit.verify(session, programme.key).events, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
happen()
database.close()
"""


@pytest.fixture
def small(tmp_path: Path, sqlite_template: Path) -> Database:
    """An SQLite database with a programme."""
    path = tmp_path / "cin.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", audit_key=AUDIT_KEY)
    with database.write() as session:
        session.add(make_programme())
    database.close()
    return database


def test_a_full_disk_loses_nothing_that_was_acknowledged(
    small: Database, measured: Measured
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(small.url), str(LIMIT)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = done.stdout.split("\n")
    acknowledged = said.count("acknowledged")
    assert acknowledged > 10
    assert [line for line in said if line.startswith("refused")] == ["refused OperationalError"] * 3
    # Reading went on while the disk was full: all but the last one, written when it grew again.
    assert f"read {acknowledged - 1}" in said
    with small.read() as session:
        connection = session.connection()
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        programme = session.exec(sa.select(Programme)).scalar_one()
        checked = audit.verify(session, programme.key)
        stored = session.exec(sa.select(sa.func.count()).select_from(Event)).scalar_one()
    small.close()
    assert checked.ok
    assert stored == acknowledged
    measured(
        "R9",
        "integrity ok, acknowledged = stored, recovers without restart",
        f"{stored} stored of {acknowledged} acknowledged, 3 refused while it was full",
        "a limit on the file's size stands for the full disk",
        database="sqlite",
    )
