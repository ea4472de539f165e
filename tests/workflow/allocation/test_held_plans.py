"""Leaver, absence and re-balance plans: the fewest cases move, started ones last or never."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from tests.factories import as_actor
from tests.workflow.allocation.office import AS_OF, Office
from workflow.allocation.tasks import REBALANCE, Task, absence, leaver, task_of
from workflow.errors import InvalidInputError, NotFoundError
from workflow.models import Conflict, ConflictKind, Leave, Review, Reviewer, RunKind
from workflow.states import Action, ReviewState

GONE = AS_OF - timedelta(1)


def with_load(office: Office, n: int, **reviewer: object) -> tuple[Reviewer, list[Review]]:
    """A reviewer who holds n reviews of single children, six points each."""
    holder = office.reviewer(**reviewer)
    held = [office.review() for _ in range(n)]
    for review in held:
        office.give(review, holder, due_on=date(2016, 3, 31))
    return holder, held


def test_all_of_a_leaver_who_is_gone_moves_with_a_reason(office: Office) -> None:
    holder, held = with_load(office, 3)
    taker = office.reviewer()
    run = office.allocate(leaver(holder.reference, GONE))
    assert {review.reviewer_id for review in held} == {taker.key}
    assert (run.kind, run.about["reviewer"]) == (RunKind.LEAVER, holder.reference)
    for line in office.lines(run).values():
        assert (line.from_reviewer, line.reviewer) == (holder.reference, taker.reference)
        assert line.reason.startswith(f"{holder.reference}'s last day is 19 January 2016.")
    event = office.events(held[0])[-1]
    assert (event.kind, event.payload["run_id"]) == ("review_reallocated", run.key)
    assert f"Leaver plan (run {run.key}): {holder.reference}'s last day" in (event.reason or "")


def test_what_a_leaver_can_still_finish_stays_and_started_work_first(office: Office) -> None:
    holder, held = with_load(office, 3, points_per_day=6)
    office.start(held[2], holder)
    office.reviewer()
    office.allocate(leaver(holder.reference, AS_OF + timedelta(1)))
    staying = [review for review in held if review.reviewer_id == holder.key]
    assert len(staying) == 2
    assert held[2] in staying


def test_started_work_of_somebody_gone_moves_too_and_says_so(office: Office) -> None:
    holder, (review,) = with_load(office, 1)
    office.start(review, holder)
    taker = office.reviewer()
    run = office.allocate(leaver(holder.reference, GONE))
    assert (review.reviewer_id, review.state) == (taker.key, ReviewState.ALLOCATED)
    (line,) = office.lines(run).values()
    assert "what is written goes with it" in line.reason


def test_when_room_is_short_unopened_work_goes_before_started_work(office: Office) -> None:
    holder, held = with_load(office, 2)
    office.start(held[0], holder)
    taker = office.reviewer(points_per_day=6, available_to=AS_OF)
    office.allocate(leaver(holder.reference, GONE))
    assert [review.reviewer_id for review in held] == [holder.key, taker.key]


def test_what_nobody_can_take_stays_and_says_why(office: Office) -> None:
    holder, (review,) = with_load(office, 1)
    office.reviewer(team="Burnley 1")
    run = office.allocate(leaver(holder.reference, GONE))
    (line,) = office.lines(run).values()
    assert (review.reviewer_id, line.reviewer, run.unallocated) == (holder.key, None, 1)
    assert f"it stays with {holder.reference}" in line.reason


def test_an_applied_plan_keeps_new_work_away_from_who_is_away(office: Office) -> None:
    holder, _ = with_load(office, 1)
    taker = office.reviewer()
    office.allocate(leaver(holder.reference, GONE))
    later = office.review()
    office.allocate()
    assert later.reviewer_id == taker.key


def test_an_absence_moves_only_what_cannot_be_done_around_it(office: Office) -> None:
    holder, held = with_load(office, 4, points_per_day=6, available_to=AS_OF + timedelta(6))
    office.reviewer()
    away = absence(holder.reference, AS_OF + timedelta(1), AS_OF + timedelta(2))
    run = office.allocate(away)
    moved = [review for review in held if review.reviewer_id != holder.key]
    assert len(moved) == run.allocated == 1
    leave = office.session.exec(select(Leave)).one()
    assert (leave.first_on, leave.last_on) == (away.first_on, away.last_on)


def test_leave_that_the_roster_knows_is_not_noted_twice(office: Office) -> None:
    holder, _ = with_load(office, 1)
    office.session.add(Leave(reviewer_id=holder.key, first_on=AS_OF, last_on=AS_OF + timedelta(30)))
    office.allocate(absence(holder.reference, AS_OF, AS_OF + timedelta(6)))
    assert len(office.session.exec(select(Leave)).all()) == 1


def test_what_waits_is_no_part_of_a_plan_for_held_work(office: Office) -> None:
    holder, _ = with_load(office, 1)
    office.reviewer()
    waiting = office.review()
    run = office.allocate(leaver(holder.reference, GONE))
    assert waiting.state is ReviewState.UNALLOCATED
    assert waiting.key not in office.lines(run)


def test_a_rebalance_leaves_an_even_spread_alone(office: Office) -> None:
    with_load(office, 4)
    with_load(office, 4)
    run = office.allocate(REBALANCE)
    assert (run.allocated, run.unallocated) == (0, 0)


@pytest.mark.both_databases
def test_a_rebalance_takes_unopened_work_from_who_holds_too_much(office: Office) -> None:
    holder, held = with_load(office, 20, points_per_day=3)
    started = held[:2]
    for review in started:
        office.start(review, holder)
    office.reviewer(points_per_day=3)
    run = office.allocate(REBALANCE)
    moved = [review for review in held if review.reviewer_id != holder.key]
    assert 0 < len(moved) == run.allocated < 10
    assert not set(map(id, started)) & set(map(id, moved))
    assert run.utilisation[holder.reference] < 0.7
    assert office.allocate(REBALANCE).allocated == 0


def test_a_rebalance_moves_overdue_work_that_was_not_started(office: Office) -> None:
    holder, (late, on_time) = with_load(office, 2)
    late.due_on = date(2016, 1, 22)
    taker = office.reviewer()
    office.as_of = date(2016, 1, 25)
    run = office.allocate(REBALANCE)
    assert (late.reviewer_id, on_time.reviewer_id) == (taker.key, holder.key)
    assert late.due_on >= office.as_of
    (line,) = office.lines(run).values()
    assert line.reason.startswith(
        f"Overdue since 22 January 2016, and not started by {holder.reference}"
    )


def test_a_rebalance_takes_work_from_who_declared_a_conflict_since(office: Office) -> None:
    holder, (review,) = with_load(office, 1)
    office.session.add(
        Conflict(
            reviewer_id=holder.key,
            kind=ConflictKind.CASE,
            subject=office.case(review).reference,
            declared_at=office.now,
        )
    )
    taker = office.reviewer()
    office.allocate(REBALANCE)
    assert review.reviewer_id == taker.key


def test_siblings_move_together(office: Office) -> None:
    holder = office.reviewer()
    siblings = [office.review(family="F1") for _ in range(3)]
    for review in siblings:
        office.give(review, holder)
    office.reviewer()
    office.reviewer()
    office.allocate(leaver(holder.reference, GONE))
    assert len({review.reviewer_id for review in siblings}) == 1
    assert siblings[0].reviewer_id != holder.key


def test_a_plan_names_somebody_on_the_roster_and_days_in_order(office: Office) -> None:
    office.reviewer()
    with pytest.raises(NotFoundError):
        office.propose(leaver("nobody", GONE))
    with pytest.raises(InvalidInputError):
        absence("R1", AS_OF, GONE)


@pytest.mark.parametrize("task", [REBALANCE, leaver("R1", AS_OF), absence("R1", GONE, AS_OF)])
def test_a_stored_run_knows_its_task(task: Task) -> None:
    assert task_of(task.kind, task.to_json()) == task


def test_somebody_who_holds_work_but_reviews_no_more_can_be_relieved(office: Office) -> None:
    holder, (review,) = with_load(office, 1)
    holder.roles = ["manager"]
    office.review()
    taker = office.reviewer()
    run = office.allocate()
    assert run.allocated == 1
    office.allocate(REBALANCE)
    assert review.reviewer_id == taker.key


def test_put_on_hold_and_returned_work_counts_as_started(office: Office) -> None:
    holder, (review,) = with_load(office, 1)
    office.start(review, holder)
    office.act(review, Action.HOLD, as_actor(holder), reason="Files missing.")
    review.due_on = AS_OF - timedelta(5)
    office.reviewer()
    assert office.allocate(REBALANCE).allocated == 0
