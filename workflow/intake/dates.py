"""Dates as files write them, and the order of day and month decided for a whole column.

English files put the day first; that is the reading unless a mapping says otherwise. A single value
such as 03/04/2010 cannot tell, a column usually can. Pure functions; nothing here reads a clock.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

EARLIEST_YEAR = 1900
"""Years before this are mistakes: no child of a caseload was born then."""
LONE_SLIPS = 5
"""Day-first values needed per month-first value before the latter count as slips of the pen."""

DAYS, MONTHS = 31, 12
"""The longest month and the year, to tell days from months."""

_SERIAL_EPOCH = date(1899, 12, 30)
_SERIALS = range(10_000, 73_051)
"""Spreadsheet day numbers taken for dates: May 1927 to the year 2100."""
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_TIME = r"(?:[T ]\s?\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[ap]m)?)?(?:Z|[+-]\d{2}:?\d{2})?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE)
_DAY_NAMED = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th)?[-/. ]?([a-z]{{3,9}})[-/., ]{{0,2}}(\d{{4}}|\d{{2}}){_TIME}",
    re.IGNORECASE,
)
_MONTH_NAMED = re.compile(
    rf"{_WEEKDAY}([a-z]{{3,9}}) (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}", re.IGNORECASE
)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


class Order(StrEnum):
    """Which of day and month a numeric date names first."""

    DAY_FIRST = "dd/mm/yyyy"
    MONTH_FIRST = "mm/dd/yyyy"


@dataclass(frozen=True, slots=True)
class OrderDecision:
    """How a column is to be read, or why it cannot be."""

    order: Order
    rule: str | None = None
    """`date-order-mixed` or `date-order-unclear` refuse the column; `date-order-month-first` warns."""
    example: int = 0
    """Index of the value that shows it."""


def parse_date(text: str, order: Order, today: date) -> date | None:
    """The date a cleaned cell names, or None when it names none that exists.

    Understands ISO dates and times, day/month/year with any separator, month names, yyyymmdd and
    spreadsheet day numbers. Years of two digits fall in the hundred that end next year.
    """
    if len(text) == len("2016-03-31") and text[4] == "-" == text[7]:
        return _iso(text)
    for pattern, read in _READERS:
        found = pattern.fullmatch(text)
        if found:
            return read(found, order, today)
    return None


def has_short_year(text: str) -> bool:
    """Whether a numeric or named date gives its year in two digits."""
    numeric, named = _NUMERIC.fullmatch(text), _DAY_NAMED.fullmatch(text)
    year = numeric[4] if numeric else named[3] if named else ""
    return len(year) == len("16")


def decide_order(values: Iterable[str]) -> OrderDecision:
    """Whether a column's numeric dates put the day or the month first.

    Day first unless values contradict it. Values that only make sense month first count as slips (and
    stay impossible) among many that are day first only; in any other mixture the column is refused,
    because its 03/04/2010 could mean either.
    """
    day_only: list[int] = []
    month_only: list[int] = []
    open_to_both = False
    for index, text in enumerate(values):
        found = _NUMERIC.fullmatch(text)
        if not found:
            continue
        first, second = int(found[1]), int(found[3])
        if first == second or max(first, second) > DAYS or min(first, second) > MONTHS:
            continue
        if max(first, second) <= MONTHS:
            open_to_both = True
        else:
            (day_only if first > second else month_only).append(index)
    if not month_only or len(day_only) >= LONE_SLIPS * len(month_only):
        return OrderDecision(Order.DAY_FIRST)
    if day_only:
        return OrderDecision(Order.DAY_FIRST, "date-order-mixed", month_only[0])
    if open_to_both:
        return OrderDecision(Order.DAY_FIRST, "date-order-unclear", month_only[0])
    return OrderDecision(Order.MONTH_FIRST, "date-order-month-first", month_only[0])


def order_of_format(pattern: str) -> Order | None:
    """The order a declared format such as `dd/mm/yyyy` or `%m/%d/%Y` asks for; None if it is none.

    >>> order_of_format("%m/%d/%y")
    <Order.MONTH_FIRST: 'mm/dd/yyyy'>
    """
    letters = re.sub(r"[^dmy]", "", pattern.casefold().replace("b", "m"))
    if not set("dmy") <= set(letters):
        return None
    return Order.DAY_FIRST if letters.index("d") < letters.index("m") else _year_first(letters)


def _year_first(letters: str) -> Order:
    # yyyy-mm-dd is read as such in either order; what is left puts the month first.
    return Order.DAY_FIRST if letters.startswith("y") else Order.MONTH_FIRST


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(digits: str, today: date) -> int:
    year = int(digits)
    if len(digits) == len("2016"):
        return year
    century = (today.year + 1) // 100 * 100
    return century + year if century + year <= today.year + 1 else century - 100 + year


def _month(name: str) -> int:
    return _MONTHS.get(name[:3].casefold(), 0)


def _read_iso(found: re.Match[str], _: Order, __: date) -> date | None:
    return _date(int(found[1]), int(found[2]), int(found[3]))


def _read_numeric(found: re.Match[str], order: Order, today: date) -> date | None:
    day, month = int(found[1]), int(found[3])
    if order is Order.MONTH_FIRST:
        day, month = month, day
    return _date(_year(found[4], today), month, day)


def _read_day_named(found: re.Match[str], _: Order, today: date) -> date | None:
    return _date(_year(found[3], today), _month(found[2]), int(found[1]))


def _read_month_named(found: re.Match[str], _: Order, today: date) -> date | None:
    return _date(_year(found[3], today), _month(found[1]), int(found[2]))


def _read_serial(found: re.Match[str], _: Order, __: date) -> date | None:
    number = int(found[1])
    return _SERIAL_EPOCH + timedelta(number) if number in _SERIALS else None


_READERS = (
    (_NUMERIC, _read_numeric),
    (_ISO, _read_iso),
    (_SERIAL, _read_serial),
    (_COMPACT, _read_iso),
    (_DAY_NAMED, _read_day_named),
    (_MONTH_NAMED, _read_month_named),
)
