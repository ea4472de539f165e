"""Processes that run the same cycles at once, or are killed in the middle: each step is done once.

The short form of `test_three_machines.py`: processes instead of machines, and steps that only leave a
row behind.
"""

import multiprocessing
import os
import signal
from datetime import UTC, date, datetime, timedelta
from multiprocessing.process import BaseProcess

import pytest
import sqlalchemy as sa
from sqlmodel import Session, func, select

from tests.conftest import AUDIT_KEY
from tests.factories import make_actor
from workflow import audit
from workflow.cycles import STEPS, CycleDay, do_once, end_cycle
from workflow.db import Database
from workflow.models import CycleEntry, CycleStep, Event, Programme, Sweep
from workflow.states import Role

pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]

NOW = datetime(2016, 1, 20, 9, tzinfo=UTC)
WORKER = make_actor(Role.COORDINATOR, name="worker")
FIRST = date(2016, 1, 20)


def test_two_processes_at_once_do_every_step_once(database: Database, programme: Programme) -> None:
    days = [FIRST + timedelta(number) for number in range(6)]
    workers = [_start(database, programme, days) for _ in range(2)]
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    _check_done_once(database, programme, days)


def test_a_cycle_killed_before_each_commit_still_ends_once(
    database: Database, programme: Programme
) -> None:
    for _ in CycleStep:
        killed = _start(database, programme, [FIRST], kill_at=2)
        killed.join(60)
        assert killed.exitcode == -signal.SIGKILL or _has_ended(database, programme)
    last = _start(database, programme, [FIRST])
    last.join(60)
    assert last.exitcode == 0
    _check_done_once(database, programme, [FIRST])


def _start(
    database: Database, programme: Programme, days: list[date], kill_at: int | None = None
) -> BaseProcess:
    """A process that runs the cycles of some days; it is killed before its commit of that number."""
    url = database.url.render_as_string(hide_password=False)
    database.close()  # a child may not use its parent's connections
    process = multiprocessing.get_context("fork").Process(
        target=_run_cycles, args=(url, programme.key, days, kill_at)
    )
    process.start()
    return process


def _run_cycles(url: str, number: int, days: list[date], kill_at: int | None) -> None:
    database = Database(url, audit_key=AUDIT_KEY)
    commits = iter(range(1, 1000))

    def before_commit(_: sa.Connection) -> None:
        if next(commits) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(database.engine, "commit", before_commit)
    for day in days:
        for step in CycleStep:
            with database.write() as session:
                _do(session, session.get_one(Programme, number), CycleDay(day), step)
    os._exit(0)  # past the test's own cleaning up


def _do(session: Session, programme: Programme, cycle: CycleDay, step: CycleStep) -> None:
    who = {"programme": programme, "cycle": cycle, "actor": WORKER, "now": NOW}
    if step is CycleStep.END:
        end_cycle(session, **who)
        return

    def leave_a_row() -> dict[str, str]:
        session.add(
            Sweep(
                programme_id=programme.key,
                as_of=cycle.day,
                swept_at=NOW,
                opened={},
                cleared={},
                released=0,
                notified=0,
            )
        )
        return {"step": step}

    do_once(session, step=step, work=leave_a_row, **who)


def _has_ended(database: Database, programme: Programme) -> bool:
    with database.read() as session:
        query = select(CycleEntry).where(
            CycleEntry.programme_id == programme.key, CycleEntry.step == CycleStep.END
        )
        return session.exec(query).first() is not None


def _check_done_once(database: Database, programme: Programme, days: list[date]) -> None:
    with database.read() as session:
        noted = session.exec(select(CycleEntry.day, CycleEntry.step)).all()
        assert sorted(noted) == sorted((day, step) for day in days for step in CycleStep)
        effects = session.exec(select(Sweep.as_of, func.count()).group_by(Sweep.as_of)).all()
        assert dict(effects) == dict.fromkeys(days, len(STEPS))
        told = session.exec(select(Event).where(Event.kind == "cycle_ended")).all()
        assert sorted(event.payload["day"] for event in told) == [day.isoformat() for day in days]
        assert audit.verify(session, programme.key).ok
