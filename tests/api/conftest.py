"""The app over a test database, and a programme with a caseload and a forecast."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlmodel import SQLModel, col, select

from api.app import create_app
from api.visitor import guard
from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, make_actor, make_programme, make_review, make_reviewer
from workflow.accounts import create_account, open_session
from workflow.db import Database
from workflow.forecast.stored import forecast_programme
from workflow.models import Programme, Reviewer, StoredForecast
from workflow.policy import Policy
from workflow.row_security import AT_THE_DOOR
from workflow.settings import Settings
from workflow.states import Role

AS_OF = date(2016, 1, 20)
FULL_TIME = [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]


@pytest.fixture
def settings(service_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=service_url, audit_key=SecretStr(AUDIT_KEY.decode()), data_folder=tmp_path
    )


ORIGIN = {"Origin": "http://testserver"}
"""What a browser says of a form on one of our own pages."""


@pytest.fixture(scope="session")
def app_on_nothing() -> FastAPI:
    """The app, put together once: that takes longer than most tests."""
    return create_app(Settings(database_url="sqlite://", audit_key=SecretStr(AUDIT_KEY.decode())))


@pytest.fixture
def app(app_on_nothing: FastAPI, settings: Settings, now: datetime) -> Iterator[FastAPI]:
    """The app on this test's database, at this test's instant."""
    before, clock = app_on_nothing.state.database, app_on_nothing.state.clock
    app_on_nothing.state.settings = settings
    app_on_nothing.state.database = settings.database(AT_THE_DOOR)
    app_on_nothing.state.clock = lambda: now
    yield app_on_nothing
    app_on_nothing.dependency_overrides.clear()
    app_on_nothing.state.database.close()
    app_on_nothing.state.database, app_on_nothing.state.clock = before, clock


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in."""
    with TestClient(app, raise_server_exceptions=False, headers=ORIGIN) as client:
        yield client


SignIn = Callable[..., TestClient]


@pytest.fixture
def signed_in(app: FastAPI, database: Database, now: datetime) -> Iterator[SignIn]:
    """Signs somebody in with the roles given, as a reviewer of the roster if one is given."""

    def sign_in(*roles: Role, reviewer: Reviewer | None = None, **account: Any) -> TestClient:
        with database.write() as session:
            programme = session.exec(select(Programme).order_by(col(Programme.id).desc())).first()
            assert programme is not None
            made = create_account(
                session,
                programme=programme,
                user_name=account.pop("user_name", f"{'-'.join(roles)}-{uuid4().hex[:6]}"),
                name=account.pop("name", "Alex Example"),
                roles=roles,
                agency=reviewer.agency if reviewer else "council",
                reviewer=reviewer,
                actor=make_actor(Role.ADMINISTRATOR),
                now=now,
                **account,
            )
            session.flush()
            token = open_session(session, account=made, now=now)
        client = TestClient(
            app,
            raise_server_exceptions=False,
            headers=ORIGIN,
            cookies={"cin_session": token},
        )
        opened.append(client)
        return client

    opened: list[TestClient] = []
    yield sign_in
    for client in opened:
        client.close()


@pytest.fixture
def manager(signed_in: SignIn, programme: Programme) -> TestClient:
    """A council manager who is signed in."""
    del programme
    return signed_in(Role.MANAGER)


@pytest.fixture
def coordinating(signed_in: SignIn, programme: Programme) -> TestClient:
    """A review coordinator who is signed in."""
    del programme
    return signed_in(Role.COORDINATOR)


@pytest.fixture(scope="session")
def app_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, TestClient]]:
    """An app to which tests add routes; nobody guards them, and its database has no tables."""
    settings = Settings(database_url="sqlite://", data_folder=tmp_path_factory.mktemp("bare"))
    app = create_app(settings)
    app.dependency_overrides[guard] = lambda: None
    with TestClient(app, raise_server_exceptions=False, headers=ORIGIN) as client:
        yield app, client


@pytest.fixture(scope="session")
def forecast_json() -> dict[str, Any]:
    """What the forecast really says of a small programme, made once."""
    database = Database("sqlite://", audit_key=AUDIT_KEY)
    SQLModel.metadata.create_all(database.engine)
    with database.write() as session:
        programme = make_programme()
        session.add(programme)
        session.flush()
        fill(session, programme)
        outlook = forecast_programme(
            session, programme=programme, policy=Policy(), as_of=AS_OF, paths=200
        )
    database.close()
    return outlook.forecast.to_json()


@pytest.fixture
def caseload(database: Database, programme: Programme) -> Programme:
    """Six reviews in two districts and a reviewer of each agency."""
    with database.write() as session:
        fill(session, programme)
    return programme


@pytest.fixture
def forecast(
    database: Database, caseload: Programme, forecast_json: dict[str, Any]
) -> StoredForecast:
    with database.write() as session:
        stored = make_forecast(caseload, forecast_json)
        session.add(stored)
    return stored


def make_forecast(programme: Programme, result: dict[str, Any]) -> StoredForecast:
    return StoredForecast(
        programme_id=programme.key,
        as_of=date.fromisoformat(result["as_of"]),
        model_version="1",
        input_hash="0" * 64,
        inputs={},
        result=result,
        made_at=EARLY,
    )


def fill(session: Any, programme: Programme) -> None:
    for agency in ("council", "constabulary"):
        make_reviewer(session, programme, agency=agency, pattern=FULL_TIME)
    for district in ("E07000117", "E07000123"):
        for _ in range(3):
            make_review(session, programme, district=district)
