"""The headers on every answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.security import HEADERS, PICTURE_POLICY
from api.site import static_url

PATHS = [
    "/progress",
    "/reviews",
    "/api/progress",
    "/progress/burn-down.png",
    "/progress/burn-down.csv",
    "/healthz",
    "/readyz",
    "/nowhere",
]


@pytest.mark.usefixtures("forecast")
def test_every_answer_carries_the_headers(manager: TestClient) -> None:
    answers = {path: manager.get(path).headers for path in PATHS}
    missing = {
        (path, name)
        for path, headers in answers.items()
        for name, value in HEADERS.items()
        if headers.get(name) != value
    }
    assert missing == set()


@pytest.mark.usefixtures("forecast")
def test_a_drawn_picture_may_style_itself_and_nothing_else(manager: TestClient) -> None:
    headers = manager.get("/progress/burn-down-wide.svg").headers

    assert headers["Content-Security-Policy"] == PICTURE_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_static_files_are_kept_by_browsers_and_change_their_address_with_their_content(
    app_client: tuple[FastAPI, TestClient],
) -> None:
    _, client = app_client
    answer = client.get(static_url("app.css"))

    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert "?v=" in static_url("app.css")


def test_a_missing_static_file_is_not_kept(app_client: tuple[FastAPI, TestClient]) -> None:
    _, client = app_client
    answer = client.get("/static/none.css")

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_api_does_not_describe_itself(
    app_client: tuple[FastAPI, TestClient], path: str
) -> None:
    assert app_client[1].get(path).status_code == 404


def test_a_crowd_waits_its_turn_and_everybody_is_answered(manager: TestClient) -> None:
    with manager, ThreadPoolExecutor(40) as crowd:
        answers = list(crowd.map(lambda _: manager.get("/reviews").status_code, range(80)))

    assert answers == [200] * 80
