"""The progress page's numbers as JSON."""

import pytest
from fastapi.testclient import TestClient

from workflow.models import StoredForecast
from workflow.states import ReviewState

KEYS = {
    "programme",
    "as_of",
    "target",
    "total",
    "complete",
    "open",
    "overdue",
    "working_days_left",
    "escalations",
    "by_state",
    "by_district",
    "by_agency",
    "forecast",
    "forecast_made",
    "said",
    "record",
}


def test_the_counts_and_the_forecast_are_given_under_stable_keys(
    manager: TestClient, forecast: StoredForecast
) -> None:
    document = manager.get("/api/progress").json()

    assert document.keys() == KEYS
    assert document["open"] == document["total"] == 6
    assert document["working_days_left"] == 50
    assert document["forecast"] == forecast.result


@pytest.mark.usefixtures("caseload")
def test_every_state_is_counted_also_the_empty_ones(manager: TestClient) -> None:
    by_state = manager.get("/api/progress").json()["by_state"]

    assert by_state == dict.fromkeys(ReviewState, 0) | {"unallocated": 6}


@pytest.mark.usefixtures("caseload")
def test_districts_have_code_and_name(manager: TestClient) -> None:
    districts = manager.get("/api/progress").json()["by_district"]

    assert districts == [
        {"district": "E07000117", "name": "Burnley", "open": 3, "complete": 0},
        {"district": "E07000123", "name": "Preston", "open": 3, "complete": 0},
    ]


@pytest.mark.usefixtures("caseload")
def test_before_the_first_forecast_its_place_is_null(manager: TestClient) -> None:
    assert manager.get("/api/progress").json()["forecast"] is None


@pytest.mark.usefixtures("caseload")
def test_without_signing_in_nothing_is_told(client: TestClient) -> None:
    answer = client.get("/api/progress")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {
        "type": "urn:cin-review:problem:not-signed-in",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Sign in to go on.",
    }
