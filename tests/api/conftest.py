"""The app over a test database, and a programme with a caseload and a forecast."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlmodel import SQLModel

from api.app import create_app
from api.deps import get_now
from tests.conftest import AUDIT_KEY
from tests.factories import EARLY, make_programme, make_review, make_reviewer
from workflow.db import Database
from workflow.forecast.stored import forecast_programme
from workflow.models import Programme, StoredForecast
from workflow.policy import Policy
from workflow.settings import Settings

AS_OF = date(2016, 1, 20)
FULL_TIME = [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url, audit_key=SecretStr(AUDIT_KEY.decode()), data_folder=tmp_path
    )


@pytest.fixture
def client(settings: Settings, now: datetime) -> Iterator[TestClient]:
    app = create_app(settings)
    app.dependency_overrides[get_now] = lambda: now
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def app_client(tmp_path: Path) -> Iterator[tuple[FastAPI, TestClient]]:
    """An app of its own, to which a test adds routes; its database has no tables."""
    settings = Settings(database_url="sqlite://", data_folder=tmp_path)
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as client:
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
