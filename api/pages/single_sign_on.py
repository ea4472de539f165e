"""To the organisation's provider and back: signing in without a password of ours."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.answers import go_on, local_path
from api.connections import AppDatabase, Now, ReadSession
from api.oidc import BACK, JOURNEY, Journey, Provider, SingleSignOnError
from api.visitor import is_encrypted, remember
from workflow.accounts import SignIn
from workflow.accounts.single_sign_on import admit_known, refuse
from workflow.db import Database
from workflow.errors import NotFoundError
from workflow.programmes import find_programme

router = APIRouter()
_COOKIE, _SECURE_COOKIE = "cin_journey", "__Host-cin_journey"


@router.get("/sign-in/provider")
def go_to_provider(
    request: Request,
    session: ReadSession,
    database: AppDatabase,
    now: Now,
    next: str = "/",  # noqa: A002 - the field's name
) -> RedirectResponse:
    """Send the browser to the provider; it keeps the journey in a cookie of ten minutes."""
    provider = _provider(request)
    try:
        address, journey = provider.begin(_base_url(request), local_path(next), now)
    except SingleSignOnError as refused:
        _note(database, request, refused.why, now)
        raise
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        _cookie(request),
        journey.sealed(session.info["audit_key"]),
        path="/",
        max_age=int(JOURNEY.total_seconds()),
        httponly=True,
        secure=is_encrypted(request),
        samesite="lax",
    )
    return answer


@router.get(BACK)
def come_back(request: Request, database: AppDatabase, now: Now) -> RedirectResponse:
    """Take in who comes back from the provider; a journey is good for one try."""
    provider = _provider(request)
    try:
        result, onward = _taken_in(request, provider, database, now)
    except SingleSignOnError as refused:
        _note(database, request, refused.why, now)
        raise
    if result.token is None:
        raise SingleSignOnError("not_admitted", result.refusal)
    answer = go_on(onward)
    forget_journey(answer, request)
    remember(answer, request, result.token)
    return answer


def _taken_in(
    request: Request, provider: Provider, database: Database, now: datetime
) -> tuple[SignIn, str]:
    with database.read() as session:
        key: bytes = session.info["audit_key"]
    journey = Journey.opened(request.cookies.get(_cookie(request), ""), key, now)
    identity = provider.finish(_base_url(request), request.query_params, journey, now)
    with database.write() as session:
        programme = find_programme(session, request.app.state.settings.programme)
        result = admit_known(
            session, programme=programme, identity=identity, groups=provider.groups, now=now
        )
    return result, journey.onward


def _note(database: Database, request: Request, why: str, now: datetime) -> None:
    with database.write() as session:
        programme = find_programme(session, request.app.state.settings.programme)
        refuse(session, programme=programme, why=why, said="", now=now)


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFoundError("provider", "")
    return provider


def forget_journey(answer: Response, request: Request) -> None:
    """Take the journey from the browser: it was good for one try."""
    answer.delete_cookie(_cookie(request), path="/", secure=is_encrypted(request))


def _base_url(request: Request) -> str:
    return request.app.state.settings.base_url or str(request.base_url)


def _cookie(request: Request) -> str:
    return _SECURE_COOKIE if is_encrypted(request) else _COOKIE
