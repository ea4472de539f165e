"""The inbox for programs, and what became of the messages."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.moments import Reading, Writing
from forms.inbox import worded
from workflow.notifications.inbox import Received, mark_read, read_inbox
from workflow.notifications.overview import overview

router = APIRouter(prefix="/api")
_Number = Annotated[int, Field(ge=1, lt=2**31)]


class ReadMessages(BaseModel):
    """Which messages were read."""

    model_config = ConfigDict(extra="forbid")

    numbers: Annotated[list[_Number] | None, Field(min_length=1, max_length=1000)] = None
    """None: all of them."""


@router.get("/inbox")
def inbox(at: Reading, page: Annotated[int, Query(ge=1, lt=10_000)] = 1) -> dict[str, Any]:
    """What somebody was told, the newest first, 25 at a time."""
    found = read_inbox(at.session, at.visitor.account.key, page=page)
    return {
        "unread": found.unread,
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "messages": [_message(one) for one in found.received],
    }


@router.post("/inbox/read")
def read(at: Writing, body: ReadMessages) -> dict[str, int]:
    """Mark messages as read; gives how many were not read before."""
    count = mark_read(at.session, at.visitor.account.key, now=at.now, numbers=body.numbers)
    return {"marked": count}


@router.get("/notifications")
def outbox(at: Reading, request: Request) -> dict[str, Any]:
    """How sending e-mails and signals goes."""
    found = overview(at.session, at.programme)
    return {
        "sends_email": bool(request.app.state.settings.smtp_host),
        "last_sent_at": found.last_sent_at,
        "emails": found.emails,
        "signals": found.signals,
        "unsent": [
            {
                "kind": one.kind,
                "to": one.to,
                "sending": one.sending,
                "attempts": one.attempts,
                "last_error": one.last_error,
                "written_at": one.written_at,
                "next_try_at": one.next_try_at,
            }
            for one in found.unsent
        ],
    }


def _message(one: Received) -> dict[str, Any]:
    message = worded(one.kind, one.content, recipient=one.recipient, about_on=one.about_on)
    return {
        "number": one.number,
        "kind": one.kind,
        "subject": message.subject,
        "content": one.content,
        "link": message.way_on.href if message.way_on else None,
        "written_at": one.written_at,
        "read_at": one.read_at,
    }
