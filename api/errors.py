"""The one table from error to HTTP status: pages answer in HTML, programs get problem documents."""

import logging
from http import HTTPStatus
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.bearer import TooManyRequestsError, bearer_of
from api.looks import note_refusal
from api.oidc import SingleSignOnError
from api.pages.single_sign_on import forget_journey
from api.posted import typed_in
from api.problems import problem
from api.security import HEADERS
from api.site import plain_site
from api.telemetry import REQUEST_ID
from api.visitor import NotSignedInError, PasswordChangeNeededError
from forms.pages import ErrorPage, Link, Site
from forms.render import render
from workflow import errors

log = logging.getLogger(__name__)

STATUS: dict[type[errors.WorkflowError], HTTPStatus] = {
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.NoProgrammeError: HTTPStatus.NOT_FOUND,
    errors.NotPermittedError: HTTPStatus.FORBIDDEN,
    errors.IllegalTransitionError: HTTPStatus.CONFLICT,
    errors.GuardNotMetError: HTTPStatus.CONFLICT,
    errors.ConflictError: HTTPStatus.CONFLICT,
    errors.InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_HEADINGS = {
    HTTPStatus.BAD_REQUEST: "This cannot be read",
    HTTPStatus.NOT_FOUND: "Page not found",
    HTTPStatus.FORBIDDEN: "You may not do this",
    HTTPStatus.UNAUTHORIZED: "You are signed out",
    HTTPStatus.METHOD_NOT_ALLOWED: "This cannot be done here",
    HTTPStatus.CONFLICT: "This cannot be done now",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is too large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "There is a problem",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "The service is not ready",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Sorry, there is a problem with the service",
}
_SENTENCES = {
    HTTPStatus.NOT_FOUND: "If you typed the address, check that it is right.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "It is larger than the service takes. Nothing was stored. Send it in smaller parts."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "The database cannot be read. Whoever runs the service can make or migrate it with cin init."
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: "Nothing was changed. Try again later.",
}


def install(app: FastAPI) -> None:
    """Register a handler for every kind of error a route can end in."""
    app.add_exception_handler(NotSignedInError, _not_signed_in)
    app.add_exception_handler(PasswordChangeNeededError, _password_first)
    app.add_exception_handler(SingleSignOnError, _not_let_in)
    app.add_exception_handler(TooManyRequestsError, _too_fast)
    app.add_exception_handler(errors.WorkflowError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(sa.exc.DataError, _unstorable)
    app.add_exception_handler(sa.exc.DBAPIError, _database)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: errors.WorkflowError) -> HTTPStatus:
    """The status of a refusal, or of the nearest kind of refusal it is."""
    found = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return next(found, HTTPStatus.CONFLICT)


async def _not_signed_in(request: Request, error: Exception) -> Response:
    """On to sign in; whoever had typed something gets it back, a program a word on tokens."""
    if _is_program(request):
        asks = {"WWW-Authenticate": "Bearer"}
        return problem(HTTPStatus.UNAUTHORIZED, str(error), error=error, headers=asks)
    if request.method == "GET":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': asked})}", 303, headers=HEADERS)
    sentence = "You are signed out. Sign in in another tab, then go back here and send it again."
    return await _answer(request, HTTPStatus.UNAUTHORIZED, sentence)


async def _password_first(request: Request, error: Exception) -> Response:
    if _is_program(request):
        return problem(HTTPStatus.FORBIDDEN, str(error), error=error)
    return RedirectResponse("/account", 303, headers=HEADERS)


async def _not_let_in(request: Request, error: Exception) -> Response:
    """The page of the provider's route says what happened; its own record is made there."""
    answer = await _answer(request, HTTPStatus.FORBIDDEN, str(error))
    forget_journey(answer, request)
    return answer


async def _too_fast(request: Request, error: Exception) -> Response:
    answer = await _answer(request, HTTPStatus.TOO_MANY_REQUESTS, str(error), error)
    answer.headers["Retry-After"] = str(getattr(error, "wait", 1))
    return answer


async def _refused(request: Request, error: Exception) -> Response:
    status = status_of(error) if isinstance(error, errors.WorkflowError) else HTTPStatus.CONFLICT
    await note_refusal(request, status)
    # Of what is not there and of what is somebody else's, the same is said.
    sentence = None if isinstance(error, errors.NotFoundError) else str(error)
    return await _answer(request, status, sentence, error)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _unexpected(request, error)
    status = HTTPStatus(error.status_code)
    said = error.detail if error.detail != status.phrase else None
    answer = await _answer(request, status, said)
    answer.headers.update(error.headers or {})
    return answer


async def _invalid(request: Request, error: Exception) -> Response:
    """A path that fits nothing is not found; anything else was typed wrong."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if any(one["loc"][0] == "path" for one in found):
        await note_refusal(request, HTTPStatus.NOT_FOUND)
        return await _answer(request, HTTPStatus.NOT_FOUND)
    if _is_program(request):
        wrong = [
            {"field": ".".join(map(str, one["loc"][1:])) or "body", "detail": one["msg"]}
            for one in found
        ]
        sentence = "What was sent does not fit."
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, sentence, errors=wrong)
    sentence = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in found)
    return await _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, sentence)


async def _unstorable(request: Request, error: Exception) -> Response:
    """A number or a character beyond what the database's columns hold."""
    log.warning("the database took a value for impossible: %s", type(error).__name__)
    sentence = "Some of what was sent cannot be stored. Nothing was changed."
    return await _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, sentence)


async def _database(request: Request, error: Exception) -> Response:
    log.error("the database failed: %s", type(error).__name__)
    return await _answer(request, HTTPStatus.SERVICE_UNAVAILABLE)


async def _unexpected(request: Request, _: Exception) -> Response:
    """Nothing of the error is shown; the number finds it in the log."""
    number = getattr(request.state, "request_id", "")
    sentence = f"Nothing was changed. Try again later, or tell whoever runs the service: {number}"
    answer = await _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, sentence if number else None)
    answer.headers[REQUEST_ID] = number
    return answer


async def _answer(
    request: Request,
    status: HTTPStatus,
    sentence: str | None = None,
    error: Exception | None = None,
) -> Response:
    """The headers are set here too: answers to unexpected errors pass by the middleware."""
    sentence = sentence or _SENTENCES.get(status, status.phrase)
    if _is_program(request):
        return problem(status, sentence, error=error)
    site: Site = getattr(request.state, "site", None) or plain_site()
    page = ErrorPage(
        site=site,
        title=_HEADINGS.get(status, status.phrase),
        sentences=(sentence,),
        typed=await typed_in(request),
        way_on=Link("Go to the first page", "/"),
    )
    return HTMLResponse(render("error.html", page=page), status, headers=HEADERS)


def _is_program(request: Request) -> bool:
    """Whether a program reads the answer: all under /api/, and whoever sends a token."""
    return request.url.path.startswith("/api/") or bearer_of(request.headers) is not None
