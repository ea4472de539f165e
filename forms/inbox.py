"""Words messages, for the inbox and for emails, and what became of sending them.

A message names cases by reference; an email says how many and where to look, and nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forms.case_file import moment
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, number, plural
from workflow.models import NotificationKind, Sending, SignalKind
from workflow.notifications.inbox import Inbox, Received
from workflow.notifications.overview import Overview, Unsent
from workflow.states import Role

PATH = "/inbox"
MOST_NAMED = 12
"""References named of one group; the rest are counted."""
_K = NotificationKind
_GROUPS: Mapping[str, tuple[str, str]] = {
    "overdue": ("overdue", "/reviews?view=overdue"),
    "due_soon": ("due soon", ""),
    "not_started": ("not started yet", ""),
    "stale_draft": ("with nothing written for some days", ""),
    "submitted": ("waiting for your decision", "/decisions"),
    "awaiting_confirmation": ("waiting too long for your decision", "/decisions"),
    "in_moderation": ("waiting for moderation", "/moderation"),
    "unacknowledged": ("with an escalation nobody has acknowledged", "/escalations"),
    "holder_left": ("given back by somebody who has left", "/reviews?view=unallocated"),
    "holder_absent": ("held by somebody who is away", "/reviews?view=allocated"),
}
"""Group of a day's message → words, and where its list is."""
_CLOCKS = {
    "immediate": "Immediate danger: acknowledge it now.",
    "same_day": "A serious concern: acknowledge it today.",
}
_EMPTY = (
    "There is nothing in your inbox. You are told here when reviews come to you or leave you, when "
    "something is due, and when somebody waits for you."
)
_SENDING = {
    Sending.WAITING: "Waiting to be sent",
    Sending.SENT: "Sent",
    Sending.FAILED: "Given up",
    Sending.EXPIRED: "Too old to send",
    Sending.NONE: "In the inbox only",
}
_SIGNALS = {
    SignalKind.CASELOAD_IMPORTED: "A caseload was imported",
    SignalKind.REVIEWS_SUBMITTED: "Reviews were submitted",
    SignalKind.ALLOCATION_APPLIED: "Reviews were allocated",
}
_MESSAGES = {
    _K.ALLOCATED: "Reviews allocated",
    _K.MOVED_AWAY: "Reviews moved away",
    _K.RETURNED: "Review returned",
    _K.CHASE: "Message of the day",
    _K.ESCALATION: "Escalation",
    _K.ESCALATION_LATE: "Escalation not acknowledged",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A line of a message: what, the cases it is about, and how many more there are."""

    text: str
    references: tuple[str, ...]
    more: int
    href: str = ""
    """Where the list is; empty: there is none to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A message in words."""

    subject: str
    """Says how many, never which."""
    parts: tuple[Part, ...]
    way_on: Link | None
    is_urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A message in an inbox."""

    number: int
    message: Worded
    when: str
    is_unread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage(Page):
    """What somebody was told, the newest first."""

    headline: str
    rows: tuple[InboxRow, ...]
    unread: int
    page: int
    newer: str
    """Address of the page before; empty: there is none."""
    older: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxPage(Page):
    """What became of emails and signals."""

    headline: str
    is_troubled: bool
    counts: Table
    unsent: Table | None
    can_retry: bool


def worded(
    kind: NotificationKind,
    content: Mapping[str, Sequence[str]],
    *,
    recipient: str,
    about_on: date,
) -> Worded:
    """A message in words; the same for the inbox and, without the references, for an email."""
    references = [reference for group in content.values() for reference in group]
    parts = tuple(_part(group, named, recipient) for group, named in content.items())
    subjects = {
        _K.ALLOCATED: f"{plural(len(references), 'review is', 'reviews are')} allocated to you",
        _K.MOVED_AWAY: f"{plural(len(references), 'review is', 'reviews are')} no longer with you",
        _K.RETURNED: "A review came back to you for changes",
        _K.CHASE: f"What needs you on {long_date(about_on)}",
        _K.ESCALATION: "A child may be unsafe",
        _K.ESCALATION_LATE: "Nobody has acknowledged an escalation in time",
    }
    return Worded(
        subject=subjects[kind],
        parts=parts,
        way_on=_way_on(kind, references, recipient),
        is_urgent=kind in (_K.ESCALATION, _K.ESCALATION_LATE),
    )


def _part(group: str, named: Sequence[str], recipient: str) -> Part:
    shown, more = tuple(named[:MOST_NAMED]), max(len(named) - MOST_NAMED, 0)
    if group in _CLOCKS:
        return Part(_CLOCKS[group], shown, more)
    words, href = _GROUPS.get(group, ("", ""))
    is_office = recipient in set(Role)
    said = f"{number(len(named))} {words}" if words else ""
    return Part(said, shown, more, href if is_office else "")


def _way_on(kind: NotificationKind, references: Sequence[str], recipient: str) -> Link | None:
    if kind in (_K.ESCALATION, _K.ESCALATION_LATE):
        return Link("Go to the escalations", "/escalations")
    if kind is _K.RETURNED and references:
        return Link("Go to the review", f"/my-reviews/{references[0]}")
    if kind in (_K.ALLOCATED, _K.CHASE) and recipient not in set(Role):
        return Link("Go to my reviews", "/my-reviews")
    return None


def email_text(message: Worded, *, service: str, base_url: str) -> tuple[str, str]:
    """Subject and body of an email: how many and where to look, never which case."""
    lines = [f"{message.subject}.", ""]
    lines += [f"- {part.text}" for part in message.parts if part.text]
    lines += [""] if lines[-1] else []
    way = f"{base_url.rstrip('/')}{PATH}" if base_url else f"{service}: your inbox"
    lines += [f"Sign in to see more: {way}", "", f"{service}. Please do not answer this message."]
    return f"{service}: {_lower(message.subject)}", "\n".join(lines) + "\n"


def _lower(said: str) -> str:
    return said[0].lower() + said[1:]


def inbox_page(site: Site, inbox: Inbox, *, as_of: date) -> InboxPage:
    """Somebody's inbox."""
    said = plural(inbox.unread, "message") + " you have not read." if inbox.unread else _READ
    return InboxPage(
        site=site,
        title="Inbox",
        as_of=long_date(as_of),
        part=f"page {inbox.page} of {inbox.pages}" if inbox.pages > 1 else "",
        headline=said if inbox.total else _EMPTY,
        rows=tuple(_row(one) for one in inbox.received),
        unread=inbox.unread,
        page=inbox.page,
        newer=f"{PATH}?page={inbox.page - 1}" if inbox.page > 1 else "",
        older=f"{PATH}?page={inbox.page + 1}" if inbox.page < inbox.pages else "",
    )


_READ = "You have read all your messages."


def _row(one: Received) -> InboxRow:
    message = worded(one.kind, one.content, recipient=one.recipient, about_on=one.about_on)
    return InboxRow(
        number=one.number,
        message=message,
        when=moment(one.written_at),
        is_unread=one.read_at is None,
    )


def outbox_page(site: Site, found: Overview, *, sends_email: bool, as_of: date) -> OutboxPage:
    """How telling people and flows goes.

    Args:
        sends_email: a mail server is set.
    """
    return OutboxPage(
        site=site,
        title="Notifications",
        as_of=long_date(as_of),
        headline=_outbox_headline(found, sends_email=sends_email),
        is_troubled=bool(found.unsent),
        counts=Table(
            id="outbox-counts",
            caption="What was written in the last 180 days",
            columns=(
                Column("State"),
                Column("Messages by email", True),
                Column("Signals to the flows", True),
            ),
            rows=tuple(
                (text, number(found.emails[sending]), number(found.signals[sending]))
                for sending, text in _SENDING.items()
            ),
        ),
        unsent=_unsent(found.unsent) if found.unsent else None,
        can_retry=found.failed > 0,
    )


def _outbox_headline(found: Overview, *, sends_email: bool) -> str:
    if not sends_email:
        return "No mail server is set: people find their messages in their inbox only."
    if found.failed:
        return (
            f"{plural(found.failed, 'message or signal', 'messages or signals')} could not be sent."
        )
    if found.unsent:
        return "Some messages could not be sent yet. They are tried again."
    last = moment(found.last_sent_at) if found.last_sent_at else ""
    return f"All is sent. The last email went {last}." if last else "Nothing waits to be sent."


def _unsent(unsent: Sequence[Unsent]) -> Table:
    return Table(
        id="unsent",
        caption="What could not be sent",
        columns=(
            Column("What"),
            Column("To"),
            Column("State"),
            Column("Tries", True),
            Column("Why the last try failed"),
            Column("Written"),
            Column("Next try"),
        ),
        rows=tuple(
            (
                _what(one),
                one.to or "The flows",
                _SENDING[one.sending],
                number(one.attempts),
                one.last_error or "",
                moment(one.written_at),
                moment(one.next_try_at) if one.sending is Sending.WAITING else "None",
            )
            for one in unsent
        ),
    )


def _what(one: Unsent) -> str:
    return _SIGNALS[one.kind] if isinstance(one.kind, SignalKind) else _MESSAGES[one.kind]
