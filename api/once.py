"""A request that changes something and comes twice is carried out once, and answered the same.

Every form that changes something carries a key of its own (`forms.render`); programs send the header
`Idempotency-Key`. The answer is kept for a day with the change: where it leads on to, or the JSON
document. Pages that are answered directly are not kept; their routes check the version instead.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute, APIRouter
from sqlmodel import Session

from api.connections import Now, WriteSession
from api.posted import read_form
from api.security import HEADERS
from api.visitor import SignedIn
from forms.render import ONCE
from workflow.errors import InvalidInputError
from workflow.kept_answers import Answer, Asked, answer_given, keep_answer
from workflow.row_security import enter

HEADER = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"
"""Header of an answer that was given before."""
_KEY = re.compile(r"[\w-]{16,64}")
_SAID = "cin_done="
_JSON = "application/json"
_LONGEST = 100_000
_Handler = Callable[[Request], Awaitable[Response]]


class AnsweredBeforeError(Exception):
    """The request was carried out before."""

    def __init__(self, answer: Answer) -> None:
        """Take the answer that was given."""
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Named:
    """A request's key and what it asks for."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class _Pending:
    """A request that is carried out now and whose answer is to be kept."""

    asked: Asked
    session: Session
    now: datetime


async def read_name(request: Request) -> _Named | None:
    """The key of the request; read before a session is opened, so that no slow sender holds one.

    Raises:
        InvalidInputError: the header is no usable key.
    """
    if asked := request.headers.get(HEADER):
        if not _KEY.fullmatch(asked):
            raise InvalidInputError(f"{HEADER} takes 16 to 64 letters, digits, - or _.")
        return _Named(asked, _digest(request, await request.body()))
    if not request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        return None
    posted = await read_form(request)
    key = posted.get(ONCE)
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        return None
    texts = [f"{name}={value}" for name, value in posted.multi_items() if isinstance(value, str)]
    digest = _digest(request, "\n".join(texts).encode("utf-8", "surrogatepass"))
    # Somebody who goes back and changes what they typed sends the same page's key once more.
    return _Named(hashlib.sha256(f"{key} {digest}".encode()).hexdigest(), digest)


def _digest(request: Request, content: bytes) -> str:
    return hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + content).hexdigest()


def once(
    request: Request,
    named: Annotated[_Named | None, Depends(read_name)],
    session: WriteSession,
    visitor: SignedIn,
    now: Now,
) -> None:
    """Let a request through that was not carried out before.

    Raises:
        AnsweredBeforeError: it was; nothing is done.
        InvalidInputError: the key was used for another request.
    """
    if named is None:
        return
    enter(session, visitor.programme.key)
    asked = Asked(visitor.account.key, named.key, named.digest)
    if answer := answer_given(session, asked):
        raise AnsweredBeforeError(answer)
    request.state.pending = _Pending(asked, session, now)


def install(app: FastAPI) -> None:
    """Let the app answer again what it answered before."""
    app.add_exception_handler(AnsweredBeforeError, _answer_again)


def keep_answers(router: APIRouter) -> APIRouter:
    """Let every route that asks `once` keep its answer before its change is committed."""
    for route in router.routes:
        if isinstance(route, APIRoute) and _asks(route.dependant):
            setattr(route, _HANDLER, partial(_keeping_handler, route))
    return router


_HANDLER = "get_route_handler"
"""The method by which FastAPI makes what handles a route's requests."""


def _keeping_handler(route: APIRoute) -> _Handler:
    return _keeping(APIRoute.get_route_handler(route))


def _asks(dependant: Dependant) -> bool:
    return dependant.call is once or any(map(_asks, dependant.dependencies))


def _keeping(handler: _Handler) -> _Handler:
    async def handle(request: Request) -> Response:
        response = await handler(request)
        pending: _Pending | None = getattr(request.state, "pending", None)
        answer = _to_keep(response)
        if pending is not None and answer is not None:
            await run_in_threadpool(
                keep_answer, pending.session, pending.asked, answer, now=pending.now
            )
        return response

    return handle


def _to_keep(response: Response) -> Answer | None:
    """What can be said again: no refusal, no page, and nothing that lets somebody in."""
    cookies = response.headers.getlist("set-cookie")
    is_error, is_json = response.status_code >= 400, response.media_type == _JSON  # noqa: PLR2004
    if is_error or any(not cookie.startswith(_SAID) for cookie in cookies):
        return None
    location, body = response.headers.get("location"), bytes(response.body)
    if location is None and body and (not is_json or len(body) > _LONGEST):
        return None
    said = next(iter(cookies), None)
    return Answer(response.status_code, location, said, body.decode() if is_json else None)


async def _answer_again(_: Request, error: Exception) -> Response:
    if not isinstance(error, AnsweredBeforeError):
        raise error
    kept = error.answer
    told = {"location": kept.location, "set-cookie": kept.said, REPEATED: "true"}
    headers = HEADERS | {name: value for name, value in told.items() if value is not None}
    media_type = _JSON if kept.body is not None else None
    return Response(kept.body, kept.status, headers=headers, media_type=media_type)
