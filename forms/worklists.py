"""Words the worklists: tabs with counts, filters, sortable headings, rows, pages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from forms.downloads import download_links
from forms.pages import Link, Page, Site
from forms.wording import long_date, number, plural, short_date
from workflow.calendar import WorkCalendar
from workflow.states import ReviewState
from workflow.worklists import PAGE_SIZE, WAITING_STATES, Item, Query, View, Worklist

PATH = "/reviews"
BANDS = {5: "Very high", 4: "High", 3: "Medium", 2: "Low", 1: "Very low"}
"""Risk band → how it is said."""
_BAND_COLOURS = {5: "red", 4: "orange", 3: "yellow", 2: "grey", 1: "grey"}
STATES = {
    ReviewState.UNALLOCATED: "Unallocated",
    ReviewState.ALLOCATED: "Allocated",
    ReviewState.IN_PROGRESS: "In progress",
    ReviewState.ON_HOLD: "On hold",
    ReviewState.SUBMITTED: "Submitted",
    ReviewState.RETURNED: "Returned",
    ReviewState.IN_MODERATION: "In moderation",
    ReviewState.COMPLETE: "Complete",
    ReviewState.WITHDRAWN: "Withdrawn",
}
VIEWS = {
    View.UNALLOCATED: "Unallocated",
    View.ALLOCATED: "Allocated",
    View.OVERDUE: "Overdue",
    View.ON_HOLD: "On hold",
    View.ESCALATED: "Escalated",
    View.SUBMITTED: "Submitted",
    View.COMPLETE: "Complete",
    View.ALL: "All",
}
_HEADINGS = {
    View.UNALLOCATED: "Unallocated reviews",
    View.ALLOCATED: "Allocated reviews",
    View.OVERDUE: "Overdue reviews",
    View.ON_HOLD: "Reviews on hold",
    View.ESCALATED: "Reviews with an open escalation",
    View.SUBMITTED: "Reviews that wait for a decision",
    View.COMPLETE: "Complete reviews",
    View.ALL: "All reviews",
}
_EMPTY = {
    View.UNALLOCATED: "Every review has a reviewer. New cases come in with the next caseload file.",
    View.ALLOCATED: "Nobody holds a review. Allocate the unallocated ones.",
    View.OVERDUE: "No review is past its due date.",
    View.ON_HOLD: "No review is on hold.",
    View.ESCALATED: "No escalation is open.",
    View.SUBMITTED: "No submission waits for a manager or a moderator.",
    View.COMPLETE: "No outcome has been confirmed yet.",
    View.ALL: "There is no review yet. Import a caseload first.",
}
_ORDERS = {
    "due": ("due date", "earliest first", "latest first"),
    "priority": ("priority", "low first", "high first"),
    "case": ("case", "lowest number first", "highest number first"),
    "district": ("district", "A to Z", "Z to A"),
    "reviewer": ("reviewer", "A to Z", "Z to A"),
    "since": ("waiting since", "oldest first", "newest first"),
    "state": ("state", "A to Z", "Z to A"),
}
_COLUMNS = (
    ("case", "Case"),
    ("priority", "Priority"),
    ("district", "District"),
    ("state", "State"),
    ("reviewer", "Reviewer"),
    ("due", "Due"),
    ("since", "In since"),
)
_DOWN_FIRST = frozenset({"priority"})
"""Columns whose first click sorts downwards."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A sortable heading: `aria` is the value of `aria-sort`, empty when the list is sorted elsewise."""

    text: str
    href: str
    aria: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A tick box of the filter."""

    value: str
    text: str
    is_ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One review of the list."""

    review_id: int
    version: int
    reference: str
    href: str
    band: str
    band_colour: str
    district: str
    team: str
    state: str
    reviewer: str
    due: str
    late: str
    """How late, in words; empty when it is not."""
    since: str
    siblings: bool
    is_ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagination:
    """Links to the neighbouring pages; None where there is none."""

    previous: str | None
    next: str | None
    pages: tuple[Link | None, ...]
    """Links to pages by number; None stands for a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistPage(Page):
    """A worklist."""

    tabs: tuple[Link, ...]
    search: str
    view: str
    sort: str
    districts: tuple[Choice, ...]
    bands: tuple[Choice, ...]
    active: tuple[Link, ...]
    """Filters in force; each links to the list without it."""
    clear: str
    summary: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    empty: str
    pagination: Pagination | None
    reviewers: tuple[tuple[int, str], ...]
    """Number of each reviewer who can be chosen, with name and load; empty: nothing to allocate."""
    moves: bool
    """The reviews shown are with somebody already: a reason is asked for."""
    reason: str
    chosen: str
    address: str
    """Path and query of this page, to come back to."""
    downloads: tuple[Link, ...]
    """The whole list as files."""
    filter_query: str
    """The filter as a query, for what is done to all matching reviews."""
    total: int


def address(query: Query, **changes: object) -> str:
    """Path and query of a list; what is left at its default is left out."""
    query = replace(query, **changes)  # type: ignore[arg-type]
    pairs: list[tuple[str, object]] = [("view", query.view.value)]
    pairs += [("q", query.search)] if query.search else []
    pairs += [("district", code) for code in query.districts]
    pairs += [("band", band) for band in query.bands]
    pairs += [("reviewer", query.reviewer)] if query.reviewer else []
    pairs += [("sort", query.sort)] if query.sort else []
    pairs += [("page", query.page)] if query.page > 1 else []
    return f"{PATH}?{urlencode(pairs)}"


def worklist_page(
    site: Site,
    found: Worklist,
    counts: Mapping[View, int],
    *,
    districts: Mapping[str, str],
    reviewers: Iterable[tuple[int, str]],
    calendar: WorkCalendar,
    as_of: date,
    reviewer_name: str = "",
    ticked: frozenset[int] = frozenset(),
    chosen: str = "",
    reason: str = "",
    **page: object,
) -> WorklistPage:
    """The page of a list; `districts` is code → name."""
    query = found.query
    return WorklistPage(
        site=site,
        title=_HEADINGS[query.view],
        as_of=long_date(as_of),
        part=f"page {query.page} of {found.pages}" if found.pages > 1 else "",
        tabs=tuple(_tabs(query, counts)),
        search=query.search,
        view=query.view.value,
        sort=query.sort,
        districts=tuple(
            Choice(code, name, code in query.districts)
            for code, name in sorted(districts.items(), key=lambda item: item[1])
        ),
        bands=tuple(Choice(str(b), text, b in query.bands) for b, text in BANDS.items()),
        active=tuple(_active(query, districts, reviewer_name)),
        clear=address(Query(view=query.view, sort=query.sort)),
        summary=_summary(found),
        headings=tuple(_heading(query, key, text) for key, text in _COLUMNS),
        rows=tuple(_row(item, found, districts, calendar, as_of, ticked) for item in found.items),
        empty=_nothing(query),
        pagination=pagination(query.page, found.pages, lambda page: address(query, page=page))
        if found.pages > 1
        else None,
        reviewers=tuple(reviewers),
        moves=query.view is not View.UNALLOCATED,
        reason=reason,
        chosen=chosen,
        address=address(query),
        downloads=download_links(PATH, address(query, page=1).partition("?")[2]),
        filter_query=address(query, page=1).partition("?")[2],
        total=found.total,
        **page,  # type: ignore[arg-type]
    )


def _tabs(query: Query, counts: Mapping[View, int]) -> Iterable[Link]:
    for view, text in VIEWS.items():
        href = address(Query(view=view))
        yield Link(f"{text} ({number(counts.get(view, 0))})", href, is_current=view is query.view)


def _active(query: Query, districts: Mapping[str, str], reviewer_name: str) -> Iterable[Link]:
    if query.search:
        yield Link(f"“{query.search}”", address(query, search="", page=1))
    for code in query.districts:
        rest = tuple(c for c in query.districts if c != code)
        yield Link(districts.get(code, code), address(query, districts=rest, page=1))
    for band in query.bands:
        rest_of = tuple(b for b in query.bands if b != band)
        said = f"{BANDS[band]} priority" if band in BANDS else str(band)
        yield Link(said, address(query, bands=rest_of, page=1))
    if query.reviewer:
        yield Link(reviewer_name or "one reviewer", address(query, reviewer=None, page=1))


def list_in_words(query: Query, districts: Mapping[str, str], reviewer_name: str = "") -> str:
    """What a list was asked for: "Allocated reviews; Burnley; sorted by due date (earliest first)"."""
    filters = [link.text for link in _active(query, districts, reviewer_name)]
    return "; ".join([heading_of(query), *filters, f"sorted by {_sorting(query)}"])


def heading_of(query: Query) -> str:
    """The heading of a list."""
    return _HEADINGS[query.view]


def _sorting(query: Query) -> str:
    name, upwards, downwards = _ORDERS[query.order.removeprefix("-")]
    return f"{name} ({downwards if query.order.startswith('-') else upwards})"


def _summary(found: Worklist) -> str:
    sorting = _sorting(found.query)
    if found.total <= PAGE_SIZE:
        return f"{plural(found.total, 'review')}, sorted by {sorting}."
    last = found.first + len(found.items) - 1
    return (
        f"{plural(found.total, 'review')}. Showing {number(found.first)} to {number(last)}, "
        f"sorted by {sorting}."
    )


def _heading(query: Query, key: str, text: str) -> Heading:
    down_first = key in _DOWN_FIRST
    return sortable(
        text,
        key,
        query.order,
        lambda sort: address(query, sort=sort, page=1),
        down_first=down_first,
    )


def sortable(
    text: str, key: str, order: str, href: Callable[[str], str], *, down_first: bool = False
) -> Heading:
    """A heading that sorts by `key`, the other way round when the list is sorted by it already.

    Args:
        order: the sort in force.
        href: sort → address of the list.
    """
    is_sorted = order.removeprefix("-") == key
    is_down = order.startswith("-")
    first, other = (f"-{key}" if down_first else key), (key if is_down else f"-{key}")
    aria = ("descending" if is_down else "ascending") if is_sorted else ""
    return Heading(text, href(other if is_sorted else first), aria)


def _row(
    item: Item,
    found: Worklist,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    ticked: frozenset[int],
) -> Row:
    return Row(
        review_id=item.review_id,
        version=item.version,
        reference=item.reference,
        href=f"{PATH}/{item.reference}",
        band=BANDS[item.band],
        band_colour=_BAND_COLOURS[item.band],
        district=districts.get(item.district or "", item.district or "Not known"),
        team=item.team or "",
        state=STATES[item.state],
        reviewer=item.reviewer or "",
        due=short_date(item.due_on) if item.due_on else "",
        late=lateness(item.due_on, item.state, calendar, as_of),
        since=short_date(item.opened_on),
        siblings=item.family in found.with_siblings,
        is_ticked=item.review_id in ticked,
    )


def lateness(due_on: date | None, state: ReviewState, calendar: WorkCalendar, as_of: date) -> str:
    """How late a review is that nobody has submitted: "3 working days overdue"; empty when it is not."""
    if due_on is None or due_on >= as_of or state not in WAITING_STATES:
        return ""
    return f"{plural(days_late(due_on, as_of, calendar), 'working day')} overdue"


def days_late(due_on: date, as_of: date, calendar: WorkCalendar) -> int:
    """Working days since a due date that is past, at least one."""
    return max(len(calendar.working_days(due_on, as_of)) - 1, 1)


def _nothing(query: Query) -> str:
    if query.is_filtered:
        return "No review matches these filters. Clear them, or look in another list."
    return _EMPTY[query.view]


def pagination(page: int, last: int, href: Callable[[int], str]) -> Pagination:
    """Links to the first, the last and the neighbouring pages; `href` is page → address."""
    shown = sorted({1, page - 1, page, page + 1, last} & set(range(1, last + 1)))
    links: list[Link | None] = []
    for before, number_ in zip([0, *shown], shown, strict=False):
        if number_ > before + 1:
            links.append(None)
        links.append(Link(str(number_), href(number_), number_ == page))
    return Pagination(
        previous=href(page - 1) if page > 1 else None,
        next=href(page + 1) if page < last else None,
        pages=tuple(links),
    )
