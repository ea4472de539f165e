"""Signing in and out, one-time codes, and the door in front of every page."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.access import ACCESS, Open, check_complete
from tests.api.conftest import ORIGIN, SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import EARLY, make_actor
from workflow.accounts import create_account, invite, issue_setup_code
from workflow.db import Database
from workflow.models import Programme
from workflow.states import Role

PASSWORD = "three green umbrellas"
ADMINISTRATOR = make_actor(Role.ADMINISTRATOR)


@pytest.fixture
def account(database: Database, programme: Programme) -> str:
    """The user name of a coordinator with a password."""
    with database.write() as session:
        create_account(
            session,
            programme=programme,
            user_name="kim@example.org",
            name="Kim Example",
            roles=[Role.COORDINATOR],
            password=PASSWORD,
            actor=ADMINISTRATOR,
            now=EARLY,
        )
    return "kim@example.org"


def plain_addresses() -> list[str]:
    """Those without a number in them."""
    return [key.removeprefix("GET ") for key in ACCESS if key.startswith("GET ") and "{" not in key]


def test_whoever_is_not_signed_in_is_asked_to_and_brought_back(
    client: TestClient, account: str
) -> None:
    asked = client.get("/reviews?view=overdue", follow_redirects=False)
    assert asked.status_code == 303
    onward = parse_qs(urlsplit(asked.headers["Location"]).query)["next"][0]

    form = {"user_name": account, "password": PASSWORD, "next": onward}
    done = client.post("/sign-in", data=form, follow_redirects=False)

    assert (done.status_code, done.headers["Location"]) == (303, "/reviews?view=overdue")
    assert client.get(done.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil", "javascript:1"]
)
def test_signing_in_never_leads_to_another_site(
    client: TestClient, account: str, onward: str
) -> None:
    form = {"user_name": account, "password": PASSWORD, "next": onward}

    assert client.post("/sign-in", data=form, follow_redirects=False).headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(
    client: TestClient, account: str
) -> None:
    answers = [
        client.post("/sign-in", data={"user_name": name, "password": "wrong wrong wrong"})
        for name in (account, "nobody@example.org")
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    said = [text_of(parse(answer.text).find(".//main")) for answer in answers]
    assert said[0] == said[1]
    assert "not right" in said[0]
    assert "wrong wrong" not in answers[0].text


def test_the_cookie_is_for_this_site_and_for_no_script(client: TestClient, account: str) -> None:
    done = client.post(
        "/sign-in", data={"user_name": account, "password": PASSWORD}, follow_redirects=False
    )
    cookie = done.headers["Set-Cookie"]

    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))


def test_signing_out_ends_the_session_at_the_server(coordinating: TestClient) -> None:
    token = coordinating.cookies["cin_session"]
    coordinating.post("/sign-out", follow_redirects=False)
    coordinating.cookies.set("cin_session", token)

    assert coordinating.get("/reviews", follow_redirects=False).status_code == 303


def test_a_session_ends_when_it_was_idle_for_a_working_day(
    app: FastAPI, coordinating: TestClient
) -> None:
    assert coordinating.get("/reviews").status_code == 200
    app.state.clock = lambda: EARLY + timedelta(hours=13)

    assert coordinating.get("/reviews", follow_redirects=False).status_code == 303


def test_the_first_administrator_comes_in_with_the_one_time_code(
    client: TestClient, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        code = issue_setup_code(session, programme=programme, actor=ADMINISTRATOR, now=EARLY)
    assert client.get("/sign-in").url.path == "/start"
    form = {"code": code, "user_name": "ada", "name": "Ada Example", "password": PASSWORD}

    done = client.post("/start", data=form)
    again = client.post("/start", data=form | {"user_name": "eve"})

    assert "The password is set" in done.text
    assert again.status_code == 422
    form = {"user_name": "ada", "password": PASSWORD}
    assert client.post("/sign-in", data=form, follow_redirects=False).status_code == 303


def test_an_invited_person_chooses_a_password_and_a_weak_one_is_refused(
    client: TestClient, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        made = create_account(
            session,
            programme=programme,
            user_name="sam",
            name="Sam Example",
            roles=[Role.MANAGER],
            actor=ADMINISTRATOR,
            now=EARLY,
        )
        session.flush()
        code = invite(session, account=made, actor=ADMINISTRATOR, now=EARLY)

    weak = client.post("/start", data={"code": code, "user_name": "sam", "password": "short"})
    done = client.post("/start", data={"code": code, "user_name": "sam", "password": PASSWORD})

    assert weak.status_code == 422
    assert faults(parse(weak.text)) == []
    assert code in weak.text
    assert "The password is set" in done.text


@pytest.mark.usefixtures("programme")
@pytest.mark.parametrize("path", ["/sign-in", "/start"])
def test_the_pages_before_signing_in_are_valid(client: TestClient, path: str, account: str) -> None:
    assert account
    assert faults(parse(client.get(path).text)) == []


def test_a_stranger_is_asked_to_sign_in_at_every_page(client: TestClient, account: str) -> None:
    assert account
    closed = [path for path in plain_addresses() if ACCESS[f"GET {path}"] is not Open.TO_ALL]
    answers = {path: client.get(path, follow_redirects=False).status_code for path in closed}

    assert {path: status for path, status in answers.items() if status not in (303, 401)} == {}


@pytest.mark.both_databases
@pytest.mark.usefixtures("caseload")
def test_every_page_is_read_from_either_database(signed_in: SignIn) -> None:
    visitor = signed_in(*(set(Role) - {Role.MODERATOR, Role.AUDITOR}))
    answers = {path: visitor.get(path).status_code for path in plain_addresses()}

    assert {path: status for path, status in answers.items() if status >= 500} == {"/readyz": 503}


def test_an_app_with_a_route_that_has_no_rule_does_not_start(app: FastAPI) -> None:
    app.add_api_route("/unguarded", lambda: None)

    with pytest.raises(RuntimeError, match="GET /unguarded"):
        check_complete(app)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:8080"},
        {"Origin": "https://testserver"},
        {"Sec-Fetch-Site": "cross-site", **ORIGIN},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_what_another_site_sends_is_refused_before_anything_is_read(
    app: FastAPI, headers: dict[str, str]
) -> None:
    with TestClient(app) as stranger:
        answer = stranger.post("/sign-in", data={"user_name": "x"}, headers=headers)

    assert answer.status_code == 403
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_sent_after_the_session_ended_gets_its_text_back(client: TestClient) -> None:
    answer = client.post("/reviews/CIN-1/act", data={"reason": "A long reason", "version": "3"})

    assert answer.status_code == 401
    assert "A long reason" in answer.text
    assert faults(parse(answer.text)) == []
