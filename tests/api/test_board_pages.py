"""The Board over the web: register, meetings, decisions, and the report with its files."""

import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import board_report
from forms.report.files import can_make_pdf
from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import EARLY, make_actor
from workflow import board
from workflow.calendar import at_local
from workflow.db import Database
from workflow.models import CommitmentKind, Programme
from workflow.reporting import gathering, levers, report_facts
from workflow.states import Role

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The use cases run on both databases in tests of their own."""


@pytest.fixture
def now() -> datetime:
    """The day after some reviews were due."""
    return at_local(date(2016, 3, 7))


@pytest.fixture
def c3(database: Database, programme: Programme) -> int:
    """The number of a commitment that is overdue by then."""
    with database.write() as session:
        made = board.add_commitment(
            session,
            programme=programme,
            reference="C3",
            kind=CommitmentKind.COMMITMENT,
            title="Say when vacant posts will be filled",
            owner="Director",
            due_on=date(2016, 2, 29),
            actor=make_actor(Role.MANAGER),
            now=EARLY,
        )
        return made.key


@ON_SQLITE
@pytest.mark.usefixtures("c3")
def test_the_register_shows_what_is_owed_in_colour_and_words(manager: TestClient) -> None:
    page = parse(manager.get("/board").text)
    said = text_of(page.find(".//main"))

    assert faults(page) == []
    assert "1 commitment open, 1 overdue." in said
    assert "C3: Say when vacant posts will be filled" in said
    assert "Nothing is settled yet." in manager.get("/board?show=settled").text


def test_a_commitment_changes_with_a_reason_and_is_met_with_evidence(
    manager: TestClient, c3: int
) -> None:
    path = f"/board/commitments/{c3}"
    typed = {"owner": "Head of service", "due_on": "2016-03-21", "evidence": "", "version": "1"}
    without = manager.post(f"{path}/change", data=typed | {"reason": ""})
    changed = manager.post(f"{path}/change", data=typed | {"reason": "The Board agreed"})
    stale = manager.post(f"{path}/met", data={"evidence": "Paper 7", "version": "1"})
    met = manager.post(f"{path}/met", data={"evidence": "Paper 7", "version": "2"})

    assert without.status_code == 422
    assert faults(parse(without.text)) == []
    assert "From 29 February 2016 to 21 March 2016" in changed.text
    assert (stale.status_code, "Paper 7" in stale.text) == (409, True)
    assert "7 March 2016" in met.text
    assert f'action="{path}' not in met.text


@pytest.mark.usefixtures("programme")
def test_commitments_meetings_and_decisions_are_entered(manager: TestClient) -> None:
    new = {"reference": "R1", "kind": "recommendation", "title": "Thresholds", "owner": "Council"}
    pages = [manager.get("/board/commitments/add"), manager.get("/board/meetings")]
    lacking = manager.post("/board/commitments/add", data=new | {"owner": ""})
    manager.post("/board/commitments/add", data=new)
    meeting = manager.post("/board/meetings", data={"held_on": "2016-02-24", "title": "Board"})
    decided = manager.post(
        "/board/meetings/1/decisions", data={"text": "Agreed", "commitment": "1"}
    )
    pages += [meeting, decided, manager.get("/board/meetings"), manager.get("/board")]

    assert [faults(parse(page.text)) for page in pages] == [[]] * len(pages)
    assert 'href="#add-owner"' in lacking.text
    assert "R1: Thresholds" in decided.text
    assert manager.post("/board/meetings/1/decisions", data={"text": " "}).status_code == 422
    assert manager.get("/board/meetings/404").status_code == 404


@ON_SQLITE
def test_programs_do_the_same(manager: TestClient, c3: int) -> None:
    path = f"/api/board/commitments/{c3}"
    changed = manager.post(f"{path}/change", json={"due_on": "2016-03-21", "reason": "Agreed"})
    closed = manager.post(f"{path}/close", json={"evidence": "Paper 7", "version": 2})
    register = manager.get("/api/board").json()

    assert changed.json()["first_due_on"] == "2016-02-29"
    assert closed.json()["status"] == "met"
    assert register["commitments"][0]["rag"] == "met"
    assert (
        manager.post("/api/board/commitments/99/close", json={"evidence": "x"}).status_code == 404
    )


@ON_SQLITE
@pytest.mark.usefixtures("programme")
def test_a_day_that_cannot_be_reported_is_said_at_the_field(manager: TestClient) -> None:
    for day in ("2016-01-01", "2026-01-01", "soon"):
        page = manager.get(f"/board/report?as_of={day}")
        assert page.status_code == 422
        assert 'href="#as_of"' in page.text
        assert faults(parse(page.text)) == []
    assert manager.get("/board/report/2026-01-01").status_code == 422


@dataclass
class Counted:
    """How often the report was worked out."""

    times: int = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Counts, and plays few futures instead of ten thousand."""
    few = partial(gathering.forecast_programme, paths=200)
    monkeypatch.setattr(gathering, "forecast_programme", few)
    monkeypatch.setattr(levers, "PATHS", 200)
    tally = Counted()

    def counting(*where: Any, **how: Any) -> Any:
        tally.times += 1
        return report_facts(*where, **how)

    monkeypatch.setattr(board_report, "report_facts", counting)
    return tally


@ON_SQLITE
@pytest.mark.usefixtures("caseload", "c3")
def test_the_report_is_worked_out_once_for_all_its_files(
    manager: TestClient, counted: Counted
) -> None:
    page = manager.get("/board/report")
    read = manager.get("/board/report/2016-03-07")
    files = {
        kind: manager.get(f"/board/report/2016-03-07.{kind}")
        for kind in ("html", "xlsx", "zip", "json")
    }

    assert faults(parse(page.text)) == []
    assert (".pdf" in page.text) == can_make_pdf()
    assert read.headers["content-disposition"] == "inline"
    assert "default-src 'none'" in read.headers["content-security-policy"]
    assert "Say when vacant posts will be filled" in read.text
    for kind, file in files.items():
        assert file.headers["cache-control"] == "no-store"
        name = f'filename="board-report-2016-03-07.{kind}"'
        assert file.headers["content-disposition"] == f"attachment; {name}"
    with zipfile.ZipFile(io.BytesIO(files["zip"].content)) as archive:
        assert "figures.csv" in archive.namelist()
    assert files["html"].text == read.text
    assert counted.times == 1


@ON_SQLITE
@pytest.mark.usefixtures("c3")
def test_moderators_read_and_change_nothing_and_reviewers_see_none_of_it(
    signed_in: SignIn,
) -> None:
    moderator, reviewer = signed_in(Role.MODERATOR), signed_in(Role.REVIEWER)

    assert "Enter a commitment" not in moderator.get("/board").text
    assert moderator.post("/board/meetings", data={}).status_code == 403
    assert reviewer.get("/board").status_code == 403
    assert reviewer.get("/board/report/2016-03-07").status_code == 403
