"""The inbox and its count on every page; what became of messages."""

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import as_actor, make_actor, make_review, make_reviewer
from workflow import reviews
from workflow.db import Database
from workflow.escalations import raise_escalation
from workflow.models import Delivery, EscalationKind, Programme, Review, Sending
from workflow.notifications.sending import claim, settle_failed
from workflow.policy import TrackingPolicy
from workflow.states import Role


@pytest.fixture
def told(
    database: Database, programme: Programme, signed_in: SignIn, now: datetime
) -> tuple[TestClient, Review]:
    """A reviewer to whom a review was allocated."""
    with database.write() as session:
        reviewer = make_reviewer(session, programme)
        review = make_review(session, programme, reference="CIN-00007")
    client = signed_in(Role.REVIEWER, reviewer=reviewer, user_name="alex@example.org")
    with database.write() as session:
        reviews.allocate(
            session,
            review=session.get_one(Review, review.key),
            reviewer_id=reviewer.key,
            due_on=None,
            actor=make_actor(Role.COORDINATOR),
            now=now,
        )
    return client, review


def test_the_inbox_says_what_came_and_links_to_it(told: tuple[TestClient, Review]) -> None:
    client, _ = told
    tree = parse(client.get("/inbox").text)

    assert faults(tree) == []
    said = text_of(tree.find(".//main"))
    assert "1 review is allocated to you" in said
    assert "CIN-00007" in said
    assert "/my-reviews" in [link.get("href") for link in tree.iter("a")]


def test_every_page_counts_what_is_unread_until_it_is_read(
    told: tuple[TestClient, Review],
) -> None:
    client, _ = told
    assert "Inbox 1 unread" in text_of(parse(client.get("/my-reviews").text).find(".//header"))
    (message,) = client.get("/api/inbox").json()["messages"]

    answer = client.post("/inbox/read", data={"number": message["number"]})

    assert "1 message marked as read." in text_of(parse(answer.text))
    assert "unread" not in text_of(parse(client.get("/my-reviews").text).find(".//header"))
    assert client.get("/api/inbox").json()["messages"][0]["read_at"] is not None


def test_all_is_marked_as_read_at_once_by_page_and_by_program(
    told: tuple[TestClient, Review],
) -> None:
    client, _ = told
    assert client.post("/api/inbox/read", json={}).json() == {"marked": 1}
    assert client.post("/inbox/read").status_code == 200
    assert client.get("/api/inbox").json()["unread"] == 0


def test_somebody_elses_message_answers_like_none(
    told: tuple[TestClient, Review], signed_in: SignIn
) -> None:
    client, _ = told
    number = client.get("/api/inbox").json()["messages"][0]["number"]
    other = signed_in(Role.MANAGER)

    foreign = other.post("/api/inbox/read", json={"numbers": [number]})
    missing = other.post("/api/inbox/read", json={"numbers": [999_999]})

    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace(str(number), "N") == missing.text.replace("999999", "N")
    assert client.get("/api/inbox").json()["unread"] == 1


@pytest.mark.parametrize("number", ["", "x", "²", "9" * 30])
def test_what_is_no_number_of_a_message_is_refused(
    told: tuple[TestClient, Review], number: str
) -> None:
    assert told[0].post("/inbox/read", data={"number": number}).status_code == 422


@pytest.mark.usefixtures("programme")
def test_an_empty_inbox_says_what_will_come(manager: TestClient) -> None:
    tree = parse(manager.get("/inbox?page=7").text)

    assert faults(tree) == []
    assert "There is nothing in your inbox." in text_of(tree.find(".//main"))


def test_an_escalation_stands_in_the_inbox_of_those_on_duty_at_once(
    manager: TestClient, database: Database, programme: Programme, now: datetime
) -> None:
    with database.write() as session:
        reviewer = make_reviewer(session, programme)
        review = make_review(session, programme, reference="CIN-00099")
        raise_escalation(
            session,
            review=review,
            kind=EscalationKind.IMMEDIATE,
            reason="a SECRET reason",
            actor=as_actor(reviewer),
            now=now,
            calendar=programme.calendar,
            policy=TrackingPolicy(),
        )

    text = manager.get("/inbox").text

    assert "A child may be unsafe" in text
    assert "CIN-00099" in text
    assert "SECRET" not in text


def test_a_long_inbox_has_pages(
    manager: TestClient, database: Database, programme: Programme, now: datetime
) -> None:
    with database.write() as session:
        for _ in range(26):
            raise_escalation(
                session,
                review=make_review(session, programme),
                kind=EscalationKind.SAME_DAY,
                reason="because",
                actor=make_actor(Role.REVIEWER),
                now=now,
                calendar=programme.calendar,
                policy=TrackingPolicy(),
            )
    first, second = (parse(manager.get(f"/inbox?page={page}").text) for page in (1, 2))

    assert len(first.findall(".//main//li")) == 25
    assert len(second.findall(".//main//li")) == 1
    assert faults(first) == faults(second) == []


def test_what_could_not_be_sent_is_shown_and_sent_again(
    told: tuple[TestClient, Review],
    coordinating: TestClient,
    database: Database,
    now: datetime,
) -> None:
    with database.write() as session:
        (mine,) = claim(session, Delivery, mark="a", now=now)
        settle_failed(session, mine, error="The server refuses (550).", now=now, is_final=True)
    tree = parse(coordinating.get("/notifications").text)
    assert faults(tree) == []
    assert "The server refuses (550)." in text_of(tree.find(".//main"))
    assert "alex@example.org" not in text_of(tree)

    answer = coordinating.post("/notifications/again")

    assert "1 message or signal will be sent again." in text_of(parse(answer.text))
    with database.read() as session:
        again = session.exec(select(Delivery)).one()
    assert (again.sending, again.attempts) == (Sending.WAITING, 0)
    assert coordinating.get("/api/notifications").json()["emails"]["waiting"] == 1
    assert again.next_try_at <= now + timedelta(seconds=1)


@pytest.mark.usefixtures("programme")
def test_reviewers_do_not_see_what_became_of_messages(told: tuple[TestClient, Review]) -> None:
    assert told[0].get("/notifications").status_code == 403
