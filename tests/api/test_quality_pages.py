"""Quality: the sample against its plan, agreement, funnels; nothing small is shown."""

from datetime import date

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.workflow.quality.stage import Stage
from workflow.db import Database
from workflow.models import Programme
from workflow.states import Role

PLAN = {
    "in_force_from": "2016-02-20",
    "share": "25",
    "first_reviews": "3",
    "under_years": "1",
    "always_immediate_risk": "yes",
    "reason": "Reviewers agree well",
}


@pytest.fixture
def worked(database: Database, programme: Programme) -> None:
    """Eight reviews are complete, six of them close."""
    with database.write() as session:
        mine = session.merge(programme)
        mine.demo_today = date(2016, 2, 24)
        stage = Stage(session, mine)
        for number in range(8):
            stage.confirmed(stage.submitted(outcome="close" if number < 6 else "remain_cin"))


def test_the_page_says_what_reviews_find_and_hides_what_is_small(
    worked: None, manager: TestClient
) -> None:
    page = manager.get("/quality").text
    assert faults(parse(page)) == []
    said = text_of(parse(page).find(".//main"))
    assert "Today’s plan takes" in said
    assert "one of the author's first 5 reviews" in said
    tables = manager.get("/api/quality").json()["tables"]
    shown = {row["outcome"]: row["reviews"] for row in tables["outcomes"]}
    assert shown["Remain Child in Need, plan adequate"] == "c"
    assert "c" in {shown["Close"], shown["All"]}, "together they would give it away"


def test_a_programme_without_a_complete_review_has_a_page_too(manager: TestClient) -> None:
    page = manager.get("/quality")
    assert page.status_code == 200
    assert "Too few reviews are complete" in page.text
    assert manager.get("/quality/lessen-wide.svg").status_code == 404


def test_a_plan_is_set_by_page_from_a_day_on_and_shown_with_its_reason(manager: TestClient) -> None:
    refused = manager.post("/quality/plan", data=PLAN | {"reason": ""})
    assert refused.status_code == 422
    assert "Say why the sample changes" in refused.text
    assert faults(parse(refused.text)) == []
    past = manager.post("/quality/plan", data=PLAN | {"in_force_from": "2016-01-01"})
    assert "cannot begin in the past" in past.text
    done = manager.post("/quality/plan", data=PLAN, follow_redirects=False)
    assert done.status_code == 303
    assert "Reviewers agree well" in manager.get("/quality/plan").text


def test_a_plan_can_be_looked_at_before_it_is_set(manager: TestClient) -> None:
    typed = PLAN | {"strata": "outcome close 20\ndistrict Burnley 30", "look": "yes"}
    looked = manager.post("/quality/plan", data=typed)
    assert looked.status_code == 200
    assert faults(parse(looked.text)) == []
    assert "Nothing is changed yet" in looked.text
    assert manager.get("/api/quality/plan").json()["in_force_from"] is None
    assert manager.post("/quality/plan", data=typed | {"look": ""}, follow_redirects=False)
    wrong = manager.post("/quality/plan", data=PLAN | {"strata": "close 20"})
    assert wrong.status_code == 422
    assert "outcome close 20" in wrong.text


def test_pages_of_teams_and_plan_are_sound_without_a_review(manager: TestClient) -> None:
    for path in ("/quality/teams", "/quality/plan"):
        assert faults(parse(manager.get(path).text)) == [], path
    assert manager.get("/quality/teams/late.csv").status_code == 404


def test_a_plan_is_set_by_json_and_read_back(manager: TestClient) -> None:
    now = manager.get("/api/quality/plan").json()
    assert now["in_force_from"] is None
    sent = now | {"in_force_from": "2016-01-20", "share": 0.5, "reason": "A second month"}
    answer = manager.post("/api/quality/plan", json=sent)
    assert answer.status_code == 201, answer.text
    assert manager.get("/api/quality/plan").json()["share"] == 0.5
    assert manager.post("/api/quality/plan", json=sent | {"share": 2}).status_code == 422
    looked = manager.post("/api/quality/plan/look", json=sent).json()
    assert looked["undecided"] == looked["total"] == 0


def test_only_managers_and_administrators_change_the_plan(
    signed_in: SignIn, programme: Programme
) -> None:
    moderator = signed_in(Role.MODERATOR)
    assert moderator.get("/quality").status_code == 200
    assert "Change the sampling plan" not in moderator.get("/quality/plan").text
    assert moderator.post("/quality/plan", data=PLAN).status_code == 403
