"""The managers' progress page."""

import re
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import SignIn, fill, make_forecast
from tests.api.pages import faults, parse, text_of
from tests.factories import EARLY, make_actor, make_programme, make_review
from workflow.db import Database
from workflow.forecast.stored import forecast_programme, store_forecast
from workflow.models import Escalation, EscalationKind, Programme, StoredForecast
from workflow.policy import Policy
from workflow.states import Role


def page(client: TestClient) -> str:
    answer = client.get("/progress")
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.usefixtures("forecast")
def test_the_full_page_is_valid_html_without_faults(manager: TestClient) -> None:
    assert faults(parse(page(manager))) == []


@pytest.mark.usefixtures("forecast")
def test_the_page_opens_with_the_chance_and_the_dates(manager: TestClient) -> None:
    said = text_of(parse(page(manager)).find(".//main"))

    assert re.search(r"There is an? \S+ % chance .* complete by 31 March 2016", said)
    assert said.index("chance") < said.index("working days left")
    assert "We are 80 % sure of finishing 98 %" in said


@pytest.mark.usefixtures("forecast")
def test_the_page_counts_what_is_open_and_names_the_districts(manager: TestClient) -> None:
    said = text_of(parse(page(manager)).find(".//main"))

    assert "6 open" in said
    assert "50 working days left" in said
    assert "Burnley 3 0" in said
    assert "Preston 3 0" in said


@pytest.mark.usefixtures("programme")
def test_a_programme_without_a_caseload_says_what_to_do_next(manager: TestClient) -> None:
    tree = parse(page(manager))

    assert faults(tree) == []
    assert "cin import" in text_of(tree.find(".//main"))


@pytest.mark.usefixtures("caseload")
def test_a_caseload_without_a_forecast_shows_its_counts_and_the_next_command(
    manager: TestClient,
) -> None:
    tree = parse(page(manager))
    said = text_of(tree.find(".//main"))

    assert faults(tree) == []
    assert "cin forecast" in said
    assert "6 open" in said
    assert tree.find(".//img") is None


def test_hostile_names_are_shown_as_text(signed_in: SignIn, database: Database) -> None:
    hostile = "<script>alert(1)</script>\"'&"
    with database.write() as session:
        programme = make_programme(name=hostile)
        session.add(programme)
        session.flush()
        make_review(session, programme, district=hostile)

    tree = parse(page(signed_in(Role.MANAGER)))

    assert faults(tree) == []
    assert hostile in text_of(tree.find(".//header"))
    assert hostile in text_of(tree.find(".//main"))


def test_no_case_and_no_child_is_named(
    manager: TestClient, database: Database, caseload: Programme
) -> None:
    with database.write() as session:
        review = make_review(session, caseload, reference="CIN-SECRET", child_id="SYNSECRET")
        session.add(
            Escalation(
                programme_id=caseload.key,
                review_id=review.key,
                kind=EscalationKind.IMMEDIATE,
                reason="a SECRET reason",
                raised_by="somebody",
                raised_at=EARLY,
                acknowledge_by=EARLY,
            )
        )

    text = page(manager)

    assert "SECRET" not in text
    assert "1 escalation is open" in text


def test_a_forecast_of_a_later_day_is_not_shown(
    manager: TestClient, database: Database, caseload: Programme, forecast_json: dict[str, Any]
) -> None:
    with database.write() as session:
        session.add(make_forecast(caseload, forecast_json | {"as_of": "2016-02-01"}))

    assert "No forecast yet" in page(manager)


def test_a_demonstration_says_so_and_speaks_of_its_own_day(
    signed_in: SignIn, database: Database
) -> None:
    with database.write() as session:
        session.add(make_programme(demo_today=date(2016, 2, 24)))

    text = page(signed_in(Role.MANAGER))

    assert "synthetic" in text
    assert "24 February 2016" in text


def test_a_forecast_beyond_its_horizon_gives_no_made_up_date(
    manager: TestClient, database: Database, forecast: StoredForecast
) -> None:
    with database.write() as session:
        session.add(
            StoredForecast(
                **forecast.model_dump(exclude={"id", "result", "input_hash"}),
                input_hash="1" * 64,
                result=forecast.result | {"p50": None, "p80": None, "p95": None},
            )
        )

    tree = parse(page(manager))

    assert faults(tree) == []
    assert "None" not in text_of(tree.find(".//main"))


@pytest.mark.usefixtures("forecast")
def test_managers_get_links_to_the_lists_and_auditors_do_not(
    manager: TestClient, signed_in: SignIn
) -> None:
    def lists(client: TestClient) -> set[str | None]:
        links = {link.get("href") for link in parse(page(client)).iter("a")}
        return {link for link in links if link and link.startswith("/reviews?")}

    found = lists(manager)
    assert {"/reviews?view=overdue", "/reviews?view=all&district=E07000117"} <= found
    assert all(manager.get(link).status_code == 200 for link in found if link)
    assert lists(signed_in(Role.AUDITOR)) == set()


def test_the_page_names_the_run_that_made_the_forecast(
    manager: TestClient, database: Database, caseload: Programme, forecast_json: dict[str, Any]
) -> None:
    with database.write() as session:
        made = make_forecast(caseload, forecast_json)
        made.made_by = "flow:brave-otter"
        session.add(made)

    said = text_of(parse(page(manager)).find(".//main"))

    assert "The forecast was made on 20 January 2016 at 9:00 by the flow run brave-otter" in said
    assert manager.get("/api/progress").json()["forecast_made"]["by"] == "flow:brave-otter"


def test_a_later_forecast_is_explained_beside_the_first_one(
    signed_in: SignIn, database: Database
) -> None:
    days = (date(2016, 1, 20), date(2016, 1, 27))
    with database.write() as session:
        programme = make_programme(demo_today=days[1])
        session.add(programme)
        session.flush()
        fill(session, programme)
        for day in days:
            outlook = forecast_programme(
                session, programme=programme, policy=Policy(), as_of=day, paths=100
            )
            store_forecast(
                session,
                programme=programme,
                outlook=outlook,
                actor=make_actor(Role.COORDINATOR),
                now=EARLY,
            )
    manager = signed_in(Role.MANAGER)

    why = parse(manager.get("/progress/why").text)
    step = manager.get("/api/progress/why?since=2016-01-21").json()

    assert "Why it moved since 20 January 2016" in page(manager)
    assert faults(why) == faults(parse(page(manager))) == []
    assert "From 20 January 2016 to 27 January 2016" in text_of(why.find(".//main"))
    assert (step["since"], step["as_of"]) == ("2016-01-20", "2016-01-27")
    assert step["data"] + step["capacity"] + step["scope"] == pytest.approx(
        step["after"] - step["before"]
    )
    assert manager.get("/api/progress/why?since=2016-01-19").json() is None


@pytest.mark.usefixtures("programme")
def test_without_forecasts_there_is_nothing_to_explain(manager: TestClient) -> None:
    tree = parse(manager.get("/progress/why").text)

    assert faults(tree) == []
    assert "There is no earlier forecast" in text_of(tree.find(".//main"))
