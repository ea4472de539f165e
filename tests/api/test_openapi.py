"""The OpenAPI document, and every operation of it under whatever may be sent: never a 5xx."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from pydantic import SecretStr
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.access import ACCESS, Open
from api.app import create_app
from api.bearer import Allowance
from api.description import describe
from tests.api.busy import NOW, make_busy
from tests.conftest import AUDIT_KEY
from tests.effort import examples
from workflow.db import Database
from workflow.settings import Settings

pytestmark = pytest.mark.filterwarnings(
    # Schemathesis draws by `random` inside its strategies.
    "ignore::hypothesis.errors.HypothesisDeprecationWarning"
)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SLOW = {"/api/board/report/{day}"}
"""Worked out from the whole record, for half a minute; its only input is a day."""
EXAMPLES, SOAK_EXAMPLES = 1, examples(20)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Any]:
    """The app over a busy programme, made once: what one request changes the next ones meet."""
    path = tmp_path_factory.mktemp("openapi") / "cin.db"
    path.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{path}"
    database = Database(url, audit_key=AUDIT_KEY)
    busy = make_busy(database)
    app = create_app(
        Settings(database_url=url, audit_key=SecretStr(AUDIT_KEY.decode()), data_folder=path.parent)
    )
    app.state.clock = lambda: NOW
    app.state.allowance = Allowance(burst=10**9)
    with TestClient(app, raise_server_exceptions=False, headers={"Origin": ORIGIN}) as client:
        yield app, client, busy
    database.close()


ORIGIN = "http://testserver"


def operations() -> list[tuple[str, str]]:
    """Method and path of everything under /api/, of whatever area."""
    rows = [row.split(" ", 1) for row in ACCESS]
    return sorted(
        (path, method)
        for method, path in rows
        if path.startswith("/api/") and path not in SLOW | {"/api/openapi.json"}
    )


@pytest.fixture(scope="module")
def schema(stage: Any) -> Any:
    app, _, _ = stage
    return schemathesis.openapi.from_dict(describe(app))


@pytest.mark.parametrize(("path", "method"), operations())
def test_nothing_that_can_be_sent_breaks_it_and_every_answer_is_as_described(
    stage: Any, schema: Any, path: str, method: str
) -> None:
    _try(stage, schema, path, method, EXAMPLES)


@pytest.mark.soak
@pytest.mark.parametrize(("path", "method"), operations())
def test_nothing_breaks_it_in_many_tries(stage: Any, schema: Any, path: str, method: str) -> None:
    _try(stage, schema, path, method, SOAK_EXAMPLES)


def _try(stage: Any, schema: Any, path: str, method: str, tries: int) -> None:
    _, client, busy = stage
    rule = ACCESS[f"{method} {path}"]
    client.cookies.set("cin_session", busy.cookie(None if isinstance(rule, Open) else rule))
    operation = schema[path][method]
    strategy = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    strategy |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=tries,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Any) -> None:
        case.validate_response(_send(client, case), checks=CHECKS)

    run()


def _send(client: TestClient, case: Any) -> Any:
    """Send the case as whoever the client is signed in as."""
    sent = case.as_transport_kwargs(base_url=ORIGIN)
    del sent["cookies"]
    sent["headers"].pop("Authorization", None)
    if isinstance(sent.get("data"), bytes | str):
        sent["content"] = sent.pop("data")
    request = client.build_request(**sent)
    request.read()  # the checks look at what was sent
    return client.send(request)
