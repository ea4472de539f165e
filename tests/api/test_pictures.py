"""The burn-down as picture and as CSV."""

import csv
import io

import pytest
from defusedxml import ElementTree
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.facts import get_past
from forms.progress_past import Past
from workflow.forecast.record import Resolved, track_record
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


@pytest.mark.usefixtures("forecast")
def test_the_districts_are_drawn_and_given_in_numbers(manager: TestClient) -> None:
    for width in ("wide", "narrow"):
        answer = manager.get(f"/progress/districts-{width}.svg")
        assert ElementTree.fromstring(answer.content).tag.endswith("svg")
    rows = list(csv.DictReader(io.StringIO(manager.get("/progress/districts.csv").text)))
    assert {row["district"] for row in rows} == {"Burnley", "Preston"}


def test_what_we_said_is_drawn_once_enough_has_come_due(manager: TestClient, app: FastAPI) -> None:
    assert manager.get("/progress/reliability-wide.svg").status_code == 404
    quantiles = {0.1: 9.0, 0.25: 9.5, 0.5: 10.0, 0.75: 10.5, 0.9: 11.0}
    due = Resolved(working_days=5, start=5.0, quantiles=quantiles, naive=None, truth=10.2)
    app.dependency_overrides[get_past] = lambda: Past([], [track_record([due] * 6, 5)])

    picture = manager.get("/progress/reliability-narrow.svg")
    numbers = manager.get("/progress/reliability.csv")

    assert ElementTree.fromstring(picture.content).tag.endswith("svg")
    assert numbers.text.splitlines()[0] == "method,said,happened,forecasts"


@pytest.mark.usefixtures("caseload")
def test_without_a_forecast_there_is_no_picture(manager: TestClient) -> None:
    answers = [manager.get(path).status_code for path in [*PICTURES, "/progress/burn-down.csv"]]

    assert answers == [404] * 4


@pytest.mark.usefixtures("forecast")
def test_a_width_that_does_not_exist_is_not_found(manager: TestClient) -> None:
    assert manager.get("/progress/burn-down-huge.svg").status_code == 404
