"""The checks of operations."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from workflow.migrations import upgrade
from workflow.settings import Settings


def test_a_running_program_is_alive(app_client: tuple[FastAPI, TestClient]) -> None:
    assert app_client[1].get("/healthz").json() == {"status": "ok"}


def test_a_database_without_tables_is_not_ready(app_client: tuple[FastAPI, TestClient]) -> None:
    answer = app_client[1].get("/readyz")

    assert answer.status_code == 503
    assert "cin init" in answer.json()["status"]


def test_a_page_of_a_database_without_tables_says_who_can_help(
    app_client: tuple[FastAPI, TestClient],
) -> None:
    answer = app_client[1].get("/")

    assert answer.status_code == 503
    assert "cin init" in answer.text


def test_a_migrated_database_is_ready(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'cin.db'}", data_folder=tmp_path)
    database = settings.database()
    upgrade(database)
    database.close()

    with TestClient(create_app(settings)) as client:
        answer = client.get("/readyz")

    assert answer.status_code == 200, answer.text


def test_a_database_that_cannot_be_opened_is_not_ready(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}", data_folder=tmp_path)

    with TestClient(create_app(settings)) as client:
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "reached" in answer.json()["status"]
