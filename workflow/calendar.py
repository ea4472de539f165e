"""England's working days, pure functions of dates: no clock, no database.

A working day is Monday to Friday, less England's bank holidays (the `holidays` package), less the
council's closure days, plus the overtime days it has agreed to work. Instants are UTC, dates are
local to Europe/London.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")
SATURDAY = 5


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def bank_holiday_name(day: date) -> str | None:
    """The name of England's bank holiday on `day`, if it is one.

    Source: the `holidays` package, GB subdivision ENG.
    """
    name = holidays.country_holidays("GB", subdiv="ENG", years=day.year).get(day)
    return str(name) if name else None


def _weekdays_after(earlier: date, later: date) -> int:
    """Mondays to Fridays after `earlier`, up to and with `later`."""
    weeks, rest = divmod((later - earlier).days, 7)
    tail = sum((later - timedelta(n)).weekday() < SATURDAY for n in range(rest))
    return weeks * 5 + tail


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """England's working days as one council works them.

    Args:
        closures: days the council is shut although they are working days.
        overtime: weekend days or bank holidays the council has agreed to work.
    """

    closures: frozenset[date] = field(default=frozenset())
    overtime: frozenset[date] = field(default=frozenset())

    def is_working_day(self, day: date) -> bool:
        """Whether reviews are worked on `day`."""
        if day in self.overtime:
            return True
        return (
            day.weekday() < SATURDAY
            and day not in self.closures
            and day not in _bank_holidays(day.year)
        )

    def working_days(self, first: date, last: date) -> list[date]:
        """The working days from `first` to `last`, both counted; empty when last < first.

        >>> len(WorkCalendar().working_days(date(2016, 1, 20), date(2016, 3, 31)))
        50
        """
        span = (last - first).days + 1
        days = (first + timedelta(n) for n in range(span))
        return [day for day in days if self.is_working_day(day)]

    def following(self, day: date) -> Iterator[date]:
        """The working days after `day`, without end."""
        while True:
            day += timedelta(1)
            if self.is_working_day(day):
                yield day

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (0 gives `day`, or the next one if it is closed).

        >>> WorkCalendar().add_working_days(date(2016, 3, 24), 1)
        datetime.date(2016, 3, 29)
        """
        if count == 0:
            return day if self.is_working_day(day) else next(self.following(day))
        following = self.following(day)
        for _ in range(count):
            day = next(following)
        return day

    def add_working_time(self, start: datetime, span: timedelta, hours: "Hours") -> datetime:
        """The UTC instant at which `span` of hours has passed since `start`; the rest does not count.

        >>> end = WorkCalendar().add_working_time(
        ...     at_local(date(2016, 3, 24), time(16, 30)), timedelta(hours=1), Hours()
        ... )
        >>> end.astimezone(LONDON).isoformat()
        '2016-03-29T09:30:00+01:00'
        """
        day = local_date(start)
        while True:
            if hours.every_day or self.is_working_day(day):
                opens, closes = hours.of(day)
                start = max(start, opens)
                if start + span <= closes:
                    return start + span
                span -= max(closes - start, timedelta())
            day += timedelta(1)

    def working_days_between(self, earlier: date, later: date) -> int:
        """How many working days lie after `earlier`, up to and with `later`; 0 if later is not after."""
        if later <= earlier:
            return 0
        return _weekdays_after(earlier, later) - self._closed_weekdays(earlier, later)

    def _closed_weekdays(self, earlier: date, later: date) -> int:
        """Weekdays after `earlier` up to `later` that are not worked, less weekend days that are."""
        years = range(earlier.year, later.year + 1)
        shut = self.closures.union(*map(_bank_holidays, years)) - self.overtime
        closed = sum(day.weekday() < SATURDAY for day in shut if earlier < day <= later)
        extra = sum(day.weekday() >= SATURDAY for day in self.overtime if earlier < day <= later)
        return closed - extra


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is on duty: whole hours of London's clocks, on working days or on every day.

    Raises:
        ValueError: the hours are not in order between 0 and 24.
    """

    opens: int = 9
    closes: int = 17
    every_day: bool = False

    def __post_init__(self) -> None:
        """Refuse hours that never come."""
        if not 0 <= self.opens < self.closes <= _MIDNIGHT:
            message = f"Duty hours from {self.opens} to {self.closes} are not in order in a day."
            raise ValueError(message)

    def of(self, day: date) -> tuple[datetime, datetime]:
        """The UTC instants between which somebody is on duty on `day`."""
        over = self.closes == _MIDNIGHT
        end = at_local(day + timedelta(1), time()) if over else at_local(day, time(self.closes))
        return at_local(day, time(self.opens)), end


_MIDNIGHT = 24


def local_date(instant: datetime) -> date:
    """The date in London at an aware instant."""
    return instant.astimezone(LONDON).date()


def at_local(day: date, at: time = time(9)) -> datetime:
    """The UTC instant at which London's clocks show `at` on `day`."""
    return datetime.combine(day, at, LONDON).astimezone(UTC)
