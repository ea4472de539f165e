"""An applied run is undone as a whole, while nothing of it was touched."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.factories import make_actor
from tests.workflow.allocation.office import COORDINATOR, Office
from workflow import audit
from workflow.allocation.tasks import leaver
from workflow.allocation.undoing import touched_since, undo_allocation
from workflow.errors import ConflictError, NotFoundError, NotPermittedError
from workflow.models import RunStatus
from workflow.states import ReviewState, Role


def test_everything_goes_back_to_waiting(office: Office) -> None:
    office.reviewer()
    waiting = [office.review() for _ in range(3)]
    run = office.undo(office.allocate())
    assert {(r.state, r.reviewer_id, r.due_on) for r in waiting} == {
        (ReviewState.UNALLOCATED, None, None)
    }
    assert (run.status, run.undone_by, run.undone_at) == (
        RunStatus.UNDONE,
        COORDINATOR.name,
        office.now,
    )


def test_the_record_tells_both_ways_and_stays_whole(office: Office) -> None:
    office.reviewer()
    review = office.review()
    office.undo(office.allocate())
    kinds = [event.kind for event in office.events(review)]
    assert kinds == ["review_opened", "review_allocated", "review_released"]
    assert office.newest_event().kind == "allocation_undone"
    assert audit.verify(office.session, office.programme.key).ok
    assert audit.replay(office.events(review)).state is ReviewState.UNALLOCATED


@pytest.mark.parametrize(
    ("happens", "words"),
    [(Office.start, "already started"), (Office.decline, "handed back")],
)
def test_a_run_with_a_touched_review_is_refused_and_names_it(
    office: Office, happens: Callable[..., object], words: str
) -> None:
    reviewer = office.reviewer()
    touched, untouched = office.review(), office.review()
    run = office.allocate()
    happens(office, touched, reviewer)
    with pytest.raises(ConflictError, match=words) as refused:
        office.undo(run)
    (change,) = refused.value.changes
    assert office.case(touched).reference in change
    assert office.case(untouched).reference not in change
    assert untouched.state is ReviewState.ALLOCATED


def test_a_review_allocated_anew_to_the_same_reviewer_counts_as_touched(office: Office) -> None:
    first = office.reviewer()
    review = office.review()
    run = office.allocate()
    second = office.reviewer()
    office.give(review, second)
    office.give(review, first)
    (change,) = touched_since(office.session, run.key)
    assert change.what == "1 review allocated anew"


def test_what_was_moved_goes_back_to_its_holder_with_its_due_date(office: Office) -> None:
    going = office.reviewer()
    review = office.review()
    office.give(review, going, due_on=date(2016, 3, 4))
    office.reviewer()
    run = office.allocate(leaver(going.reference, date(2016, 1, 19)))
    assert review.reviewer_id != going.key
    office.undo(run)
    assert (review.reviewer_id, review.due_on) == (going.key, date(2016, 3, 4))


def test_a_preview_cannot_be_undone_nor_a_run_twice(office: Office) -> None:
    office.reviewer()
    office.review()
    preview = office.preview()
    with pytest.raises(ConflictError, match="not applied"):
        office.undo(preview)
    office.apply(preview)
    office.undo(preview)
    with pytest.raises(ConflictError, match="not applied"):
        office.undo(preview)
    with pytest.raises(ConflictError, match="applied and undone"):
        office.apply(preview)


def test_only_a_coordinator_undoes_a_run_of_the_own_programme(office: Office) -> None:
    how = {"programme": office.programme, "now": office.now}
    with pytest.raises(NotPermittedError):
        undo_allocation(office.session, 1, actor=make_actor(Role.REVIEWER), **how)
    with pytest.raises(NotFoundError):
        undo_allocation(office.session, 1, actor=COORDINATOR, **how)
