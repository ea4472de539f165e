"""Words a programme's settings: dates, cohort, working calendar, who answers, and what was changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from forms.case_file import Fact, Happening, moment
from forms.entries import Entry, Field, entry
from forms.pages import Column, Link, Page, Site, Table
from forms.wording import long_date, number, plural
from workflow.calendar import SATURDAY, bank_holiday_name
from workflow.intake.cohort import COHORT_RULES
from workflow.models import Account, Programme
from workflow.policy import TrackingPolicy
from workflow.policy_settings import find_setting
from workflow.programme_changes import Change, DayKind

PATH = "/programme"
_AHEAD = timedelta(days=90)
_SHOWN_CHANGES = 20
_SETTINGS = {
    "target_on": "Target",
    "scope_cut_off_on": "Cut-off of the scope",
    "closures": "Days the council is shut",
    "overtime": "Days worked besides",
}
_KINDS = {
    DayKind.CLOSED: "Closed",
    DayKind.WORKED: "Worked",
    DayKind.USUAL: "As usual again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeFacts:
    """What the page is made of."""

    programme: Programme
    as_of: date
    tracking: TrackingPolicy
    in_cohort: int
    on_duty: Sequence[Account]
    """Who may take an escalation on."""
    keeping: str
    """The retention schedule in force."""
    holds: int
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePage(Page):
    """A programme's settings."""

    dates: tuple[Fact, ...]
    change_dates: Entry | None
    cohort: tuple[str, ...]
    """Labels of the rules in force."""
    cohort_sentence: str
    cohort_link: Link | None
    days: Table | None
    days_sentence: str
    change_day: Entry | None
    clocks: tuple[str, ...]
    duty: Table | None
    keeping: str
    records: Link | None
    policy: Link
    timeline: tuple[Happening, ...]


