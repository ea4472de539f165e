"""What a form sent: read once, kept at the request, so that a refusal can give it back."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import date
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from api.inputs import EARLIEST, LATEST
from forms.render import ONCE

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that no database keeps; nobody can type them."""
_WHOLE = re.compile(r"[0-9]{1,9}")
"""Whole numbers that every database takes."""
NEVER_SHOWN = frozenset(
    {
        "password",
        "old_password",
        "new_password",
        "session_password",
        "code",
        "version",
        "next",
        ONCE,
    }
)
"""Fields that no page gives back."""


async def read_form(request: Request) -> FormData:
    """The form of a request, read once however many ask for it.

    A form that cannot be read counts as an empty one from then on: its body is gone.

    Raises:
        HTTPException: 400, it cannot be read or has too many fields.
    """
    posted: FormData | None = getattr(request.state, "posted", None)
    if posted is None:
        request.state.posted = FormData()
        request.state.posted = posted = await request.form(max_files=20, max_fields=5_000)
    return posted


async def read_posted(request: Request) -> AsyncIterator[FormData]:
    """The fields of the form, in the order they were sent; its files are closed afterwards."""
    posted = await read_form(request)
    try:
        yield posted
    finally:
        await posted.close()


Posted = Annotated[FormData, Depends(read_posted)]


async def typed_in(request: Request) -> tuple[tuple[str, str], ...]:
    """What the refused form held, as field and text; nothing when it was no form."""
    is_form = request.headers.get("content-type", "").startswith(
        "application/x-www-form-urlencoded"
    )
    posted: FormData | None = getattr(request.state, "posted", None)
    if posted is None and request.method == "POST" and is_form:
        with suppress(HTTPException):
            posted = await read_form(request)
    return tuple(_texts(posted)) if posted is not None else ()


def _texts(posted: FormData) -> Iterator[tuple[str, str]]:
    for field, value in posted.multi_items():
        if isinstance(value, str) and value.strip() and field not in NEVER_SHOWN:
            yield field, value


def text(posted: FormData, field: str) -> str:
    """One field as it was typed, without the space around it; empty when it was not sent."""
    value = posted.get(field)
    return _UNSTORABLE.sub("", value).strip() if isinstance(value, str) else ""


def whole(typed: object) -> int | None:
    """The whole number in a text; None when it is none, or larger than any number of ours.

    >>> whole("12"), whole("-1"), whole("10" * 9), whole(None)
    (12, None, None, None)
    """
    return int(typed) if isinstance(typed, str) and _WHOLE.fullmatch(typed) else None


def day_of(typed: str) -> date | None:
    """The day in a text, as a browser's date field sends it; None when it is none anybody can mean.

    >>> day_of("2016-02-29"), day_of("9999-12-31")
    (datetime.date(2016, 2, 29), None)
    """
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
