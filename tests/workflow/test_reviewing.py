"""A reviewer's own list and file, and stepping aside from a case, told on both databases."""

import pytest
from sqlmodel import select

from tests.factories import as_actor, make_review, make_reviewer
from tests.workflow.test_reviews import MANAGER, Desk, desk
from workflow.conflicts import step_aside
from workflow.errors import InvalidInputError, NotFoundError
from workflow.models import Case, Conflict, ConflictKind
from workflow.reviewing import find_mine, my_reviews, read_own_file
from workflow.states import Action, ReviewState

__all__ = ["desk"]


@pytest.fixture
def started(desk: Desk) -> Desk:
    desk.allocate()
    desk.act(Action.START, desk.author)
    desk.session.flush()
    return desk


def case_of(desk: Desk) -> Case:
    return desk.session.get_one(Case, desk.review.case_id)


def aside(desk: Desk, kind: ConflictKind, reason: str = "We were neighbours") -> None:
    step_aside(
        desk.session,
        case=case_of(desk),
        review=desk.review,
        kind=kind,
        reason=reason,
        actor=desk.author,
        now=desk.now,
    )
    desk.session.flush()


def test_a_reviewer_lists_their_own_reviews_by_what_is_to_be_done(started: Desk) -> None:
    make_review(started.session, started.programme)
    found = my_reviews(started.session, started.programme, started.author)
    assert [item.reference for item in found.to_do] == [case_of(started).reference]
    assert found.to_do[0].birth_on is not None
    started.submit()
    started.session.flush()
    found = my_reviews(started.session, started.programme, started.author)
    assert (len(found.to_do), len(found.waiting)) == (0, 1)
    started.confirm()
    started.session.flush()
    found = my_reviews(started.session, started.programme, started.author)
    assert (len(found.waiting), len(found.complete), found.n_complete) == (0, 1, 1)


def test_the_latest_reason_is_listed_with_a_returned_review(started: Desk) -> None:
    for reason in ("First", "Second"):
        started.submit()
        started.act(Action.RETURN, MANAGER, reason)
        if reason == "First":
            started.act(Action.START, started.author)
    started.session.flush()
    (item,) = my_reviews(started.session, started.programme, started.author).to_do
    assert (item.state, item.reason) == (ReviewState.RETURNED, "Second")


def test_a_review_is_found_by_its_holder_alone(started: Desk) -> None:
    reference = case_of(started).reference
    case, review = find_mine(started.session, started.programme, started.author, reference)
    assert (case.reference, review.key) == (reference, started.review.key)
    stranger = as_actor(make_reviewer(started.session, started.programme))
    for actor in (stranger, MANAGER):
        with pytest.raises(NotFoundError):
            find_mine(started.session, started.programme, actor, reference)


def test_the_file_holds_the_latest_submission_and_what_sent_it_back(started: Desk) -> None:
    started.submit(outcome="close")
    started.act(Action.RETURN, MANAGER, "Say why")
    started.session.flush()
    found = read_own_file(started.session, case_of(started), started.review)
    assert [submission.outcome for submission, _ in found.submissions] == ["close"]
    assert [event.reason for event in found.events] == ["Say why"]


def test_stepping_aside_puts_a_started_review_on_hold_and_keeps_the_conflict(
    started: Desk,
) -> None:
    aside(started, ConflictKind.TEAM)
    assert started.review.state is ReviewState.ON_HOLD
    conflict = started.session.exec(select(Conflict)).one()
    assert (conflict.subject, conflict.reason) == ("Burnley 1", "We were neighbours")


def test_stepping_aside_declines_a_review_that_was_not_started(desk: Desk) -> None:
    desk.allocate()
    aside(desk, ConflictKind.CHILD)
    assert (desk.review.state, desk.review.reviewer_id) == (ReviewState.UNALLOCATED, None)


def test_a_returned_review_stays_until_a_coordinator_moves_it(started: Desk) -> None:
    started.submit()
    started.act(Action.RETURN, MANAGER, "Say why")
    aside(started, ConflictKind.CASE)
    assert started.review.state is ReviewState.RETURNED


@pytest.mark.parametrize(
    ("kind", "reason", "field"),
    [(ConflictKind.CHILD, " ", "reason"), (ConflictKind.FAMILY, "Cousins", "kind")],
)
def test_a_conflict_needs_a_reason_and_a_known_subject(
    started: Desk, kind: ConflictKind, reason: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        aside(started, kind, reason)
    assert refused.value.field == field
    assert started.review.state is ReviewState.IN_PROGRESS
