"""The two days a year on which the clocks change, and the last day of March, hour by hour.

The clock is injected: instants are arguments everywhere in the domain, so no system clock has to be
moved (`libfaketime` would test Python's clock, not ours).
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from tests.factories import make_actor
from tests.measured import Measured
from workflow import audit
from workflow.calendar import LONDON, WorkCalendar, at_local, local_date
from workflow.db import Database
from workflow.escalations import acknowledge_by
from workflow.models import EscalationKind, Event, Programme
from workflow.policy import TrackingPolicy
from workflow.states import Role


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SPRING, AUTUMN = date(2016, 3, 27), date(2016, 10, 30)
TARGET = date(2016, 3, 31)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # The census year and the programme end on 31 March by London's clocks.
        ("2016-03-26 23:59:59", "2016-03-26"),
        ("2016-03-27 00:00:00", "2016-03-27"),
        ("2016-03-27 00:59:59", "2016-03-27"),
        ("2016-03-27 01:00:00", "2016-03-27"),
        ("2016-03-27 22:59:59", "2016-03-27"),
        ("2016-03-27 23:00:00", "2016-03-28"),
        ("2016-03-30 22:59:59", "2016-03-30"),
        ("2016-03-30 23:00:00", "2016-03-31"),
        ("2016-03-30 23:30:00", "2016-03-31"),
        ("2016-03-31 22:59:59", "2016-03-31"),
        ("2016-03-31 23:00:00", "2016-04-01"),
        ("2016-10-29 23:30:00", "2016-10-30"),
        ("2016-10-30 00:30:00", "2016-10-30"),
        ("2016-10-30 01:30:00", "2016-10-30"),
        ("2016-10-30 23:59:59", "2016-10-30"),
        ("2016-10-31 00:00:00", "2016-10-31"),
        ("2016-12-31 23:59:59", "2016-12-31"),
    ],
)
def test_an_instant_belongs_to_the_day_that_londons_clocks_show(instant: str, day: str) -> None:
    assert local_date(utc(instant)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("day", "at", "instant"),
    [
        (SPRING, time(0, 59), "2016-03-27 00:59"),
        (SPRING, time(2, 0), "2016-03-27 01:00"),
        (SPRING, time(9, 0), "2016-03-27 08:00"),
        (SPRING, time(17, 0), "2016-03-27 16:00"),
        # A time that no clock shows becomes the one an hour on, still on that day.
        (SPRING, time(1, 30), "2016-03-27 01:30"),
        # A time shown twice is the first one.
        (AUTUMN, time(1, 30), "2016-10-30 00:30"),
        (AUTUMN, time(9, 0), "2016-10-30 09:00"),
        (TARGET, time(23, 59), "2016-03-31 22:59"),
        (TARGET, time(0, 30), "2016-03-30 23:30"),
    ],
)
def test_a_time_on_a_day_is_one_instant(day: date, at: time, instant: str) -> None:
    assert at_local(day, at) == utc(instant)
    assert local_date(at_local(day, at)) == day


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (TARGET, 24)])
def test_a_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    midnight, next_midnight = at_local(day, time()), at_local(day + timedelta(1), time())
    assert next_midnight - midnight == timedelta(hours=hours)


@given(st.datetimes(datetime(2014, 1, 1), datetime(2028, 1, 1)))  # noqa: DTZ001 - made UTC below
def test_every_instant_lies_within_its_day(moment: datetime) -> None:
    instant = moment.replace(tzinfo=UTC)
    day = local_date(instant)
    assert at_local(day, time()) <= instant < at_local(day + timedelta(1), time())


@pytest.mark.parametrize(
    ("kind", "raised", "by"),
    [
        # An immediate danger has an hour of duty: nine to five in London, not at Easter.
        (EscalationKind.IMMEDIATE, "2016-03-24 10:00", "2016-03-24 11:00"),
        (EscalationKind.IMMEDIATE, "2016-03-24 16:30", "2016-03-29 08:30"),
        (EscalationKind.IMMEDIATE, "2016-03-25 11:00", "2016-03-29 09:00"),
        (EscalationKind.IMMEDIATE, "2016-03-31 22:45", "2016-04-01 09:00"),
        # A same-day concern has until five o'clock in London: 16:00 UTC in summer.
        (EscalationKind.SAME_DAY, "2016-03-24 10:00", "2016-03-24 17:00"),
        (EscalationKind.SAME_DAY, "2016-03-31 10:00", "2016-03-31 16:00"),
        (EscalationKind.SAME_DAY, "2016-03-31 16:00", "2016-04-01 16:00"),
        # Good Friday to Easter Monday, with the change of the clocks in between.
        (EscalationKind.SAME_DAY, "2016-03-24 17:30", "2016-03-29 16:00"),
        (EscalationKind.SAME_DAY, "2016-10-28 17:00", "2016-10-31 17:00"),
    ],
)
def test_escalations_are_due_by_the_clock_on_the_wall(
    kind: EscalationKind, raised: str, by: str
) -> None:
    assert acknowledge_by(kind, utc(raised), WorkCalendar(), TrackingPolicy()) == utc(by)


@pytest.mark.parametrize(
    ("raised", "by"),
    [
        ("2016-03-25 23:30", "2016-03-26 00:30"),
        ("2016-03-27 00:30", "2016-03-27 01:30"),
        ("2016-10-30 00:30", "2016-10-30 01:30"),
    ],
)
def test_where_duty_is_round_the_clock_an_hour_is_an_hour(raised: str, by: str) -> None:
    policy = TrackingPolicy(duty_from=0, duty_until=24, duty_every_day=True)
    kind = EscalationKind.IMMEDIATE
    assert acknowledge_by(kind, utc(raised), WorkCalendar(), policy) == utc(by)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2016-03-24", "2016-03-29", 2),
        ("2016-03-24", "2016-03-31", 4),
        ("2016-10-28", "2016-10-31", 2),
        ("2016-03-31", "2016-04-01", 2),
        ("2016-02-29", "2016-03-01", 2),
    ],
)
def test_working_days_know_nothing_of_clocks(first: str, last: str, days: int) -> None:
    found = WorkCalendar().working_days(date.fromisoformat(first), date.fromisoformat(last))
    assert len(found) == days


def test_an_hour_that_comes_twice_is_kept_apart_by_the_database(
    session: Session, programme: Programme
) -> None:
    twice = [datetime(2016, 10, 30, 1, 30, tzinfo=LONDON, fold=fold) for fold in (0, 1)]
    for at in twice:
        audit.record(
            session,
            programme_id=programme.key,
            kind="something_happened",
            actor=make_actor(Role.COORDINATOR),
            at=at,
        )
    session.flush()
    session.expire_all()
    stored = session.exec(select(Event.at).order_by(Event.seq)).all()
    assert stored == [utc("2016-10-30 00:30"), utc("2016-10-30 01:30")]
    assert audit.verify(session, programme.key).ok


def test_the_record_keeps_its_order_when_the_clock_jumps_back(
    measured: Measured, database: Database, programme: Programme
) -> None:
    for at in (utc("2016-03-31 12:00"), utc("2015-12-02 12:00"), utc("2016-03-31 12:01")):
        with database.write() as session:
            audit.record(
                session,
                programme_id=programme.key,
                kind="something_happened",
                actor=make_actor(Role.COORDINATOR),
                at=at,
            )
    with database.read() as session:
        assert [event.seq for event in session.exec(select(Event).order_by(Event.id))] == [1, 2, 3]
        assert audit.verify(session, programme.key).ok
    measured(
        "R12",
        "0 failures at clock changes and on 31 March",
        "0 in the tables of this module; the record keeps its order",
        "the clock is an argument everywhere, so that no false clock is needed",
    )
