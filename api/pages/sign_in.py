"""The first page, signing in and out, and what becomes of a one-time code."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import ACCESS, may_use
from api.answers import go_on, local_path, show
from api.connections import AppDatabase, Now, ReadSession, WriteSession
from api.posted import Posted, text
from api.site import MENU, PageSite
from api.visitor import AnyVisitor, SignedIn, forget, remember
from forms.pages import Fault, SignInPage, Site, StartPage
from workflow.accounts import (
    admit,
    begin_account,
    check,
    claim,
    first_administrator,
    has_accounts,
    sign_out,
)
from workflow.errors import GuardNotMetError, InvalidInputError
from workflow.settings import Settings

router = APIRouter()
_SIGN_IN = "Sign in"


@router.get("/")
def first_page(visitor: SignedIn) -> RedirectResponse:
    """On to the first entry of the visitor's menu."""
    paths = [item.path for item in MENU if f"GET {item.path}" in ACCESS]
    mine = [path for path in paths if may_use(ACCESS[f"GET {path}"], visitor.roles)]
    return RedirectResponse(mine[0] if mine else "/account", 303)


@router.get("/sign-in", response_class=HTMLResponse)
def ask_to_sign_in(
    request: Request,
    session: ReadSession,
    site: PageSite,
    visitor: AnyVisitor,
    next: str = "/",  # noqa: A002 - the field's name
) -> Response:
    """Ask for user name and password; before the first account, for the one-time code."""
    if visitor is not None:
        return RedirectResponse(local_path(next), 303)
    if not has_accounts(session):
        return RedirectResponse("/start", 303)
    onward = local_path(next)
    reason = "Sign in to go on." if onward != "/" else ""
    page = SignInPage(
        site=site, title=_SIGN_IN, next=onward, reason=reason, **_ways_in(request, onward)
    )
    return show("sign_in.html", page)


@router.post("/sign-in", response_class=HTMLResponse)
def signing_in(
    request: Request, database: AppDatabase, site: PageSite, posted: Posted, now: Now
) -> Response:
    """Open a session, or say that it was not possible; never what exactly was wrong.

    The password is hashed between two short transactions: that takes long and needs no database.
    """
    if not _settings(request).password_sign_in:
        raise GuardNotMetError("sign in", "Sign in with your organisation's account.")
    user_name, onward = text(posted, "user_name"), local_path(text(posted, "next"))
    address = request.client.host if request.client else ""
    with database.write() as session:
        who = claim(session, user_name=user_name, address=address, now=now)
    checked = check(who, str(posted.get("password", "")))
    with database.write() as session:
        result = admit(session, claim=who, checked=checked, code=text(posted, "code"), now=now)
    if result.token is None:
        field = "code" if result.needs_code else "user_name"
        page = SignInPage(
            site=site,
            title=_SIGN_IN,
            user_name=user_name,
            next=onward,
            needs_code=result.needs_code,
            faults=(Fault(result.refusal, field),),
            **_ways_in(request, onward),
        )
        return show("sign_in.html", page)
    answer = go_on(onward)
    remember(answer, request, result.token)
    return answer


def _ways_in(request: Request, onward: str) -> dict[str, Any]:
    """Whether the page offers the provider, the password, or both."""
    settings = _settings(request)
    return {
        "provider": settings.sso_name if settings.sso_issuer else "",
        "provider_address": f"/sign-in/provider?{urlencode({'next': onward})}",
        "takes_password": settings.password_sign_in,
    }


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


@router.post("/sign-out")
def signing_out(
    request: Request, session: WriteSession, visitor: SignedIn, now: Now
) -> RedirectResponse:
    """End the session, here and at the server."""
    if visitor.web_session is not None:
        sign_out(session, web_session=visitor.web_session, now=now)
    answer = go_on("/sign-in", done="You are signed out.")
    forget(answer, request)
    return answer


@router.get("/start", response_class=HTMLResponse)
def ask_for_code(session: ReadSession, site: PageSite) -> HTMLResponse:
    """Ask for a one-time code and the password it is to become."""
    return show("start.html", _start_page(site, is_first=not has_accounts(session)))


@router.post("/start", response_class=HTMLResponse)
def starting(
    request: Request, session: WriteSession, site: PageSite, posted: Posted, now: Now
) -> Response:
    """Make the first administrator, or let somebody invited choose a password."""
    typed = {field: text(posted, field) for field in ("code", "user_name", "name")}
    password = str(posted.get("password", ""))
    address = request.client.host if request.client else ""
    is_first = not has_accounts(session)
    try:
        if is_first:
            first_administrator(session, **typed, password=password, now=now, address=address)
        else:
            begin_account(
                session,
                code=typed["code"],
                user_name=typed["user_name"],
                password=password,
                now=now,
                address=address,
            )
    except InvalidInputError as refused:
        faults = (Fault(str(refused), getattr(refused, "field", None) or "code"),)
        return show("start.html", _start_page(site, is_first=is_first, typed=typed, faults=faults))
    return go_on("/sign-in", done="The password is set. Sign in with it.")


def _start_page(
    site: Site,
    *,
    is_first: bool,
    typed: dict[str, str] | None = None,
    faults: tuple[Fault, ...] = (),
) -> StartPage:
    typed = typed or dict.fromkeys(("code", "user_name", "name"), "")
    return StartPage(
        site=site, title="Set your password", is_first=is_first, typed=typed, faults=faults
    )
