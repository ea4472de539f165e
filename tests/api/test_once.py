"""A request sent twice is carried out once and answered the same, on both databases."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlmodel import func, select

from api.once import HEADER, REPEATED
from tests.api.conftest import SignIn
from workflow.db import Database
from workflow.models import Case, Escalation, Event, KeptAnswer, Programme, Review, Reviewer
from workflow.states import ReviewState, Role

KEY = "a-key-of-a-program-1"
WORRIED = {"kind": "same_day", "reason": "SYNTHETIC worry"}


@pytest.fixture
def held(database: Database, caseload: Programme) -> str:
    """Reference of a review that its reviewer writes."""
    with database.write() as session:
        review = session.exec(select(Review).order_by(Review.id)).first()
        reviewer = session.exec(select(Reviewer).order_by(Reviewer.id)).first()
        review.state, review.reviewer_id = ReviewState.IN_PROGRESS, reviewer.key
        return session.get_one(Case, review.case_id).reference


@pytest.fixture
def reviewing(database: Database, held: str, signed_in: SignIn) -> TestClient:
    with database.read() as session:
        reviewer = session.exec(select(Reviewer).order_by(Reviewer.id)).first()
    return signed_in(Role.REVIEWER, reviewer=reviewer)


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def form_key(page: str) -> str:
    found = re.search(r'name="once" value="([0-9a-f]{32})"', page)
    assert found, "the form has no key"
    return found[1]


@pytest.mark.both_databases
def test_a_form_sent_twice_raises_one_escalation(
    database: Database, reviewing: TestClient, held: str
) -> None:
    path = f"/my-reviews/{held}/escalate"
    form = WORRIED | {"once": form_key(reviewing.get(path).text)}
    first, second = (reviewing.post(path, data=form, follow_redirects=False) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    for header in ("location", "set-cookie", "content-security-policy"):
        assert first.headers[header] == second.headers[header]
    assert REPEATED not in first.headers
    assert second.headers[REPEATED] == "true"
    assert count(database, Escalation) == 1


def test_going_back_and_sending_something_else_is_no_repeat(
    database: Database, reviewing: TestClient, held: str
) -> None:
    path = f"/my-reviews/{held}/escalate"
    key = {"once": form_key(reviewing.get(path).text)}
    reviewing.post(path, data=WORRIED | key)
    reviewing.post(path, data=WORRIED | key | {"reason": "SYNTHETIC other worry"})
    assert count(database, Escalation) == 2


def test_every_form_of_every_page_has_a_key_of_its_own(reviewing: TestClient, held: str) -> None:
    path = f"/my-reviews/{held}/escalate"
    assert form_key(reviewing.get(path).text) != form_key(reviewing.get(path).text)


def test_a_program_that_repeats_gets_the_same_document(
    database: Database, reviewing: TestClient, held: str
) -> None:
    path = f"/api/my-reviews/{held}/escalate"
    first, second = (reviewing.post(path, json=WORRIED, headers={HEADER: KEY}) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 201
    assert count(database, Escalation) == 1


def test_a_key_is_not_taken_for_something_else(
    database: Database, reviewing: TestClient, held: str
) -> None:
    path, key = f"/api/my-reviews/{held}/escalate", {HEADER: KEY}
    reviewing.post(path, json=WORRIED, headers=key)
    other = reviewing.post(path, json=WORRIED | {"reason": "SYNTHETIC"}, headers=key)
    assert other.status_code == 422
    assert reviewing.post(path, json=WORRIED, headers={HEADER: "short"}).status_code == 422
    assert count(database, Escalation) == 1


def test_a_refusal_is_not_kept(database: Database, reviewing: TestClient, held: str) -> None:
    path, key = f"/api/my-reviews/{held}/escalate", {HEADER: KEY}
    assert reviewing.post(path, json=WORRIED | {"reason": ""}, headers=key).status_code == 422
    assert reviewing.post(path, json=WORRIED, headers=key).status_code == 201
    assert count(database, KeptAnswer) == 1


@pytest.mark.both_databases
def test_two_clicks_at_once_are_one(database: Database, reviewing: TestClient, held: str) -> None:
    path = f"/my-reviews/{held}/escalate"
    form = WORRIED | {"once": form_key(reviewing.get(path).text)}
    together = threading.Barrier(2)

    def click(_: int) -> tuple[int, str]:
        together.wait()
        answer = reviewing.post(path, data=form, follow_redirects=False)
        return answer.status_code, answer.headers.get("location", answer.text)

    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(click, range(2)))
    assert answers[0] == answers[1]
    assert count(database, Escalation) == 1
    with database.read() as session:
        kinds = session.exec(select(Event.kind)).all()
    assert kinds.count("escalation_raised") == 1
