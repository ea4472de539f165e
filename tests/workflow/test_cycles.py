"""The use cases of the daily cycle."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.factories import make_programme, make_review
from workflow.cycles import STEPS, CycleDay, do_once, end_cycle, entry_of, programmes_to_run
from workflow.errors import ConflictError
from workflow.models import CycleEntry, CycleStep, Event, Programme
from workflow.states import Actor

DAY = date(2016, 1, 20)
CYCLE = CycleDay(DAY)


@pytest.fixture
def who(
    session: Session, programme: Programme, coordinator: Actor, now: datetime
) -> dict[str, Any]:
    mine = session.get_one(Programme, programme.key)
    return {"programme": mine, "cycle": CYCLE, "actor": coordinator, "now": now}


def test_a_step_is_done_once_and_its_summary_is_given_again(
    session: Session, who: dict[str, Any]
) -> None:
    first = do_once(session, step=CycleStep.TRACK, work=lambda: {"opened": 3}, **who)
    again = do_once(session, step=CycleStep.TRACK, work=pytest.fail, **who)
    assert again.id == first.id
    assert again.summary == {"opened": 3}


def test_another_occasion_of_the_same_day_is_another_cycle(
    session: Session, who: dict[str, Any]
) -> None:
    do_once(session, step=CycleStep.TRACK, work=dict, **who)
    files = CycleDay(DAY, "files-3fa2")
    do_once(session, step=CycleStep.TRACK, work=dict, **who | {"cycle": files})
    occasions = session.exec(select(CycleEntry.occasion)).all()
    assert sorted(occasions) == ["daily", "files-3fa2"]


def test_a_step_that_fails_is_not_noted(session: Session, who: dict[str, Any]) -> None:
    def fail() -> dict[str, Any]:
        raise ConflictError("moved")

    with pytest.raises(ConflictError, match="moved"):
        do_once(session, step=CycleStep.TRACK, work=fail, **who)
    assert entry_of(session, who["programme"], CYCLE, CycleStep.TRACK) is None


def test_a_cycle_cannot_end_before_its_steps(session: Session, who: dict[str, Any]) -> None:
    do_once(session, step=CycleStep.TRACK, work=dict, **who)
    with pytest.raises(ConflictError, match="allocate, forecast, report"):
        end_cycle(session, **who)


def test_a_cycle_ends_with_one_event(session: Session, who: dict[str, Any]) -> None:
    for step in STEPS:
        do_once(session, step=step, work=dict, **who)
    end_cycle(session, **who)
    end_cycle(session, **who)
    events = session.exec(select(Event).where(Event.kind == "cycle_ended")).all()
    assert [event.payload for event in events] == [{"day": "2016-01-20", "occasion": "daily"}]


def test_programmes_wait_that_are_under_way_and_have_reviews(
    session: Session, who: dict[str, Any]
) -> None:
    def started(name: str, **values: Any) -> Programme:
        programme = make_programme(name=name, **values)
        session.add(programme)
        session.flush()
        make_review(session, programme)
        return programme

    under_way, demo = started("Under way"), started("Demo", demo_today=date(2016, 2, 24))
    started("Not begun", starts_on=date(2017, 1, 4), target_on=date(2017, 3, 31))
    assert programmes_to_run(session, DAY) == [under_way, demo]

    for programme, day in ((under_way, DAY), (demo, date(2016, 2, 24))):
        its = who | {"programme": programme, "cycle": CycleDay(day)}
        for step in STEPS:
            do_once(session, step=step, work=dict, **its)
        end_cycle(session, **its)
        assert programme not in programmes_to_run(session, DAY)
