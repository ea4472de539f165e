"""Allocation runs on both databases: previewed, applied once, refused when the data moved."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from tests.workflow.allocation.office import AS_OF, Office
from workflow.allocation.applying import apply_allocation
from workflow.allocation.lines import lines_of
from workflow.allocation.runs import list_runs
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.models import Case, Conflict, ConflictKind, RunKind, RunStatus
from workflow.states import ReviewState

COMPLEX = {"factors": ["1B", "3B", "16A"], "worker_qualified": False}


def test_a_preview_stores_a_reasoned_line_for_every_review_and_allocates_nothing(
    office: Office,
) -> None:
    office.reviewer()
    waiting = [office.review() for _ in range(3)]
    run = office.preview()
    assert (run.status, run.allocated, run.unallocated) == (RunStatus.PREVIEW, 3, 0)
    assert all(line.reason for line in office.lines(run).values())
    assert {review.state for review in waiting} == {ReviewState.UNALLOCATED}


@pytest.mark.both_databases
def test_applying_a_preview_does_exactly_what_it_showed(office: Office) -> None:
    for _ in range(2):
        office.reviewer()
    waiting = [office.review() for _ in range(6)]
    run = office.preview()
    shown = {key: line.reviewer_id for key, line in office.lines(run).items()}
    office.apply(run)
    assert {review.key: review.reviewer_id for review in waiting} == shown
    assert all(review.due_on and review.due_on >= AS_OF for review in waiting)


def test_a_run_is_applied_once(office: Office) -> None:
    office.reviewer()
    office.review()
    run = office.apply(office.preview())
    with pytest.raises(ConflictError, match="applied already, by coordinator"):
        office.apply(run)


@pytest.mark.both_databases
def test_a_preview_is_refused_when_the_caseload_moved(office: Office) -> None:
    office.reviewer()
    first = office.review()
    run = office.preview()
    office.review()
    with pytest.raises(ConflictError, match="Make a new preview"):
        office.apply(run)
    assert first.state is ReviewState.UNALLOCATED


def test_a_run_of_another_programme_does_not_exist_here(office: Office) -> None:
    with pytest.raises(NotFoundError):
        apply_allocation(office.session, 999, **office.how())


def test_running_again_finds_nothing_left_to_do(office: Office) -> None:
    office.reviewer()
    office.review()
    office.allocate()
    again = office.allocate()
    assert (again.allocated, again.unallocated) == (0, 0)


@pytest.mark.both_databases
def test_the_same_data_give_the_same_hash_and_plan(office: Office) -> None:
    for _ in range(3):
        office.reviewer()
    for number in range(8):
        office.review(family=f"F{number // 2}")
    one, two = office.propose(), office.propose()
    assert one.input_hash == two.input_hash
    assert one.plan.placements == two.plan.placements


def test_siblings_get_the_same_reviewer(office: Office) -> None:
    for _ in range(4):
        office.reviewer()
    siblings = [office.review(family="F1") for _ in range(3)]
    office.review()
    office.allocate()
    assert len({review.reviewer_id for review in siblings}) == 1


def test_a_new_sibling_joins_the_reviewer_who_holds_the_family(office: Office) -> None:
    for _ in range(3):
        office.reviewer()
    older = office.review(family="F1")
    office.allocate()
    younger = office.review(family="F1")
    office.allocate()
    assert younger.reviewer_id == older.reviewer_id


def test_a_declared_conflict_is_kept_and_named(office: Office) -> None:
    only = office.reviewer()
    review = office.review(family="F9")
    office.session.add(
        Conflict(
            reviewer_id=only.key,
            kind=ConflictKind.FAMILY,
            subject="F9",
            declared_at=office.now,
        )
    )
    run = office.allocate()
    (line,) = office.lines(run).values()
    assert (review.state, line.rule) == (ReviewState.UNALLOCATED, "conflict")


def test_nobody_reviews_a_case_of_their_own_team(office: Office) -> None:
    office.reviewer(team="Burnley 1")
    office.review(team="Burnley 1")
    run = office.allocate()
    (line,) = office.lines(run).values()
    assert line.rule == "own_team"


def test_complex_work_of_an_unqualified_worker_goes_to_a_social_worker(office: Office) -> None:
    office.reviewer(agency="constabulary", qualification="police_officer")
    facts = {"factors": ["1B", "3B", "16A"], "worker_qualified": False}
    review = office.review(facts=facts)
    run = office.allocate()
    assert next(iter(office.lines(run).values())).rule == "qualification"
    qualified = office.reviewer()
    office.allocate()
    assert review.reviewer_id == qualified.key


def test_capacity_is_never_exceeded_and_the_rest_says_so(office: Office) -> None:
    office.reviewer(points_per_day=1, available_to=date(2016, 2, 2))
    for _ in range(4):
        office.review()
    run = office.allocate()
    left = [line for line in office.lines(run).values() if line.reviewer_id is None]
    assert (run.allocated, run.unallocated) == (1, 3)
    assert {line.rule for line in left} == {"capacity"}


def test_held_work_uses_capacity_before_anything_new_is_placed(office: Office) -> None:
    busy = office.reviewer(points_per_day=1, available_to=date(2016, 2, 2))
    held = office.review()
    office.give(held, busy)
    office.review()
    run = office.allocate()
    assert (run.allocated, run.unallocated) == (0, 1)


def test_managers_who_do_not_review_are_left_alone(office: Office) -> None:
    office.reviewer(roles=["manager"])
    office.review()
    run = office.allocate()
    assert run.allocated == 0


def test_without_a_roster_the_run_says_what_is_missing(office: Office) -> None:
    office.review()
    with pytest.raises(InvalidInputError, match="cin roster"):
        office.allocate()


def test_after_the_target_the_run_asks_to_move_it(office: Office) -> None:
    office.reviewer()
    office.as_of = date(2016, 4, 1)
    with pytest.raises(InvalidInputError, match="before the target"):
        office.allocate()


def test_the_event_of_an_allocation_names_its_run(office: Office) -> None:
    office.reviewer()
    review = office.review()
    run = office.allocate()
    event = office.events(review)[-1]
    assert event.payload["run_id"] == run.key


def test_bands_and_efforts_are_brought_up_to_the_day_of_the_run(office: Office) -> None:
    office.reviewer()
    office.review(facts={"birth_on": "2015-10-01", "factors": ["3B", "10A"]}, band=1, effort=0)
    office.allocate()
    case = office.session.exec(select(Case)).one()
    assert case.band == 5
    assert "under two years old, or unborn" in case.band_reasons


def test_a_new_sibling_keeps_away_from_a_holder_in_conflict_with_it(office: Office) -> None:
    holder, other = office.reviewer(), office.reviewer()
    office.give(office.review(family="F1"), holder)
    younger = office.review(family="F1")
    office.session.add(
        Conflict(
            reviewer_id=holder.key,
            kind=ConflictKind.CHILD,
            subject=office.case(younger).child_id,
            declared_at=office.now,
        )
    )
    run = office.allocate()
    assert younger.reviewer_id == other.key
    reason = office.lines(run)[younger.key].reason
    assert reason.startswith(f"Its siblings are with {holder.reference}, who has declared")


@pytest.mark.parametrize(
    ("holder", "case", "words"),
    [
        ({"team": "Burnley 1"}, {}, "who works in the team"),
        ({"qualification": "other"}, {"facts": COMPLEX}, "not the qualified social worker"),
        ({"points_per_day": 6, "available_to": AS_OF}, {}, "no room for more"),
    ],
)
def test_a_new_sibling_goes_elsewhere_when_a_hard_rule_keeps_it_from_the_holder(
    office: Office, holder: dict[str, Any], case: dict[str, Any], words: str
) -> None:
    first, other = office.reviewer(**holder), office.reviewer()
    office.give(office.review(family="F1", team="Pendle 2"), first)
    younger = office.review(family="F1", **case)
    run = office.allocate()
    assert younger.reviewer_id == other.key
    assert words in office.lines(run)[younger.key].reason


def test_a_new_siblings_line_says_whom_it_joins(office: Office) -> None:
    holder = office.reviewer()
    office.give(office.review(family="F1"), holder)
    younger = office.review(family="F1")
    run = office.allocate()
    line = office.lines(run)[younger.key]
    assert line.reason == f"Joins its siblings, who are with {holder.reference}."


def test_a_run_keeps_how_it_came_about(office: Office) -> None:
    office.reviewer()
    office.review()
    run = office.allocate()
    assert run.kind is RunKind.BACKLOG
    assert run.weights["travel_per_km"] == office.policy.allocation.travel_per_km
    assert (run.created_by, run.applied_by) == ("coordinator", "coordinator")
    assert run.seconds > 0
    assert "ortools" in run.solver
    assert [found.key for found in list_runs(office.session, office.programme)] == [run.key]


def test_lines_can_be_asked_for_by_what_became_of_them(office: Office) -> None:
    reviewer = office.reviewer(points_per_day=6, available_to=AS_OF)
    office.review()
    office.review()
    run = office.allocate()

    def count(**which: Any) -> int:
        return len(lines_of(office.session, run.key, **which))

    assert (count(), count(placed=True), count(placed=False)) == (2, 1, 1)
    assert (count(reviewer_id=reviewer.key), count(limit=1), count(offset=2)) == (1, 1, 0)
