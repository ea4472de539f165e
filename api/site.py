"""What every page has around its content: whose service it is, its menu, its notices."""

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

import forms
from api.access import ACCESS, may_use
from api.answers import done_before
from api.visitor import AnyVisitor, Visitor
from forms.pages import Assets, Link, Site
from workflow.models import Programme
from workflow.programmes import DEFAULT_NAME, geography_of

STATIC = Path(forms.__file__).parent / "static"
SERVICE = DEFAULT_NAME
SYNTHETIC = "Demonstration: every child, family and reviewer here is synthetic."


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the menu; it is shown to those who may open it."""

    text: str
    path: str


MENU = (
    MenuItem("My reviews", "/my-reviews"),
    MenuItem("Reviews", "/reviews"),
    MenuItem("Allocation", "/allocation"),
    MenuItem("Reviewers", "/roster"),
    MenuItem("Caseload", "/caseload"),
    MenuItem("Decisions", "/decisions"),
    MenuItem("Moderation", "/moderation"),
    MenuItem("Quality", "/quality"),
    MenuItem("Escalations", "/escalations"),
    MenuItem("Actions", "/actions"),
    MenuItem("Progress", "/progress"),
    MenuItem("What if", "/what-if"),
    MenuItem("Capacity", "/capacity"),
    MenuItem("Board", "/board"),
    MenuItem("Programme", "/programme"),
    MenuItem("Accounts", "/accounts"),
    MenuItem("Notifications", "/notifications"),
    MenuItem("Audit", "/audit"),
)


@cache
def static_url(name: str) -> str:
    """The address of a static file; a changed file gets a new one, so a browser may keep each."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


_ASSETS = Assets(
    stylesheets=tuple(
        map(
            static_url,
            ("vendor/govuk-frontend.min.css", "vendor/moj-frontend.min.css", "app.css"),
        )
    ),
    script=static_url("app.js"),
)


def plain_site() -> Site:
    """Around pages that know no programme: signing in, errors, and a database without one."""
    return Site(service=SERVICE, organisation="Child in Need reviews", assets=_ASSETS)


def site_of(programme: Programme) -> Site:
    """Around a programme's pages; a demonstration says so on each."""
    return Site(
        service=programme.name,
        organisation=geography_of(programme).authority_name,
        assets=_ASSETS,
        notice=SYNTHETIC if programme.is_demo else "",
    )


def menu_for(visitor: Visitor, path: str) -> tuple[Link, ...]:
    """The entries a visitor may open; the one they are in is marked."""
    roles = visitor.roles
    return tuple(
        Link(item.text, item.path, is_current=f"{path}/".startswith(f"{item.path}/"))
        for item in MENU
        if (rule := ACCESS.get(f"GET {item.path}")) is not None and may_use(rule, roles)
    )


async def get_site(request: Request, visitor: AnyVisitor) -> Site:
    """The surroundings of the page asked for; error pages find them at the request."""
    site = plain_site()
    if visitor is not None:
        site = replace(
            site_of(visitor.programme),
            navigation=menu_for(visitor, request.url.path),
            account=visitor.account.name,
            unread=visitor.unread,
        )
    request.state.site = site
    return replace(site, done=done_before(request))


PageSite = Annotated[Site, Depends(get_site)]
