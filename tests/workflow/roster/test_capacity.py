"""What a reviewer can give on a day, and whether they are there."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.calendar import WorkCalendar
from workflow.models import Leave, Reviewer
from workflow.roster import absent_until, capacity_by_day, has_left, is_present, points_on

CALENDAR = WorkCalendar()
WEDNESDAY = date(2016, 2, 10)
SATURDAY = date(2016, 2, 13)
GOOD_FRIDAY = date(2016, 3, 25)


def somebody(**changes) -> Reviewer:
    values = {
        "programme_id": 1,
        "reference": "R001",
        "name": "Avery Ashworth",
        "agency": "council",
        "available_from": date(2016, 1, 20),
        "points_per_day": 12.0,
        "pattern": [1, 1, 0.5, 1, 0, 0, 0],
    }
    return Reviewer(**values | changes)


def away(first: date, last: date) -> Leave:
    return Leave(reviewer_id=1, first_on=first, last_on=last)


def february(first: int, last: int) -> Leave:
    return away(date(2016, 2, first), date(2016, 2, last))


class TestPointsOnADay:
    @pytest.mark.parametrize(
        ("day", "points"),
        [
            (date(2016, 2, 9), 12),
            (WEDNESDAY, 6),
            (date(2016, 2, 12), 0),
            (SATURDAY, 0),
            (date(2016, 3, 28), 0),
            (date(2016, 1, 19), 0),
        ],
        ids=["full", "half", "not worked", "weekend", "Easter Monday", "not begun"],
    )
    def test_follow_the_pattern_and_the_calendar(self, day, points):
        assert points_on(somebody(), [], day, CALENDAR) == points

    def test_include_the_last_day_and_nothing_after_it(self):
        leaver = somebody(available_to=date(2016, 2, 9))
        days = [date(2016, 2, 9), WEDNESDAY]
        assert capacity_by_day(leaver, [], days, CALENDAR) == [12, 0]

    def test_are_none_on_leave_both_ends_counted(self):
        days = [date(2016, 2, day) for day in (8, 9, 10, 11)]
        assert capacity_by_day(somebody(), [february(9, 10)], days, CALENDAR) == [12, 0, 0, 12]

    def test_are_none_on_a_closure_day(self):
        calendar = WorkCalendar(closures=frozenset({WEDNESDAY}))
        assert points_on(somebody(), [], WEDNESDAY, calendar) == 0

    @pytest.mark.parametrize("day", [SATURDAY, GOOD_FRIDAY])
    def test_are_a_full_days_on_an_overtime_day(self, day):
        calendar = WorkCalendar(overtime=frozenset({day}))
        assert points_on(somebody(), [], day, calendar) == 12
        assert points_on(somebody(), [away(day, day)], day, calendar) == 0
        assert points_on(somebody(available_to=date(2016, 2, 1)), [], day, calendar) == 0

    def test_of_fifty_working_days_add_up_to_the_programmes_capacity(self):
        days = [date(2016, 1, 20) + timedelta(n) for n in range(72)]
        full_time = somebody(pattern=[1, 1, 1, 1, 1, 0, 0])
        assert sum(capacity_by_day(full_time, [], days, CALENDAR)) == 50 * 12


class TestPresence:
    def test_does_not_ask_whether_the_day_is_worked(self):
        assert is_present(somebody(), [], SATURDAY)
        assert not is_present(somebody(), [february(13, 13)], SATURDAY)

    def test_lies_within_the_dates(self):
        leaver = somebody(available_to=WEDNESDAY)
        assert is_present(leaver, [], WEDNESDAY)
        assert not is_present(leaver, [], WEDNESDAY + timedelta(1))
        assert not is_present(leaver, [], date(2016, 1, 19))

    def test_ends_the_day_after_the_last(self):
        assert not has_left(somebody(), date(2099, 1, 1))
        assert not has_left(somebody(available_to=WEDNESDAY), WEDNESDAY)
        assert has_left(somebody(available_to=WEDNESDAY), WEDNESDAY + timedelta(1))


class TestAnAbsence:
    full_time = somebody(pattern=[1, 1, 1, 1, 1, 0, 0])

    def until(self, leave, day, reviewer=full_time):
        return absent_until(reviewer, leave, day, CALENDAR)

    def test_is_none_for_somebody_who_is_there(self):
        assert self.until([february(15, 19)], WEDNESDAY) is None

    def test_ends_with_the_leave(self):
        assert self.until([february(8, 12)], WEDNESDAY) == date(2016, 2, 12)

    def test_runs_on_over_a_weekend_into_the_next_leave(self):
        assert self.until([february(15, 19), february(8, 12)], WEDNESDAY) == date(2016, 2, 19)

    def test_runs_on_over_easter(self):
        leave = [
            away(date(2016, 3, 21), date(2016, 3, 24)),
            away(date(2016, 3, 29), date(2016, 4, 1)),
        ]
        assert self.until(leave, date(2016, 3, 22)) == date(2016, 4, 1)

    def test_runs_on_over_days_a_part_timer_never_works(self):
        mondays = somebody(pattern=[1, 0, 0, 0, 0, 0, 0])
        leave = [february(8, 8), february(15, 15)]
        assert self.until(leave, date(2016, 2, 8), mondays) == date(2016, 2, 15)

    def test_ends_before_a_day_that_is_worked(self):
        assert self.until([february(8, 10), february(12, 19)], WEDNESDAY) == WEDNESDAY

    def test_takes_the_longer_of_two_that_overlap(self):
        assert self.until([february(8, 19), february(9, 11)], WEDNESDAY) == date(2016, 2, 19)

    def test_on_a_closed_day_is_that_of_the_next_working_day(self):
        assert self.until([february(15, 19)], SATURDAY) == date(2016, 2, 19)
        assert self.until([february(8, 13)], SATURDAY) is None

    def test_of_somebody_who_has_not_begun_lasts_until_they_do(self):
        later = somebody(available_from=date(2016, 3, 1))
        assert self.until([], WEDNESDAY, later) == date(2016, 2, 29)

    def test_is_not_that_of_somebody_who_has_left(self):
        leaver = somebody(available_to=date(2016, 2, 9))
        assert self.until([february(8, 19)], WEDNESDAY, leaver) is None


day_numbers = st.integers(0, 100)
shares = st.sampled_from([0.0, 0.2, 0.5, 1.0])


@st.composite
def reviewers(draw) -> Reviewer:
    first, length = draw(day_numbers), draw(st.none() | st.integers(0, 60))
    begins = date(2016, 1, 1) + timedelta(first)
    return somebody(
        available_from=begins,
        available_to=None if length is None else begins + timedelta(length),
        points_per_day=draw(st.sampled_from([0.5, 8.0, 40.0])),
        pattern=draw(st.lists(shares, min_size=7, max_size=7)),
    )


@st.composite
def periods(draw) -> Leave:
    first = date(2016, 1, 1) + timedelta(draw(day_numbers))
    return away(first, first + timedelta(draw(st.integers(0, 30))))


day_sets = st.frozensets(
    st.builds(lambda n: date(2016, 1, 1) + timedelta(n), day_numbers), max_size=4
)
calendars = st.builds(WorkCalendar, closures=day_sets, overtime=day_sets)
leaves = st.lists(periods(), max_size=3)
DAYS = [date(2016, 1, 1) + timedelta(n) for n in range(130)]


@settings(max_examples=40, deadline=None)
@given(reviewers(), leaves, periods(), calendars)
def test_capacity_is_never_negative_nor_more_than_a_full_day_and_leave_never_raises_it(
    reviewer, leave, more, calendar
):
    before = capacity_by_day(reviewer, leave, DAYS, calendar)
    after = capacity_by_day(reviewer, [*leave, more], DAYS, calendar)
    assert all(
        0 <= less <= points <= reviewer.points_per_day
        for points, less in zip(before, after, strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(reviewers(), leaves, calendars, st.integers(0, len(DAYS)))
def test_capacity_is_additive_over_days(reviewer, leave, calendar, cut):
    whole = capacity_by_day(reviewer, leave, DAYS, calendar)
    parts = [capacity_by_day(reviewer, leave, days, calendar) for days in (DAYS[:cut], DAYS[cut:])]
    assert whole == parts[0] + parts[1]
    assert whole == [points_on(reviewer, leave, day, calendar) for day in DAYS]


@settings(max_examples=40, deadline=None)
@given(reviewers(), leaves, calendars, st.sampled_from(DAYS))
def test_somebody_gives_nothing_until_their_absence_ends(reviewer, leave, calendar, day):
    until = absent_until(reviewer, leave, day, calendar)
    if until is None:
        return
    assert until >= day
    days = [day + timedelta(n) for n in range((until - day).days + 1)]
    assert not any(capacity_by_day(reviewer, leave, days, calendar))
