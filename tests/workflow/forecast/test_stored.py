"""Forecasts kept in the database: stored once, never changed, scored, explained."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from tests.factories import make_review, make_reviewer
from tests.workflow.forecast.worked import COORDINATOR, DISTRICTS, POLICY, Worked
from workflow.calendar import at_local
from workflow.errors import InvalidInputError
from workflow.forecast import MODEL_VERSION
from workflow.forecast.kept import inputs_from_json
from workflow.forecast.stored import (
    Outlook,
    forecast_programme,
    forecast_record,
    store_forecast,
    why_forecast_moved,
)
from workflow.models import Event, Programme, StoredForecast

MONDAY, TUESDAY, LATER = date(2016, 2, 8), date(2016, 2, 9), date(2016, 2, 22)
PATHS = 200


def outlook_of(session: Session, programme: Programme, day: date) -> Outlook:
    return forecast_programme(session, programme=programme, policy=POLICY, as_of=day, paths=PATHS)


def keep(session: Session, programme: Programme, day: date) -> StoredForecast:
    return store_forecast(
        session,
        programme=programme,
        outlook=outlook_of(session, programme, day),
        actor=COORDINATOR,
        now=at_local(day),
    )


@pytest.mark.both_databases
def test_the_same_data_on_the_same_day_are_kept_once_with_hash_version_and_inputs(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme).until(MONDAY)
    first, again = keep(session, programme, MONDAY), keep(session, programme, MONDAY)
    assert first.id == again.id
    assert first.model_version == MODEL_VERSION
    assert inputs_from_json(first.inputs).fingerprint() == first.input_hash
    events = session.exec(select(Event).where(Event.kind == "forecast_stored")).all()
    assert [event.payload["forecast_id"] for event in events] == [first.id]


def test_a_kept_forecast_cannot_be_changed(session: Session, programme: Programme) -> None:
    Worked(session, programme)
    stored = keep(session, programme, MONDAY)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), session.begin_nested():
        session.execute(
            sa.update(StoredForecast).where(StoredForecast.id == stored.id).values(as_of=TUESDAY)
        )


def test_moving_the_target_leaves_what_was_said_as_it_was(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme).until(MONDAY)
    said = dict(keep(session, programme, MONDAY).result)
    programme = session.merge(programme)
    programme.target_on = date(2016, 2, 12)
    session.flush()
    keep(session, programme, MONDAY)
    first, second = session.exec(select(StoredForecast).order_by(StoredForecast.id)).all()
    assert first.result == said
    assert (first.result["target"], second.result["target"]) == ("2016-03-31", "2016-02-12")
    assert second.result["p_done_by_target"] < first.result["p_done_by_target"]


def test_the_record_scores_the_first_forecast_of_each_day_once_its_truth_is_known(
    session: Session, programme: Programme
) -> None:
    worked = Worked(session, programme, each=40).until(MONDAY)
    keep(session, programme, MONDAY)
    make_review(session, programme, district=DISTRICTS[0])
    keep(session, programme, MONDAY)  # a second one on the same day counts nowhere
    worked.work(MONDAY)
    keep(session, programme, TUESDAY)
    for day in programme.calendar.working_days(TUESDAY, LATER):
        if day < LATER:
            worked.work(day)
    five, ten = forecast_record(session, programme=programme, as_of=LATER)
    assert (five.working_days, five.n, ten.working_days, ten.n) == (5, 2, 10, 1)
    assert five.inside80 == 2
    assert five.bias is not None
    assert abs(five.bias) < 0.3
    early = forecast_record(session, programme=programme, as_of=date(2016, 2, 12))
    assert [record.n for record in early] == [0, 0]


def test_why_the_number_moved_names_the_scope_that_grew(
    session: Session, programme: Programme
) -> None:
    worked = Worked(session, programme, each=45).until(MONDAY)
    keep(session, programme, MONDAY)
    worked.work(MONDAY)
    for _ in range(30):
        worked.open(DISTRICTS[0], worked.people[0])
    step = why_forecast_moved(
        session, programme=programme, policy=POLICY, as_of=TUESDAY, paths=PATHS
    )
    assert step is not None
    moved = step.movement
    assert (step.since, step.as_of, step.same_model) == (MONDAY, TUESDAY, True)
    assert moved.new_cases == 30
    assert moved.scope <= 0
    assert moved.data + moved.capacity + moved.scope == pytest.approx(moved.after - moved.before)
    assert str(step).startswith("Since 8 February 2016: ")
    assert step.to_json()["words"] == str(step)


def test_a_reviewer_who_joined_since_is_capacity(session: Session, programme: Programme) -> None:
    worked = Worked(session, programme, each=60).until(MONDAY)
    keep(session, programme, MONDAY)
    worked.work(MONDAY)
    for district in DISTRICTS:
        for _ in range(2):
            make_reviewer(session, programme, district=district, available_from=TUESDAY)
    step = why_forecast_moved(
        session, programme=programme, policy=POLICY, as_of=TUESDAY, paths=PATHS
    )
    assert step is not None
    assert step.movement.capacity > 0.05
    assert step.movement.new_cases == 0


def test_without_an_earlier_forecast_there_is_nothing_to_explain(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme)
    keep(session, programme, MONDAY)

    def why(as_of: date, since: date | None = None):
        return why_forecast_moved(
            session, programme=programme, policy=POLICY, as_of=as_of, since=since, paths=PATHS
        )

    assert why(MONDAY) is None
    assert why(TUESDAY, since=date(2016, 2, 1)) is None
    with pytest.raises(InvalidInputError, match="Only an earlier day"):
        why(MONDAY, since=MONDAY)
