"""Words the list of my reviews: what to do next, what waits, what is done. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from forms.answered import answer_in_words
from forms.case_file import moment
from forms.catalogue import latest_form
from forms.pages import Page, Site
from forms.reviewing.filling import FORM_ID
from forms.wording import long_date, number, plural, short_date
from forms.worklists import BANDS, lateness
from workflow.calendar import LONDON, WorkCalendar
from workflow.reviewing import MyReview, MyReviews
from workflow.states import HELD_STATES, ReviewState

PATH = "/my-reviews"
TITLE = "My reviews"
_MINUTES_PER_POINT = 15
_HIGH_BAND = 4
_LONG_REASON = 160
_STEPS = {
    ReviewState.ALLOCATED: "Start it",
    ReviewState.IN_PROGRESS: "Go on with it",
    ReviewState.RETURNED: "Returned: change what the manager asks for",
    ReviewState.ON_HOLD: "Waits for a coordinator to resume it",
    ReviewState.SUBMITTED: "Waits for a council manager",
    ReviewState.IN_MODERATION: "Waits for a moderator",
}
"""State → what happens next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One of my reviews."""

    reference: str
    href: str
    child: str
    district: str
    priority: str
    """Said only where it is high."""
    due: str
    late: str
    step: str
    """What happens next, or how it ended."""
    note: str
    """Why it came back, or when it was saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A table of the page."""

    id: str
    heading: str
    date: str
    """What the column of dates says."""
    rows: tuple[Row, ...]
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MyReviewsPage(Page):
    """The reviewer's first page."""

    lead: str
    """Counts in a sentence."""
    next: Row | None
    """What to do first."""
    lists: tuple[List, ...]


def my_reviews_page(
    site: Site,
    found: MyReviews,
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
) -> MyReviewsPage:
    """The page; `districts` is code → name."""
    to_do, held, waiting, complete = (
        tuple(_row(item, districts, calendar, as_of) for item in items)
        for items in (found.to_do, found.on_hold, found.waiting, found.complete)
    )
    return MyReviewsPage(
        site=site,
        title=TITLE,
        as_of=long_date(as_of),
        lead=_lead(found, sum(bool(row.late) for row in to_do)),
        next=to_do[0] if to_do else None,
        lists=tuple(_lists(found, to_do, held, waiting, complete)),
    )


def _lead(found: MyReviews, late: int) -> str:
    if not found.to_do:
        return "You have nothing to do now."
    back = sum(item.state is ReviewState.RETURNED for item in found.to_do)
    said = [f"{plural(len(found.to_do), 'review')} to do"]
    said += [f"{number(late)} overdue"] if late else []
    said += [f"{number(back)} returned by a manager"] if back else []
    hours = sum(item.effort for item in found.to_do) * _MINUTES_PER_POINT / 60
    return f"You have {_listed(said)}. That is about {plural(round(hours) or 1, 'hour')} of work."


def _listed(parts: list[str]) -> str:
    first, *rest = parts
    return f"{first}, of these {' and '.join(rest)}" if rest else first


def _lists(
    found: MyReviews,
    to_do: tuple[Row, ...],
    held: tuple[Row, ...],
    waiting: tuple[Row, ...],
    complete: tuple[Row, ...],
) -> Iterable[List]:
    yield List(
        id="to-do",
        heading=f"To do ({len(to_do)})",
        date="Due",
        rows=to_do,
        empty="When a coordinator allocates a review to you, it appears here.",
    )
    if held:
        yield List(id="on-hold", heading=f"On hold ({len(held)})", date="Due", rows=held, empty="")
    if waiting:
        heading = f"Submitted, waiting for a decision ({len(waiting)})"
        yield List(id="waiting", heading=heading, date="Submitted", rows=waiting, empty="")
    if complete:
        shown = "" if found.n_complete == len(complete) else f", the newest {len(complete)} shown"
        heading = f"Complete ({number(found.n_complete)}{shown})"
        yield List(id="complete", heading=heading, date="Completed", rows=complete, empty="")


def _row(item: MyReview, districts: Mapping[str, str], calendar: WorkCalendar, as_of: date) -> Row:
    return Row(
        reference=item.reference,
        href=f"{PATH}/{item.reference}",
        child="Not born yet" if item.is_unborn else age_in_words(item.birth_on, as_of),
        district=districts.get(item.district or "", item.district or "Not known"),
        priority=f"{BANDS[item.band]} priority" if item.band >= _HIGH_BAND else "",
        due=_date(item),
        late=lateness(item.due_on, item.state, calendar, as_of) or _soon(item, as_of),
        step=_STEPS.get(item.state) or _outcome(item),
        note=_note(item),
    )


def age_in_words(birth_on: date | None, as_of: date) -> str:
    """A child's age for a table: "7 years"."""
    if birth_on is None:
        return "Age not known"
    months = (as_of.year - birth_on.year) * 12 + as_of.month - birth_on.month
    months -= as_of.day < birth_on.day
    return plural(months // 12, "year") if months >= 24 else plural(max(months, 0), "month")  # noqa: PLR2004


def _date(item: MyReview) -> str:
    at = {
        ReviewState.SUBMITTED: item.submitted_at,
        ReviewState.IN_MODERATION: item.submitted_at,
        ReviewState.COMPLETE: item.completed_at,
    }.get(item.state)
    day = at.astimezone(LONDON).date() if at else item.due_on
    return short_date(day) if day else "No date"


def _soon(item: MyReview, as_of: date) -> str:
    return "Due today" if item.due_on == as_of and item.state in HELD_STATES else ""


def _outcome(item: MyReview) -> str:
    question = latest_form(FORM_ID).questions()["outcome"]
    return answer_in_words(question, {"outcome": item.outcome})


def _note(item: MyReview) -> str:
    if item.reason:
        short = item.reason[:_LONG_REASON]
        return f"“{short}{'…' if short != item.reason else ''}”"
    if item.saved_at and item.state is ReviewState.IN_PROGRESS:
        return f"Last saved {moment(item.saved_at)}"
    return ""
