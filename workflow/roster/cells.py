"""One cell of a roster: from what was typed to the value meant, or a `CellError` that says why not."""

import re
from collections.abc import Callable
from datetime import date

from workflow.intake.dates import Order, has_short_year, parse_date
from workflow.intake.rows import Severity
from workflow.intake.text import clean, excerpt, is_error_cell, says_nothing, spelling
from workflow.roster.codes import DAYS, WEEKDAYS, Codes

MAX_POINTS = 40
"""Review points nobody can exceed in one day: a point is a quarter of an hour, so ten hours."""
MAX_TEXT = 500

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_PERIOD = re.compile(r"\s*\b(?:to|until)\b\s*|\s*–\s*|\s+-\s+", re.IGNORECASE)
_SPACED_DASH = re.compile(r"\s*[-–]\s*(?=[a-zA-Z])")
_PLAUSIBLE = (date(1950, 1, 1), date(2100, 12, 31))
_UNUSED_TODAY = date(2016, 1, 1)
_SHARE_WORDS = {"yes": 1, "y": 1, "x": 1, "full": 1, "half": 0.5, "no": 0, "n": 0, "off": 0}


class CellError(ValueError):
    """What is wrong with a cell, and what to do about it."""

    def __init__(
        self, rule: str, message: str, fix: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Hold the parts of a finding that do not depend on where the cell stands."""
        super().__init__(message)
        self.rule, self.message, self.fix, self.severity = rule, message, fix, severity


def plain(value: object) -> str:
    """A cell as one line of text; empty for an empty cell, `1234` for the number 1234.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(str(value))


def is_empty(value: object) -> bool:
    """Whether a cell holds nothing, or one of the usual marks for nothing (`-`, `n/a` …)."""
    text = plain(value)
    return says_nothing(text) and not is_error_cell(text)


def to_text(value: object) -> str:
    """A cell's text, free of what no text of a roster holds."""
    text = plain(value)
    if is_error_cell(text):
        raise CellError(
            "formula-error",
            f"The formula in this cell failed ({text}).",
            "Put the value itself into the cell.",
        )
    if _CONTROL.search(text):
        raise CellError(
            "control-character",
            "This text holds a character that cannot be printed.",
            "Type the text anew.",
        )
    if len(text) > MAX_TEXT:
        raise CellError(
            "text-too-long",
            f"This text has {len(text):,} characters; {MAX_TEXT} are allowed.",
            "Shorten it, or look for a quotation mark that was not closed.",
        )
    return text


def to_date(value: object) -> date:
    """A day: a real Excel date, or text in ISO form or day before month, with four digits of year."""
    day = _date_of(value)
    if day is not None and _PLAUSIBLE[0] <= day <= _PLAUSIBLE[1]:
        return day
    raise CellError(
        "date-impossible",
        f"'{excerpt(plain(value))}' is not a possible date.",
        "Write the day as 2016-02-15 or 15/02/2016, or format the cell as a date.",
    )


def _date_of(value: object) -> date | None:
    text = to_text(value)  # a real date turns into its ISO form
    # Only short years depend on today, and those are refused: availability spans no century.
    return None if has_short_year(text) else parse_date(text, Order.DAY_FIRST, _UNUSED_TODAY)


def to_period(value: object) -> tuple[date, date]:
    """First and last day, from `2016-02-15 to 2016-02-19` or the like; one day stands for itself."""
    ends = _PERIOD.split(value, maxsplit=1) if isinstance(value, str) else [value]
    days = [to_date(end) for end in ends]
    return days[0], days[-1]


def to_points(value: object) -> float:
    """Review points per day, more than 0 and at most `MAX_POINTS`."""
    points = _to_number(value)
    if points is not None and 0 < points <= MAX_POINTS:
        return points
    raise CellError(
        "points-out-of-range",
        f"'{excerpt(plain(value))}' is no number of review points a day.",
        f"Give a number above 0 and up to {MAX_POINTS}; a point is a quarter of an hour.",
    )


def to_share(value: object) -> float:
    """The share of a full day worked, 0 to 1; `60%`, `yes`, `half` and the like are understood."""
    share = _to_share(value)
    if share is not None and 0 <= share <= 1:
        return share
    raise CellError(
        "pattern-out-of-range",
        f"'{excerpt(plain(value))}' is no share of a working day.",
        "Give a number from 0 (does not work) to 1 (a full day).",
    )


def to_pattern(value: object) -> tuple[float, ...]:
    """Seven shares, Monday to Sunday.

    Understood: weekdays (`mon tue wed`, `Mon-Thu`), one share of each weekday (`0.6`), or five or
    seven shares in order.
    """
    words = _SPACED_DASH.sub("-", to_text(value)).replace(",", " ").split()
    if words and all(_to_share(word) is not None for word in words):
        shares = [to_share(word) for word in words]
    else:
        shares = _shares_of_days(words)
    if len(shares) == 1:
        return tuple(share * shares[0] for share in WEEKDAYS)
    if len(shares) == len(DAYS) - len(("sat", "sun")):
        return (*shares, 0.0, 0.0)
    if len(shares) == len(DAYS):
        return tuple(shares)
    raise CellError(
        "pattern-unknown",
        f"'{excerpt(plain(value))}' is no working pattern.",
        "Name the days worked, such as 'mon tue wed', or the share of each day, such as '0.6'.",
    )


def _shares_of_days(words: list[str]) -> list[float]:
    """Seven shares from named weekdays; none when a word names no weekday."""
    worked = [_weekdays(word) for word in words]
    if not (worked and all(worked)):
        return []
    return [float(any(day in days for days in worked)) for day in range(len(DAYS))]


def _weekdays(word: str) -> range:
    """The weekdays that `mon` or `mon-thu` means; empty when it means none."""
    names = [end[:3] for end in word.casefold().split("-")]
    if not set(names) <= set(DAYS) or len(names) > len(("first", "last")):
        return range(0)
    return range(DAYS.index(names[0]), DAYS.index(names[-1]) + 1)


def _to_number(value: object) -> float | None:
    text = to_text(value)
    return float(text) if _NUMBER.fullmatch(text) else None


def _to_share(value: object) -> float | None:
    text = to_text(value).casefold()
    if text in _SHARE_WORDS:
        return float(_SHARE_WORDS[text])
    if text.endswith("%"):
        per_cent = _to_number(text[:-1])
        return None if per_cent is None else per_cent / 100
    return _to_number(text)


def code_reader(
    codes: Codes, *, noun: str, rule: str, severity: Severity = Severity.ERROR
) -> Callable[[object], str]:
    """A reader that gives the code meant by any of its spellings.

    Args:
        noun: what the cell should name, e.g. `an agency`.
    """
    known = {spelling(word): code for code, more in codes.items() for word in (code, *more)}

    def read(value: object) -> str:
        text = to_text(value)
        if (code := known.get(spelling(text))) is not None:
            return code
        raise CellError(
            rule,
            f"'{excerpt(text)}' is not {noun} this programme knows.",
            f"Use one of: {', '.join(codes)}.",
            severity,
        )

    return read


def district_reader(find_district: Callable[[str], str | None] | None) -> Callable[[object], str]:
    """A reader of district names and codes; without a geography the text itself is the code."""

    def read(value: object) -> str:
        text = to_text(value)
        code = find_district(text) if find_district else text
        if code is not None:
            return code
        raise CellError(
            "district-unknown",
            f"'{excerpt(text)}' is not a district of this programme's geography.",
            "Write the district's name or ONS code; until then there is no base to travel from.",
            Severity.WARNING,
        )

    return read
