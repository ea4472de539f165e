"""Managers decide: the queue, a submission, escalations."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import EARLY, as_actor, make_actor, make_form, make_review, make_reviewer
from workflow import reviews
from workflow.db import Database
from workflow.escalations import raise_escalation
from workflow.models import Escalation, EscalationKind, Programme, Review, Reviewer
from workflow.policy import ModerationPolicy, Policy, TrackingPolicy
from workflow.states import Action, ReviewState, Role

COORDINATOR = make_actor(Role.COORDINATOR)
NEVER_DRAWN = {"moderation": {"share": 0.0, "first_reviews": 0}}


@pytest.fixture
def author(database: Database, programme: Programme) -> Reviewer:
    """Who wrote the submission of CIN-40001; nothing is drawn for moderation."""
    with database.write() as session:
        session.get_one(Programme, programme.key).policy = NEVER_DRAWN
        reviewer = make_reviewer(session, programme, name="Robin Reader")
        review = make_review(session, programme, reference="CIN-40001")
        reviews.allocate(
            session,
            review=review,
            reviewer_id=reviewer.key,
            due_on=None,
            actor=COORDINATOR,
            now=EARLY,
        )
        actor = as_actor(reviewer)
        reviews.act(session, review_id=review.key, action=Action.START, actor=actor, now=EARLY)
        reviews.submit(
            session,
            review_id=review.key,
            form=make_form(answers={"outcome": "remain_cin", "reasons": "The plan works."}),
            actor=actor,
            now=EARLY,
            programme=programme,
            policy=Policy(moderation=ModerationPolicy(share=0.0, first_reviews=0)),
        )
    return reviewer


def state(database: Database) -> ReviewState:
    with database.read() as session:
        return session.exec(select(Review)).one().state


@pytest.mark.usefixtures("author")
def test_the_queue_and_a_submission_are_valid_pages(manager: TestClient) -> None:
    queue, page = manager.get("/decisions"), manager.get("/decisions/CIN-40001")

    assert faults(parse(queue.text)) == []
    assert faults(parse(page.text)) == []
    assert "CIN-40001" in queue.text
    assert "The plan works." in page.text


@pytest.mark.usefixtures("author")
def test_a_manager_confirms_an_outcome(manager: TestClient, database: Database) -> None:
    done = manager.post("/decisions/CIN-40001", data={"action": "confirm"})

    assert "The review is complete" in done.text
    assert state(database) is ReviewState.COMPLETE


@pytest.mark.both_databases
@pytest.mark.usefixtures("author")
def test_returning_needs_a_reason_and_of_two_managers_one_is_told(
    manager: TestClient, signed_in: SignIn, database: Database
) -> None:
    other = signed_in(Role.MANAGER)
    with database.read() as session:
        version = str(session.exec(select(Review)).one().version)
    empty = manager.post("/decisions/CIN-40001", data={"action": "return", "version": version})
    assert empty.status_code == 422

    form = {"action": "return", "reason": "Say when she was seen", "version": version}
    assert (
        manager.post("/decisions/CIN-40001", data=form, follow_redirects=False).status_code == 303
    )
    late = other.post(
        "/decisions/CIN-40001", data=form | {"reason": "The grade does not fit the text"}
    )

    assert late.status_code == 409
    assert "The grade does not fit the text" in late.text
    assert state(database) is ReviewState.RETURNED


def test_nobody_decides_on_their_own_review(
    signed_in: SignIn, database: Database, author: Reviewer
) -> None:
    own = signed_in(Role.REVIEWER, Role.MANAGER, reviewer=author)

    page = own.get("/decisions/CIN-40001")
    refused = own.post("/decisions/CIN-40001", data={"action": "confirm"})

    assert "their own review" in page.text
    assert refused.status_code == 409
    assert state(database) is ReviewState.SUBMITTED


@pytest.mark.usefixtures("author")
def test_a_coordinator_decides_nothing(coordinating: TestClient) -> None:
    assert coordinating.get("/decisions/CIN-40001").status_code == 403
    assert coordinating.post("/decisions/CIN-40001", data={"action": "confirm"}).status_code == 403


@pytest.mark.usefixtures("author")
def test_an_escalation_is_taken_on_and_closed_with_what_was_done(
    manager: TestClient, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        raise_escalation(
            session,
            review=session.exec(select(Review)).one(),
            kind=EscalationKind.IMMEDIATE,
            reason="Bruises, and nobody can say from what",
            actor=COORDINATOR,
            now=EARLY - timedelta(days=1),
            calendar=programme.calendar,
            policy=TrackingPolicy(),
        )
        session.flush()
        number = session.exec(select(Escalation)).one().key
    page = manager.get("/escalations")
    assert faults(parse(page.text)) == []
    assert "Should have been acknowledged" in page.text

    manager.post(f"/escalations/{number}/acknowledge")
    empty = manager.post(f"/escalations/{number}/close", data={"outcome": " "})
    done = manager.post(
        f"/escalations/{number}/close", data={"outcome": "Strategy discussion held"}
    )

    assert empty.status_code == 422
    assert faults(parse(empty.text)) == []
    assert "No escalation is open" in text_of(parse(done.text).find(".//main"))
    assert manager.post("/escalations/999/acknowledge").status_code == 404
