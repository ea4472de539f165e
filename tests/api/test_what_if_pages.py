"""What if, over the web."""

import pytest
from fastapi.testclient import TestClient

from tests.api.pages import faults, parse, text_of
from workflow.db import Database


@pytest.mark.usefixtures("caseload")
def test_a_lever_is_pulled_and_the_difference_is_told(manager: TestClient) -> None:
    assert faults(parse(manager.get("/what-if").text)) == []
    form = {"name": "Two more", "reviewers": "2", "reviewers_from": "2016-02-01"}

    answer = manager.post("/what-if", data=form)

    tree = parse(answer.text)
    assert faults(tree) == []
    assert "Two more: the chance to finish by the target" in text_of(tree.find(".//main"))


@pytest.mark.usefixtures("caseload")
def test_everything_wrong_is_told_at_once_and_what_was_typed_stays(manager: TestClient) -> None:
    form = {"reviewers": "some", "target": "soon", "managers": "1"}
    answer = manager.post("/what-if", data=form)
    tree = parse(answer.text)

    assert answer.status_code == 422
    assert faults(tree) == []
    summary = text_of(tree.find(".//div[@class='govuk-error-summary']"))
    assert all(part in summary for part in ("how many reviewers", "a day", "the day from which"))
    assert 'value="some"' in answer.text


@pytest.mark.usefixtures("caseload")
def test_a_scenario_is_kept_under_its_name_and_opens_again(
    manager: TestClient, database: Database
) -> None:
    form = {"moderators": "-1", "moderators_from": "2016-02-01", "save": "yes"}
    unnamed = manager.post("/what-if", data=form | {"moderators": "", "extra_cases": "3"})
    kept = manager.post("/what-if", data={"name": "Scope", "extra_cases": "3", "save": "yes"})

    assert unnamed.status_code == 422
    assert kept.url.path.startswith("/what-if/")
    assert "The scenario is kept" in kept.text
    assert "Scope" in manager.get("/what-if").text
    assert manager.get("/what-if/999").status_code == 404
    assert database
