"""Somebody's inbox, and for those who look after the service what became of the messages."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.answers import go_on, show
from api.moments import Reading, Writing
from api.posted import Posted
from api.site import PageSite
from forms.inbox import PATH, inbox_page, outbox_page
from forms.wording import plural
from workflow.errors import InvalidInputError
from workflow.notifications.inbox import mark_read, read_inbox
from workflow.notifications.overview import overview
from workflow.notifications.sending import send_again

router = APIRouter()
PageNumber = Annotated[int, Query(ge=1, lt=10_000)]


@router.get(PATH, response_class=HTMLResponse)
def inbox(at: Reading, site: PageSite, page: PageNumber = 1) -> HTMLResponse:
    """What somebody was told, the newest first."""
    found = read_inbox(at.session, at.visitor.account.key, page=page)
    return show("inbox/inbox.html", inbox_page(site, found, as_of=at.as_of))


@router.post(f"{PATH}/read", response_class=HTMLResponse)
def read(at: Writing, posted: Posted) -> Response:
    """Mark one message as read, or all of them."""
    numbers = [_number(value) for value in posted.getlist("number")]
    count = mark_read(at.session, at.visitor.account.key, now=at.now, numbers=numbers or None)
    done = f"{plural(count, 'message')} marked as read." if count else ""
    return go_on(PATH, done=done)


@router.get("/notifications", response_class=HTMLResponse)
def outbox(at: Reading, site: PageSite, request: Request) -> HTMLResponse:
    """What is sent, what is not, and why."""
    page = outbox_page(
        site,
        overview(at.session, at.programme),
        sends_email=bool(request.app.state.settings.smtp_host),
        as_of=at.as_of,
    )
    return show("inbox/outbox.html", page)


@router.post("/notifications/again", response_class=HTMLResponse)
def again(at: Writing) -> Response:
    """Send what was given up once more."""
    count = send_again(at.session, programme_id=at.programme.key, now=at.clock)
    done = f"{plural(count, 'message or signal', 'messages or signals')} will be sent again."
    return go_on("/notifications", done=done)


def _number(value: object) -> int:
    text = value if isinstance(value, str) else ""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - below 2**31
        raise InvalidInputError("There is no such message.")
    return int(text)
