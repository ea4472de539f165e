"""Signing in through a provider: who comes in, as what, and that no lie of it gets anybody in."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlmodel import col, select

from api.oidc import Provider
from tests.factories import EARLY, make_actor
from tests.measured import Measured
from tests.security.provider import CLIENT, LIES, SECRET, FakeProvider, provider
from workflow.accounts import create_account, disable
from workflow.db import Database
from workflow.models import Account, Event, Programme
from workflow.settings import Settings
from workflow.states import Role

ADMINISTRATOR = make_actor(Role.ADMINISTRATOR)
GROUPS = {
    "Coordinators": Role.COORDINATOR,
    "Managers": Role.MANAGER,
    "Admins": Role.ADMINISTRATOR,
    "Audit": Role.AUDITOR,
}
REFUSED: set[str] = set()
"""Lies that got nobody in so far."""


@pytest.fixture
def fake(now: datetime) -> Iterator[FakeProvider]:
    with provider(now) as made:
        yield made


@pytest.fixture
def client(
    app: FastAPI, settings: Settings, fake: FakeProvider, programme: Programme
) -> Iterator[TestClient]:
    """A browser at a service that trusts the provider."""
    with_provider = settings.model_copy(
        update={
            "sso_issuer": fake.address,
            "sso_client_id": CLIENT,
            "sso_client_secret": SecretStr(SECRET),
            "sso_roles": GROUPS,
            "sso_agencies": {"Police": "constabulary"},
            "sso_name": "Exampleshire",
        }
    )
    app.state.settings, app.state.provider = with_provider, Provider(with_provider)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client
    app.state.provider = None


def go(client: TestClient, fake: FakeProvider, **person: Any) -> Any:
    """The whole way to the provider and back; gives the last answer."""
    sent = client.get("/sign-in/provider?next=/progress")
    if sent.status_code != 303:
        return sent
    return client.get(fake.sign_in(sent.headers["Location"], **{"groups": ["Managers"], **person}))


def is_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


def refusals(database: Database) -> list[dict[str, Any]]:
    with database.read() as session:
        query = select(Event).where(Event.kind == "sign_in_refused").order_by(col(Event.seq))
        return [event.payload for event in session.exec(query)]


def account_of(database: Database, user_name: str = "kim@example.org") -> Account:
    with database.read() as session:
        return session.exec(select(Account).where(Account.user_name == user_name)).one()


def test_whoever_the_provider_knows_comes_in_with_the_roles_of_their_groups(
    client: TestClient, fake: FakeProvider, database: Database
) -> None:
    done = go(client, fake, groups=["Managers", "Coordinators", "Choir"], name="Kim Example")

    assert (done.status_code, done.headers["Location"]) == (303, "/progress")
    assert is_in(client)
    account = account_of(database)
    assert account.roles == ["coordinator", "manager"]
    assert (account.issuer, account.subject, account.name) == (fake.address, "u-1", "Kim Example")
    assert account.password_hash is None
    assert account.agency == "council"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("lie", LIES)
def test_no_lie_of_a_provider_gets_anybody_in(
    client: TestClient, fake: FakeProvider, database: Database, lie: str, measured: Measured
) -> None:
    fake.lie = lie
    answer = go(client, fake, groups=["Admins"])

    assert answer.status_code == 403
    assert not is_in(client)
    (noted,) = refusals(database)
    assert noted["step"] == "provider"
    assert "kim" not in str(noted)
    REFUSED.add(lie)
    is_met, figure = len(REFUSED) == len(LIES), f"{len(REFUSED)} of {len(LIES)} lies refused"
    measured("S6", "100 %: 403 and an event", figure, "" if is_met else "not all asked", met=is_met)


def test_a_description_of_another_issuer_is_refused_before_anybody_is_sent_there(
    client: TestClient, fake: FakeProvider
) -> None:
    fake.lie = "meta_iss"
    assert client.get("/sign-in/provider").status_code == 403


def test_another_browser_cannot_finish_a_journey(
    client: TestClient,
    fake: FakeProvider,
    app: FastAPI,
    database: Database,
    measured: Measured,
) -> None:
    sent = client.get("/sign-in/provider")
    back = fake.sign_in(sent.headers["Location"], groups=["Managers"])
    with TestClient(app, follow_redirects=False) as victim:
        assert victim.get(back).status_code == 403
        victim.get("/sign-in/provider")
        assert victim.get(back).status_code == 403
        assert not is_in(victim)
    assert [one["why"] for one in refusals(database)] == ["no_journey", "wrong_state"]
    measured("S6", "login CSRF refused", "2 of 2: without a journey, and with another's")


def test_a_journey_and_its_code_are_good_once(
    client: TestClient, fake: FakeProvider, measured: Measured
) -> None:
    sent = client.get("/sign-in/provider")
    cookies = dict(client.cookies)
    back = fake.sign_in(sent.headers["Location"], groups=["Managers"])
    assert client.get(back).status_code == 303
    assert "cin_journey" not in client.cookies
    client.cookies.clear()
    for name, value in cookies.items():
        client.cookies.set(name, value)

    assert client.get(back).status_code == 403
    assert not is_in(client)
    measured("S6", "a code replayed is refused", "403")


def test_a_changed_or_late_journey_is_refused(
    client: TestClient, fake: FakeProvider, app: FastAPI, now: datetime
) -> None:
    sent = client.get("/sign-in/provider")
    back = fake.sign_in(sent.headers["Location"], groups=["Managers"])
    app.state.clock = lambda: now + timedelta(minutes=11)
    assert client.get(back).status_code == 403
    app.state.clock = lambda: now
    client.get("/sign-in/provider")
    client.cookies.set("cin_journey", client.cookies["cin_journey"].replace("W", "X", 1) + "0")
    assert client.get(back).status_code == 403


@pytest.mark.parametrize(
    "query", ["", "?error=access_denied", "?state=x", "?code=x", "?state=x&code=%FF", "?iss=x"]
)
def test_whatever_comes_back_is_refused_and_never_a_failure(
    client: TestClient, database: Database, query: str
) -> None:
    client.get("/sign-in/provider")
    assert client.get(f"/sign-in/provider/back{query}").status_code == 403
    assert len(refusals(database)) == 1


def test_an_address_that_cannot_be_read_is_no_attempt_and_ends_no_journey(
    client: TestClient, fake: FakeProvider, database: Database
) -> None:
    sent = client.get("/sign-in/provider")
    assert client.get("/sign-in/provider/back?state=x&code=%00").status_code == 400
    assert refusals(database) == []
    back = fake.sign_in(sent.headers["Location"], groups=["Managers"])
    assert client.get(back).status_code == 303


def test_somebody_who_says_no_at_the_provider_is_told_so_here(
    client: TestClient, fake: FakeProvider, database: Database
) -> None:
    sent = client.get("/sign-in/provider")
    back = fake.sign_in(sent.headers["Location"])
    state = back.partition("state=")[2]
    answer = client.get(f"/sign-in/provider/back?error=access_denied&state={state}")
    assert answer.status_code == 403
    assert refusals(database)[0]["why"] == "denied"


def test_a_provider_that_changes_its_key_is_understood(
    client: TestClient, fake: FakeProvider
) -> None:
    assert go(client, fake).status_code == 303
    fake.key = type(fake.key).generate_key("P-256", {"kid": "two", "use": "sig"})
    assert go(client, fake).status_code == 303


def test_the_description_is_not_asked_for_at_every_sign_in(
    client: TestClient, fake: FakeProvider
) -> None:
    go(client, fake)
    before = fake.asked
    go(client, fake)
    assert fake.asked == before


def test_a_provider_that_is_down_is_no_failure_of_ours(
    client: TestClient, app: FastAPI, settings: Settings, database: Database
) -> None:
    nowhere = settings.model_copy(
        update={"sso_issuer": "http://127.0.0.1:9", "sso_client_id": CLIENT}
    )
    app.state.settings, app.state.provider = nowhere, Provider(nowhere)
    assert client.get("/sign-in/provider").status_code == 403
    assert refusals(database)[0]["why"] == "provider_down"


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([], "None of your groups"),
        ("Admins", "None of your groups"),
        (["Audit", "Admins"], "auditor"),
    ],
)
def test_who_is_in_no_group_or_in_two_that_exclude_each_other_stays_out(
    client: TestClient, fake: FakeProvider, database: Database, groups: Any, said: str
) -> None:
    answer = go(client, fake, groups=groups)
    assert answer.status_code == 403
    assert said in answer.text
    assert refusals(database)[0]["why"] == "not_admitted"
    with database.read() as session:
        assert not session.exec(select(Account)).all()


def test_the_name_of_an_account_with_a_password_opens_nothing(
    client: TestClient, fake: FakeProvider, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        create_account(
            session,
            programme=programme,
            user_name="kim@example.org",
            name="Kim Example",
            roles=[Role.ADMINISTRATOR],
            password="three green umbrellas",
            actor=ADMINISTRATOR,
            now=EARLY,
        )
    assert go(client, fake).status_code == 403
    assert account_of(database).subject is None


def test_an_account_made_ready_by_an_administrator_becomes_the_persons(
    client: TestClient, fake: FakeProvider, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        create_account(
            session,
            programme=programme,
            user_name="kim@example.org",
            name="Kim Example",
            roles=[Role.MANAGER],
            actor=ADMINISTRATOR,
            now=EARLY,
        )
    assert go(client, fake).status_code == 303
    assert go(client, fake, preferred_username="renamed").status_code == 303
    assert account_of(database).subject == "u-1"
    assert go(client, fake, sub="u-2").status_code == 403


def test_other_groups_end_the_sessions_and_change_the_roles(
    client: TestClient, fake: FakeProvider, app: FastAPI, database: Database
) -> None:
    go(client, fake)
    with TestClient(app, follow_redirects=False) as elsewhere:
        go(elsewhere, fake, groups=["Coordinators"])
        assert is_in(elsewhere)
    assert not is_in(client)
    assert account_of(database).roles == ["coordinator"]


def test_a_disabled_account_and_another_agencys_stay_out(
    client: TestClient, fake: FakeProvider, database: Database
) -> None:
    go(client, fake)
    assert go(client, fake, groups=["Managers", "Police"]).status_code == 403
    with database.write() as session:
        disable(
            session, account=session.exec(select(Account)).one(), actor=ADMINISTRATOR, now=EARLY
        )
    answer = go(client, fake)
    assert answer.status_code == 403
    assert "disabled" in answer.text


def test_the_factor_that_is_asked_for_must_have_been_used(
    client: TestClient, fake: FakeProvider, app: FastAPI
) -> None:
    stricter = app.state.settings.model_copy(update={"sso_required_amr": "mfa"})
    app.state.settings, app.state.provider = stricter, Provider(stricter)
    assert go(client, fake, amr=["pwd"]).status_code == 403
    assert go(client, fake, amr="mfa").status_code == 403
    assert go(client, fake, amr=["pwd", "mfa"]).status_code == 303


def test_the_page_offers_the_provider_and_passwords_can_be_switched_off(
    client: TestClient, fake: FakeProvider, app: FastAPI
) -> None:
    go(client, fake)
    client.cookies.clear()
    page = client.get("/sign-in?next=/progress").text
    assert "Sign in with Exampleshire" in page
    assert "/sign-in/provider?next=%2Fprogress" in page
    assert 'name="password"' in page
    app.state.settings = app.state.settings.model_copy(update={"password_sign_in": False})
    assert 'name="password"' not in client.get("/sign-in").text
    headers = {"Origin": "http://testserver"}
    refused = client.post("/sign-in", data={"user_name": "kim", "password": "x"}, headers=headers)
    assert refused.status_code == 409


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its own calls, in its own thread
def test_a_provider_somebody_else_wrote_lets_people_in(
    client: TestClient, app: FastAPI, database: Database
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports what its own library calls outdated
        mock = pytest.importorskip("oidc_provider_mock")
    claims = {"groups": ["Managers"], "preferred_username": "kim", "name": "Kim Example"}
    app.state.clock = lambda: datetime.now(UTC)
    with mock.run_server_in_thread(user_claims=[mock.User(sub="u-9", claims=claims)]) as server:
        trusted = app.state.settings.model_copy(
            update={"sso_issuer": f"http://localhost:{server.server_port}"}
        )
        app.state.settings, app.state.provider = trusted, Provider(trusted)
        sent = client.get("/sign-in/provider")
        back = httpx2.post(sent.headers["Location"], data={"sub": "u-9"})
        done = client.get(back.headers["Location"])
    assert done.status_code == 303
    assert account_of(database, "kim").subject == "u-9"


def test_without_a_provider_there_is_no_such_page(client: TestClient, app: FastAPI) -> None:
    app.state.provider = None
    assert client.get("/sign-in/provider").status_code == 404
    assert client.get("/sign-in/provider/back").status_code == 404
