"""Every look at a case and every refusal is one event, or nothing is shown (promise S4)."""

import pytest
from sqlmodel import col, select

from api import looks
from api.looks import shows_a_case
from tests.measured import Measured
from tests.security.asking import Place, Stage, allowed
from workflow import audit
from workflow.models import Case, Event, Review

CASE_PAGES = [
    cell for cell in allowed() if cell[0].method == "GET" and shows_a_case(cell[0].template)
]
DOOR = Place("GET", "/reviews/{reference}")


def newest(stage: Stage, after: int = 0) -> list[Event]:
    with stage.database.read() as session:
        query = select(Event).where(Event.seq > after).order_by(col(Event.seq))
        return list(session.exec(query))


def last(stage: Stage) -> int:
    return max(event.seq for event in newest(stage))


def review_of(stage: Stage, reference: str) -> int | None:
    with stage.database.read() as session:
        query = select(Review.id).join(Case).where(Case.reference == reference)
        return session.exec(query).first()


def test_each_look_at_a_case_is_one_event_of_whom_and_of_which_review(
    stage: Stage, measured: Measured
) -> None:
    shown, wrong = 0, []
    for place, who in CASE_PAGES:
        before, address = last(stage), stage.own(place, who)
        answer = stage.ask(who, place, address)
        noted = newest(stage, before)
        kind = {200: audit.VIEWED, 303: audit.VIEWED}.get(answer.status_code, audit.REFUSED)
        said = [(one.kind, one.actor, one.payload["page"]) for one in noted]
        if answer.status_code < 400 or answer.status_code == 404:
            wrong += [] if said == [(kind, who, place.key)] else [(place.key, who, said)]
        shown += answer.status_code == 200
        held = stage.people.holds.get(who, stage.people.holds["reviewer-a"])
        wrong += [one.payload for one in noted if one.review_id != review_of(stage, held)]
    assert wrong == []
    assert shown >= 10
    cells = len(CASE_PAGES)
    measured("S4", "one event each", f"{cells} of {cells} looks at a case, by page and role")


def test_a_refusal_is_one_event_with_its_status(stage: Stage) -> None:
    held = stage.people.holds["reviewer-a"]
    for who, status in (("auditor", 403), ("reviewer-b", 403)):
        before = last(stage)
        assert stage.ask(who, DOOR, DOOR.at(reference=held)).status_code == status
        (noted,) = newest(stage, before)
        assert (noted.kind, noted.actor, noted.payload["status"]) == ("access_refused", who, status)
        assert noted.review_id == review_of(stage, held)


def test_trying_a_case_that_is_somebody_elses_is_on_record(stage: Stage) -> None:
    place, before = Place("GET", "/my-reviews/{reference}"), last(stage)
    foreign = stage.people.holds["reviewer-a"]
    assert stage.ask("reviewer-b", place, place.at(reference=foreign)).status_code == 404
    assert stage.ask("reviewer-b", place, place.at(reference="CIN-0")).status_code == 404
    tried, guessed = newest(stage, before)
    assert (tried.kind, tried.review_id) == ("access_refused", review_of(stage, foreign))
    assert (guessed.kind, guessed.review_id) == ("access_refused", None)
    assert "CIN-0" not in str(guessed)


def test_an_address_that_fits_nothing_and_nobody_signed_in_leave_no_event(stage: Stage) -> None:
    before = last(stage)
    stage.ask("manager", Place("GET", "/nowhere"), "/nowhere")
    stage.ask("anonymous", DOOR, DOOR.at(reference="CIN-1"))
    assert newest(stage, before) == []


def test_what_cannot_be_put_on_record_is_not_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, measured: Measured
) -> None:
    address = DOOR.at(reference=stage.people.holds["reviewer-a"])
    shown = stage.ask("coordinator", DOOR, address)
    monkeypatch.setattr(looks.audit, "record_view", broken)
    hidden = stage.ask("coordinator", DOOR, address)
    assert (shown.status_code, hidden.status_code) == (200, 500)
    assert stage.people.holds["reviewer-a"] not in hidden.text
    measured("S4", "a failing event aborts the look", "nothing is shown")


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("the disk is full")


def test_the_chain_holds_after_all_that(stage: Stage) -> None:
    with stage.database.read() as session:
        assert audit.verify(session, 1).ok
