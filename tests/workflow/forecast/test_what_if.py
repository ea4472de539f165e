"""Scenarios run, kept and run again on the programme's own data."""

from datetime import date

import pytest
from sqlmodel import Session

from tests.factories import make_actor
from tests.workflow.forecast.worked import COORDINATOR, DISTRICTS, POLICY, Worked
from workflow.calendar import at_local
from workflow.errors import InvalidInputError, NotFoundError, NotPermittedError
from workflow.forecast.scenario import CapacityChange, ReviewerChange, Scenario
from workflow.forecast.what_if import (
    ScenarioRun,
    run_saved_scenario,
    run_scenario,
    save_scenario,
    saved_scenarios,
)
from workflow.models import Programme, SavedScenario
from workflow.states import Role

MONDAY = date(2016, 2, 8)
MORE = Scenario(
    name="Two more",
    reviewers=(ReviewerChange(count=2, from_on=date(2016, 2, 15), district=DISTRICTS[0]),),
    managers=(CapacityChange(count=-1, from_on=date(2016, 3, 1)),),
)


def run(session: Session, programme: Programme, scenario: Scenario = MORE) -> ScenarioRun:
    return run_scenario(
        session, programme=programme, policy=POLICY, as_of=MONDAY, scenario=scenario, paths=200
    )


def save(session: Session, programme: Programme, made: ScenarioRun) -> SavedScenario:
    return save_scenario(
        session, programme=programme, run=made, actor=COORDINATOR, now=at_local(MONDAY)
    )


def test_a_saved_scenario_run_again_on_the_same_day_gives_the_same_result(
    session: Session, programme: Programme
) -> None:
    worked = Worked(session, programme).until(MONDAY)
    saved = save(session, programme, run(session, programme))
    worked.work(MONDAY)
    again = run_saved_scenario(session, programme=programme, policy=POLICY, scenario_id=saved.key)
    assert again.scenario == MORE
    assert again.input_hash == saved.input_hash
    assert again.comparison.to_json() == saved.result
    assert (saved.created_by, saved.seed) == (COORDINATOR.name, programme.seed)


def test_the_same_scenario_on_the_same_data_is_kept_once_the_newest_first(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme).until(MONDAY)
    first = save(session, programme, run(session, programme))
    assert save(session, programme, run(session, programme)).id == first.id
    other = save(session, programme, run(session, programme, Scenario(name="As it is")))
    assert [kept.id for kept in saved_scenarios(session, programme=programme)] == [
        other.id,
        first.id,
    ]


def test_a_run_says_what_was_changed_and_what_would_come_of_it(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme).until(MONDAY)
    document = run(session, programme).to_json()
    assert document["scenario"]["reviewers"] == [
        {"count": 2, "from_on": "2016-02-15", "district": DISTRICTS[0]}
    ]
    assert set(document["completed_by_target"]) == {"mean", "low80", "high80"}
    assert document["words"][0].startswith("Two more: the chance")


def test_a_scenario_that_does_not_fit_the_programme_is_refused(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme)
    unknown = ReviewerChange(count=1, from_on=MONDAY, agency="fire brigade")
    with pytest.raises(InvalidInputError, match="fire brigade"):
        run(session, programme, Scenario(name="x", reviewers=(unknown,)))


def test_only_who_steers_the_programme_saves_scenarios(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme)
    made = run(session, programme)
    with pytest.raises(NotPermittedError, match="save a scenario"):
        save_scenario(
            session,
            programme=programme,
            run=made,
            actor=make_actor(Role.REVIEWER),
            now=at_local(MONDAY),
        )


def test_a_scenario_that_was_never_saved_is_not_found(
    session: Session, programme: Programme
) -> None:
    with pytest.raises(NotFoundError, match="No scenario 7"):
        run_saved_scenario(session, programme=programme, policy=POLICY, scenario_id=7)
