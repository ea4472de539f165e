"""How dates and numbers are said, everywhere the same: on pages, in pictures, in sentences."""

from datetime import date

from workflow.forecast.words import chance_in_words, percentage
from workflow.policy import TrackingPolicy

__all__ = [
    "article",
    "chance_in_words",
    "day_and_month",
    "duty_hours",
    "keep_together",
    "long_date",
    "number",
    "percentage",
    "plural",
    "share",
    "short_date",
    "span",
]


def long_date(day: date) -> str:
    """22 January 2016: in sentences.

    >>> long_date(date(2016, 3, 7))
    '7 March 2016'
    """
    return f"{day.day} {day:%B %Y}"


def short_date(day: date) -> str:
    """22 Jan 2016: in tables.

    >>> short_date(date(2016, 3, 7))
    '7 Mar 2016'
    """
    return f"{day.day} {day:%b %Y}"


def day_and_month(day: date) -> str:
    """22 Jan: on the axis of a picture.

    >>> day_and_month(date(2016, 3, 7))
    '7 Mar'
    """
    return f"{day.day} {day:%b}"


def number(value: float, places: int = 0) -> str:
    """A number with thousands marked.

    >>> number(1690), number(26.25, 1)
    ('1,690', '26.2')
    """
    return f"{value:,.{places}f}"


def duty_hours(policy: TrackingPolicy) -> str:
    """When somebody answers escalations.

    >>> duty_hours(TrackingPolicy())
    'between 9:00 and 17:00 on working days'
    """
    days = "on every day" if policy.duty_every_day else "on working days"
    if (policy.duty_from, policy.duty_until) == (0, 24):
        return f"by day and night, {days}"
    return f"between {policy.duty_from}:00 and {policy.duty_until}:00 {days}"


def article(said: str) -> str:
    """A or an, as the number at the start of a text is spoken.

    >>> article("62 %"), article("8 %"), article("11 %"), article("85 %")
    ('a', 'an', 'an', 'an')
    """
    return "an" if said.startswith(("8", "11 ", "18 ")) else "a"


def span(low: int, high: int) -> str:
    """A range in words, one number when both ends meet.

    >>> span(310, 1420), span(0, 0)
    ('310 to 1,420', '0')
    """
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def share(part: int, whole: int) -> str:
    """A whole percentage that says 100 % only when nothing is missing.

    >>> share(813, 1690), share(1689, 1690), share(0, 0)
    ('48 %', '99 %', '0 %')
    """
    return f"{100 * part // whole if whole else 0} %"


def keep_together(text: str) -> str:
    """A text in which no line ends between a number and its per cent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "review"), plural(1690, "review"), plural(2, "child", "children")
    ('1 review', '1,690 reviews', '2 children')
    """
    return f"{number(count)} {one if count == 1 else many or f'{one}s'}"
