"""Lists as files: every page of what was asked for, for those who may, and on record."""

import csv
import io

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.conftest import SignIn
from tests.factories import make_review
from workflow.db import Database
from workflow.models import Event, Programme
from workflow.states import Role


@pytest.fixture
def many(database: Database, programme: Programme) -> Programme:
    """Thirty reviews: more than a page."""
    with database.write() as session:
        for number in range(30):
            district = "E07000117" if number % 2 else "E07000123"
            reference = f"CIN-1{number:04}"
            make_review(
                session, programme, reference=reference, district=district, band=1 + number % 5
            )
    return programme


def cases(content: bytes) -> list[str]:
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return [line[0] for line in lines[4:]]


@pytest.mark.usefixtures("many")
def test_a_worklist_is_exported_whole_under_its_filter_and_sort(coordinating: TestClient) -> None:
    whole = coordinating.get("/reviews.csv?view=all&sort=-case&page=2")
    part = coordinating.get("/reviews.csv?view=all&district=E07000117&band=2&sort=case")

    assert cases(whole.content) == [f"CIN-1{number:04}" for number in reversed(range(30))]
    assert cases(part.content) == ["CIN-10001", "CIN-10011", "CIN-10021"]
    assert "# All reviews; Burnley; Low priority; sorted by case" in part.text
    assert part.headers["Content-Disposition"].startswith("attachment; filename=")


@pytest.mark.usefixtures("many")
def test_the_workbook_holds_the_same_rows(coordinating: TestClient) -> None:
    answer = coordinating.get("/reviews.xlsx?view=all&sort=case")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active

    assert sheet is not None
    assert [row[0].value for row in sheet.iter_rows(min_row=6)] == [
        f"CIN-1{number:04}" for number in range(30)
    ]


@pytest.mark.usefixtures("many")
def test_who_took_how_much_of_what_is_on_record(
    coordinating: TestClient, database: Database
) -> None:
    coordinating.get("/roster.csv")
    coordinating.get("/reviews.xlsx?view=all")
    with database.read() as session:
        found = session.exec(select(Event).where(Event.kind == "list_exported"))
        taken = [event.payload for event in found]

    assert taken == [
        {"list": "reviewers", "format": "csv", "rows": 0},
        {"list": "reviews-all", "format": "xlsx", "rows": 30},
    ]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.REVIEWER, "/reviews.csv", 403),
        (Role.REVIEWER, "/roster.csv", 403),
        (Role.COORDINATOR, "/audit.csv", 403),
        (Role.AUDITOR, "/audit.csv", 200),
        (Role.AUDITOR, "/reviews.csv", 403),
        (Role.COORDINATOR, "/reviews.pdf", 404),
        (Role.COORDINATOR, "/caseload/imports/1/findings.csv", 404),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_files_are_for_those_who_may_see_the_page(
    signed_in: SignIn, role: Role, path: str, status: int
) -> None:
    assert signed_in(role).get(path).status_code == status
