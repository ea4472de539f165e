"""What people type about a child leaves no trace outside its place (promise S9)."""

import io
import json
import logging
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.telemetry import Telemetry
from flows.deployments import SCHEDULES
from tests.api.conftest import SignIn
from tests.factories import as_actor, make_review, make_reviewer
from tests.measured import Measured
from tests.workflow.operations.test_logs import configured
from workflow import reviews
from workflow.db import Database
from workflow.models import Case, Programme, Reviewer
from workflow.states import Action, Role

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CANARY = "Zebedee Quillfeather"
BORN = "2008-05-17"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    yield from configured(is_production=True)


@pytest.fixture
def held(database: Database, programme: Programme) -> tuple[Reviewer, str]:
    """A reviewer, and the reference of a review they have begun of a child who must not be named."""
    with database.write() as session:
        reviewer = make_reviewer(session, programme)
        review = make_review(
            session, programme, family=CANARY, child_id=CANARY, facts={"birth_on": BORN}
        )
        reviews.allocate(
            session,
            review=review,
            reviewer_id=reviewer.key,
            due_on=None,
            actor=as_actor(reviewer, Role.COORDINATOR),
            now=programme.created_at,
        )
        reviews.act(
            session,
            review_id=review.key,
            action=Action.START,
            actor=as_actor(reviewer),
            now=programme.created_at,
        )
        reference = session.get_one(Case, review.case_id).reference
    return reviewer, reference


def telemetry_of(app: FastAPI) -> Telemetry:
    layer: Any = app.middleware_stack
    while not isinstance(layer, Telemetry):
        layer = getattr(layer, "_app", None) or layer.app
    return layer


@one_database
def test_nothing_typed_reaches_a_log_line_a_metric_or_an_address(
    app: FastAPI,
    signed_in: SignIn,
    held: tuple[Reviewer, str],
    log: io.StringIO,
    measured: Measured,
) -> None:
    reviewer, reference = held
    client = signed_in(Role.REVIEWER, reviewer=reviewer)
    typed = {"reason": CANARY, "police_summary": CANARY, "identity_note": BORN, "version": CANARY}
    answers = [
        client.get(f"/my-reviews/{reference}?name={quote(CANARY)}"),
        client.get(f"/my-reviews/{quote(CANARY)}"),
        client.get("/", headers={"User-Agent": f"{CANARY}\tforged", "X-Request-Id": CANARY}),
        client.get(f"/nowhere/{quote(CANARY)}"),
        client.post(
            f"/sign-in?next=/{quote(CANARY)}", data={"user_name": CANARY, "password": CANARY}
        ),
    ]
    deeds = ("hold", "decline", "escalate", "form/identity", "check", "conflict")
    answers += [client.post(f"/my-reviews/{reference}/{deed}", data=typed) for deed in deeds]
    answers.append(client.post(f"/api/drafts/{reference}", json={CANARY: CANARY}))
    assert {answer.status_code for answer in answers} & {200, 303, 404, 409, 422}
    written = log.getvalue()
    lines = [json.loads(line) for line in written.splitlines()]
    assert len(lines) >= len(answers)
    told = [written, telemetry_of(app).metrics.text()]
    told += [answer.headers.get("location", "") for answer in answers]
    told += [answer.headers.get("x-request-id", "") for answer in answers]
    secrets = (CANARY, quote(CANARY), "Zebedee", BORN)
    assert [secret for secret in secrets for text in told if secret in text] == []
    figure = f"0 in log lines, metrics, redirects and request ids of {len(answers)} requests"
    measured("S9", "0 hits", figure)


@one_database
def test_a_failure_in_the_middle_of_a_sentence_is_told_without_it(
    app: FastAPI,
    signed_in: SignIn,
    held: tuple[Reviewer, str],
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    measured: Measured,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"the row ({CANARY}) is wrong")

    monkeypatch.setattr("api.looks.audit.record_view", fail)
    reviewer, reference = held
    answer = signed_in(Role.REVIEWER, reviewer=reviewer).get(f"/my-reviews/{reference}")
    logging.getLogger("uvicorn.error").error("failed", exc_info=ValueError(CANARY))
    assert answer.status_code == 500
    assert CANARY not in answer.text
    assert CANARY not in log.getvalue()
    measured("S9", "0 hits", "0 on an error page and in its log lines")


def test_flows_take_numbers_and_days_only() -> None:
    """Prefect keeps parameters in clear: nothing of a child can be one of them."""
    plain = {int, date, bool, NoneType, Path}
    found = {
        (item.flow.name, name): hint
        for item in SCHEDULES
        for name, hint in get_type_hints(item.flow.fn).items()
        if name != "return"
    }
    odd = {key for key, hint in found.items() if not _parts(hint) <= plain}
    assert {name for _, name in odd} <= {"files"}  # numbers under which files were set aside
    assert found


def _parts(hint: Any) -> set[Any]:
    inner = [part for one in get_args(hint) for part in _parts(one)]
    return set(inner) or {hint}


@one_database
def test_the_machines_name_is_no_secret_but_is_not_told_either(client: TestClient) -> None:
    answer = client.get("/healthz")
    told = answer.text + str(dict(answer.headers))
    assert socket.gethostname() not in told
    assert "uvicorn" not in told
