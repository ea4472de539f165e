"""Reviewer-days from a roster."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.forecast.make import CALENDAR, START, working_days
from workflow.calendar import WorkCalendar
from workflow.forecast import Exposure, Group, Staff, Vacancy, days_ahead, reviewer_days
from workflow.forecast.exposure import NEVER, FilledPosts, handed_in
from workflow.policy import ForecastPriors

PRIORS = replace(ForecastPriors(), sickness=0.0)
NORTH = Group("north", "council")
DAYS = working_days(START, 20)


def days_of(person: Staff, days: tuple[date, ...] = DAYS, calendar: WorkCalendar = CALENDAR):
    return reviewer_days([person], days, [NORTH], calendar, PRIORS)[:, 0]


def test_a_settled_reviewer_gives_a_day_a_day_less_leave() -> None:
    away = (DAYS[3], DAYS[5])
    person = Staff(group=NORTH, available_from=START, leave=(away,), ramps_up=False)
    expected = np.ones(20)
    expected[3:6] = 0.0
    np.testing.assert_array_equal(days_of(person), expected)


def test_part_time_weight_and_last_day_count() -> None:
    person = Staff(
        group=NORTH,
        available_from=START,
        available_to=DAYS[9],
        weight=0.5,
        pattern=(1.0, 1.0, 0.0, 0.5, 0.0, 0.0, 0.0),
        ramps_up=False,
    )
    by_day = dict(zip(DAYS, days_of(person), strict=True))
    assert by_day[date(2016, 1, 20)] == 0.0  # a Wednesday
    assert by_day[date(2016, 1, 21)] == 0.25
    assert by_day[date(2016, 1, 25)] == 0.5
    assert not any(days_of(person)[10:])


def test_a_newcomer_ramps_up_from_half() -> None:
    output = days_of(Staff(group=NORTH, available_from=DAYS[5]))
    assert not output[:5].any()
    assert output[5] == 0.5
    assert (np.diff(output[5:]) > 0).all()
    assert output[12] == pytest.approx(1 - 0.5 * np.exp(-1))


def test_part_of_the_staff_turns_out_on_an_overtime_saturday() -> None:
    saturday = date(2016, 2, 6)
    calendar = WorkCalendar(overtime=frozenset({saturday}))
    person = Staff(group=NORTH, available_from=START, ramps_up=False)
    assert days_of(person, (saturday,), calendar)[0] == PRIORS.overtime_turnout


def test_the_horizon_runs_to_the_target_and_beyond_on_working_days() -> None:
    days = days_ahead(CALENDAR, date(2016, 3, 24), date(2016, 3, 31), 2)
    assert days == (
        date(2016, 3, 24),
        date(2016, 3, 29),
        date(2016, 3, 30),
        date(2016, 3, 31),
        date(2016, 4, 1),
        date(2016, 4, 4),
    )


def vacant_days(*vacancies: Vacancy, day: int = 30) -> np.ndarray:
    exposure = Exposure(
        days=working_days(START, 60),
        past=np.zeros((0, 1)),
        future=np.zeros((60, 1)),
        vacancies=vacancies,
    )
    rng = np.random.default_rng(1)
    posts = FilledPosts.draw(exposure, [NORTH], 4000, rng, PRIORS, np.ones(1))
    days = np.zeros((1, 4000), np.float32)
    posts.add_to(days, day)
    return days[0]


def test_a_vacancy_is_filled_late_or_never() -> None:
    planned = Vacancy(group=NORTH, expected_on=START)
    assert not vacant_days(planned, day=0).any()
    assert (vacant_days(planned, day=59) == 0).mean() == pytest.approx(0.3, abs=0.04)
    assert 0.3 < vacant_days(planned, day=30).mean() < 0.7


def test_a_vacancy_without_a_date_counts_nothing_and_a_certain_one_everything() -> None:
    assert not vacant_days(Vacancy(group=NORTH)).any()
    certain = Vacancy(group=NORTH, expected_on=START, certain=True)
    assert (vacant_days(certain, day=0) == np.float32(0.5)).all()
    assert NEVER > 60


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 5), min_size=1, max_size=12))
def test_handing_in_later_loses_only_what_is_not_handed_in_yet(daily: list[float]) -> None:
    worked = np.array(daily)
    handed = handed_in(worked, np.array([0.2, 0.5, 0.3]))
    assert (handed.cumsum() <= worked.cumsum() + 1e-9).all()
    assert handed[0] == pytest.approx(0.2 * worked[0])
    assert handed.sum() >= worked[:-2].sum() - 1e-9 if len(worked) > 2 else True
