"""How many review points a reviewer can give on a day, and whether they are there. Pure.

Works on rows of `workflow.models` that somebody else has loaded; reads no database and no clock.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from workflow.calendar import WorkCalendar
from workflow.models import Leave, Reviewer


def points_on(
    reviewer: Reviewer, leave: Iterable[Leave], day: date, calendar: WorkCalendar
) -> float:
    """Review points the reviewer can give on `day`.

    None outside their dates, on leave, or on a day nobody works; a full day's points on an agreed
    overtime day; otherwise their points times the share their pattern gives the weekday.
    """
    return capacity_by_day(reviewer, leave, [day], calendar)[0]


def capacity_by_day(
    reviewer: Reviewer, leave: Iterable[Leave], days: Iterable[date], calendar: WorkCalendar
) -> list[float]:
    """`points_on` for each of `days`, in their order."""
    full, pattern = reviewer.points_per_day, reviewer.pattern
    first, last = reviewer.available_from, reviewer.available_to or date.max
    away = [(period.first_on, period.last_on) for period in leave]

    def points(day: date) -> float:
        if not first <= day <= last or not calendar.is_working_day(day):
            return 0.0
        if any(start <= day <= end for start, end in away):
            return 0.0
        return full if day in calendar.overtime else full * pattern[day.weekday()]

    return [points(day) for day in days]


def is_present(reviewer: Reviewer, leave: Iterable[Leave], day: date) -> bool:
    """Whether `day` lies within the reviewer's dates and outside their leave, worked or not."""
    if day < reviewer.available_from or has_left(reviewer, day):
        return False
    return not any(period.first_on <= day <= period.last_on for period in leave)


def has_left(reviewer: Reviewer, day: date) -> bool:
    """Whether the reviewer's last day lies before `day`."""
    return reviewer.available_to is not None and reviewer.available_to < day


def absent_until(
    reviewer: Reviewer, leave: Collection[Leave], day: date, calendar: WorkCalendar
) -> date | None:
    """The last day of the absence that `day` lies in; None when the reviewer is not away.

    Periods with nothing but closed days (or days the reviewer never works) between them are one
    absence, and a closed `day` belongs to the working day after it. Somebody who has not begun is away
    until they do; somebody who has left is not away (`has_left`).
    """
    day = calendar.add_working_days(day, 0)
    if has_left(reviewer, day) or is_present(reviewer, leave, day):
        return None
    last = max(day, reviewer.available_from - timedelta(1))
    for period in sorted(leave, key=lambda period: period.first_on):
        between = capacity_by_day(reviewer, leave, _days_between(last, period.first_on), calendar)
        if period.last_on > last and not any(between):
            last = period.last_on
    return last


def _days_between(earlier: date, later: date) -> list[date]:
    """The days after `earlier` and before `later`."""
    return [earlier + timedelta(n) for n in range(1, (later - earlier).days)]
