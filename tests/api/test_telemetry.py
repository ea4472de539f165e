"""Each request leaves one line and one measurement, by its template."""

import logging
import socket
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from api.telemetry import REQUEST_ID, Telemetry

CANARY = "Zebedee"


def make_app() -> FastAPI:
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})

    @app.get("/cases/{reference}")
    def case(reference: str, request: Request) -> dict[str, str]:
        request.state.account_id = 7
        return {"reference": reference}

    @app.get("/broken")
    def broken() -> None:
        raise ValueError(CANARY)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {}

    return app


@pytest.fixture
def watched() -> tuple[TestClient, Telemetry]:
    telemetry = Telemetry(make_app())
    return TestClient(telemetry, raise_server_exceptions=False), telemetry


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, logger="cin.requests"):
        yield caplog


def told(log: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in log.records if record.name == "cin.requests"]


def test_a_request_is_told_by_template_status_time_and_account(
    watched: tuple[TestClient, Telemetry], log: pytest.LogCaptureFixture
) -> None:
    answer = watched[0].get(f"/cases/{CANARY}?name={CANARY}")
    (record,) = told(log)
    assert (record.method, record.route, record.status) == ("GET", "/cases/{reference}", 200)
    assert record.account_id == 7
    assert record.duration_ms > 0
    assert len(answer.headers[REQUEST_ID]) == 16
    assert CANARY not in str(record.__dict__)


def test_each_request_has_a_number_of_its_own(watched: tuple[TestClient, Telemetry]) -> None:
    numbers = {watched[0].get("/healthz").headers[REQUEST_ID] for _ in range(5)}
    assert len(numbers) == 5


def test_a_number_sent_along_is_not_believed(watched: tuple[TestClient, Telemetry]) -> None:
    answer = watched[0].get("/healthz", headers={REQUEST_ID: "forged"})
    assert answer.headers[REQUEST_ID] != "forged"


def test_a_failure_is_an_error_line(
    watched: tuple[TestClient, Telemetry], log: pytest.LogCaptureFixture
) -> None:
    watched[0].get("/broken")
    (record,) = told(log)
    assert (record.levelname, record.status, record.route) == ("ERROR", 500, "/broken")


def test_questions_of_machines_are_measured_and_not_logged(
    watched: tuple[TestClient, Telemetry], log: pytest.LogCaptureFixture
) -> None:
    watched[0].get("/healthz")
    assert told(log) == []
    assert 'route="/healthz"' in watched[1].metrics.text()


def test_metrics_count_by_template_and_name_nobody(
    watched: tuple[TestClient, Telemetry],
) -> None:
    client, telemetry = watched
    for name in ("a", "b", CANARY):
        client.get(f"/cases/{name}")
    client.request("BREW", f"/nowhere/{CANARY}")
    text = telemetry.metrics.text()
    counted = 'cin_request_seconds_count{method="GET",route="/cases/{reference}",status="200"} 3.0'
    assert counted in text
    assert 'method="other",route="none",status="404"' in text
    assert CANARY not in text


def test_prometheus_reads_them_on_a_port_of_this_machine_while_the_app_lives() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TestClient(Telemetry(make_app(), metrics_port=port)) as client:
        client.get("/healthz")
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert b"cin_requests_at_work" in answer.read()
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2)
