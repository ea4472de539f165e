"""Logs say which of our messages it was and where, never what was in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from workflow.operations.logs import configure_logging, request_scope

CANARY = "Zebedee Quillfeather"


@pytest.fixture
def production() -> Iterator[io.StringIO]:
    yield from configured(is_production=True)


@pytest.fixture
def development() -> Iterator[io.StringIO]:
    yield from configured(is_production=False)


def configured(*, is_production: bool) -> Iterator[io.StringIO]:
    """Our logging for the time of a test."""
    names = ["", "api", "flows", "workflow", "cin", "uvicorn", "uvicorn.error", "uvicorn.access"]
    loggers = [logging.getLogger(name) for name in names]
    before = [(one, one.handlers[:], one.level, one.propagate) for one in loggers]
    stream = io.StringIO()
    configure_logging(is_production=is_production, stream=stream)
    yield stream
    for one, handlers, level, propagate in before:
        one.handlers[:], one.propagate = handlers, propagate
        one.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    raise ValueError(f"the row ({CANARY}) is wrong")


def test_a_line_is_json_with_time_level_origin_and_message(production: io.StringIO) -> None:
    logging.getLogger("api.x").info("done")
    (line,) = lines(production)
    assert line["at"].endswith("+00:00")
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "api.x", "done")


def test_what_fills_the_gaps_of_a_message_is_left_out(production: io.StringIO) -> None:
    logging.getLogger("api.x").error("could not store %s", CANARY)
    assert lines(production)[0]["message"] == "could not store %s"
    assert CANARY not in production.getvalue()


def test_only_listed_facts_are_written(production: io.StringIO) -> None:
    facts = {"route": "/x/{id}", "status": 200, "child": CANARY, "duration_ms": {"a": CANARY}}
    logging.getLogger("cin.requests").info("request", extra=facts)
    (line,) = lines(production)
    assert line.keys() == {"at", "level", "logger", "message", "route", "status"}


def test_an_error_says_its_kind_and_place_and_none_of_its_text(production: io.StringIO) -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    (line,) = lines(production)
    assert line["error"] == "ValueError"
    assert line["where"].endswith(" fail")
    assert "tests/workflow/operations/test_logs.py" in line["where"]
    assert CANARY not in production.getvalue()


def test_a_message_of_somebody_elses_library_is_told_by_its_place(
    production: io.StringIO,
) -> None:
    logging.getLogger("some.library").warning(f"failed for {CANARY}")  # noqa: G004 - as others do
    (line,) = lines(production)
    assert line["message"].startswith("test_logs:")
    assert CANARY not in production.getvalue()


def test_lines_of_a_request_carry_its_number(production: io.StringIO) -> None:
    log = logging.getLogger("workflow.x")
    with request_scope("ab12"):
        log.warning("inside")
    log.warning("outside")
    inside, outside = lines(production)
    assert inside["request_id"] == "ab12"
    assert "request_id" not in outside


@pytest.mark.parametrize("breaking", ["a\r\nforged", "a\nforged", "a\u2028forged"])
def test_one_record_is_one_line(
    production: io.StringIO, development: io.StringIO, breaking: str
) -> None:
    logging.getLogger("cin.requests").info("request", extra={"route": breaking})
    assert development.getvalue().count("\n") == 1
    assert "\r" not in development.getvalue()


def test_json_lines_break_nowhere_but_at_their_end(production: io.StringIO) -> None:
    logging.getLogger("cin.requests").info("request", extra={"route": "a\r\nforged"})
    assert production.getvalue().count("\n") == 1
    assert lines(production)[0]["route"] == "a\r\nforged"


def test_development_is_read_by_people(development: io.StringIO) -> None:
    logging.getLogger("cin.requests").info("request", extra={"route": "/x", "status": 200})
    assert development.getvalue().rstrip().endswith("INFO    request route=/x status=200")


def test_the_access_log_of_the_server_is_off(production: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").warning(f'"GET /search?name={CANARY}"')  # noqa: G004
    assert production.getvalue() == ""
