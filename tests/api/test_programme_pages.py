"""A programme's settings over the web, its records, and the file of one case."""

import json
from datetime import date, datetime

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import make_case
from workflow.calendar import at_local
from workflow.db import Database
from workflow.models import Event, Programme, PurgedCase
from workflow.programmes import policy_of
from workflow.states import Role

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The use cases run on both databases in tests of their own."""

NEXT_YEARS = date(2024, 3, 1)


@pytest.fixture
def administrator(signed_in: SignIn, programme: Programme) -> TestClient:
    """An administrator who is signed in."""
    del programme
    return signed_in(Role.ADMINISTRATOR)


def stored(database: Database) -> Programme:
    with database.read() as session:
        return session.exec(select(Programme)).one()


def test_every_page_is_valid_and_says_what_stands(administrator: TestClient) -> None:
    paths = (
        "/programme",
        "/programme/policy",
        "/programme/policy/follow_up.recheck",
        "/programme/policy/capacity.early_help_by_area.Preston",
        "/programme/records",
    )
    said = ""
    for path in paths:
        page = parse(administrator.get(path).text)
        assert faults(page) == [], path
        said += text_of(page.find(".//main"))

    assert "Bank holiday: Good Friday" in said
    assert "Immediate danger is acknowledged within 60 minutes" in said
    assert "Nobody can take an escalation on" in said
    assert "Nothing may be destroyed at present." in said
    for missing in ("forecast.drift", "capacity.early_help_by_area.Atlantis", "x"):
        assert administrator.get(f"/programme/policy/{missing}").status_code == 404


@ON_SQLITE
def test_a_number_changes_within_its_range_for_a_reason(
    manager: TestClient, database: Database
) -> None:
    path = "/programme/policy/follow_up.recheck"
    answers = [
        manager.post(path, data=typed)
        for typed in (
            {"value": "20", "reason": ""},
            {"value": "0", "reason": "Faster"},
            {"value": "many", "reason": "Faster"},
            {"value": "30", "reason": "The same"},
            {"value": "20", "reason": "The Board asked for four weeks"},
        )
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 200]
    assert "give 5 to 130 working days" in answers[1].text
    assert "From 30 working days to 20 working days" in answers[-1].text
    assert policy_of(stored(database)).follow_up.recheck == 20


@ON_SQLITE
def test_days_and_dates_change_and_are_told_in_the_story(
    manager: TestClient, database: Database
) -> None:
    day = {"day": "2016-03-24", "kind": "closed", "reason": "The council moves house"}
    dates = {"target_on": "2016-04-15", "scope_cut_off_on": "2016-02-29", "reason": "Agreed"}
    twice = [manager.post("/programme/days", data=day) for _ in range(2)]
    early = manager.post("/programme/dates", data=dates | {"target_on": "2016-01-01"})
    page = manager.post("/programme/dates", data=dates)

    assert [answer.status_code for answer in twice] == [200, 422]
    assert 'href="#dates-target_on"' in early.text
    assert faults(parse(early.text)) == []
    assert "Thursday 24 March 2016" in page.text
    assert "From 31 March 2016 to 15 April 2016. Agreed" in page.text
    assert stored(database).closures == ["2016-03-24"]


@ON_SQLITE
def test_who_may_change_what(signed_in: SignIn, coordinating: TestClient) -> None:
    auditor = signed_in(Role.AUDITOR)
    day = {"day": "2016-03-24", "kind": "closed", "reason": "Closed"}

    assert "Change the dates" not in coordinating.get("/programme").text
    assert coordinating.post("/programme/days", data=day).status_code == 200
    assert coordinating.post("/programme/policy/board.amber_within", data={}).status_code == 403
    assert coordinating.get("/programme/records").status_code == 403
    assert auditor.get("/programme").status_code == 200
    assert auditor.post("/programme/days", data=day).status_code == 403


@ON_SQLITE
def test_the_file_of_a_case_is_taken_for_a_purpose_and_that_is_recorded(
    manager: TestClient, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        make_case(session, programme, reference="CIN-00001", family="F1")
        make_case(session, programme, reference="CIN-00002", family="F1")
    path = "/subject/CIN-00001"
    form = manager.get("/subject?case=CIN-00001")
    without = manager.post(path, data={"purpose": " ", "format": "html"})
    page = manager.post(path, data={"purpose": "Request 12", "format": "html"})
    data = manager.post(path, data={"purpose": "Request 12", "format": "json"})

    assert faults(parse(form.text)) == []
    assert without.status_code == 422
    assert 'href="#file-purpose"' in without.text
    assert "attachment" in page.headers["content-disposition"]
    assert page.headers["cache-control"] == "no-store"
    assert '<dd class="third_party">' in page.text
    assert text_of(parse(page.text).find(".//h1")) == "Everything held about CIN-00001"
    assert json.loads(data.text)["purpose"] == "Request 12"
    with database.read() as session:
        taken = session.exec(select(Event).where(Event.kind == "subject_file_taken")).all()
    assert [event.reason for event in taken] == ["Request 12"] * 2
    assert manager.get("/subject/CIN-404").status_code == 404
    assert manager.get("/subject?case=CIN-404").status_code == 422


@ON_SQLITE
def test_a_case_is_held_and_released(
    manager: TestClient, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        make_case(session, programme, reference="CIN-00001")
    path = "/subject/CIN-00001"
    without = manager.post(f"{path}/hold", data={"reason": ""})
    held = manager.post(f"{path}/hold", data={"reason": "Inquiry"})
    listed = manager.get("/programme/records")
    lifted = manager.post(f"{path}/lift", data={"reason": "Inquiry over"})

    assert (without.status_code, 'href="#hold-reason"' in without.text) == (422, True)
    assert "Lift the legal hold" in held.text
    assert "Inquiry" in listed.text
    assert faults(parse(listed.text)) == []
    assert ": Inquiry over" in lifted.text


class TestLongAfterwards:
    """When the first cases reach the end of their retention."""

    @pytest.fixture
    def now(self) -> datetime:
        return at_local(NEXT_YEARS)

    @pytest.fixture
    def programme(self, database: Database, programme: Programme) -> Programme:
        """Still running."""
        with database.write() as session:
            session.get_one(Programme, programme.key).target_on = NEXT_YEARS
            make_case(
                session,
                programme,
                reference="CIN-00001",
                facts={"birth_on": "1999-05-01", "closed_on": "2016-03-01"},
            )
        return programme

    @ON_SQLITE
    def test_what_is_over_goes_only_when_somebody_is_sure(
        self, administrator: TestClient, database: Database
    ) -> None:
        page = administrator.get("/programme/records")
        unsure = administrator.post("/programme/records/purge", data={"case": "CIN-00001"})
        purged = administrator.post(
            "/programme/records/purge", data={"case": "CIN-00001", "sure": "yes"}
        )

        assert "1 closed case whose time is over; 1 may go." in page.text
        assert unsure.status_code == 422
        assert faults(parse(unsure.text)) == []
        assert "1 case removed." in purged.text
        with database.read() as session:
            assert len(session.exec(select(PurgedCase)).all()) == 1

    @ON_SQLITE
    def test_a_rule_that_keeps_everything_stops_it(self, administrator: TestClient) -> None:
        rule = {"in_force_from": "2024-01-01", "source": ""}
        without = administrator.post("/programme/records/rules", data=rule)
        set_ = administrator.post(
            "/programme/records/rules", data=rule | {"source": "Order of the court"}
        )

        assert 'href="#rule-source"' in without.text
        assert "Nothing may be destroyed at present." in set_.text
        assert "Order of the court" in set_.text


def test_programs_do_the_same(
    manager: TestClient, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        make_case(session, programme, reference="CIN-00001")
    number = manager.post(
        "/api/programme/policy/capacity.early_help_by_area.Preston",
        json={"value": 9, "reason": "Two posts gone"},
    )
    manager.post(
        "/api/programme/days", json={"day": "2016-02-27", "kind": "worked", "reason": "Catch up"}
    )
    found = manager.get("/api/programme").json()
    hold = manager.post("/api/subject/CIN-00001/hold", json={"reason": "Inquiry"})
    document = manager.post("/api/subject/CIN-00001", json={"purpose": "Request 1"}).json()

    assert number.json()["value"] == 9
    assert found["overtime"] == ["2016-02-27"]
    assert [change["setting"] for change in found["changes"]] == [
        "overtime",
        "policy.capacity.early_help_by_area.Preston",
    ]
    assert hold.status_code == 201
    assert manager.get("/api/records").json()["holds"][0]["case"] == "CIN-00001"
    assert document["case"] == "CIN-00001"
