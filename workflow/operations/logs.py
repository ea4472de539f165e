"""Logs without personal data: what may be written is listed, everything else is left out.

A line says which of our fixed messages it is, never what was put into its gaps; of an error it says
the kind and the place, never the text (a driver's error quotes the row). Production writes one JSON
object per line, development one readable line.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

FIELDS = (
    "request_id",
    "method",
    "route",
    "status",
    "duration_ms",
    "account_id",
    "error",
    "where",
)
"""What a line may say beside its time, level, origin and message."""
_OUR_LOGGERS = ("api", "flows", "workflow", "forms", "uvicorn.error", "cin")
"""Whose messages are fixed texts; of other loggers only the place is told."""
_ROOT = Path(__file__).parents[2]
_FRAMES = 12
_PLAIN_TYPES = (str, int, float, bool)

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


@contextmanager
def request_scope(request_id: str) -> Iterator[None]:
    """Name the request in every line logged within."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


def configure_logging(*, is_production: bool, stream: TextIO | None = None) -> None:
    """Send all logs of the process through the formatter of the mode, to standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if is_production else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("api", "flows", "workflow", "cin"):
        logging.getLogger(name).setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = (
            name != "uvicorn.access"
        )  # our own line for a request says more, and less


class JsonLines(logging.Formatter):
    """One JSON object per record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's allowed parts; line breaks cannot occur in JSON strings."""
        return json.dumps(_facts(record), ensure_ascii=False)


class PlainLines(logging.Formatter):
    """The same facts for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, message and `name=value` of the rest, on one line."""
        facts = _facts(record)
        head = f"{facts.pop('at')[11:19]} {facts.pop('level'):7} {facts.pop('message')}"
        facts.pop("logger")
        rest = " ".join(f"{name}={value}" for name, value in facts.items())
        return f"{head} {rest}".rstrip().replace("\n", "\\n").replace("\r", "\\r")


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record),
        "request_id": _request_id.get(),
    }
    extra = {name: record.__dict__.get(name) for name in FIELDS if name in record.__dict__}
    facts |= {name: value for name, value in extra.items() if isinstance(value, _PLAIN_TYPES)}
    if record.exc_info and record.exc_info[1] is not None:
        facts |= _failure(record.exc_info[1])
    return {name: value for name, value in facts.items() if value is not None}


def _message(record: logging.LogRecord) -> str:
    """The fixed text of a message without what its gaps were filled with."""
    is_ours = any(
        record.name == name or record.name.startswith(f"{name}.") for name in _OUR_LOGGERS
    )
    if is_ours and isinstance(record.msg, str):
        return record.msg.strip()
    return f"{record.module}:{record.lineno}"


def _failure(error: BaseException) -> Mapping[str, Any]:
    """The kind of an error and the way to it, without any text of it."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = (f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return {"error": type(error).__name__, "where": " > ".join(places)}


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
