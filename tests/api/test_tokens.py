"""Tokens per person: made on the page, sent by programs, and over in many ways."""

import re
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.bearer import Allowance, TooManyRequestsError
from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import make_actor
from workflow.accounts import disable, open_session
from workflow.db import Database
from workflow.models import Account, ApiToken, Event, Programme
from workflow.states import Role

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PASSWORD = "three plain words here"
MAKE = {"token_name": "weekly figures", "days": "90", "token_password": PASSWORD}


@pytest.fixture
def owner(signed_in: SignIn, programme: Programme) -> TestClient:
    """A coordinator with a password, who is signed in."""
    return signed_in(Role.COORDINATOR, password=PASSWORD, user_name="robin")


@pytest.fixture
def token(owner: TestClient) -> str:
    """A token of theirs."""
    return make_token(owner)


@pytest.fixture
def program(app: FastAPI, token: str) -> TestClient:
    """A program that carries it; it says nothing of where its requests come from."""
    headers = {"Authorization": f"Bearer {token}"}
    return TestClient(app, raise_server_exceptions=False, headers=headers)


def make_token(owner: TestClient) -> str:
    answer = owner.post("/account/tokens", data=MAKE)
    assert answer.status_code == 200, answer.text
    assert faults(parse(answer.text)) == []
    (shown,) = re.findall(r"cin_[\w-]{43}", answer.text)
    return str(shown)


def kinds(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(Event.kind).order_by(col(Event.seq))))


def test_a_program_acts_as_the_person_with_their_roles(program: TestClient) -> None:
    said = program.get("/api/me").json()

    assert (said["user_name"], said["roles"]) == ("robin", ["coordinator"])
    assert said["token"] == "weekly figures"
    assert program.get("/api/decisions").status_code == 403
    assert program.post("/api/allocation/1/apply").status_code == 404


@ON_SQLITE
def test_only_a_hash_of_the_token_is_kept_and_the_page_shows_it_once(
    owner: TestClient, token: str, database: Database
) -> None:
    with database.read() as session:
        (kept,) = session.exec(select(ApiToken))
    later = owner.get("/account").text

    assert token not in repr(kept.model_dump())
    assert token not in later
    assert f"… {token[-4:]}" in later
    assert faults(parse(later)) == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"token_password": "something else entirely"}, "Your present password is not right."),
        ({"token_name": " "}, "Say what the token is for"),
        ({"token_name": "x" * 61}, "Say what the token is for"),
        ({"days": "366"}, "Choose from 1 to 365 days."),
        ({"days": "soon"}, "Choose from 1 to 365 days."),
    ],
)
def test_what_cannot_be_made_is_said_at_its_field(
    owner: TestClient, change: dict[str, str], sentence: str
) -> None:
    answer = owner.post("/account/tokens", data=MAKE | change)

    assert answer.status_code == 422
    assert sentence in text_of(parse(answer.text).find(".//main"))
    assert PASSWORD not in answer.text


def test_a_revoked_token_opens_nothing(
    owner: TestClient, program: TestClient, database: Database
) -> None:
    with database.read() as session:
        number = session.exec(select(ApiToken.id)).one()
    assert program.get("/api/me").status_code == 200
    owner.post(f"/account/tokens/{number}/revoke")
    answer = program.get("/api/me")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert [kind for kind in kinds(database) if kind.startswith("token")] == [
        "token_made",
        "token_used",
        "token_revoked",
    ]


def test_nobody_revokes_the_token_of_somebody_else(
    program: TestClient, signed_in: SignIn, database: Database
) -> None:
    with database.read() as session:
        number = session.exec(select(ApiToken.id)).one()
    other = signed_in(Role.ADMINISTRATOR)

    assert other.post(f"/account/tokens/{number}/revoke").status_code == 404
    assert program.get("/api/me").status_code == 200


@ON_SQLITE
def test_a_token_ends_with_the_password_it_was_made_with(
    owner: TestClient, program: TestClient
) -> None:
    new = {"old_password": PASSWORD, "new_password": "heather lighthouse mug"}
    assert owner.post("/account/password", data=new).history[0].status_code == 303

    assert program.get("/api/me").status_code == 401
    assert "Ended: your account changed" in owner.get("/account").text


@ON_SQLITE
def test_a_token_ends_when_the_account_is_disabled(
    program: TestClient, database: Database, now: datetime
) -> None:
    with database.write() as session:
        robin = session.exec(select(Account).where(Account.user_name == "robin")).one()
        disable(session, account=robin, actor=make_actor(Role.ADMINISTRATOR), now=now)

    assert program.get("/api/me").status_code == 401


@ON_SQLITE
def test_a_token_ends_by_itself(app: FastAPI, program: TestClient, now: datetime) -> None:
    app.state.clock = lambda: now + timedelta(days=90, seconds=-1)
    assert program.get("/api/me").status_code == 200
    app.state.clock = lambda: now + timedelta(days=90)

    assert program.get("/api/me").status_code == 401


@ON_SQLITE
def test_with_a_token_the_cookie_counts_for_nothing(owner: TestClient) -> None:
    """Otherwise a page of another site could use the cookie by sending any token at all."""
    sent = {"Authorization": "Bearer cin_nonsense"}

    assert owner.get("/api/me").status_code == 200
    assert owner.get("/api/me", headers=sent).status_code == 401
    assert owner.post("/sign-out", headers=sent).status_code == 401


@ON_SQLITE
def test_a_token_opens_no_page(program: TestClient, database: Database) -> None:
    """Pages show secrets, such as the key of an authenticator; they are for people."""
    assert program.get("/account").status_code == 401
    assert program.post("/account/tokens", data=MAKE).status_code == 401
    assert "token_made" in kinds(database)


@ON_SQLITE
def test_without_a_token_a_change_must_come_from_our_own_pages(owner: TestClient) -> None:
    other = {"Origin": "https://elsewhere.example"}
    answer = owner.post("/api/allocation/preview", json={}, headers=other)

    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"


@ON_SQLITE
def test_one_person_has_ten_tokens_at_most(owner: TestClient) -> None:
    for _ in range(10):
        make_token(owner)

    assert owner.post("/account/tokens", data=MAKE).status_code == 409


@ON_SQLITE
def test_who_signs_in_elsewhere_makes_a_token_without_a_password(
    app: FastAPI, owner: TestClient, database: Database, now: datetime
) -> None:
    with database.write() as session:
        robin = session.exec(select(Account).where(Account.user_name == "robin")).one()
        robin.password_hash, robin.issuer, robin.subject = None, "https://id.example", "7"
        cookie = open_session(session, account=robin, now=now)
    owner.cookies.set("cin_session", cookie)

    assert "token_password" not in owner.get("/account").text
    assert owner.post("/account/tokens", data=MAKE | {"token_password": ""}).status_code == 200


@ON_SQLITE
def test_a_program_that_asks_too_fast_is_told_how_long_to_wait(
    app: FastAPI, program: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state, "allowance", Allowance(burst=2, per_second=0.1))
    statuses = [program.get("/api/me").status_code for _ in range(3)]
    answer = program.get("/api/me")

    assert statuses == [200, 200, 429]
    assert answer.headers["Retry-After"] == "10"
    assert answer.json()["type"] == "urn:cin-review:problem:too-many-requests"


def test_the_allowance_refills_with_time(now: datetime) -> None:
    allowance = Allowance(burst=1, per_second=0.5)
    allowance.take("one", now)
    allowance.take("another", now)
    with pytest.raises(TooManyRequestsError, match="Wait 2 seconds"):
        allowance.take("one", now)
    allowance.take("one", now + timedelta(seconds=2))
