"""The burn-down as picture and as CSV."""

import csv
import io

import pytest
from defusedxml import ElementTree
from fastapi.testclient import TestClient

from workflow.models import StoredForecast

PICTURES = [
    "/progress/burn-down-wide.svg",
    "/progress/burn-down-narrow.svg",
    "/progress/burn-down.png",
]


@pytest.mark.usefixtures("forecast")
def test_the_pictures_of_the_page_are_well_formed_svg(manager: TestClient) -> None:
    for path in PICTURES[:2]:
        answer = manager.get(path)

        assert answer.headers["Content-Type"] == "image/svg+xml"
        assert ElementTree.fromstring(answer.content).tag.endswith("svg")


@pytest.mark.usefixtures("forecast")
def test_the_picture_for_papers_is_a_png(manager: TestClient) -> None:
    answer = manager.get("/progress/burn-down.png")

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")


def test_the_csv_has_the_numbers_of_the_forecast(
    manager: TestClient, forecast: StoredForecast
) -> None:
    answer = manager.get("/progress/burn-down.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    coming = [row for row in rows if row["basis"] == "forecast"]
    bands = forecast.result["bands"]

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "burn-down-2016-01-20.csv" in answer.headers["Content-Disposition"]
    assert [row["date"] for row in coming] == [band["date"] for band in bands]
    assert [int(row["high80"]) for row in coming] == [band["high80"] for band in bands]


@pytest.mark.usefixtures("caseload")
def test_without_a_forecast_there_is_no_picture(manager: TestClient) -> None:
    answers = [manager.get(path).status_code for path in [*PICTURES, "/progress/burn-down.csv"]]

    assert answers == [404] * 4


@pytest.mark.usefixtures("forecast")
def test_a_width_that_does_not_exist_is_not_found(manager: TestClient) -> None:
    assert manager.get("/progress/burn-down-huge.svg").status_code == 404
