"""Words one entry of the capacity register, and the forms that add and change entries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.capacity import PATH, slip_of, standing_of
from forms.case_file import Fact, Happening, moment
from forms.entries import Entry, Field, entry
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, number, plural, short_date
from workflow.calendar import WorkCalendar
from workflow.capacity import Carrier, Post
from workflow.models import CaseCount, Event, PracticeManager, Vacancy

_BACK = Link("Back to capacity", PATH)
_HAPPENED = {
    "post_opened": "Entered",
    "post_moved": "Expected date moved",
    "post_filled": "Filled",
    "manager_added": "Entered",
    "manager_end_moved": "End date moved",
    "manager_cases_counted": "Cases counted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage(Page):
    """One entry of the register."""

    facts: tuple[Fact, ...]
    entries: tuple[Entry, ...]
    table: Table | None
    timeline: tuple[Happening, ...]


def post_page(
    site: Site,
    vacancy: Vacancy,
    post: Post,
    events: Sequence[Event],
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    may_keep: bool,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> EntryPage:
    """One post; what was said of it before stays on record."""
    is_open = may_keep and vacancy.filled_on is None
    return EntryPage(
        site=site,
        title=f"{vacancy.role} ({vacancy.reference})",
        as_of=long_date(as_of),
        back=_BACK,
        facts=tuple(_post_facts(vacancy, post, districts, calendar, as_of)),
        entries=tuple(_post_entries(vacancy, as_of, typed)) if is_open else (),
        table=None,
        timeline=tuple(_happening(event) for event in reversed(events)),
        **page,
    )


def manager_page(
    site: Site,
    manager: PracticeManager,
    counts: Sequence[CaseCount],
    carrier: Carrier,
    events: Sequence[Event],
    *,
    districts: Mapping[str, str],
    as_of: date,
    may_keep: bool,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> EntryPage:
    """One Practice Manager with every count."""
    return EntryPage(
        site=site,
        title=manager.name,
        as_of=long_date(as_of),
        back=_BACK,
        facts=tuple(_manager_facts(manager, carrier, districts, as_of)),
        entries=tuple(_manager_entries(manager, as_of, typed)) if may_keep else (),
        table=_counts(counts) if counts else None,
        timeline=tuple(_happening(event) for event in reversed(events)),
        **page,
    )


def new_post_page(
    site: Site,
    *,
    districts: Mapping[str, str],
    as_of: date,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> EntryPage:
    """The form for a post that stands vacant."""
    fields = (
        Field(
            "reference", "Reference of the post", hint="Its number in the establishment, e.g. V07"
        ),
        Field("role", "Role"),
        _district_field(districts),
        Field("since_on", "Vacant since", "date"),
        Field("expected_on", "Expected to be filled", "date", hint="Empty: nobody can say."),
        Field(
            "points_per_day",
            "Review points a day once filled",
            "number",
            value="0",
            hint="A point is a quarter of an hour; 0 for a post that does not review.",
        ),
    )
    return _new(site, "Enter a vacant post", "posts", fields, as_of, typed, page)


def new_manager_page(
    site: Site,
    *,
    districts: Mapping[str, str],
    as_of: date,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> EntryPage:
    """The form for a Practice Manager who carries cases."""
    fields = (
        Field("reference", "Reference", hint="The number of the post, e.g. PM12"),
        Field("name", "Name"),
        Field("team", "Team"),
        _district_field(districts),
        Field("cases", "Cases carried now", "number"),
        Field("ends_on", "Carries none from", "date", hint="Empty: nobody can say."),
    )
    return _new(site, "Enter a Practice Manager", "managers", fields, as_of, typed, page)


def _new(
    site: Site,
    title: str,
    register: str,
    fields: tuple[Field, ...],
    as_of: date,
    typed: Mapping[str, str] | None,
    page: Mapping[str, Any],
) -> EntryPage:
    form = entry(
        "add",
        "The entry",
        action=f"{PATH}/{register}/add",
        button="Enter it",
        fields=fields,
        typed=typed,
    )
    return EntryPage(
        site=site,
        title=title,
        as_of=long_date(as_of),
        back=_BACK,
        facts=(),
        entries=(form,),
        table=None,
        timeline=(),
        **page,
    )


def _district_field(districts: Mapping[str, str]) -> Field:
    named = sorted(districts.items(), key=lambda item: item[1])
    return Field("district", "District", "choice", choices=(("", "Any"), *named))


def _post_facts(
    vacancy: Vacancy,
    post: Post,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
) -> Iterable[Fact]:
    yield Fact("Where it stands", standing_of(post, calendar, as_of))
    yield Fact("District", districts.get(vacancy.district or "", "Any"))
    yield Fact("Agency", vacancy.agency.capitalize())
    yield Fact("Vacant since", long_date(post.since_on) if post.since_on else "Not known")
    slip = slip_of(post, calendar, as_of)
    yield Fact(
        "Expected to be filled",
        long_date(post.expected_on) if post.expected_on else "No date given",
        f"First said {long_date(post.first_expected_on)}; {plural(slip, 'working day')} of slip"
        if slip and post.first_expected_on
        else "",
    )
    points = number(vacancy.points_per_day, 1)
    yield Fact("Would give", f"{points} review points a day" if vacancy.points_per_day else "None")


def _post_entries(
    vacancy: Vacancy, as_of: date, typed: Mapping[str, str] | None
) -> Iterable[Entry]:
    path = f"{PATH}/posts/{vacancy.key}"
    yield entry(
        "expect",
        "Change the expected date",
        action=f"{path}/expect",
        button="Change the date",
        fields=(
            Field("expected_on", "Expected to be filled", "date", hint="Empty: nobody can say."),
            Field("reason", "Why", "lines"),
        ),
        typed=typed,
        note="The dates given before stay on record: they tell how dates like this come true.",
    )
    yield entry(
        "fill",
        "Somebody has started",
        action=f"{path}/fill",
        button="The post is filled",
        fields=(Field("filled_on", "Started on", "date", value=as_of.isoformat()),),
        typed=typed,
    )


def _manager_facts(
    manager: PracticeManager, carrier: Carrier, districts: Mapping[str, str], as_of: date
) -> Iterable[Fact]:
    yield Fact("Reference", manager.reference)
    yield Fact("Team", manager.team or "Not named")
    yield Fact("District", districts.get(manager.district or "", "Any"))
    counted = long_date(carrier.counts[-1][0]) if carrier.counts else ""
    yield Fact(
        "Cases now", number(carrier.cases_on(as_of)), f"Counted on {counted}" if counted else ""
    )
    first = manager.first_ends_on
    yield Fact(
        "Carries none from",
        long_date(carrier.ends_on) if carrier.ends_on else "No date given",
        f"First said {long_date(first)}" if first and first != carrier.ends_on else "",
    )


def _manager_entries(
    manager: PracticeManager, as_of: date, typed: Mapping[str, str] | None
) -> Iterable[Entry]:
    path = f"{PATH}/managers/{manager.key}"
    yield entry(
        "count",
        "Count the cases",
        action=f"{path}/count",
        button="Note the count",
        fields=(
            Field("cases", "Cases carried", "number"),
            Field("counted_on", "At the end of", "date", value=as_of.isoformat()),
        ),
        typed=typed,
        note="A count of the same day is corrected.",
    )
    yield entry(
        "end",
        "Change the end date",
        action=f"{path}/end",
        button="Change the date",
        fields=(
            Field("ends_on", "Carries none from", "date", hint="Empty: nobody can say."),
            Field("reason", "Why", "lines"),
        ),
        typed=typed,
        is_folded=True,
    )


def _counts(counts: Sequence[CaseCount]) -> Table:
    return Table(
        id="counts",
        caption="Cases counted",
        columns=(Column("End of"), Column("Cases", is_numeric=True), Column("Counted by")),
        rows=tuple(
            (short_date(count.counted_on), number(count.cases), count.counted_by)
            for count in reversed(counts)
        ),
    )


def _happening(event: Event) -> Happening:
    payload, said = event.payload, []
    if "from" in payload:
        said.append(f"From {_said(payload['from'])} to {_said(payload['to'])}")
    if "filled_on" in payload:
        said.append(f"Started on {_said(payload['filled_on'])}")
    if "cases" in payload:
        said.append(f"{plural(payload['cases'], 'case')} on {_said(payload['counted_on'])}")
    if event.reason:
        said.append(event.reason)
    return Happening(
        title=_HAPPENED.get(event.kind, event.kind.replace("_", " ").capitalize()),
        by=event.actor,
        at=moment(event.at),
        machine_at=event.at.isoformat(),
        text=". ".join(said),
    )


def _said(day: str | None) -> str:
    return long_date(date.fromisoformat(day)) if day else "no date"