def programme_page(
    site: Site,
    facts: ProgrammeFacts,
    *,
    may_change: bool,
    may_change_days: bool,
    may_see_caseload: bool,
    may_see_records: bool,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> ProgrammePage:
    """The page; each part shows what stands, and how to change it to those who may."""
    programme = facts.programme
    rules = {rule.code: rule.label for rule in COHORT_RULES}
    return ProgrammePage(
        site=site,
        title="Programme",
        as_of=long_date(facts.as_of),
        dates=tuple(_dates(programme, facts.as_of)),
        change_dates=_change_dates(programme, typed) if may_change else None,
        cohort=tuple(rules.get(code, code) for code in programme.cohort_rules),
        cohort_sentence=f"{plural(facts.in_cohort, 'case')} in the cohort. Kept out are:",
        cohort_link=Link("Cohort rules and their effect", "/caseload")
        if may_see_caseload
        else None,
        days=_days(programme, facts.as_of),
        days_sentence=_days_sentence(programme, facts.as_of),
        change_day=_change_day(typed) if may_change_days else None,
        clocks=tuple(clocks(facts.tracking)),
        duty=_duty(facts.on_duty) if facts.on_duty else None,
        keeping=f"{facts.keeping}. {plural(facts.holds, 'case')} on legal hold.",
        records=Link("Retention, legal holds and subject files", f"{PATH}/records")
        if may_see_records
        else None,
        policy=Link("The numbers the programme runs by", f"{PATH}/policy"),
        timeline=tuple(happening(change) for change in facts.changes[:_SHOWN_CHANGES]),
        **page,
    )


def clocks(tracking: TrackingPolicy) -> Iterable[str]:
    """How fast an escalation must be answered, in sentences."""
    minutes = plural(tracking.acknowledge_immediate_minutes, "minute")
    days = "every day" if tracking.duty_every_day else "on working days"
    hours = f"from {tracking.duty_from} to {tracking.duty_until} o’clock {days}"
    if (tracking.duty_from, tracking.duty_until) == (0, 24) and tracking.duty_every_day:
        hours = "day and night"
    yield f"Immediate danger is acknowledged within {minutes}; somebody is on duty {hours}."
    yield "A serious concern is acknowledged by the end of the working day it is raised on."
    yield "Outside duty hours the emergency duty team is phoned; the clock does not replace the call."


def happening(change: Change) -> Happening:
    """One change of a setting, for a timeline."""
    return Happening(
        title=_setting(change.setting),
        by=change.by,
        at=moment(change.at),
        machine_at=change.at.isoformat(),
        text=f"From {_said(change.setting, change.before)} to {_said(change.setting, change.after)}. "
        f"{change.reason}",
    )


def _setting(name: str) -> str:
    if name in _SETTINGS:
        return _SETTINGS[name]
    return find_setting(name.removeprefix("policy.")).label


def _said(setting: str, value: object) -> str:
    """A stored value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g} {find_setting(setting.removeprefix('policy.')).unit}".strip()
    if isinstance(value, list):
        return ", ".join(long_date(date.fromisoformat(day)) for day in value) or "none"
    return long_date(date.fromisoformat(str(value))) if value else "none"


def _dates(programme: Programme, as_of: date) -> Iterable[Fact]:
    left = len(programme.calendar.working_days(as_of, programme.target_on))
    yield Fact("Name", programme.name)
    yield Fact("Authority", programme.authority_code, "Number of the Department for Education")
    yield Fact("Began", long_date(programme.starts_on))
    yield Fact(
        "Every review complete by",
        long_date(programme.target_on),
        f"{plural(left, 'working day')} left, today counted" if left else "The day has passed",
    )
    cut_off = programme.scope_cut_off_on
    yield Fact(
        "Cut-off of the scope",
        long_date(cut_off) if cut_off else "None",
        "Cases that become known later are outside"
        if cut_off
        else "Every new case comes into the programme",
    )


def _change_dates(programme: Programme, typed: Mapping[str, str] | None) -> Entry:
    cut_off = programme.scope_cut_off_on
    return entry(
        "dates",
        "Change the dates",
        action=f"{PATH}/dates",
        button="Change the dates",
        fields=(
            Field(
                "target_on",
                "Every review complete by",
                "date",
                value=programme.target_on.isoformat(),
            ),
            Field(
                "scope_cut_off_on",
                "Cut-off of the scope",
                "date",
                value=cut_off.isoformat() if cut_off else "",
                hint="Empty: every new case comes in.",
            ),
            Field("reason", "Why, and who agreed", "lines"),
        ),
        typed=typed,
        note="Forecasts speak of the new target from now on. Reports of past days keep the old one.",
        is_folded=True,
    )


def _days(programme: Programme, as_of: date) -> Table | None:
    """Weekdays that are not worked and other days that are, from now to some time past the target."""
    calendar, last = programme.calendar, max(programme.target_on, as_of) + _AHEAD
    rows = []
    for ahead in range((last - as_of).days + 1):
        day = as_of + timedelta(ahead)
        kind = _kind_of(programme, day)
        if kind and (day.weekday() < SATURDAY or calendar.is_working_day(day)):
            rows.append((f"{day:%A} {long_date(day)}", kind))
    if not rows:
        return None
    return Table(
        id="days",
        caption=f"Days that are not as usual until {long_date(last)}",
        columns=(Column("Day"), Column("What it is")),
        rows=tuple(rows),
    )


def _kind_of(programme: Programme, day: date) -> str:
    calendar, holiday = programme.calendar, bank_holiday_name(day)
    if day in calendar.overtime:
        return f"Worked, although it is {holiday}" if holiday else "Worked"
    if holiday:
        return f"Bank holiday: {holiday}"
    return "The council is shut" if day in calendar.closures else ""


def _days_sentence(programme: Programme, as_of: date) -> str:
    calendar = programme.calendar
    week = len(calendar.working_days(as_of, as_of + timedelta(days=27)))
    return (
        "Monday to Friday are worked, bank holidays of England are not. "
        f"The next four weeks have {plural(week, 'working day')}."
    )


def _change_day(typed: Mapping[str, str] | None) -> Entry:
    return entry(
        "day",
        "Change a day",
        action=f"{PATH}/days",
        button="Change the day",
        fields=(
            Field("day", "Day", "date"),
            Field(
                "kind",
                "It is",
                "choice",
                choices=tuple((kind.value, text) for kind, text in _KINDS.items()),
            ),
            Field("reason", "Why", "lines"),
        ),
        typed=typed,
        note="Due dates that were given stay. New ones, clocks and forecasts go by the new calendar.",
        is_folded=True,
    )


def _duty(accounts: Sequence[Account]) -> Table:
    return Table(
        id="duty",
        caption="Who may take an escalation on",
        columns=(Column("Name"), Column("Roles")),
        rows=tuple(
            (account.name, ", ".join(role.capitalize() for role in account.roles))
            for account in accounts
        ),
    )


def value_of(value: float, unit: str) -> str:
    """A number of the policy with its unit; a switch as a word."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    said = number(value) if value == int(value) else f"{value:g}"
    return f"{said} {unit.removesuffix('s') if value == 1 else unit}".strip()
