"""Two coordinators at once, on both databases: one wins, the other is told."""

from collections.abc import Callable
from datetime import date, datetime
from threading import Barrier, Thread

import pytest
from sqlmodel import Session, func, select

from tests.factories import make_actor, make_review, make_reviewer
from workflow import audit
from workflow.allocation.applying import apply_allocation
from workflow.allocation.by_hand import allocate_by_hand
from workflow.allocation.desk import Rule
from workflow.allocation.runs import propose, store_preview
from workflow.allocation.undoing import undo_allocation
from workflow.db import Database
from workflow.errors import ConflictError
from workflow.models import AllocationRun, Event, Programme, Review, RunStatus
from workflow.policy import Policy
from workflow.states import Actor, ReviewState, Role

AS_OF = date(2016, 1, 20)
REVIEWS = 12
PEOPLE = [make_actor(Role.COORDINATOR, name=name) for name in ("anna", "ben")]
Step = Callable[[Session, Programme, Actor], object]


@pytest.fixture
def office(database: Database, programme: Programme) -> Database:
    """Three reviewers and twelve reviews that wait."""
    with database.write() as session:
        stored = session.get_one(Programme, programme.key)
        for _ in range(3):
            make_reviewer(session, stored)
        for _ in range(REVIEWS):
            make_review(session, stored)
    return database


def preview(database: Database, programme: Programme, now: datetime, actor: Actor) -> int:
    with database.read() as session:
        stored = session.get_one(Programme, programme.key)
        proposal = propose(session, programme=stored, policy=Policy(), as_of=AS_OF)
    with database.write() as session:
        stored = session.get_one(Programme, programme.key)
        return store_preview(session, proposal, programme=stored, actor=actor, now=now).key


def at_once(database: Database, programme: Programme, *steps: Step) -> list[object]:
    """What each step gives or is refused with, all of them begun together."""
    ready, results = Barrier(len(steps)), [object()] * len(steps)

    def run(number: int, step: Step) -> None:
        ready.wait(timeout=30)
        try:
            with database.write() as session:
                stored = session.get_one(Programme, programme.key)
                results[number] = step(session, stored, PEOPLE[number])
        except ConflictError as refused:
            results[number] = refused

    threads = [Thread(target=run, args=item) for item in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def apply(run_id: int, now: datetime) -> Step:
    return lambda session, programme, actor: apply_allocation(
        session, run_id, programme=programme, policy=Policy(), actor=actor, now=now
    )


def check_each_allocated_once(database: Database, programme: Programme) -> None:
    with database.read() as session:
        held = select(func.count()).where(Review.state == ReviewState.ALLOCATED)
        assert session.exec(held).one() == REVIEWS
        events = select(func.count()).where(Event.kind == "review_allocated")
        assert session.exec(events).one() == REVIEWS
        assert audit.verify(session, programme.key).ok


@pytest.mark.both_databases
@pytest.mark.parametrize("n_previews", [1, 2])
def test_two_coordinators_apply_at_once_and_one_wins(
    office: Database, programme: Programme, now: datetime, n_previews: int
) -> None:
    runs = [preview(office, programme, now, PEOPLE[n]) for n in range(n_previews)]
    results = at_once(office, programme, apply(runs[0], now), apply(runs[-1], now))
    (won,) = [result for result in results if isinstance(result, AllocationRun)]
    (told,) = [result for result in results if isinstance(result, ConflictError)]
    assert won.status is RunStatus.APPLIED
    expected = "applied already" if n_previews == 1 else f"{REVIEWS} reviews allocated"
    assert expected in str(told)
    check_each_allocated_once(office, programme)


@pytest.mark.both_databases
def test_an_undo_at_once_with_another_leaves_nothing_half_done(
    office: Database, programme: Programme, now: datetime
) -> None:
    run = preview(office, programme, now, PEOPLE[0])
    at_once(office, programme, apply(run, now))

    def undo(session: Session, stored: Programme, actor: Actor) -> object:
        return undo_allocation(session, run, programme=stored, actor=actor, now=now)

    results = at_once(office, programme, undo, undo)
    assert sum(isinstance(result, ConflictError) for result in results) == 1
    with office.read() as session:
        waiting = select(func.count()).where(Review.state == ReviewState.UNALLOCATED)
        assert session.exec(waiting).one() == REVIEWS


@pytest.mark.both_databases
def test_two_by_hand_do_not_fill_the_same_room_twice(
    database: Database, programme: Programme, now: datetime
) -> None:
    with database.write() as session:
        stored = session.get_one(Programme, programme.key)
        only = make_reviewer(session, stored, points_per_day=6, available_to=AS_OF).key
        those = [make_review(session, stored).key for _ in range(2)]

    def take(review_id: int) -> Step:
        return lambda session, programme, actor: allocate_by_hand(
            session,
            programme=programme,
            policy=Policy(),
            review_ids=[review_id],
            reviewer_id=only,
            actor=actor,
            now=now,
            as_of=AS_OF,
        )

    results = at_once(database, programme, *map(take, those))
    assert sum(len(result.placed) for result in results) == 1
    (refused,) = [refusal for result in results for refusal in result.refused]
    assert [obstacle.rule for obstacle in refused.obstacles] == [Rule.CAPACITY]
