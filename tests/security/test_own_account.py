"""A password alone may not be enough, and whoever is signed in elsewhere can end that."""

from typing import Any

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse
from tests.factories import EARLY
from workflow.accounts import open_session
from workflow.db import Database
from workflow.models import Account, Programme
from workflow.states import Role

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PASSWORD = "three green umbrellas"


@pytest.fixture
def kim(signed_in: SignIn, programme: Programme) -> TestClient:
    del programme
    return signed_in(Role.COORDINATOR, password=PASSWORD)


def ask_for_factor(app: FastAPI, **update: Any) -> None:
    wanted = {"require_second_factor": True, **update}
    app.state.settings = app.state.settings.model_copy(update=wanted)


def test_before_a_second_factor_is_set_up_nothing_else_opens(
    app: FastAPI, kim: TestClient, database: Database
) -> None:
    ask_for_factor(app)
    away = kim.get("/reviews", follow_redirects=False)
    assert (away.status_code, away.headers["Location"]) == (303, "/account")
    refused = kim.get("/api/progress")
    assert (refused.status_code, refused.json()["detail"]) == (403, "Set up a second factor first.")
    page = kim.get("/account")
    assert "a password alone opens nothing here" in page.text
    assert faults(parse(page.text)) == []

    kim.post("/account/second-factor", data={"password": PASSWORD})
    with database.read() as session:
        secret = session.exec(select(Account)).one().totp_pending
    kim.post("/account/second-factor/confirm", data={"code": pyotp.TOTP(secret).at(EARLY)})
    assert kim.get("/reviews").status_code == 200


def test_who_signs_in_through_a_provider_needs_no_second_factor_of_ours(
    app: FastAPI, signed_in: SignIn, programme: Programme
) -> None:
    ask_for_factor(app)
    assert signed_in(Role.COORDINATOR).get("/reviews").status_code == 200


def test_the_other_browsers_are_listed_and_signed_out_with_the_password(
    app: FastAPI, kim: TestClient, database: Database
) -> None:
    with database.write() as session:
        token = open_session(session, account=session.exec(select(Account)).one(), now=EARLY)
    page = kim.get("/account").text
    assert page.count("Another browser") == 1
    assert page.count("This browser") == 1
    wrong = kim.post("/account/sessions/end", data={"session_password": "a wrong one"})
    assert wrong.status_code == 422
    assert "a wrong one" not in wrong.text
    with TestClient(app, cookies={"cin_session": token}) as elsewhere:
        assert elsewhere.get("/account").status_code == 200
        done = kim.post("/account/sessions/end", data={"session_password": PASSWORD})
        assert "Signed out at 1 other browsers." in done.text
        assert elsewhere.get("/account", follow_redirects=False).status_code == 303
    assert kim.get("/account").status_code == 200
