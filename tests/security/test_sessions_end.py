"""A session that has ended opens nothing at the very next request, whatever ended it (promise S8)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from tests.api.conftest import SignIn
from tests.factories import EARLY, make_actor
from tests.measured import Measured
from workflow import accounts
from workflow.db import Database
from workflow.models import Account, Programme
from workflow.states import Role

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADMINISTRATOR = make_actor(Role.ADMINISTRATOR)
FILE = "security/test_sessions_end.py"
ENDED: set[str] = set()
"""What has ended a session so far."""


def disabled(session: Session, account: Account) -> None:
    accounts.disable(session, account=account, actor=ADMINISTRATOR, now=EARLY)


def given_other_roles(session: Session, account: Account) -> None:
    accounts.change_roles(
        session, account=account, roles=[Role.MANAGER], actor=ADMINISTRATOR, now=EARLY
    )


def given_another_password(session: Session, account: Account) -> None:
    accounts.reset_password(session, account=account, actor=ADMINISTRATOR, now=EARLY)


@pytest.fixture
def visitor(signed_in: SignIn, programme: Programme) -> TestClient:
    del programme
    return signed_in(Role.COORDINATOR)


def told(measured: Measured, end: str) -> None:
    ENDED.add(end)
    is_met, figure = len(ENDED) == 6, f"{len(ENDED)} of 6: {', '.join(sorted(ENDED))}"
    note = "" if is_met else "not all asked"
    replace(measured, test=FILE)("S8", "next request 401 in all six", figure, note, met=is_met)


def is_out(client: TestClient) -> bool:
    page = client.get("/reviews", follow_redirects=False).status_code
    form = client.post("/reviews/allocate", data={}).status_code
    program = client.get("/api/progress").status_code
    return (page, form, program) == (303, 401, 401)


@pytest.mark.parametrize("end", [disabled, given_other_roles, given_another_password])
def test_a_change_of_the_account_ends_it(
    visitor: TestClient,
    database: Database,
    end: Callable[[Session, Account], None],
    measured: Measured,
) -> None:
    assert not is_out(visitor)
    with database.write() as session:
        query = select(Account).order_by(col(Account.id).desc())
        end(session, session.exec(query).first() or pytest.fail("nobody is there"))
    assert is_out(visitor)
    told(measured, end.__name__.replace("_", " "))


def test_signing_out_ends_it_though_the_cookie_is_kept(
    visitor: TestClient, measured: Measured
) -> None:
    token = visitor.cookies["cin_session"]
    answer = visitor.post("/sign-out", follow_redirects=False)
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    visitor.cookies.set("cin_session", token)
    assert is_out(visitor)
    told(measured, "signed out")


@pytest.mark.parametrize(
    "steps", [[timedelta(hours=12)], [timedelta(hours=6 * number) for number in range(1, 5)]]
)
def test_time_ends_it_idle_or_busy(
    app: FastAPI, visitor: TestClient, steps: list[timedelta], measured: Measured
) -> None:
    for step in steps:
        assert not is_out(visitor)
        app.state.clock = lambda step=step: EARLY + step
    assert is_out(visitor)
    told(measured, "idle for long" if len(steps) == 1 else "busy for a day")


def test_on_an_encrypted_connection_the_cookie_is_one_no_other_site_can_set(
    app: FastAPI, programme: Programme, database: Database
) -> None:
    with database.write() as session:
        accounts.create_account(
            session,
            programme=programme,
            user_name="kim",
            name="Kim Example",
            roles=[Role.MANAGER],
            password="three green umbrellas",
            actor=ADMINISTRATOR,
            now=EARLY,
        )
    form = {"user_name": "kim", "password": "three green umbrellas"}
    app.state.settings = app.state.settings.model_copy(update={"base_url": "https://testserver"})
    with TestClient(app, headers={"Origin": "http://testserver"}) as behind_a_proxy:
        answer = behind_a_proxy.post("/sign-in", data=form, follow_redirects=False)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-cin_session=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert "Domain" not in cookie
