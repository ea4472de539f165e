"""A thousand guesses get ten answers, for people who exist and who do not (promises S7 and S14)."""

from statistics import median
from time import perf_counter
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.conftest import ORIGIN
from tests.factories import EARLY, make_actor
from tests.measured import Measured
from workflow.accounts import create_account, signing_in
from workflow.db import Database
from workflow.models import Programme, SignInAttempt
from workflow.states import Role

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PASSWORD = "three green umbrellas"
TIMED = 25
HOW_MANY = [40, pytest.param(1000, marks=pytest.mark.soak)]


@pytest.fixture
def kim(database: Database, programme: Programme) -> str:
    with database.write() as session:
        create_account(
            session,
            programme=programme,
            user_name="kim",
            name="Kim Example",
            roles=[Role.ADMINISTRATOR],
            password=PASSWORD,
            actor=make_actor(Role.ADMINISTRATOR),
            now=EARLY,
        )
    return "kim"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Counts passwords that are really hashed, and saves the time of it."""
    checker = Mock(return_value=False)
    monkeypatch.setattr(signing_in, "verify_password", checker)
    return checker


def guess(client: TestClient, name: str, **headers: str) -> str:
    form = {"user_name": name, "password": "a wrong one"}
    answer = client.post("/sign-in", data=form, headers=headers)
    assert answer.status_code == 422
    return answer.text.replace(name, "…")


@pytest.mark.parametrize("how_many", HOW_MANY)
@pytest.mark.parametrize("name", ["kim", "nobody.there"])
def test_so_many_guesses_at_one_name_get_ten_hashes(
    client: TestClient, kim: str, hashed: Mock, name: str, how_many: int, measured: Measured
) -> None:
    said = [guess(client, name) for _ in range(how_many)]
    assert hashed.call_count == 10
    assert [len(set(said[:10])), len(set(said[10:]))] == [1, 1]
    assert "Too many attempts" in said[-1]
    figure = f"{hashed.call_count} of {how_many} guesses hashed, known and unknown names alike"
    measured("S7", "≤ 10 per 5 min per name and per address", figure)


def test_guesses_at_a_known_and_an_unknown_name_read_the_same(
    client: TestClient, kim: str, hashed: Mock
) -> None:
    known = [guess(client, kim) for _ in range(5)]
    unknown = [guess(client, "nobody.there") for _ in range(5)]
    assert known == unknown


def test_another_name_each_time_and_a_forged_address_help_nobody(
    client: TestClient, kim: str, hashed: Mock
) -> None:
    for number in range(30):
        guess(client, f"name{number}", **{"X-Forwarded-For": f"10.0.0.{number}"})
    assert hashed.call_count == 10


def test_the_right_password_does_not_help_after_ten_wrong_ones(
    app: FastAPI, kim: str, hashed: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(app, headers=ORIGIN) as client:
        for _ in range(10):
            guess(client, kim)
        hashed.return_value = True
        form = {"user_name": kim, "password": PASSWORD}
        assert client.post("/sign-in", data=form).status_code == 422
    assert hashed.call_count == 10


def test_a_guessed_session_is_nobodys(client: TestClient, kim: str) -> None:
    guesses = ["", "0", "a" * 43, "../../etc/passwd", "' OR 1=1 --", "%00", kim, "é"]
    for token in guesses:
        cookie = f"cin_session={token}".encode("latin-1", "replace")
        answer = client.get("/account", headers={"Cookie": cookie}, follow_redirects=False)
        assert answer.status_code == 303, token


def test_codes_of_people_who_never_had_one_are_limited_too(client: TestClient, kim: str) -> None:
    form = {"code": "AAAA-BBBB", "user_name": kim, "password": PASSWORD}
    said = [client.post("/start", data=form).text for _ in range(12)]
    assert "Too many attempts" not in said[9]
    assert "Too many attempts" in said[10]


@pytest.mark.soak
@pytest.mark.usefixtures("slow_passwords")
def test_an_unknown_name_takes_as_long_as_a_known_one(
    client: TestClient, database: Database, programme: Programme, measured: Measured
) -> None:
    with database.write() as session:
        for number in range(TIMED):
            create_account(
                session,
                programme=programme,
                user_name=f"known{number}",
                name="Kim Example",
                roles=[Role.MANAGER],
                password=PASSWORD,
                actor=make_actor(Role.ADMINISTRATOR),
                now=EARLY,
            )
    taken: dict[str, list[float]] = {"known": [], "other": []}
    for number in range(TIMED):
        for kind, times in taken.items():
            with database.write() as session:  # the limit per address is not what is timed
                session.exec(sa.delete(SignInAttempt))
            began = perf_counter()
            guess(client, f"{kind}{number}")
            times.append(perf_counter() - began)
    known, other = (median(times) * 1000 for times in taken.values())
    assert abs(known - other) < 0.15 * known
    measured("S7", "no enumeration by time", f"median {known:.0f} ms known, {other:.0f} ms unknown")
