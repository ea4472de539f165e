"""Words the reviewers’ pages: who there is, what they hold, when they are here, and their conflicts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from forms.downloads import download_links
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import day_and_month, long_date, number, plural, short_date
from workflow.calendar import WorkCalendar
from workflow.models import ConflictKind, Leave, Reviewer
from workflow.roster import Roster, absent_until, capacity_by_day
from workflow.roster.codes import LEAVE_KINDS
from workflow.roster.loads import Load

PATH = "/roster"
CONFLICT_KINDS = {
    ConflictKind.CASE: "A case (its reference)",
    ConflictKind.FAMILY: "A family (its number)",
    ConflictKind.CHILD: "A child (the identifier)",
    ConflictKind.TEAM: "A team",
}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHARES = {0.0: "", 0.5: "half", 1.0: "all"}


@dataclass(frozen=True, slots=True)
class ReviewerRow:
    """A reviewer in the list."""

    reference: str
    name: str
    href: str
    agency: str
    district: str
    held: str
    points: str
    left: str
    """Points they can still give until the target."""
    used: str
    is_over: bool
    presence: str
    list_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPage(Page):
    """All reviewers."""

    headline: str
    rows: tuple[ReviewerRow, ...]
    capacity: Table | None
    findings: Table | None
    """What was wrong with the roster file just sent."""
    notice: str
    """What the roster file just sent did, or would do."""
    downloads: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerPage(Page):
    """One reviewer."""

    reference: str
    facts: tuple[tuple[str, str], ...]
    list_href: str
    held: str
    weeks: Table
    leave: Table | None
    conflicts: Table | None
    leave_kinds: tuple[tuple[str, str], ...]
    conflict_kinds: tuple[tuple[str, str], ...]
    typed: Mapping[str, str]
    can_plan: bool
    """They hold reviews, so a leaver or absence plan makes sense."""


def roster_page(
    site: Site,
    roster: Roster,
    loads: Sequence[Load],
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    target: date,
    findings: Table | None = None,
    notice: str = "",
    **page: Any,
) -> RosterPage:
    """The list, with what each holds against what they can still give."""
    days = calendar.working_days(as_of, target)
    by_key = {reviewer.key: reviewer for reviewer in roster.reviewers}
    rows = [
        _row(load, by_key[load.reviewer_id], roster, districts, calendar, as_of, days)
        for load in loads
    ]
    return RosterPage(
        site=site,
        title="Reviewers",
        as_of=long_date(as_of),
        headline=_headline(loads),
        rows=tuple(rows),
        capacity=_weeks_of_all(roster, calendar, as_of, target) if loads else None,
        findings=findings,
        notice=notice,
        downloads=download_links(PATH),
        **page,
    )


def _headline(loads: Sequence[Load]) -> str:
    if not loads:
        return "No roster yet. Import one: reviewers, capacity, leave, skills and conflicts."
    agencies: dict[str, int] = {}
    for load in loads:
        agencies[load.agency] = agencies.get(load.agency, 0) + 1
    said = ", ".join(f"{number(count)} {agency}" for agency, count in sorted(agencies.items()))
    held = sum(load.held for load in loads)
    return f"{plural(len(loads), 'reviewer')} ({said}) with {plural(held, 'open review')}."


def _row(
    load: Load,
    reviewer: Reviewer,
    roster: Roster,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    days: Sequence[date],
) -> ReviewerRow:
    leave = roster.leave_by_reviewer.get(reviewer.key, ())
    left = sum(capacity_by_day(reviewer, leave, days, calendar))
    return ReviewerRow(
        reference=load.reference,
        name=load.name,
        href=f"{PATH}/{load.reference}",
        agency=load.agency.capitalize(),
        district=districts.get(load.district or "", load.district or "No base"),
        held=number(load.held),
        points=number(load.points),
        left=number(left),
        used=f"{round(100 * load.points / left)} %" if left else "–",
        is_over=load.points > left,
        presence=presence(reviewer, leave, calendar, as_of),
        list_href=f"/reviews?view=allocated&reviewer={load.reviewer_id}",
    )


def presence(
    reviewer: Reviewer, leave: Sequence[Leave], calendar: WorkCalendar, as_of: date
) -> str:
    """Whether somebody is here, in words."""
    if reviewer.available_from > as_of:
        return f"From {short_date(reviewer.available_from)}"
    if reviewer.available_to is not None and reviewer.available_to < as_of:
        return f"Left {short_date(reviewer.available_to)}"
    away = absent_until(reviewer, leave, as_of, calendar)
    if away is not None:
        return f"Away until {short_date(away)}"
    if reviewer.available_to is not None:
        return f"Until {short_date(reviewer.available_to)}"
    return "Here"


def reviewer_page(
    site: Site,
    reviewer: Reviewer,
    roster: Roster,
    load: Load,
    *,
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
    target: date,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> ReviewerPage:
    """The page of one reviewer."""
    leave = sorted(
        roster.leave_by_reviewer.get(reviewer.key, ()), key=lambda period: period.first_on
    )
    conflicts = roster.conflicts_by_reviewer.get(reviewer.key, ())
    return ReviewerPage(
        site=site,
        title=reviewer.name,
        as_of=long_date(as_of),
        back=Link("Back to reviewers", PATH),
        reference=reviewer.reference,
        facts=tuple(_facts(reviewer, leave, districts, calendar, as_of)),
        list_href=f"/reviews?view=allocated&reviewer={reviewer.key}",
        held=f"{plural(load.held, 'open review')}, {plural(load.points, 'review point')}",
        weeks=_weeks(reviewer, leave, calendar, as_of, target),
        leave=_leave(leave) if leave else None,
        conflicts=Table(
            id="conflicts",
            caption="Keeps away from",
            columns=(Column("What"), Column("Which"), Column("Why")),
            rows=tuple((c.kind.capitalize(), c.subject, c.reason) for c in conflicts),
        )
        if conflicts
        else None,
        leave_kinds=tuple((kind, kind.replace("_", " ").capitalize()) for kind in LEAVE_KINDS),
        conflict_kinds=tuple((kind.value, text) for kind, text in CONFLICT_KINDS.items()),
        typed=dict.fromkeys(("first_on", "last_on", "leave_kind", "kind", "subject", "reason"), "")
        | dict(typed or {}),
        can_plan=load.held > 0,
        **page,
    )


def _facts(
    reviewer: Reviewer,
    leave: Sequence[Leave],
    districts: Mapping[str, str],
    calendar: WorkCalendar,
    as_of: date,
) -> Iterable[tuple[str, str]]:
    yield "Roster reference", reviewer.reference
    yield "Agency", reviewer.agency.capitalize()
    yield "Base", districts.get(reviewer.district or "", reviewer.district or "No base")
    if reviewer.team:
        yield "Team", reviewer.team
    yield "Qualification", reviewer.qualification.replace("_", " ").capitalize()
    yield "Skills", ", ".join(skill.replace("_", " ") for skill in reviewer.skills) or "None named"
    until = f" to {long_date(reviewer.available_to)}" if reviewer.available_to else ""
    yield "Available", f"From {long_date(reviewer.available_from)}{until}"
    yield "Capacity", f"{number(reviewer.points_per_day, 1)} review points on a full day"
    worked = [
        f"{day} {_SHARES.get(share, f'{share:.0%}')}".strip()
        for day, share in zip(_WEEKDAYS, reviewer.pattern, strict=True)
        if share
    ]
    yield "Works", ", ".join(worked)
    yield "Now", presence(reviewer, leave, calendar, as_of)


def _weeks(
    reviewer: Reviewer,
    leave: Sequence[Leave],
    calendar: WorkCalendar,
    as_of: date,
    target: date,
) -> Table:
    rows = [
        (f"Week of {long_date(monday)}", number(sum(_points(reviewer, leave, days, calendar))))
        for monday, days in _by_week(calendar.working_days(as_of, target))
    ]
    return Table(
        id="weeks",
        caption="Review points still to give",
        columns=(Column("Week"), Column("Points", is_numeric=True)),
        rows=tuple(rows),
    )


def _weeks_of_all(roster: Roster, calendar: WorkCalendar, as_of: date, target: date) -> Table:
    agencies = sorted({reviewer.agency for reviewer in roster.reviewers})
    rows = []
    for monday, days in _by_week(calendar.working_days(as_of, target)):
        sums = dict.fromkeys(agencies, 0.0)
        for reviewer in roster.reviewers:
            leave = roster.leave_by_reviewer.get(reviewer.key, ())
            sums[reviewer.agency] += sum(_points(reviewer, leave, days, calendar))
        rows.append(
            (
                day_and_month(monday),
                number(len(days)),
                *(number(sums[agency]) for agency in agencies),
                number(sum(sums.values())),
            )
        )
    columns = [Column("Week of"), Column("Working days", is_numeric=True)]
    columns += [Column(agency.capitalize(), is_numeric=True) for agency in agencies]
    return Table(
        id="capacity",
        caption="Capacity calendar: review points by week until the target",
        columns=(*columns, Column("All", is_numeric=True)),
        rows=tuple(rows),
    )


def _points(
    reviewer: Reviewer, leave: Sequence[Leave], days: Sequence[date], calendar: WorkCalendar
) -> list[float]:
    return capacity_by_day(reviewer, leave, days, calendar)


def _by_week(days: Sequence[date]) -> Iterable[tuple[date, list[date]]]:
    weeks: dict[date, list[date]] = {}
    for day in days:
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
    return weeks.items()


def _leave(leave: Sequence[Leave]) -> Table:
    return Table(
        id="leave",
        caption="Away",
        columns=(Column("From"), Column("To"), Column("Kind")),
        rows=tuple(
            (
                long_date(period.first_on),
                long_date(period.last_on),
                period.kind.replace("_", " ").capitalize(),
            )
            for period in leave
        ),
    )
