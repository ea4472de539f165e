"""Words the follow-on actions: their lists, and the page of one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from forms.pages import Link, Page, Site, Tile
from forms.wording import long_date, number, plural, share, short_date
from forms.worklists import Choice, Heading, Pagination, pagination, sortable
from workflow.calendar import WorkCalendar, local_date
from workflow.followup.worklist import (
    OWNER_ROLES,
    PAGE_SIZE,
    SOMEBODY_ELSE,
    ActionItem,
    ActionList,
    ActionQuery,
    ActionView,
    SafeCounts,
    sunday_of,
)
from workflow.models import ActionKind, ActionStatus

PATH = "/actions"
ROLES = {role: role.replace("_", " ").capitalize() for role in OWNER_ROLES}
"""Role that a rule names → how it is said; anybody else stands as the reviewer wrote them."""
KINDS = {
    ActionKind.STRATEGY_DISCUSSION: "Strategy discussion",
    ActionKind.CONFERENCE: "Child protection conference",
    ActionKind.NEW_WORKER: "New worker",
    ActionKind.PLAN_CHANGES: "Plan changes",
    ActionKind.HANDOVER: "Hand-over",
    ActionKind.CLOSURE_CHECK: "Closure check",
    ActionKind.FAMILY_TOLD: "Family told",
    ActionKind.LEGAL_PLANNING: "Legal planning",
    ActionKind.TRANSFER: "Transfer",
    ActionKind.RECORD_CORRECTION: "Record correction",
    ActionKind.RECHECK: "Re-check",
}
_VIEWS = {
    ActionView.OVERDUE: "Overdue",
    ActionView.THIS_WEEK: "Due this week",
    ActionView.OPEN: "Open",
    ActionView.RECHECKS: "Re-checks",
    ActionView.DONE: "Done",
    ActionView.CANCELLED: "Cancelled",
}
_HEADINGS = {
    ActionView.OVERDUE: "Overdue actions",
    ActionView.THIS_WEEK: "Actions due this week",
    ActionView.OPEN: "Open actions",
    ActionView.RECHECKS: "Re-checks to come",
    ActionView.DONE: "Actions done",
    ActionView.CANCELLED: "Cancelled actions",
}
_EMPTY = {
    ActionView.OVERDUE: "No follow-on action is overdue.",
    ActionView.THIS_WEEK: "Nothing more falls due by Sunday.",
    ActionView.OPEN: "No follow-on action is open. They open when a manager confirms an outcome.",
    ActionView.RECHECKS: "No re-check is planned. They open with the outcomes that keep a case open.",
    ActionView.DONE: "Nothing has been done yet. Open an action to say that it is done.",
    ActionView.CANCELLED: "No action was cancelled.",
}
_ORDERS = {
    "due": ("due date", "earliest first", "latest first"),
    "case": ("case", "lowest number first", "highest number first"),
    "kind": ("action", "A to Z", "Z to A"),
    "owner": ("owner", "A to Z", "Z to A"),
    "district": ("district", "A to Z", "Z to A"),
    "closed": ("day it was closed", "oldest first", "newest first"),
}
_COLUMNS = (("case", "Case"), ("kind", "Action"), ("owner", "Owner"), ("district", "District"))
_TO_DO = (("due", "Due"),)
_SETTLED = (("closed", "Closed"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """One action of a list."""

    number: int
    href: str
    reference: str
    case_href: str
    label: str
    kind: str
    """Shown when the label is somebody's own words."""
    owner: str
    owner_role: str
    district: str
    day: str
    late: str
    moved: str
    note: str
    is_safety: bool
    can_tick: bool
    is_ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsPage(Page):
    """A list of follow-on actions."""

    tiles: tuple[Tile, ...]
    lead: str
    tabs: tuple[Link, ...]
    view: str
    sort: str
    search: str
    kinds: tuple[Choice, ...]
    owners: tuple[Choice, ...]
    districts: tuple[Choice, ...]
    active: tuple[Link, ...]
    clear: str
    summary: str
    headings: tuple[Heading, ...]
    rows: tuple[ActionRow, ...]
    empty: str
    pagination: Pagination | None
    address: str
    may_close: bool
    """Something of the list can be ticked and closed."""
    result: str
    refused: tuple[tuple[Link, str], ...]
    """What could not be closed with the rest, and why."""


def address(query: ActionQuery, **changes: Any) -> str:
    """Path and query of a list; what is left at its default is left out."""
    query = replace(query, **changes)
    pairs: list[tuple[str, object]] = [("view", query.view.value)]
    pairs += [("q", query.search)] if query.search else []
    pairs += [("kind", kind.value) for kind in query.kinds]
    pairs += [("owner", role) for role in query.owner_roles]
    pairs += [("district", code) for code in query.districts]
    pairs += [("sort", query.sort)] if query.sort else []
    pairs += [("page", query.page)] if query.page > 1 else []
    return f"{PATH}?{urlencode(pairs)}"


