"""Allocation over the web: previews, plans, and reviews given by hand."""

import re
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from tests.api.pages import faults, parse, text_of
from tests.factories import EARLY, make_actor, make_review, make_reviewer
from workflow.db import Database
from workflow.models import (
    AllocationRun,
    Case,
    ConflictKind,
    Programme,
    Review,
    Reviewer,
    RunStatus,
)
from workflow.roster import declare_conflict
from workflow.states import ReviewState, Role


@pytest.fixture
def people(database: Database, programme: Programme) -> list[Reviewer]:
    """Two reviewers with room and six reviews that wait."""
    with database.write() as session:
        for number in range(6):
            make_review(session, programme, reference=f"CIN-3000{number}", team=f"Team {number}")
        return [
            make_reviewer(session, programme, name="Robin Reader", reference="R1"),
            make_reviewer(session, programme, name="Ola Officer", agency="constabulary"),
        ]


def holders(database: Database) -> dict[str, int | None]:
    with database.read() as session:
        query = select(Case.reference, Review.reviewer_id).join(
            Review, col(Review.case_id) == col(Case.id)
        )
        return dict(session.exec(query).all())


def said(answer: object) -> str:
    return text_of(parse(answer.text).find(".//main"))  # type: ignore[attr-defined]


@pytest.mark.usefixtures("people")
def test_a_preview_is_shown_applied_and_undone(
    coordinating: TestClient, database: Database
) -> None:
    preview = coordinating.post("/allocation/preview", data={"kind": "backlog"})
    assert faults(parse(preview.text)) == []
    assert "6 reviews would be allocated" in said(preview)
    assert set(holders(database).values()) == {None}
    number = preview.url.path.rpartition("/")[2]

    applied = coordinating.post(f"/allocation/{number}/apply")
    assert "6 reviews allocated" in said(applied)
    assert None not in holders(database).values()
    again = coordinating.post(f"/allocation/{number}/apply")
    assert again.status_code == 409

    undone = coordinating.post(f"/allocation/{number}/undo")
    assert "put back again" in said(undone)
    assert set(holders(database).values()) == {None}
    assert faults(parse(coordinating.get("/allocation").text)) == []


def test_a_preview_that_is_out_of_date_says_what_moved(
    coordinating: TestClient, database: Database, programme: Programme, people: list[Reviewer]
) -> None:
    preview = coordinating.post("/allocation/preview", data={"kind": "backlog"})
    with database.write() as session:
        make_review(session, programme, reference="CIN-39999")

    page = coordinating.get(preview.url.path)
    refused = coordinating.post(f"{preview.url.path}/apply")

    assert "CIN-39999" in said(page)
    assert "Apply it" not in page.text
    assert refused.status_code == 409
    assert "CIN-39999" in said(refused)
    assert people
    with database.read() as session:
        assert [run.status for run in session.exec(select(AllocationRun))] == [RunStatus.PREVIEW]


def test_a_leaver_s_reviews_go_to_others(
    coordinating: TestClient, database: Database, people: list[Reviewer]
) -> None:
    run = coordinating.post("/allocation/preview", data={"kind": "backlog"})
    coordinating.post(f"{run.url.path}/apply")
    first, second = (reviewer.key for reviewer in people)

    plan = coordinating.post(
        "/allocation/leaver", data={"reviewer": "R1", "last_day": "2016-01-19"}
    )

    assert faults(parse(plan.text)) == []
    coordinating.post(f"{plan.url.path}/apply")
    assert first not in holders(database).values()
    assert second in holders(database).values()


@pytest.mark.usefixtures("people")
def test_a_wrong_last_day_is_told(coordinating: TestClient) -> None:
    answer = coordinating.post("/allocation/leaver", data={"reviewer": "R1", "last_day": "soon"})

    assert answer.status_code == 422
    assert "like 2016-02-29" in said(answer)


def test_one_case_is_given_to_the_reviewer_chosen(
    coordinating: TestClient, database: Database, people: list[Reviewer]
) -> None:
    page = coordinating.get("/reviews/CIN-30000/allocate")
    assert faults(parse(page.text)) == []
    nobody = coordinating.post("/reviews/CIN-30000/allocate", data={})
    assert (nobody.status_code, "Select a reviewer" in nobody.text) == (422, True)

    done = coordinating.post("/reviews/CIN-30000/allocate", data={"reviewer": people[0].key})

    assert "allocated to Robin Reader" in said(done)
    assert holders(database)["CIN-30000"] == people[0].key


def test_what_somebody_holds_moves_only_with_a_reason(
    coordinating: TestClient, database: Database, people: list[Reviewer]
) -> None:
    first, second = (reviewer.key for reviewer in people)
    coordinating.post("/reviews/CIN-30000/allocate", data={"reviewer": first})

    refused = coordinating.post("/reviews/CIN-30000/allocate", data={"reviewer": second})
    done = coordinating.post(
        "/reviews/CIN-30000/allocate", data={"reviewer": second, "reason": "Nearer"}
    )

    assert refused.status_code == 422
    assert faults(parse(refused.text)) == []
    assert "allocated to Ola Officer" in said(done)
    assert holders(database)["CIN-30000"] == second


def test_reviews_ticked_in_a_list_go_to_one_reviewer_and_the_refused_are_named(
    coordinating: TestClient, database: Database, people: list[Reviewer]
) -> None:
    with database.write() as session:
        declare_conflict(
            session,
            reviewer=session.get_one(Reviewer, people[0].key),
            kind=ConflictKind.CASE,
            subject="CIN-30001",
            reason="Neighbour",
            actor=make_actor(Role.COORDINATOR),
            now=EARLY,
        )
        ids = session.exec(select(Review.id).order_by(col(Review.id))).all()[:2]

    done = coordinating.post(
        "/reviews/allocate",
        data={"review": ids, "reviewer": people[0].key, "back": "/reviews?view=unallocated"},
    )

    tree = parse(done.text)
    assert faults(tree) == []
    assert "1 review went to Robin Reader" in said(done)
    assert "CIN-30001" in said(done)
    found = holders(database)
    assert (found["CIN-30000"], found["CIN-30001"]) == (people[0].key, None)


@pytest.mark.usefixtures("people")
def test_without_a_tick_or_a_reviewer_the_list_says_what_is_missing(
    coordinating: TestClient,
) -> None:
    answer = coordinating.post("/reviews/allocate", data={"filter": "view=unallocated"})

    assert answer.status_code == 422
    assert faults(parse(answer.text)) == []
    assert "Select at least one review" in said(answer)
    assert "Choose a reviewer" in said(answer)


def test_all_that_match_are_given_after_a_question(
    coordinating: TestClient, database: Database, people: list[Reviewer]
) -> None:
    asked = {"all": "yes", "filter": "view=unallocated&q=CIN-3000", "reviewer": people[1].key}
    question = coordinating.post("/reviews/allocate", data=asked)
    assert faults(parse(question.text)) == []
    assert re.search(r"Give 6 reviews to Ola Officer\?", said(question))
    assert set(holders(database).values()) == {None}

    coordinating.post("/reviews/allocate", data=asked | {"confirmed": "yes"})

    assert set(holders(database).values()) == {people[1].key}


def test_a_complete_review_cannot_be_given_away(
    coordinating: TestClient, database: Database, people: list[Reviewer]
) -> None:
    assert people
    with database.write() as session:
        review = session.exec(select(Review)).first()
        assert review is not None
        review.state, review.due_on = ReviewState.COMPLETE, date(2016, 1, 22)

    assert coordinating.get("/reviews/CIN-30000/allocate").status_code == 404
