"""The OpenAPI document of the JSON API: what FastAPI knows, and what holds for every request."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from api.access import ACCESS, Open
from api.problems import MEDIA_TYPE, Problem

_PREFIX = "/api/"
_ABOUT = """
The same actions under the same rules as the pages, for programs that act as a person.

**Signing in.** Make a token under "Your account" and send it with every request:
`Authorization: Bearer cin_…`. It acts as you, with your roles, until it expires or is revoked, your
password or roles change, or your account is disabled. A token may ask ten times a second.

**Refusals** are problem documents (RFC 9457): go by `type` and `status`, show `detail` to people.
403: none of your roles may do this. 404: there is no such thing, or it is not yours to know of.
409: it is not open now, or changed since the `version` you sent. 422: something you sent cannot be used.

**Dates** are days (2016-01-20) of the programme's calendar; instants are in UTC.
"""
_REFUSALS = {
    "400": "The request cannot be read.",
    "401": "No token, or one that is over.",
    "403": "None of your roles may do this.",
    "404": "There is no such thing, or it is not yours to know of.",
    "409": "Not open now, or changed since you looked.",
    "413": "Too large.",
    "422": "Something sent cannot be used; `errors` names it.",
    "429": "Too many requests; wait as `Retry-After` says.",
    "503": "The database cannot be read.",
}
_OF_ALL = ("400", "401", "403", "404", "409", "422", "429", "503")
_WITH_BODY = ("413",)
_TAGS = {
    "my-reviews": "My reviews",
    "drafts": "My reviews",
    "actions": "Follow-on actions",
}
"""First part of a path → the heading it stands under, where its name does not say it."""


def describe(app: FastAPI) -> dict[str, Any]:
    """The document; made once, because routes stay as they are."""
    known: dict[str, Any] | None = getattr(app.state, "description", None)
    if known is None:
        known = app.state.description = _describe(app)
    return known


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version="1",
        summary="Allocate, track and forecast the review of every Child in Need case.",
        description=_ABOUT.strip(),
        routes=[
            context
            for context in iter_route_contexts(app.routes)
            if isinstance(context.original_route, APIRoute)
            and str(context.path).startswith(_PREFIX)
        ],
    )
    parts = document.setdefault("components", {})
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    parts["responses"] = {status: _refusal(said) for status, said in _REFUSALS.items()}
    schemas = parts.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas |= _problem_schemas()
    document["security"] = [{"token": []}]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method, path)
    return document


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    """Add to one operation what holds for all: its heading, who may, how it is refused."""
    first = path.removeprefix(_PREFIX).partition("/")[0]
    operation.setdefault("tags", [_TAGS.get(first, first.replace("-", " ").capitalize())])
    said = " ".join(operation.pop("description", "").split())
    operation["summary"] = said.partition(";")[0].removesuffix(".")
    operation["description"] = said
    rule = ACCESS[f"{method.upper()} {path}"]
    if not isinstance(rule, Open):
        roles = ", ".join(sorted(rule))
        operation["description"] = f"{said}\n\nFor: {roles}.".strip()
        operation["x-roles"] = sorted(rule)
    refusals = (*_OF_ALL, *(_WITH_BODY if "requestBody" in operation else ()))
    for status in refusals:
        operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}


def _refusal(said: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": said, "content": {MEDIA_TYPE: {"schema": schema}}}


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), "Problem": schema}
