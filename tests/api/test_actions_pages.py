"""Follow-on actions over the web: lists, one of them, adding, closing, and where the children go."""

from datetime import date, datetime

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.workflow.followup.desk import complete
from workflow.calendar import at_local
from workflow.db import Database
from workflow.followup.worklist import ActionView
from workflow.models import ActionKind, ActionStatus, FollowOnAction, Programme
from workflow.states import Role

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The use cases run on both databases in tests of their own."""

DAY = date(2016, 2, 24)


@pytest.fixture
def now() -> datetime:
    """Two weeks after the outcomes were confirmed."""
    return at_local(DAY)


@pytest.fixture
def work(database: Database, programme: Programme) -> dict[ActionKind, int]:
    """A step-up in Burnley and a case that stays in Hyndburn; kind → number of the action."""
    with database.write() as session:
        complete(session, programme, "step_up_strategy_discussion", reference="CIN-00001")
        complete(
            session, programme, "transfer", reference="CIN-00002", district="E07000120", family="F1"
        )
        found = session.exec(select(FollowOnAction)).all()
        return {action.kind: action.key for action in found}


def cases(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/actions?{query}")
    assert answer.status_code == 200, answer.text
    table = parse(answer.text).find(".//table[@id='actions']")
    return [] if table is None else [text_of(row.find("th")) for row in table.findall("tbody/tr")]


def stored(database: Database, number: int) -> FollowOnAction:
    with database.read() as session:
        return session.get_one(FollowOnAction, number)


@pytest.mark.usefixtures("work")
def test_every_list_is_valid_and_says_how_many_cases_are_made_safe(
    coordinating: TestClient,
) -> None:
    for view in ActionView:
        tree = parse(coordinating.get(f"/actions?view={view}").text)
        assert faults(tree) == []
    said = text_of(tree.find(".//main"))

    assert "2 reviews complete" in said
    assert "0 cases made safe" in said
    assert "2 cases with a complete review are not made safe yet" in said


@pytest.mark.usefixtures("work")
def test_lists_are_filtered_sorted_and_counted(coordinating: TestClient) -> None:
    assert cases(coordinating, "view=overdue") == ["CIN-00001"]
    assert cases(coordinating, "view=this_week") == ["CIN-00002", "CIN-00002"]
    assert cases(coordinating, "view=rechecks") == ["CIN-00001"]
    assert cases(coordinating, "view=open&sort=-case")[0] == "CIN-00002"
    assert cases(coordinating, "view=open&owner=conference_chair") == ["CIN-00001"]
    assert cases(coordinating, "view=open&owner=somebody_else") == []
    assert cases(coordinating, "view=open&kind=transfer&district=E07000120") == ["CIN-00002"]
    assert cases(coordinating, "view=open&q=cin-00001&page=9") == ["CIN-00001"] * 3


@ON_SQLITE
def test_an_action_is_done_on_a_day_with_what_shows_it_and_its_successor_moves(
    coordinating: TestClient, database: Database, work: dict[ActionKind, int]
) -> None:
    path = f"/actions/{work[ActionKind.STRATEGY_DISCUSSION]}"
    page = parse(coordinating.get(path).text)
    typed = {"result": " ", "done_on": "2016-02-22", "version": "1"}
    empty = coordinating.post(f"{path}/done", data=typed)
    done = coordinating.post(f"{path}/done", data=typed | {"result": "Held, minutes in LCS"})

    assert faults(page) == []
    assert empty.status_code == 422
    assert 'href="#done-result"' in empty.text
    assert 'value="2016-02-22"' in empty.text
    assert faults(parse(empty.text)) == []
    assert "It is done." in done.text
    assert "22 February 2016" in done.text
    assert stored(database, work[ActionKind.CONFERENCE]).due_on == date(2016, 3, 14)


@ON_SQLITE
def test_what_comes_first_is_said_and_an_older_page_is_refused(
    coordinating: TestClient, work: dict[ActionKind, int]
) -> None:
    path = f"/actions/{work[ActionKind.CONFERENCE]}"
    early = coordinating.post(f"{path}/done", data={"result": "Held"})
    stale = coordinating.post(f"{path}/cancel", data={"reason": "Enquiry ended", "version": "7"})

    assert early.status_code == 422
    assert "Strategy discussion with police and health comes first" in early.text
    assert stale.status_code == 409
    assert "Enquiry ended" in stale.text


@ON_SQLITE
def test_an_action_gets_more_time_another_owner_or_is_cancelled_for_a_reason(
    coordinating: TestClient, database: Database, work: dict[ActionKind, int]
) -> None:
    number = work[ActionKind.TRANSFER]
    path = f"/actions/{number}"
    for form, typed in (
        ("extend", {"due_on": "2016-03-15", "reason": "Awaiting acceptance"}),
        ("reassign", {"owner_role": "senior_manager", "owner": "Sam", "reason": "Stuck"}),
        ("cancel", {"reason": "The family has come back"}),
    ):
        without = coordinating.post(f"{path}/{form}", data=typed | {"reason": ""})
        assert without.status_code == 422
        assert coordinating.post(f"{path}/{form}", data=typed).status_code == 200
    action = stored(database, number)

    assert (action.due_on, action.owner) == (date(2016, 3, 15), "Sam")
    assert action.status is ActionStatus.CANCELLED
    timeline = coordinating.get(path).text
    assert "From 24 February 2016 to 15 March 2016. Awaiting acceptance" in timeline
    assert cases(coordinating, "view=cancelled") == ["CIN-00002"]


def test_several_are_done_together_and_what_is_not_is_named(
    coordinating: TestClient, database: Database, work: dict[ActionKind, int]
) -> None:
    numbers = [work[ActionKind.RECHECK], work[ActionKind.TRANSFER]]
    nothing = coordinating.post("/actions/done", data={"result": "Told"})
    some = coordinating.post("/actions/done", data={"action": numbers, "result": "Told"})

    assert nothing.status_code == 422
    assert some.status_code == 409
    assert "Name who takes the child&#39;s support over." in some.text
    assert faults(parse(some.text)) == []
    assert [stored(database, n).status for n in numbers] == ["done", "open"]


@pytest.mark.usefixtures("work")
def test_an_action_is_added_by_hand_and_shown_on_its_case(coordinating: TestClient) -> None:
    assert faults(parse(coordinating.get("/actions/add?case=CIN-00002").text)) == []
    typed = {
        "case": "CIN-404",
        "kind": "plan_changes",
        "task": "Ask the school for its view",
        "owner_role": "allocated_worker",
        "due_on": "2016-03-01",
    }
    unknown = coordinating.post("/actions/add", data=typed)
    coordinating.post("/actions/add", data=typed | {"case": "CIN-00002"})

    assert unknown.status_code == 422
    assert 'href="#add-case"' in unknown.text
    case = coordinating.get("/reviews/CIN-00002")
    assert "Ask the school for its view" in case.text
    assert faults(parse(case.text)) == []


@ON_SQLITE
@pytest.mark.usefixtures("work")
def test_an_unknown_action_is_not_found_and_reviewers_have_no_way_in(
    coordinating: TestClient, signed_in: SignIn
) -> None:
    assert signed_in(Role.REVIEWER).get("/actions").status_code == 403
    assert coordinating.get("/actions/9999").status_code == 404
    assert coordinating.post("/actions/9999/done", data={"result": "x"}).status_code == 404
    assert coordinating.get("/api/actions/9999").status_code == 404


def test_programs_do_the_same_under_the_same_rules(
    coordinating: TestClient, work: dict[ActionKind, int]
) -> None:
    listed = coordinating.get("/api/actions?view=overdue").json()
    path = f"/api/actions/{work[ActionKind.TRANSFER]}"
    lacking = coordinating.post(f"{path}/done", json={"result": "Accepted"})
    done = coordinating.post(
        f"{path}/done", json={"result": "Accepted", "receiver": "Salford", "version": 1}
    )

    assert (listed["total"], listed["counts"]["overdue"], listed["made_safe"]) == (1, 1, 0)
    assert listed["actions"][0]["is_overdue"] is True
    assert lacking.status_code == 422
    assert done.json()["status"] == "done"
    assert coordinating.get("/api/actions").json()["made_safe"] == 1
    assert coordinating.get(path).json()["done_on"] == "2016-02-24"


@ON_SQLITE
@pytest.mark.usefixtures("programme")
def test_the_outlook_says_when_there_is_nothing_to_forecast(coordinating: TestClient) -> None:
    answer = coordinating.get("/actions/outlook")

    assert answer.status_code == 200
    assert faults(parse(answer.text)) == []
    assert "allocate reviews first" in answer.text


@ON_SQLITE
@pytest.mark.usefixtures("work")
def test_the_outlook_names_each_early_help_area_as_page_table_and_data(
    coordinating: TestClient,
) -> None:
    page = coordinating.get("/actions/outlook")
    table = coordinating.get("/actions/outlook.csv")
    data = coordinating.get("/api/actions/outlook").json()

    assert faults(parse(page.text)) == []
    assert "Burnley and Pendle" in page.text
    assert table.headers["content-disposition"].startswith("attachment")
    assert len(table.text.splitlines()) == len(data["weeks"]) + 1
