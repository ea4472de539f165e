"""kill -9 at any step of an allocation run or its undoing: nothing, or everything, and once."""

import multiprocessing
import random
import time
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection

import pytest
import sqlalchemy as sa
from sqlmodel import Session, func, select

from tests.conftest import AUDIT_KEY
from tests.factories import make_actor, make_reviewer, make_reviews
from tests.measured import Measured
from workflow import audit
from workflow.allocation.applying import apply_proposal
from workflow.allocation.runs import propose
from workflow.allocation.undoing import undo_allocation
from workflow.db import Database
from workflow.models import AllocationRun, Event, Programme, Review
from workflow.policy import Policy
from workflow.states import ReviewState, Role

pytestmark = pytest.mark.faults

REVIEWS = 60
DAY = date(2016, 1, 20)
KILLS, STATEMENTS = 25, 20
"""Of each database; a run makes about so many statements."""
COORDINATOR = make_actor(Role.COORDINATOR)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
"""Processes that share nothing with this one and need not load everything anew."""


@pytest.fixture
def office(database: Database, programme: Programme) -> Database:
    """Sixty reviews that wait, and four reviewers."""
    with database.write() as session:
        stored = session.get_one(Programme, programme.key)
        for _ in range(4):
            make_reviewer(session, stored, points_per_day=20)
        make_reviews(session, stored, [{}] * REVIEWS)
    return database


def allocate(database: Database, now: datetime) -> int:
    """Allocate everything; gives the run's number."""
    with database.read() as session:
        stored = session.exec(select(Programme)).one()
        proposal = propose(session, programme=stored, policy=Policy(), as_of=DAY)
    with database.write() as session:
        stored = session.exec(select(Programme)).one()
        run = apply_proposal(
            session,
            proposal,
            programme=stored,
            policy=Policy(),
            actor=COORDINATOR,
            now=now,
        )
        return run.key


def undo(database: Database, now: datetime) -> None:
    """Undo the newest run."""
    with database.write() as session:
        stored = session.exec(select(Programme)).one()
        newest = session.exec(select(func.max(AllocationRun.id))).one()
        undo_allocation(session, newest or 0, programme=stored, actor=COORDINATOR, now=now)


def kill(database: Database, what: str, step: str) -> bool:
    """Run it in a process of its own and kill that right after a statement, or before the commit.

    False when it was done before it came to that statement (`#12` is the twelfth).
    """
    url = database.url.render_as_string(hide_password=False)
    here, there = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_run_and_wait, args=(url, what, step, there))
    process.start()
    there.close()
    try:
        reached: bool = here.recv()
        process.kill()
    except EOFError:  # it came to its end
        reached = False
    process.join(30)
    here.close()
    assert reached or process.exitcode == 0
    return reached


def _run_and_wait(url: str, what: str, step: str, test: Connection) -> None:
    """Tell the test when the transaction has come as far as the step, and stay there."""
    database = Database(url, audit_key=AUDIT_KEY)
    done = 0

    def announce() -> None:
        test.send(True)
        time.sleep(60)

    def after_statement(_: object, __: object, statement: str, *___: object) -> None:
        nonlocal done
        done += 1
        if statement.startswith(step) or step == f"#{done}":
            announce()

    def before_commit(_: sa.Connection) -> None:
        if step == "COMMIT":
            announce()

    sa.event.listen(database.engine, "after_cursor_execute", after_statement)
    sa.event.listen(database.engine, "commit", before_commit)
    work = {"allocate": allocate, "undo": undo}[what]
    work(database, datetime(2016, 1, 20, 9, tzinfo=UTC))


def allocated(session: Session) -> int:
    query = select(func.count()).select_from(Review).where(Review.state == ReviewState.ALLOCATED)
    return session.exec(query).one()


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("INSERT INTO allocationline", marks=pytest.mark.soak),
        pytest.param("UPDATE review", marks=pytest.mark.soak),
        pytest.param("INSERT INTO event", marks=pytest.mark.soak),
        "COMMIT",
    ],
)
def test_a_killed_run_leaves_nothing_and_the_next_one_allocates_each_review_once(
    office: Database, step: str, now: datetime
) -> None:
    assert kill(office, "allocate", step)
    with office.read() as session:
        assert allocated(session) == 0
        assert session.exec(select(AllocationRun)).all() == []

    allocate(office, now)  # waits until a server has noticed that the killed client is gone
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


def test_a_killed_undo_leaves_everything_allocated(office: Database, now: datetime) -> None:
    allocate(office, now)
    assert kill(office, "undo", "UPDATE review")
    with office.read() as session:
        assert allocated(session) == REVIEWS
    undo(office, now)
    with office.read() as session:
        assert allocated(session) == 0


@pytest.mark.soak
def test_a_run_killed_anywhere_is_all_or_nothing(
    office: Database, now: datetime, measured: Measured
) -> None:
    rng = random.Random(7)
    partial, killed = 0, 0
    while killed < KILLS:
        killed += kill(office, "allocate", f"#{rng.randint(1, STATEMENTS)}")
        with office.read() as session:
            left = allocated(session)
        partial += left not in {0, REVIEWS}
        if left == REVIEWS:
            undo(office, now)
    assert partial == 0
    measured("R6", "0 partial in 50 kills", f"0 partial in {killed} kills")
