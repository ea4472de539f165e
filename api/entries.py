"""Reads the small forms of `forms.entries`, and puts a refusal where it belongs."""

from datetime import date

from starlette.datastructures import FormData

from api.posted import day_of, text, whole
from forms.pages import Fault
from workflow.errors import GuardNotMetError, InvalidInputError

REFUSALS = (InvalidInputError, GuardNotMetError)
"""What somebody can put right where they typed it."""


def typed_into(entry: str, posted: FormData) -> dict[str, str]:
    """All that was typed into an entry, by field id, to stand in it again."""
    return {f"{entry}-{name}": text(posted, name) for name in posted if name != "version"}


def fault_of(entry: str, refused: Exception, otherwise: str) -> Fault:
    """The refusal at the field it names, or at another one of the entry."""
    return Fault(str(refused), f"{entry}-{getattr(refused, 'field', None) or otherwise}")


def a_day(posted: FormData, field: str, name: str) -> date:
    """The day in a date field.

    Raises:
        InvalidInputError: there is none, or it is no date.
    """
    day = maybe_a_day(posted, field, name)
    if day is None:
        raise InvalidInputError(f"Enter {name}, like 2016-02-29", field)
    return day


def maybe_a_day(posted: FormData, field: str, name: str) -> date | None:
    """The day in a date field that may be left empty.

    Raises:
        InvalidInputError: what stands there is no date.
    """
    typed = text(posted, field)
    if not typed:
        return None
    if (day := day_of(typed)) is None:
        raise InvalidInputError(f"Enter {name}, like 2016-02-29", field)
    return day


def a_number(posted: FormData, field: str, name: str) -> float:
    """The number in a field.

    Raises:
        InvalidInputError: it is none.
    """
    typed = text(posted, field).replace(",", "")
    try:
        number = float(typed)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e9:  # noqa: PLR2004 - also false for what is no number
        raise InvalidInputError(f"Enter {name} as a number", field)
    return number


def a_count(posted: FormData, field: str, name: str) -> int:
    """The whole number in a field.

    Raises:
        InvalidInputError: it is none.
    """
    number = a_number(posted, field, name)
    if number != int(number):
        raise InvalidInputError(f"Enter {name} as a whole number", field)
    return int(number)


def seen_version(posted: FormData) -> int | None:
    """The version of what is changed that the form was made from."""
    return whole(text(posted, "version"))
