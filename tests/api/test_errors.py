"""From error to HTTP status, as page and as JSON."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from api.errors import STATUS, status_of
from tests.api.pages import faults, parse, text_of
from workflow import errors


def of_its_own(path: str) -> str:
    """An address that no other test gave a route."""
    return f"{path}-{uuid4().hex}"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFoundError("review", 7), 404),
        (errors.NotPermittedError("confirm", ("manager",)), 403),
        (errors.IllegalTransitionError("complete", "submit"), 409),
        (errors.GuardNotMetError("confirm", "Nobody confirms their own work."), 409),
        (errors.ConflictError("It has changed."), 409),
        (errors.InvalidInputError("That is no date."), 422),
    ],
)
@pytest.mark.parametrize("path", ["/broken", "/api/broken"])
def test_a_refusal_answers_with_its_status_and_sentence(
    app_client: tuple[FastAPI, TestClient], path: str, error: errors.WorkflowError, status: int
) -> None:
    app, client = app_client
    path = of_its_own(path)

    @app.get(path)
    def refuse() -> None:
        raise error

    answer = client.get(path)

    assert answer.status_code == status
    said = answer.json()["detail"] if path.startswith("/api/") else text_of(parse(answer.text))
    assert (str(error) in said) is (status != HTTPStatus.NOT_FOUND), "of what is missing, nothing"


def test_every_kind_of_refusal_has_a_status() -> None:
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.WorkflowError)
    }
    assert STATUS.keys() == kinds - {errors.WorkflowError}


def test_a_kind_of_refusal_nobody_listed_takes_the_status_of_its_parent() -> None:
    class StaleError(errors.InvalidInputError):
        pass

    assert status_of(StaleError("old")) == 422


@pytest.mark.parametrize("path", ["/broken", "/api/broken"])
def test_an_unexpected_error_tells_nothing_and_keeps_the_headers(
    app_client: tuple[FastAPI, TestClient], path: str
) -> None:
    app, client = app_client
    path = of_its_own(path)

    @app.get(path)
    def fail() -> None:
        raise RuntimeError("a secret inside")

    answer = client.get(path)

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("database")
def test_an_unknown_address_is_a_valid_page(client: TestClient) -> None:
    answer = client.get("/nowhere/<b>")

    assert answer.status_code == 404
    assert faults(parse(answer.text)) == []


@pytest.mark.usefixtures("database")
def test_what_cannot_be_posted_says_what_can_be_done(client: TestClient) -> None:
    answer = client.post("/")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    ("problem", "status", "said"),
    [
        (HTTPException(404), 404, "If you typed the address, check that it is right."),
        (HTTPException(413), 413, "It is larger than the service takes. Nothing was stored."),
        (OperationalError("SELECT secret", {}, OSError()), 503, "The database cannot be read."),
        (RuntimeError("secret"), 500, "Sorry, there is a problem with the service"),
    ],
)
def test_every_status_speaks_plain_words(
    app_client: tuple[FastAPI, TestClient], problem: Exception, status: int, said: str
) -> None:
    app, client = app_client

    path = of_its_own("/broken")

    @app.get(path)
    def fail() -> None:
        raise problem

    answer = client.get(path)
    tree = parse(answer.text)

    assert answer.status_code == status
    assert faults(tree) == []
    assert said in text_of(tree.find(".//main"))
    assert "secret" not in answer.text
