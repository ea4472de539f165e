"""A preview whose data moved is refused, and the refusal says what moved."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.factories import make_actor
from tests.workflow.allocation.office import COORDINATOR, Office
from workflow.allocation.applying import apply_proposal, moved_since
from workflow.allocation.fingerprint import Change, Fingerprint, changes
from workflow.errors import ConflictError, NotPermittedError
from workflow.models import ConflictKind, Review, Reviewer, RunStatus
from workflow.policy import AllocationWeights, Policy
from workflow.roster import declare_conflict, record_leave
from workflow.states import Action, ReviewState, Role

Happening = Callable[[Office, Review, Reviewer], object]


def come_in(office: Office, review: Review, reviewer: Reviewer) -> None:
    office.review()


def leave_the_cohort(office: Office, review: Review, reviewer: Reviewer) -> None:
    office.act(review, Action.WITHDRAW, COORDINATOR, reason="Moved away.")


def be_allocated(office: Office, review: Review, reviewer: Reviewer) -> None:
    office.give(review, reviewer)


def take_leave(office: Office, review: Review, reviewer: Reviewer) -> None:
    week = date(2016, 2, 15)
    record_leave(
        office.session,
        reviewer=reviewer,
        first_on=week,
        last_on=week + timedelta(4),
        actor=COORDINATOR,
        now=office.now,
    )


def declare(office: Office, review: Review, reviewer: Reviewer) -> None:
    declare_conflict(
        office.session,
        reviewer=reviewer,
        kind=ConflictKind.CASE,
        subject=office.case(review).reference,
        reason="Knows the family.",
        actor=make_actor(Role.ADMINISTRATOR),
        now=office.now,
    )


def join(office: Office, review: Review, reviewer: Reviewer) -> None:
    office.reviewer()


def work_less(office: Office, review: Review, reviewer: Reviewer) -> None:
    reviewer.points_per_day = 6.0


def change_family(office: Office, review: Review, reviewer: Reviewer) -> None:
    office.case(review).family = "F77"


def weigh_otherwise(office: Office, review: Review, reviewer: Reviewer) -> None:
    office.policy = replace(Policy(), allocation=AllocationWeights(travel_per_km=9.0))


def let_a_day_pass(office: Office, review: Review, reviewer: Reviewer) -> None:
    office.now += timedelta(1)


@pytest.mark.parametrize(
    ("happens", "words", "about"),
    [
        (come_in, "1 review came in", None),
        (leave_the_cohort, "1 review left the cohort", "case"),
        (be_allocated, "1 review allocated", "case"),
        (take_leave, "1 reviewer with other leave", "reviewer"),
        (declare, "1 reviewer with other conflicts", "reviewer"),
        (join, "1 reviewer joined", None),
        (work_less, "1 reviewer with other dates, hours", "reviewer"),
        (change_family, "1 review with other facts", "case"),
        (weigh_otherwise, "the weights of the allocation were changed", None),
        (let_a_day_pass, "the working days left are others", None),
    ],
)
def test_the_refusal_says_what_moved(
    office: Office, happens: Happening, words: str, about: str | None
) -> None:
    reviewer, review = office.reviewer(), office.review(family="F1")
    run = office.preview()
    happens(office, review, reviewer)
    with pytest.raises(ConflictError) as refused:
        office.apply(run)
    (change,) = refused.value.changes
    assert words in change
    named = {"case": office.case(review).reference, "reviewer": reviewer.reference}
    assert about is None or named[about] in change
    assert change in str(refused.value)
    assert run.status is RunStatus.PREVIEW


def test_a_started_review_is_told_from_one_that_moved(office: Office) -> None:
    first, second = office.reviewer(), office.reviewer()
    held, moved = office.review(), office.review()
    office.give(held, first)
    office.give(moved, first)
    office.review()
    run = office.preview()
    office.start(held, first)
    office.give(moved, second)
    kinds = {change.what: change.references for change in since(office, run.key)}
    assert kinds == {
        "1 review started": (office.case(held).reference,),
        "1 review moved to somebody else": (office.case(moved).reference,),
    }


def since(office: Office, run_id: int) -> tuple[Change, ...]:
    return moved_since(
        office.session,
        run_id,
        programme=office.programme,
        policy=office.policy,
        now=office.now,
    )


def test_what_does_not_matter_to_the_plan_does_not_refuse_it(office: Office) -> None:
    reviewer, review = office.reviewer(), office.review()
    run = office.preview()
    reviewer.name = "Married Name"
    assert since(office, run.key) == ()
    office.apply(run)
    assert review.state is ReviewState.ALLOCATED


def test_what_was_solved_a_moment_ago_is_refused_too_when_something_moved(office: Office) -> None:
    reviewer, review = office.reviewer(), office.review()
    proposal = office.propose()
    office.give(review, reviewer)
    with pytest.raises(ConflictError, match="1 review allocated"):
        apply_proposal(office.session, proposal, **office.how())


def test_what_was_solved_a_moment_ago_stands_when_nothing_that_matters_moved(
    office: Office,
) -> None:
    reviewer, review = office.reviewer(), office.review()
    proposal = office.propose()
    office.programme.next_reference += 1
    apply_proposal(office.session, proposal, **office.how())
    assert review.reviewer_id == reviewer.key


def test_an_earlier_days_preview_says_so_once_its_inputs_are_forgotten(office: Office) -> None:
    office.reviewer()
    office.review()
    old = office.preview()
    office.as_of += timedelta(1)
    office.now += timedelta(1)
    office.preview()
    assert [str(change) for change in since(office, old.key)] == [
        "the preview is of 20 January 2016"
    ]


def test_after_the_target_nothing_can_be_applied(office: Office) -> None:
    office.reviewer()
    run = office.preview()
    office.now += timedelta(100)
    assert [str(change) for change in since(office, run.key)] == ["the target has passed"]


def test_only_a_coordinator_applies_and_undoes(office: Office) -> None:
    office.reviewer()
    run = office.preview()
    with pytest.raises(NotPermittedError):
        apply_proposal(
            office.session, office.propose(), **office.how(actor=make_actor(Role.MANAGER))
        )
    assert run.status is RunStatus.PREVIEW


def test_many_references_are_named_in_part() -> None:
    before = Fingerprint(rules={}, reviews={}, reviewers={})
    after = Fingerprint(
        rules={}, reviews={f"CIN-{n:05}": ["", "unopened", "x"] for n in range(8)}, reviewers={}
    )
    (change,) = changes(before, after, {})
    assert str(change) == (
        "8 reviews came in (CIN-00000, CIN-00001, CIN-00002, CIN-00003, CIN-00004 and 3 more)"
    )
