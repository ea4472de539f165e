"""Words the capacity register: vacant posts, Practice Managers who carry cases, and both burn-downs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.capacity_charts import (
    CAPACITY_SIZES,
    CapacityChart,
    Register,
    capacity_rows,
    capacity_sentence,
)
from forms.entries import Entry, Field, entry
from forms.pages import Column, Link, Page, Picture, Site, Table
from forms.what_if import result_table
from forms.wording import long_date, number, plural, short_date
from workflow.calendar import WorkCalendar
from workflow.capacity import Carrier, Post
from workflow.forecast.what_if import ScenarioRun
from workflow.models import CaseCount, PracticeManager, Vacancy

PATH = "/capacity"
SLUGS: dict[str, Register] = {"posts": "vacant_posts", "cases": "carried_cases"}
"""The register as an address names it."""
_EACH_WEEK = 4
"""Weekday of the rows that the table under a picture shows: Friday."""


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """The register as it stood on a day; posts and managers in the order of their references."""

    posts: Sequence[tuple[Vacancy, Post]]
    managers: Sequence[tuple[PracticeManager, Sequence[CaseCount], Carrier]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPage(Page):
    """Both registers with their burn-downs."""

    lead: str
    posts_picture: Picture | None
    posts: Table | None
    post_links: tuple[str, ...]
    cases_picture: Picture | None
    managers: Table | None
    manager_links: tuple[str, ...]
    add_post: Link | None
    add_manager: Link | None
    levers: tuple[Entry, ...]
    result: Table | None
    """What the lever just pulled would do."""
    headline: str
    sentences: tuple[str, ...]
    keep: Entry | None


def capacity_page(
    site: Site,
    facts: RegisterFacts,
    charts: Mapping[Register, CapacityChart],
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    may_keep: bool,
    may_try: bool,
    run: ScenarioRun | None = None,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> CapacityPage:
    """The page.

    Args:
        may_keep: the visitor may change the register; `may_try`: may pull its levers.
        run: the lever just pulled; `typed` is what was typed for it.
    """
    carried = [one for one in facts.managers if one[2].cases_on(as_of) or one[2].ends_on]
    sentences = run.comparison.sentences if run else ()
    return CapacityPage(
        site=site,
        title="Capacity",
        as_of=long_date(as_of),
        lead=_lead(facts, as_of),
        posts_picture=picture_of("posts", charts["vacant_posts"]) if facts.posts else None,
        posts=_posts(facts.posts, districts, calendar, as_of) if facts.posts else None,
        post_links=tuple(f"{PATH}/posts/{post.key}" for post, _ in facts.posts),
        cases_picture=picture_of("cases", charts["carried_cases"]) if carried else None,
        managers=_managers(facts.managers, districts, calendar, as_of) if facts.managers else None,
        manager_links=tuple(f"{PATH}/managers/{one[0].key}" for one in facts.managers),
        add_post=Link("Enter a vacant post", f"{PATH}/posts/add") if may_keep else None,
        add_manager=Link("Enter a Practice Manager", f"{PATH}/managers/add") if may_keep else None,
        levers=tuple(_levers(as_of, typed)) if may_try else (),
        result=result_table(run) if run else None,
        headline=sentences[0] if sentences else "",
        sentences=tuple(sentences[1:]),
        keep=_keep(typed or {}) if run else None,
        **page,
    )


def picture_of(slug: str, chart: CapacityChart) -> Picture:
    """A burn-down with all that says the same."""
    wide, narrow = CAPACITY_SIZES["wide"], CAPACITY_SIZES["narrow"]
    sentence = capacity_sentence(chart)
    return Picture(
        title=chart.title,
        sentence=sentence,
        description=f"{sentence} The numbers are in the table below the picture.",
        wide=f"{PATH}/{slug}-wide.svg",
        wide_size=wide,
        narrow=f"{PATH}/{slug}-narrow.svg",
        narrow_size=narrow,
        csv=f"{PATH}/{slug}.csv",
        table=_numbers(slug, chart),
    )


def slip_of(post: Post, calendar: WorkCalendar, as_of: date) -> int:
    """Working days from the date first given to the day it was filled, or to its date now if later."""
    if post.first_expected_on is None or post.expected_on is None:
        return 0
    vacant = post.is_vacant(as_of)
    last = max(post.expected_on, as_of) if vacant else post.filled_on or as_of
    return calendar.working_days_between(post.first_expected_on, last)


def standing_of(post: Post, calendar: WorkCalendar, as_of: date) -> str:
    """Where a post stands, in words."""
    if not post.is_vacant(as_of):
        return f"Filled {short_date(post.filled_on)}" if post.filled_on else "Not vacant yet"
    if post.expected_on is None:
        return "Vacant, no date given"
    late = calendar.working_days_between(post.expected_on, as_of)
    return f"Vacant, {plural(late, 'working day')} past its date" if late else "Vacant"


def _lead(facts: RegisterFacts, as_of: date) -> str:
    if not facts.posts and not facts.managers:
        return (
            "The register is empty. Vacant posts come in with a roster file, or are entered here."
        )
    vacant = sum(post.is_vacant(as_of) for _, post in facts.posts)
    cases = [carrier.cases_on(as_of) for _, _, carrier in facts.managers]
    holders = sum(count > 0 for count in cases)
    return (
        f"{plural(vacant, 'post')} {'is' if vacant == 1 else 'are'} vacant. "
        f"{plural(holders, 'Practice Manager')} still "
        f"{'carries' if holders == 1 else 'carry'} {plural(sum(cases), 'case')}."
    )


def _posts(
    posts: Sequence[tuple[Vacancy, Post]],
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
) -> Table:
    return Table(
        id="vacant-posts",
        caption="The posts of the register",
        columns=(
            Column("Post"),
            Column("Role"),
            Column("District"),
            Column("Vacant since"),
            Column("First expected"),
            Column("Expected now"),
            Column("Slip in working days", is_numeric=True),
            Column("Where it stands"),
        ),
        rows=tuple(
            (
                vacancy.reference,
                vacancy.role,
                districts.get(vacancy.district or "", "Any"),
                _day(post.since_on),
                _day(post.first_expected_on),
                _day(post.expected_on),
                number(slip_of(post, calendar, as_of)),
                standing_of(post, calendar, as_of),
            )
            for vacancy, post in posts
        ),
    )


def _managers(
    managers: Sequence[tuple[PracticeManager, Sequence[CaseCount], Carrier]],
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
) -> Table:
    return Table(
        id="practice-managers",
        caption="Practice Managers who carry, or carried, cases",
        columns=(
            Column("Practice Manager"),
            Column("Team"),
            Column("District"),
            Column("At first", is_numeric=True),
            Column("Cases now", is_numeric=True),
            Column("Counted"),
            Column("Carries none from"),
            Column("Moved by working days", is_numeric=True),
        ),
        rows=tuple(
            (
                manager.name,
                manager.team or "Not named",
                districts.get(manager.district or "", "Any"),
                number(carrier.counts[0][1]) if carrier.counts else "–",
                number(carrier.cases_on(as_of)),
                _day(carrier.counts[-1][0] if carrier.counts else None),
                short_date(carrier.ends_on) if carrier.ends_on else "No date given",
                number(_moved(manager, carrier, calendar)),
            )
            for manager, _, carrier in managers
        ),
    )


def _moved(manager: PracticeManager, carrier: Carrier, calendar: WorkCalendar) -> int:
    first, now = manager.first_ends_on, carrier.ends_on
    return calendar.working_days_between(first, now) if first and now else 0


def _numbers(slug: str, chart: CapacityChart) -> Table:
    """The Fridays of the picture, and the day it speaks from."""
    rows = [
        row
        for row in capacity_rows(chart)
        if row.day.weekday() == _EACH_WEEK or row.day == chart.burn_down.as_of
    ]
    return Table(
        id=f"{slug}-numbers",
        caption=f"{chart.title}, week by week",
        columns=(
            Column("End of"),
            Column("Counted", is_numeric=True),
            Column("By the dates given", is_numeric=True),
            Column("Middle forecast", is_numeric=True),
            Column("80 % range", is_numeric=True),
        ),
        rows=tuple(
            (
                short_date(row.day),
                _count(row.counted),
                _count(row.planned),
                _count(row.mid),
                f"{_count(row.low80)} to {_count(row.high80)}" if row.low80 is not None else "–",
            )
            for row in rows
        ),
    )


def _levers(as_of: date, typed: Mapping[str, str] | None) -> Iterable[Entry]:
    yield entry(
        "posts",
        "What if all posts were filled",
        action=f"{PATH}/what-if/posts",
        button="See what it would do",
        fields=(
            Field("on", "Filled on", "date", value=as_of.isoformat()),
            Field(
                "certain",
                "On that day for certain, not as late as posts usually are",
                "tick",
            ),
        ),
        typed=typed,
    )
    yield entry(
        "managers",
        "What if Practice Managers carried no cases",
        action=f"{PATH}/what-if/managers",
        button="See what it would do",
        fields=(Field("on", "From", "date", hint="Empty: each from the date that was given."),),
        typed=typed,
        note="The time that the cases take goes to reviews.",
    )


def _keep(typed: Mapping[str, str]) -> Entry:
    """The same lever again, to be kept among the scenarios."""
    name = next(iter(typed), "posts-on").partition("-")[0]
    values = {key.partition("-")[2]: value for key, value in typed.items()}
    return Entry(
        id="keep",
        title="Keep this scenario",
        action=f"{PATH}/what-if/{name}",
        button="Keep this scenario",
        fields=(),
        hidden=(
            *((key, value) for key, value in values.items() if key in {"on", "certain"}),
            ("save", "yes"),
        ),
    )


def _day(day: date | None) -> str:
    return short_date(day) if day else "Not known"


def _count(value: float | None) -> str:
    if value is None:
        return "–"
    return number(value, 0 if value == int(value) else 1)
