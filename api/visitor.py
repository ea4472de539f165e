"""Who is asking: the session behind a cookie or a token, and the door every request passes."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.access import Open, may_use, rule_of
from api.bearer import bearer_of, count_request, opens_with_token
from api.connections import AppDatabase, Now, ReadSession
from workflow.accounts import (
    actor_of,
    find_session,
    find_token,
    needs_note,
    needs_touch,
    note_use,
    touch,
)
from workflow.db import Database
from workflow.errors import NotPermittedError, WorkflowError
from workflow.models import Account, ApiToken, Programme, WebSession
from workflow.notifications.inbox import count_unread
from workflow.row_security import enter
from workflow.states import Actor, Role


class PasswordChangeNeededError(WorkflowError):
    """Somebody is signed in with a password that was only meant for the first time."""

    sentence = "Choose a password of your own first."

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(self.sentence)


class SecondFactorNeededError(PasswordChangeNeededError):
    """Somebody has a password alone, where that is not enough."""

    sentence = "Set up a second factor first."


_WITHOUT_NEW_PASSWORD = ("/account/", "/sign-out/")
_NO_REVIEWER = -1
"""Whose number is nobody's: a reviewer's account that is not linked to the roster sees no review."""
_COOKIE, _SECURE_COOKIE = "cin_session", "__Host-cin_session"


class NotSignedInError(WorkflowError):
    """Nobody is signed in, or no longer."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("Sign in to go on.")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in."""

    account: Account
    web_session: WebSession | None
    """None: a program asks, with a token."""
    programme: Programme
    """The programme the account belongs to."""
    unread: int = 0
    """Messages in their inbox they have not read."""
    token: ApiToken | None = None
    must_set_up_factor: bool = False
    """Nothing but their account is open before a second factor is set up."""

    @property
    def actor(self) -> Actor:
        """Who they act as in the use cases."""
        return actor_of(self.account)

    @property
    def roles(self) -> frozenset[Role]:
        """What they may act as."""
        return self.actor.roles


def get_visitor(request: Request, session: ReadSession, now: Now) -> Visitor | None:
    """Whoever the token or the cookie belongs to; None when nobody is signed in."""
    web_session, token = None, None
    if (sent := bearer_of(request.headers)) is not None:
        by_token = find_token(session, token=sent, now=now)
        if by_token is None or not opens_with_token(request.url.path):
            return None
        token, account = by_token
    else:
        cookie = request.cookies.get(cookie_name(request))
        by_cookie = find_session(session, token=cookie, now=now) if cookie else None
        if by_cookie is None:
            return None
        web_session, account = by_cookie
    enter(session, account.programme_id, reviewer_id=_only_reviewer(account))
    return Visitor(
        account,
        web_session,
        session.get_one(Programme, account.programme_id),
        unread=count_unread(session, account.key),
        token=token,
        must_set_up_factor=_must_set_up_factor(request, account),
    )


def _only_reviewer(account: Account) -> int | None:
    """The reviewer of somebody who does nothing but review: they see what they hold, and no more."""
    return (account.reviewer_id or _NO_REVIEWER) if account.roles == [Role.REVIEWER] else None


AnyVisitor = Annotated[Visitor | None, Depends(get_visitor)]


async def guard(request: Request, visitor: AnyVisitor, database: AppDatabase, now: Now) -> None:
    """Let a request through to its route, or not; asked before every route of the app.

    Raises:
        NotSignedInError: the route is not open to everybody and nobody is signed in.
        NotPermittedError: none of the visitor's roles may use the route.
        TooManyRequestsError: a program asks too fast.
        HTTPException: the address cannot be anybody's.
    """
    if _is_malformed(request):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The address holds what no text can hold.")
    if bearer_of(request.headers) is not None:
        count_request(request, visitor.token.key if visitor and visitor.token else None, now)
    request.state.visitor, request.state.now = visitor, now
    request.state.account_id = visitor.account.key if visitor else None
    route: APIRoute = request.scope["route"]
    rule = rule_of(route, request.method)
    if rule is Open.TO_ALL:
        return
    if visitor is None:
        raise NotSignedInError
    if not may_use(rule, visitor.roles):
        roles = () if isinstance(rule, Open) else tuple(sorted(rule))
        raise NotPermittedError("use this page", roles)
    if visitor.account.must_change_password and not f"{route.path}/".startswith(
        _WITHOUT_NEW_PASSWORD
    ):
        raise PasswordChangeNeededError
    if visitor.must_set_up_factor and not f"{route.path}/".startswith(_WITHOUT_NEW_PASSWORD):
        raise SecondFactorNeededError
    if _is_to_be_noted(visitor, now):
        await run_in_threadpool(_touch, database, visitor, now)


def _must_set_up_factor(request: Request, account: Account) -> bool:
    """Whether the account's password alone opens too much."""
    is_asked: bool = request.app.state.settings.require_second_factor
    return is_asked and account.password_hash is not None and not account.has_second_factor


def _is_malformed(request: Request) -> bool:
    """Whether the address holds a zero byte, which PostgreSQL takes in no text."""
    return "\x00" in request.scope["path"] or b"%00" in request.scope["query_string"]


def _is_to_be_noted(visitor: Visitor, now: datetime) -> bool:
    if visitor.token is not None:
        return needs_note(visitor.token, now)
    return visitor.web_session is not None and needs_touch(visitor.web_session, now=now)


def _touch(database: Database, visitor: Visitor, now: datetime) -> None:
    """Note that the session or the token is in use."""
    with database.write() as session:
        if visitor.web_session is not None:
            touch(session, web_session=visitor.web_session, now=now)
        if visitor.token is not None:
            enter(session, visitor.programme.key)
            note_use(session, token=visitor.token, account=visitor.account, now=now)


async def signed_in(visitor: AnyVisitor) -> Visitor:
    """The visitor of a route that `guard` opens to signed-in people only.

    Raises:
        NotSignedInError: nobody is signed in.
    """
    if visitor is None:
        raise NotSignedInError
    return visitor


SignedIn = Annotated[Visitor, Depends(signed_in)]


def cookie_name(request: Request) -> str:
    """The cookie's name: on an encrypted connection one that no other site can set."""
    return _SECURE_COOKIE if is_encrypted(request) else _COOKIE


def is_encrypted(request: Request) -> bool:
    """Whether the browser's connection is encrypted, if need be by a proxy in front of this one."""
    base_url: str = request.app.state.settings.base_url
    return request.url.scheme == "https" or base_url.startswith("https://")


def remember(response: Response, request: Request, token: str) -> None:
    """Give the browser its session; it forgets it when it is closed."""
    response.set_cookie(
        cookie_name(request),
        token,
        path="/",
        httponly=True,
        secure=is_encrypted(request),
        samesite="lax",
    )


def forget(response: Response, request: Request) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(request), path="/", secure=is_encrypted(request))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
