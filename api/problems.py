"""Refusals for programs: problem documents as RFC 9457 has them."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.security import HEADERS
from workflow.errors import ConflictError, InvalidInputError

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:cin-review:problem:"


class FieldProblem(BaseModel):
    """One thing to put right."""

    field: str
    """Where it was sent, e.g. `reason`."""
    detail: str


class Problem(BaseModel):
    """Why a request was refused; a program goes by `type`, a person by `detail`."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str = Field(pattern=f"^{_TYPE}[a-z-]+$")
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
    """Everything to put right, where it is known."""
    changes: list[str] = []
    """What changed since the caller looked, where it is known."""


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    error: Exception | None = None,
    errors: Iterable[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """A problem document.

    Args:
        error: what was raised; its kind is the problem's type. None: the status says it all.
        errors: `field` and `detail` of each thing to put right.
        more: what else the document tells.
    """
    found = list(errors)
    if not found and isinstance(error, InvalidInputError) and error.field:
        found = [{"field": error.field, "detail": detail}]
    changes = list(error.changes) if isinstance(error, ConflictError) else []
    said = {
        "type": _TYPE + (_kind(error) if error else _plain(status.phrase)),
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        **({"errors": found} if found else {}),
        **({"changes": changes} if changes else {}),
        **more,
    }
    return JSONResponse(said, status, headers={**HEADERS, **(headers or {})}, media_type=MEDIA_TYPE)


def _kind(error: Exception) -> str:
    """The kind of an error as part of an address: `guard-not-met`."""
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _plain(phrase: str) -> str:
    return re.sub(r"[^a-z]+", "-", phrase.lower()).strip("-")
