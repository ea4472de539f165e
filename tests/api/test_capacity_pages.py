"""The capacity register over the web: posts, Practice Managers, burn-downs, levers."""

from datetime import date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.pages import capacity as capacity_pages
from tests.api.conftest import SignIn
from tests.api.pages import faults, parse, text_of
from tests.factories import EARLY, make_actor
from workflow import capacity
from workflow.calendar import at_local
from workflow.db import Database
from workflow.forecast import Scenario
from workflow.models import Programme
from workflow.states import Role

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The use cases run on both databases in tests of their own."""

MANAGER = make_actor(Role.MANAGER)


@pytest.fixture
def now() -> datetime:
    """The February meeting."""
    return at_local(date(2016, 2, 24))


@pytest.fixture
def register(database: Database, programme: Programme) -> tuple[int, int]:
    """A vacant post and a Practice Manager with four cases: their numbers."""
    with database.write() as session:
        post = capacity.open_post(
            session,
            programme=programme,
            reference="V01",
            role="Senior social worker",
            since_on=date(2015, 11, 2),
            expected_on=date(2016, 2, 15),
            actor=MANAGER,
            now=EARLY,
        )
        manager = capacity.add_manager(
            session,
            programme=programme,
            reference="PM1",
            name="Pat Practice",
            cases=4,
            ends_on=date(2016, 3, 4),
            actor=MANAGER,
            now=EARLY,
        )
        return post.key, manager.key


def test_both_registers_are_shown_with_pictures_numbers_and_slip(
    manager: TestClient, register: tuple[int, int]
) -> None:
    del register
    page = parse(manager.get("/capacity").text)
    said = text_of(page.find(".//main"))

    assert faults(page) == []
    assert "1 post is vacant. 1 Practice Manager still carries 4 cases." in said
    assert "Vacant, 7 working days past its date" in said
    for slug in ("posts", "cases"):
        numbers = manager.get(f"/capacity/{slug}.csv")
        assert numbers.headers["content-type"].startswith("text/csv")
        assert numbers.text.startswith("day,basis,counted")


@ON_SQLITE
def test_a_picture_is_drawn_and_may_do_nothing(
    manager: TestClient, register: tuple[int, int]
) -> None:
    del register
    drawn = manager.get("/capacity/posts-narrow.svg")

    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in drawn.headers["content-security-policy"]
    assert manager.get("/capacity/secrets-wide.svg").status_code in {404, 422}


@ON_SQLITE
@pytest.mark.usefixtures("programme")
def test_an_empty_register_says_how_to_fill_it(manager: TestClient) -> None:
    page = manager.get("/capacity")

    assert faults(parse(page.text)) == []
    assert "The register is empty." in page.text


@ON_SQLITE
def test_a_posts_date_is_moved_with_a_reason_and_the_post_filled(
    manager: TestClient, register: tuple[int, int]
) -> None:
    path = f"/capacity/posts/{register[0]}"
    typed = {"expected_on": "2016-03-14", "reason": " "}
    without = manager.post(f"{path}/expect", data=typed)
    moved = manager.post(f"{path}/expect", data=typed | {"reason": "Nobody applied"})
    ahead = manager.post(f"{path}/fill", data={"filled_on": "2016-03-01"})
    filled = manager.post(f"{path}/fill", data={"filled_on": "2016-02-22"})

    assert (without.status_code, ahead.status_code) == (422, 422)
    assert faults(parse(without.text)) == []
    assert "From 15 February 2016 to 14 March 2016. Nobody applied" in moved.text
    assert "Filled 22 Feb 2016" in filled.text
    assert 'action="/capacity/posts' not in filled.text


@ON_SQLITE
def test_a_practice_managers_cases_are_counted_and_the_end_moved(
    manager: TestClient, register: tuple[int, int]
) -> None:
    path = f"/capacity/managers/{register[1]}"
    wrong = manager.post(f"{path}/count", data={"cases": "two", "counted_on": "2016-02-24"})
    manager.post(f"{path}/count", data={"cases": "2", "counted_on": "2016-02-24"})
    moved = manager.post(f"{path}/end", data={"ends_on": "", "reason": "No worker to take them"})

    assert wrong.status_code == 422
    assert 'value="two"' in wrong.text
    assert faults(parse(moved.text)) == []
    assert "No date given" in moved.text
    assert "2 cases on 24 February 2016" in moved.text


@ON_SQLITE
@pytest.mark.usefixtures("programme")
def test_entries_are_added_and_a_taken_reference_is_refused(manager: TestClient) -> None:
    post = {"reference": "V9", "role": "Social worker", "since_on": "2016-01-04"}
    person = {"reference": "PM9", "name": "Robin", "cases": "3", "ends_on": "2016-03-01"}
    for path in ("/capacity/posts/add", "/capacity/managers/add"):
        assert faults(parse(manager.get(path).text)) == []

    lacking = manager.post("/capacity/posts/add", data=post | {"points_per_day": "8", "role": ""})
    added = manager.post("/capacity/posts/add", data=post | {"points_per_day": "8.5"})
    again = manager.post("/capacity/posts/add", data=post | {"points_per_day": "8.5"})
    manager.post("/capacity/managers/add", data=person)

    assert 'href="#add-role"' in lacking.text
    assert "8.5 review points a day" in added.text
    assert again.status_code == 409
    assert "Robin" in manager.get("/capacity").text


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Scenario]:
    """What was played, with few futures instead of ten thousand."""
    played: list[Scenario] = []
    run = capacity_pages.run_scenario

    def few(*where: Any, **how: Any) -> Any:
        played.append(how["scenario"])
        return run(*where, **how, paths=100)

    monkeypatch.setattr(capacity_pages, "run_scenario", few)
    return played


@ON_SQLITE
@pytest.mark.usefixtures("register", "caseload")
def test_a_lever_is_pulled_shown_and_kept(manager: TestClient, quick: list[Scenario]) -> None:
    wrong = manager.post("/capacity/what-if/posts", data={"on": "soon"})
    shown = manager.post("/capacity/what-if/posts", data={"on": "2016-03-01", "certain": "yes"})
    kept = manager.post("/capacity/what-if/managers", data={"on": "", "save": "yes"})

    assert wrong.status_code == 422
    assert faults(parse(shown.text)) == []
    assert "Keep this scenario" in shown.text
    assert quick[0].vacancies_certain
    assert "The scenario is kept." in kept.text


def test_programs_read_and_keep_the_register(
    manager: TestClient, register: tuple[int, int]
) -> None:
    path = f"/api/capacity/managers/{register[1]}/count"
    manager.post(path, json={"cases": 1, "counted_on": "2016-02-24"})
    found = manager.get("/api/capacity").json()

    assert found["posts"][0]["slip_working_days"] == 7
    assert found["managers"][0]["cases"] == 1
    assert found["vacant_posts"]["left"] == 1
    assert (
        manager.post("/api/capacity/posts/99/fill", json={"filled_on": "2016-02-01"}).status_code
        == 404
    )


@ON_SQLITE
@pytest.mark.usefixtures("register")
def test_auditors_look_and_change_nothing(signed_in: SignIn) -> None:
    auditor = signed_in(Role.AUDITOR)
    page = auditor.get("/capacity")

    assert "Enter a vacant post" not in page.text
    assert "What if all posts were filled" not in page.text
    assert auditor.post("/capacity/posts/add", data={}).status_code == 403
    assert auditor.get("/actions").status_code == 403
