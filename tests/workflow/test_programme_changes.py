"""A programme's settings: changed for a reason, and known again as they were on a past day."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import make_actor
from workflow.calendar import at_local
from workflow.errors import InvalidInputError, NotFoundError, NotPermittedError
from workflow.models import Programme
from workflow.policy import Policy
from workflow.policy_settings import SETTINGS, find_setting, with_value
from workflow.programme_changes import (
    DayKind,
    as_it_was,
    change_dates,
    change_day,
    change_number,
    changes_of,
)
from workflow.programmes import policy_of
from workflow.states import Role

MANAGER = make_actor(Role.MANAGER)
FIRST = date(2016, 2, 1)


def number(session, programme: Programme, name: str, value: float, on: date = FIRST) -> Programme:
    return change_number(
        session,
        programme=programme,
        name=name,
        value=value,
        reason="The Board asked for it",
        actor=MANAGER,
        now=at_local(on),
    )


def day(session, programme: Programme, on: date, kind: DayKind, said: date = FIRST) -> Programme:
    return change_day(
        session,
        programme=programme,
        day=on,
        kind=kind,
        reason="Agreed",
        actor=MANAGER,
        now=at_local(said),
    )


def test_every_setting_is_a_number_of_the_policy_and_its_default_makes_sense() -> None:
    for setting in SETTINGS.values():
        assert setting.checked(setting.default) == setting.of(Policy())
        assert setting.label
        assert setting.meaning


@settings(max_examples=20)
@given(st.sampled_from(sorted(SETTINGS)), st.floats(0, 1))
def test_a_changed_number_is_read_back_and_the_default_leaves_nothing(
    name: str, part: float
) -> None:
    setting = find_setting(name)
    wanted = setting.lowest + part * (setting.highest - setting.lowest)
    value = setting.checked(round(wanted) if setting.is_whole else wanted)
    numbers = with_value({}, setting, value)
    programme = Programme(policy=numbers)

    assert setting.of(policy_of(programme)) == value
    assert with_value(numbers, setting, setting.default) == {}


def test_numbers_dates_and_days_are_known_as_they_were(session, programme: Programme) -> None:
    good_friday, thursday = date(2016, 3, 25), date(2016, 3, 24)
    number(session, programme, "follow_up.recheck", 20)
    number(session, programme, "capacity.early_help_by_area.Preston", 9)
    change_dates(
        session,
        programme=programme,
        target_on=date(2016, 4, 15),
        scope_cut_off_on=None,
        reason="Agreed",
        actor=MANAGER,
        now=at_local(FIRST + timedelta(1)),
    )
    day(session, programme, thursday, DayKind.CLOSED, FIRST + timedelta(2))
    held = day(session, programme, good_friday, DayKind.WORKED, FIRST + timedelta(2))
    before, between = (as_it_was(session, held, FIRST + timedelta(n)) for n in (-1, 1))

    assert before.target_on == date(2016, 3, 31)
    assert policy_of(before).follow_up == Policy().follow_up
    assert policy_of(before).capacity.early_help_by_area.get("Preston", 12.0) == 12.0
    assert between.target_on == date(2016, 4, 15)
    assert policy_of(between).follow_up.recheck == 20
    assert between.calendar.is_working_day(thursday)
    assert held.calendar.is_working_day(good_friday)
    assert not held.calendar.is_working_day(thursday)
    assert len(changes_of(session, held)) == 5


def test_a_day_goes_back_to_what_it_usually_is(session, programme: Programme) -> None:
    thursday = date(2016, 3, 24)
    day(session, programme, thursday, DayKind.CLOSED)
    back = day(session, programme, thursday, DayKind.USUAL)

    assert back.closures == []
    with pytest.raises(InvalidInputError, match="Nothing would change"):
        day(session, programme, thursday, DayKind.USUAL)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("follow_up.recheck", 20.5),
        ("tracking.duty_until", 8),
        ("capacity.conferences_spoken_for", 38),
        ("quality.smallest_published", 1),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    session, programme: Programme, name: str, value: float
) -> None:
    with pytest.raises(InvalidInputError):
        number(session, programme, name, value)
    assert changes_of(session, programme) == []


def test_only_known_numbers_change_and_only_by_those_who_may(session, programme: Programme) -> None:
    for name in ("forecast.sickness", "capacity.early_help_by_area.Atlantis"):
        with pytest.raises(NotFoundError):
            number(session, programme, name, 1)
    with pytest.raises(NotPermittedError):
        change_number(
            session,
            programme=programme,
            name="follow_up.recheck",
            value=20,
            reason="I would like it",
            actor=make_actor(Role.COORDINATOR),
            now=at_local(FIRST),
        )
