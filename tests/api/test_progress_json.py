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
}


def test_the_counts_and_the_forecast_are_given_under_stable_keys(
    client: TestClient, forecast: StoredForecast
) -> None:
    document = client.get("/api/progress").json()

    assert document.keys() == KEYS
    assert document["open"] == document["total"] == 6
    assert document["working_days_left"] == 50
    assert document["forecast"] == forecast.result


@pytest.mark.usefixtures("caseload")
def test_every_state_is_counted_also_the_empty_ones(client: TestClient) -> None:
    by_state = client.get("/api/progress").json()["by_state"]

    assert by_state == dict.fromkeys(ReviewState, 0) | {"unallocated": 6}


@pytest.mark.usefixtures("caseload")
def test_districts_have_code_and_name(client: TestClient) -> None:
    districts = client.get("/api/progress").json()["by_district"]

    assert districts == [
        {"district": "E07000117", "name": "Burnley", "open": 3, "complete": 0},
        {"district": "E07000123", "name": "Preston", "open": 3, "complete": 0},
    ]


@pytest.mark.usefixtures("caseload")
def test_before_the_first_forecast_its_place_is_null(client: TestClient) -> None:
    assert client.get("/api/progress").json()["forecast"] is None


@pytest.mark.usefixtures("database")
def test_without_a_programme_the_answer_is_not_found_in_json(client: TestClient) -> None:
    answer = client.get("/api/progress")

    assert answer.status_code == 404
    assert "programme" in answer.json()["error"]