def actions_page(
    site: Site,
    found: ActionList,
    counts: Mapping[ActionView, int],
    safe: SafeCounts,
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    ticked: frozenset[int] = frozenset(),
    result: str = "",
    refused: Iterable[tuple[Link, str]] = (),
    **page: Any,
) -> ActionsPage:
    """The page of a list; `districts` is code → name."""
    query = found.query
    is_open = query.view not in (ActionView.DONE, ActionView.CANCELLED)
    rows = tuple(_row(item, districts, calendar, as_of, ticked) for item in found.items)
    columns = (*_COLUMNS, *(_TO_DO if is_open else _SETTLED))
    return ActionsPage(
        site=site,
        title=_HEADINGS[query.view],
        as_of=long_date(as_of),
        part=f"page {query.page} of {found.pages}" if found.pages > 1 else "",
        tiles=tuple(_tiles(counts, safe, as_of)),
        lead=_lead(safe),
        tabs=tuple(
            Link(
                f"{text} ({number(counts[view])})",
                address(ActionQuery(view=view)),
                is_current=view is query.view,
            )
            for view, text in _VIEWS.items()
        ),
        view=query.view.value,
        sort=query.sort,
        search=query.search,
        kinds=tuple(Choice(kind.value, text, kind in query.kinds) for kind, text in KINDS.items()),
        owners=tuple(
            Choice(role, text, role in query.owner_roles) for role, text in _owners().items()
        ),
        districts=tuple(
            Choice(code, name, code in query.districts)
            for code, name in sorted(districts.items(), key=lambda item: item[1])
        ),
        active=tuple(_active(query, districts)),
        clear=address(ActionQuery(view=query.view, sort=query.sort)),
        summary=_summary(found),
        headings=tuple(
            sortable(text, key, query.order, lambda sort: address(query, sort=sort, page=1))
            for key, text in columns
        ),
        rows=rows,
        empty=_EMPTY[query.view]
        if not query.is_filtered
        else "No action matches these filters. Clear them, or look in another list.",
        pagination=pagination(query.page, found.pages, lambda page: address(query, page=page))
        if found.pages > 1
        else None,
        address=address(query),
        may_close=any(row.can_tick for row in rows),
        result=result,
        refused=tuple(refused),
        **page,
    )


def owner_of(owner_role: str, owner: str | None = None) -> str:
    """Who does it: the person, else the role as people say it, else what the reviewer wrote."""
    return owner or ROLES.get(owner_role, owner_role)


def days_late(due_on: date, calendar: WorkCalendar, as_of: date) -> str:
    """How far past its date something open is, in words; empty when it is not."""
    if due_on >= as_of:
        return ""
    days = calendar.working_days_between(due_on, as_of)
    return f"{plural(max(days, 1), 'working day')} overdue"


def _owners() -> dict[str, str]:
    return ROLES | {SOMEBODY_ELSE: "Somebody else"}


def _tiles(counts: Mapping[ActionView, int], safe: SafeCounts, as_of: date) -> Iterable[Tile]:
    yield Tile(number(safe.complete), "reviews complete", "An outcome is confirmed")
    note = f"{share(safe.made_safe, safe.complete)} of those complete" if safe.complete else ""
    yield Tile(number(safe.made_safe), "cases made safe", note)
    yield Tile(number(counts[ActionView.OVERDUE]), "actions overdue", "")
    until = f"By Sunday {long_date(sunday_of(as_of))}"
    yield Tile(number(counts[ActionView.THIS_WEEK]), "due this week", until)


def _lead(safe: SafeCounts) -> str:
    if not safe.complete:
        return "No review is complete yet. Each confirmed outcome opens the actions that follow it."
    if not safe.not_yet_safe:
        return "Every case whose review is complete is made safe."
    return (
        f"{plural(safe.not_yet_safe, 'case')} with a complete review "
        f"{'is' if safe.not_yet_safe == 1 else 'are'} not made safe yet: an action that the child's "
        "safety hangs on, or an escalation, is still open."
    )


def _active(query: ActionQuery, districts: Mapping[str, str]) -> Iterable[Link]:
    if query.search:
        yield Link(f"“{query.search}”", address(query, search="", page=1))
    for kind in query.kinds:
        rest = tuple(other for other in query.kinds if other is not kind)
        yield Link(KINDS[kind], address(query, kinds=rest, page=1))
    for role in query.owner_roles:
        others = tuple(other for other in query.owner_roles if other != role)
        yield Link(_owners().get(role, role), address(query, owner_roles=others, page=1))
    for code in query.districts:
        left = tuple(other for other in query.districts if other != code)
        yield Link(districts.get(code, code), address(query, districts=left, page=1))


def _summary(found: ActionList) -> str:
    name, upwards, downwards = _ORDERS[found.query.order.removeprefix("-")]
    said = f"sorted by {name} ({downwards if found.query.order.startswith('-') else upwards})."
    if found.total <= PAGE_SIZE:
        return f"{plural(found.total, 'action')}, {said}"
    last = found.first + len(found.items) - 1
    showing = f"Showing {number(found.first)} to {number(last)}"
    return f"{plural(found.total, 'action')}. {showing}, {said}"


def _row(
    item: ActionItem,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    ticked: frozenset[int],
) -> ActionRow:
    is_open = item.status is ActionStatus.OPEN
    was = f"first {short_date(item.first_due_on)}" if item.due_on != item.first_due_on else ""
    return ActionRow(
        number=item.action_id,
        href=f"{PATH}/{item.action_id}",
        reference=item.reference,
        case_href=f"/reviews/{item.reference}",
        label=item.label,
        kind=KINDS[item.kind] if item.task else "",
        owner=owner_of(item.owner_role, item.owner),
        owner_role=owner_of(item.owner_role) if item.owner else "",
        district=districts.get(item.district or "", item.district or "Not known"),
        day=_day(item),
        late=days_late(item.due_on, calendar, as_of) if is_open else "",
        moved=was if is_open else "",
        note="" if is_open else item.result or "",
        is_safety=item.safety_relevant,
        can_tick=is_open,
        is_ticked=item.action_id in ticked,
    )


def _day(item: ActionItem) -> str:
    if item.status is ActionStatus.OPEN or item.closed_at is None:
        return short_date(item.due_on)
    return short_date(item.done_on or local_date(item.closed_at))
