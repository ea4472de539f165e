"""Files in over the web: what was wrong, who is in the cohort, what a spelling means."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.pages import faults, parse, text_of
from workflow.db import Database
from workflow.models import Case, ImportRun, Programme, ValueMapping

GOOD = b"""child_id,referral_date,primary_need,district,case_status
C1,2015-06-01,N1,Burnley,Child in need plan
C2,2015-07-01,Something odd,Preston,Child in need plan
"""
BAD = GOOD + b"C3,not a date,N1,Burnley,Child in need plan\n"


def upload(client: TestClient, content: bytes, **fields: str):  # type: ignore[no-untyped-def]
    return client.post("/caseload/import", files={"file": ("caseload.csv", content)}, data=fields)


@pytest.fixture
def imported(coordinating: TestClient) -> TestClient:
    answer = upload(coordinating, GOOD)
    assert answer.status_code == 200, text_of(parse(answer.text).find(".//main"))
    return coordinating


def test_before_the_first_file_the_page_says_what_to_do(coordinating: TestClient) -> None:
    tree = parse(coordinating.get("/caseload").text)

    assert faults(tree) == []
    assert "No caseload yet" in text_of(tree.find(".//main"))


def test_a_file_is_taken_in_and_listed(imported: TestClient, database: Database) -> None:
    tree = parse(imported.get("/caseload").text)

    assert faults(tree) == []
    assert "caseload.csv" in text_of(tree.find(".//main"))
    with database.read() as session:
        assert len(session.exec(select(Case)).all()) == 2


def test_a_bad_file_stores_nothing_and_names_line_field_value_and_what_to_do(
    coordinating: TestClient, database: Database
) -> None:
    answer = upload(coordinating, BAD)
    tree = parse(answer.text)
    said = text_of(tree.find(".//main"))

    assert answer.status_code == 422
    assert faults(tree) == []
    assert "Nothing was stored" in said
    assert "Line 4" in said
    assert "not a date" in said
    with database.read() as session:
        assert session.exec(select(Case)).all() == []


def test_checking_only_stores_nothing(coordinating: TestClient, database: Database) -> None:
    answer = upload(coordinating, GOOD, check="yes")

    assert "2 cases would be created" in text_of(parse(answer.text).find(".//main"))
    with database.read() as session:
        assert session.exec(select(ImportRun)).all() == []


def test_without_a_file_the_page_asks_for_one(coordinating: TestClient) -> None:
    answer = coordinating.post("/caseload/import", data={"kind": ""})

    assert answer.status_code == 422
    assert "Choose a caseload file" in answer.text


def test_the_findings_of_a_file_stay_readable(imported: TestClient, database: Database) -> None:
    with database.read() as session:
        (run,) = session.exec(select(ImportRun)).all()

    assert faults(parse(imported.get(f"/caseload/imports/{run.key}").text)) == []
    assert imported.get("/caseload/imports/999").status_code == 404


def test_a_spelling_is_taught_once_and_put_right(imported: TestClient, database: Database) -> None:
    with database.read() as session:
        (waiting,) = session.exec(select(ValueMapping)).all()
    assert waiting.raw == "Something odd"

    wrong = imported.post("/caseload/values", data={f"value-{waiting.key}": "N99"})
    done = imported.post("/caseload/values", data={f"value-{waiting.key}": "N2"})

    assert wrong.status_code == 422
    assert "1 value mapped" in done.text
    with database.read() as session:
        needs = {case.child_id: case.facts["primary_need"] for case in session.exec(select(Case))}
    assert needs == {"C1": "N1", "C2": "N2"}


def test_other_cohort_rules_show_their_effect_before_they_are_in_force(
    imported: TestClient, database: Database, programme: Programme
) -> None:
    rules = {"rule": ["closed", "looked_after"]}
    preview = imported.post("/caseload/cohort", data=rules | {"preview": "yes"})

    assert "Nothing is changed yet" in preview.text
    assert faults(parse(preview.text)) == []
    with database.read() as session:
        assert session.get_one(Programme, programme.key).cohort_rules == programme.cohort_rules
    imported.post("/caseload/cohort", data=rules)
    with database.read() as session:
        now = session.get_one(Programme, programme.key).cohort_rules
    assert now == ["closed", "looked_after"]


def test_the_name_of_an_upload_leads_nowhere(coordinating: TestClient, tmp_path: Path) -> None:
    answer = coordinating.post(
        "/caseload/import", files={"file": (f"../../{tmp_path.name}/x.csv", GOOD)}
    )

    assert answer.status_code == 200
    assert not (tmp_path / "x.csv").exists()
