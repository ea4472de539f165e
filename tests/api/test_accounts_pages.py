"""Accounts over the web: one's own, and everybody's for administrators; the record for auditors."""

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import EARLY
from workflow.db import Database
from workflow.models import Account, Programme
from workflow.states import Role

PASSWORD = "three green umbrellas"


@pytest.fixture
def administrator(signed_in: SignIn, programme: Programme) -> TestClient:
    assert programme
    return signed_in(Role.ADMINISTRATOR, user_name="ada", name="Ada Admin")


def test_the_pages_of_accounts_are_valid(administrator: TestClient) -> None:
    for path in ("/account", "/accounts", "/audit", "/audit?kind=account_created"):
        assert faults(parse(administrator.get(path).text)) == []


def test_somebody_is_added_and_comes_in_with_the_code_shown(
    administrator: TestClient, client: TestClient
) -> None:
    wrong = administrator.post("/accounts", data={"user_name": "sam", "name": ""})
    assert wrong.status_code == 422
    assert faults(parse(wrong.text)) == []

    made = administrator.post(
        "/accounts", data={"user_name": "sam", "name": "Sam Example", "role": "manager"}
    )
    code = text_of(parse(made.text).find(".//p[@class='app-code__text']"))
    assert faults(parse(made.text)) == []
    client.post("/start", data={"code": code, "user_name": "sam", "password": PASSWORD})

    form = {"user_name": "sam", "password": PASSWORD}
    assert client.post("/sign-in", data=form, follow_redirects=False).status_code == 303


def test_a_change_of_roles_signs_somebody_out(
    administrator: TestClient, signed_in: SignIn, database: Database
) -> None:
    other = signed_in(Role.MANAGER, user_name="sam")
    with database.read() as session:
        number = session.exec(select(Account).where(Account.user_name == "sam")).one().key
    assert other.get("/decisions").status_code == 200

    done = administrator.post(f"/accounts/{number}/roles", data={"role": "moderator"})

    assert "The roles are changed" in done.text
    assert other.get("/decisions", follow_redirects=False).status_code == 303


def test_disabling_an_account_and_letting_it_in_again(
    administrator: TestClient, signed_in: SignIn, database: Database
) -> None:
    other = signed_in(Role.MANAGER, user_name="sam")
    with database.read() as session:
        number = session.exec(select(Account).where(Account.user_name == "sam")).one().key

    administrator.post(f"/accounts/{number}/act", data={"action": "disable"})

    assert other.get("/decisions", follow_redirects=False).status_code == 303
    again = administrator.post(f"/accounts/{number}/act", data={"action": "enable"})
    assert "Waiting for a password" in again.text
    assert administrator.get("/accounts/999").status_code == 404


def test_nobody_changes_their_own_roles(administrator: TestClient, database: Database) -> None:
    with database.read() as session:
        number = session.exec(select(Account)).one().key

    assert "your own account" in administrator.get(f"/accounts/{number}").text
    refused = administrator.post(f"/accounts/{number}/roles", data={"role": "manager"})
    assert refused.status_code == 409


def test_a_second_factor_is_set_up_and_asked_for_from_then_on(
    signed_in: SignIn, client: TestClient, app: FastAPI, database: Database, programme: Programme
) -> None:
    assert programme
    own = signed_in(Role.MANAGER, user_name="sam", password=PASSWORD)
    refused = own.post("/account/second-factor", data={"password": "not the password"})
    assert refused.status_code == 422
    page = own.post("/account/second-factor", data={"password": PASSWORD})
    assert faults(parse(page.text)) == []
    assert own.get("/account/second-factor.svg").headers["Content-Type"] == "image/svg+xml"
    with database.read() as session:
        secret = session.exec(select(Account)).one().totp_pending or ""

    shown = own.post("/account/second-factor/confirm", data={"code": pyotp.TOTP(secret).at(EARLY)})

    assert "Your recovery codes" in shown.text
    asked = client.post("/sign-in", data={"user_name": "sam", "password": PASSWORD})
    assert asked.status_code == 422
    assert "Security code" in asked.text


def test_one_s_own_password_is_changed_with_the_old_one(
    signed_in: SignIn, programme: Programme
) -> None:
    assert programme
    own = signed_in(Role.MANAGER, user_name="sam", password=PASSWORD)
    wrong = own.post(
        "/account/password", data={"old_password": "no", "new_password": "four blue umbrellas"}
    )
    done = own.post(
        "/account/password", data={"old_password": PASSWORD, "new_password": "four blue umbrellas"}
    )

    assert wrong.status_code == 422
    assert "Your password is changed" in done.text


def test_a_password_meant_for_the_first_time_must_be_changed_first(
    signed_in: SignIn, programme: Programme
) -> None:
    assert programme
    own = signed_in(Role.MANAGER, password=PASSWORD, must_change_password=True)

    answer = own.get("/decisions", follow_redirects=False)

    assert answer.headers["Location"] == "/account"
    assert own.get("/account").status_code == 200
