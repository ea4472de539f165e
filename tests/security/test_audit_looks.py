"""Who looked and who was refused is on record, in the chain, and changes nothing else."""

import pytest
from sqlmodel import Session

from tests.factories import EARLY, make_actor, make_review
from workflow import audit
from workflow.models import Programme
from workflow.states import ReviewState, Role

MANAGER = make_actor(Role.MANAGER, name="m.manager")
PAGE = "GET /reviews/{reference}"


def test_a_view_is_one_event_with_its_review_and_page(
    session: Session, programme: Programme
) -> None:
    review = make_review(session, programme)
    event = audit.record_view(
        session,
        programme_id=programme.key,
        actor=MANAGER,
        at=EARLY,
        page=PAGE,
        review_id=review.key,
        reason="supervision",
    )
    session.flush()
    assert (event.kind, event.review_id, event.actor) == ("case_viewed", review.key, "m.manager")
    assert event.payload == {"page": PAGE}
    assert event.action is None
    assert audit.verify(session, programme.key).ok


def test_a_refusal_is_one_event_with_the_answer(session: Session, programme: Programme) -> None:
    event = audit.record_refusal(
        session, programme_id=programme.key, actor=MANAGER, at=EARLY, page=PAGE, status=404
    )
    session.flush()
    assert event.kind == "access_refused"
    assert event.payload == {"page": PAGE, "status": 404}
    assert audit.verify(session, programme.key).ok


@pytest.mark.parametrize(
    "page", ["", "GET /search?name=Zebedee", "Renée", "/reviews/CIN-1\nforged", "x" * 121]
)
def test_an_address_as_typed_is_refused(session: Session, programme: Programme, page: str) -> None:
    before = audit.verify(session, programme.key).events
    with pytest.raises(ValueError, match="template"):
        audit.record_view(session, programme_id=programme.key, actor=MANAGER, at=EARLY, page=page)
    assert audit.verify(session, programme.key).events == before


def test_looks_are_no_part_of_what_happened_to_a_review(
    session: Session, programme: Programme
) -> None:
    review = make_review(session, programme)
    session.flush()
    before = audit.timeline(session, review.key)
    for _ in range(3):
        audit.record_view(
            session,
            programme_id=programme.key,
            actor=MANAGER,
            at=EARLY,
            page=PAGE,
            review_id=review.key,
        )
    session.flush()
    assert audit.timeline(session, review.key) == before
    assert audit.replay(audit.timeline(session, review.key)).state is ReviewState.UNALLOCATED


def test_a_replay_passes_over_looks(session: Session, programme: Programme) -> None:
    review = make_review(session, programme)
    look = audit.record_view(
        session,
        programme_id=programme.key,
        actor=MANAGER,
        at=EARLY,
        page=PAGE,
        review_id=review.key,
    )
    happened = audit.timeline(session, review.key)
    assert audit.replay([look, *happened, look]) == audit.replay(happened)
