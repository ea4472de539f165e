"""Reviewers over the web: load, leave, conflicts, a roster file."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.pages import faults, parse, text_of
from tests.factories import make_reviewer
from workflow.db import Database
from workflow.models import Conflict, Leave, Programme, Reviewer

ROSTER = b"""reference,name,agency,district,available_from,points_per_day,qualification
R9,Ren Reader,council,Burnley,2016-01-20,12,social worker
"""


@pytest.fixture
def reviewer(database: Database, programme: Programme) -> Reviewer:
    with database.write() as session:
        return make_reviewer(session, programme, reference="R1", name="Robin Reader")


@pytest.mark.usefixtures("reviewer")
def test_the_list_and_the_page_of_a_reviewer_are_valid(coordinating: TestClient) -> None:
    for path in ("/roster", "/roster/R1"):
        tree = parse(coordinating.get(path).text)
        assert faults(tree) == []
        assert "Robin Reader" in text_of(tree.find(".//main"))
    assert coordinating.get("/roster/R404").status_code == 404


@pytest.mark.usefixtures("reviewer")
def test_leave_is_recorded_and_a_wrong_date_keeps_what_was_typed(
    coordinating: TestClient, database: Database
) -> None:
    typed = {"first_on": "2016-02-01", "last_on": "soon", "leave_kind": "leave"}
    wrong = coordinating.post("/roster/R1/leave", data=typed)
    done = coordinating.post("/roster/R1/leave", data=typed | {"last_on": "2016-02-05"})

    assert wrong.status_code == 422
    assert 'value="2016-02-01"' in wrong.text
    assert faults(parse(wrong.text)) == []
    assert "Leave recorded" in done.text
    with database.read() as session:
        assert len(session.exec(select(Leave)).all()) == 1


@pytest.mark.usefixtures("reviewer")
def test_a_conflict_is_declared_for_a_reviewer(
    coordinating: TestClient, database: Database
) -> None:
    empty = coordinating.post("/roster/R1/conflicts", data={"kind": "team", "subject": " "})
    coordinating.post("/roster/R1/conflicts", data={"kind": "team", "subject": "Burnley 1"})

    assert empty.status_code == 422
    with database.read() as session:
        (conflict,) = session.exec(select(Conflict)).all()
    assert conflict.subject == "Burnley 1"


@pytest.mark.usefixtures("programme")
def test_a_roster_file_is_taken_in_or_refused_with_its_findings(
    coordinating: TestClient, database: Database
) -> None:
    bad = ROSTER.replace(b"2016-01-20", b"whenever")
    refused = coordinating.post("/roster/import", files={"file": ("roster.csv", bad)})
    assert refused.status_code == 422
    assert "whenever" in refused.text
    assert faults(parse(refused.text)) == []

    coordinating.post("/roster/import", files={"file": ("roster.csv", ROSTER)})

    with database.read() as session:
        assert [r.name for r in session.exec(select(Reviewer))] == ["Ren Reader"]
