"""The coordinators' lists, the page of a case, and what can be done there."""

from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import EARLY, as_actor, make_actor, make_review, make_reviewer, make_reviews
from workflow import reviews
from workflow.db import Database
from workflow.models import Case, Programme, Review
from workflow.states import Action, ReviewState, Role
from workflow.worklists import Query, View, matching_reviews, view_counts, worklist

LATE = date(2016, 1, 18)
COORDINATOR = make_actor(Role.COORDINATOR)


@pytest.fixture
def work(database: Database, programme: Programme) -> Programme:
    """Thirty unallocated reviews, one that is overdue, one on hold."""
    with database.write() as session:
        make_reviews(
            session,
            programme,
            ({"reference": f"CIN-1{number:04}", "band": 1 + number % 5} for number in range(30)),
        )
        reviewer = make_reviewer(session, programme, name="Robin Reader")
        for reference, due in (("CIN-20001", LATE), ("CIN-20002", date(2016, 2, 1))):
            review = make_review(session, programme, reference=reference, family="F7")
            reviews.allocate(
                session,
                review=review,
                reviewer_id=reviewer.key,
                due_on=due,
                actor=COORDINATOR,
                now=EARLY,
            )
        for action, reason in ((Action.START, None), (Action.HOLD, "File is missing")):
            reviews.act(
                session,
                review_id=review.key,
                action=action,
                actor=as_actor(reviewer),
                now=EARLY,
                reason=reason,
            )
    return programme


def rows(client: TestClient, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    table = parse(answer.text).find(".//table[@id='reviews']")
    return [] if table is None else [text_of(row.find("th")) for row in table.findall("tbody/tr")]


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("view", View)
def test_every_list_is_valid_html(coordinating: TestClient, view: View) -> None:
    tree = parse(coordinating.get(f"/reviews?view={view}").text)

    assert faults(tree) == []


@pytest.mark.both_databases
@pytest.mark.usefixtures("work")
def test_unallocated_reviews_come_high_priority_first_a_page_at_a_time(
    coordinating: TestClient,
) -> None:
    answer = parse(coordinating.get("/reviews").text)
    said = text_of(answer.find(".//main"))

    assert "30 reviews. Showing 1 to 25, sorted by priority (high first)" in said
    assert "(page 1 of 2)" in text_of(answer.find(".//title"))
    assert len(rows(coordinating, "/reviews?page=2")) == 5
    assert rows(coordinating, "/reviews?page=99") == rows(coordinating, "/reviews?page=2")


@pytest.mark.both_databases
@pytest.mark.usefixtures("work")
def test_filters_sorting_and_search_live_in_the_address(coordinating: TestClient) -> None:
    assert rows(coordinating, "/reviews?band=5&sort=-case")[0] == "CIN-10029"
    assert rows(coordinating, "/reviews?view=all&q=cin-2000&sort=case") == [
        "CIN-20001 with siblings",
        "CIN-20002 with siblings",
    ]
    assert len(rows(coordinating, "/reviews?view=all&q=robin")) == 2
    assert rows(coordinating, "/reviews?district=E07000123") == []


@pytest.mark.both_databases
@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("search", ["%", "_", "\\", "'", '"><script>'])
def test_what_is_searched_for_is_text_and_nothing_else(
    coordinating: TestClient, search: str
) -> None:
    answer = coordinating.get("/reviews", params={"view": "all", "q": search})

    assert faults(parse(answer.text)) == []
    assert "No review matches these filters" in answer.text


@pytest.mark.usefixtures("work")
def test_an_overdue_review_says_by_how_much(coordinating: TestClient) -> None:
    said = text_of(parse(coordinating.get("/reviews?view=overdue").text).find(".//main"))

    assert "2 working days overdue" in said
    assert "Overdue (1)" in said


@pytest.mark.both_databases
def test_the_counts_of_the_tabs_are_the_lengths_of_the_lists(
    database: Database, work: Programme
) -> None:
    as_of = date(2016, 1, 20)
    with database.read() as session:
        counts = view_counts(session, work, as_of=as_of)
        lengths = {
            view: worklist(session, work, Query(view=view), as_of=as_of).total for view in View
        }
        ids = matching_reviews(session, work, Query(view=View.ALL), as_of=as_of)

    assert counts == lengths
    assert len(ids) == lengths[View.ALL] == 32


@pytest.mark.usefixtures("work")
def test_a_case_shows_what_happened_to_it_and_its_siblings(coordinating: TestClient) -> None:
    tree = parse(coordinating.get("/reviews/CIN-20002").text)
    said = text_of(tree.find(".//main"))

    assert faults(tree) == []
    assert "On hold" in said
    assert "Robin Reader" in said
    assert "CIN-20001" in said
    assert "File is missing" in said


@pytest.mark.usefixtures("work")
def test_a_case_that_does_not_exist_is_not_found(coordinating: TestClient) -> None:
    assert coordinating.get("/reviews/CIN-99999").status_code == 404


def test_a_coordinator_resumes_what_is_on_hold(
    coordinating: TestClient, database: Database, work: Programme
) -> None:
    page = coordinating.post("/reviews/CIN-20002/act", data={"action": "resume"})

    assert "resume done" in text_of(parse(page.text).find(".//main"))
    with database.read() as session:
        states = {
            case.reference: review.state
            for review, case in session.exec(
                select(Review, Case).where(Review.case_id == Case.id, Case.family == "F7")
            )
        }
    assert states["CIN-20002"] is ReviewState.IN_PROGRESS
    assert work.key


@pytest.mark.usefixtures("work")
def test_releasing_needs_a_reason_and_keeps_the_page(coordinating: TestClient) -> None:
    refused = coordinating.post("/reviews/CIN-20002/act", data={"action": "release"})

    assert refused.status_code == 422
    tree = parse(refused.text)
    assert faults(tree) == []
    assert text_of(tree.find(".//title")).startswith("Error: ")


@pytest.mark.both_databases
@pytest.mark.usefixtures("work")
def test_of_two_who_act_on_the_same_page_one_is_told(coordinating: TestClient) -> None:
    first = coordinating.post(
        "/reviews/CIN-20002/act", data={"action": "resume", "version": "4"}, follow_redirects=False
    )
    second = coordinating.post(
        "/reviews/CIN-20002/act",
        data={"action": "release", "reason": "He left the council", "version": "4"},
    )

    assert first.status_code == 303
    assert second.status_code == 409
    assert "changed by somebody else" in second.text
    assert "He left the council" in second.text


@pytest.mark.usefixtures("work")
def test_a_manager_reads_the_lists_but_moves_nothing(signed_in: SignIn) -> None:
    manager = signed_in(Role.MANAGER)

    assert len(rows(manager, "/reviews")) == 25
    assert "Allocate by hand" not in manager.get("/reviews").text
    refused = manager.post("/reviews/CIN-20002/act", data={"action": "resume"})
    assert refused.status_code == 403


@pytest.mark.usefixtures("work")
def test_from_a_case_a_manager_comes_to_all_that_is_held_on_the_child(
    manager: TestClient, coordinating: TestClient
) -> None:
    link = "a[@href='/subject/CIN-20002']"
    found = parse(manager.get("/reviews/CIN-20002").text).find(f".//{link}")
    assert found is not None
    assert manager.get(found.get("href")).status_code == 200
    assert parse(coordinating.get("/reviews/CIN-20002").text).find(f".//{link}") is None
