"""Words the numbers a programme runs by: all of them by group, and one with its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.case_file import Fact, Happening
from forms.entries import Entry, Field, entry
from forms.pages import Column, Link, Page, Site, Table
from forms.programme import PATH, happening, value_of
from forms.wording import long_date
from workflow.policy import Policy
from workflow.policy_settings import GROUPS, Setting, area_setting
from workflow.programme_changes import Change

_YES_NO = (("1", "Yes"), ("0", "No"))


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    """The numbers of one kind."""

    id: str
    heading: str
    note: str
    table: Table
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage(Page):
    """All numbers."""

    lead: str
    groups: tuple[PolicyGroup, ...]
    elsewhere: tuple[str, ...]
    """What is decided somewhere else, or by nobody here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingPage(Page):
    """One number."""

    meaning: str
    facts: tuple[Fact, ...]
    entry: Entry | None
    timeline: tuple[Happening, ...]


def policy_page(
    site: Site, policy: Policy, *, areas: Sequence[str], as_of: date, may_change: bool
) -> PolicyPage:
    """Every number in force, what it means, and what the product ships."""
    groups = []
    for part, group in GROUPS.items():
        settings = [*group.settings, *(area_setting(a) for a in areas if part == "capacity")]
        groups.append(
            PolicyGroup(
                id=part,
                heading=group.title,
                note=group.note,
                table=_table(part, group.title, settings, policy),
                links=tuple(f"{PATH}/policy/{setting.name}" for setting in settings),
            )
        )
    return PolicyPage(
        site=site,
        title="The numbers the programme runs by",
        as_of=long_date(as_of),
        back=Link("Back to the programme", PATH),
        lead="Open a number to change it. A change counts from now on and stays on record."
        if may_change
        else "A manager or an administrator can change them.",
        groups=tuple(groups),
        elsewhere=(
            "Which reviews get a blind second look is decided by the dated rules of moderation.",
            "What the forecast believes at first is measured: a change would spoil its record.",
            "Limits of funnels and levels of intervals are statistical conventions.",
        ),
    )


def setting_page(
    site: Site,
    setting: Setting,
    policy: Policy,
    changes: Sequence[Change],
    *,
    as_of: date,
    may_change: bool,
    typed: Mapping[str, str] | None = None,
    **page: Any,
) -> SettingPage:
    """One number with its form and its history."""
    value = setting.of(policy)
    return SettingPage(
        site=site,
        title=setting.label,
        as_of=long_date(as_of),
        back=Link("Back to the numbers", f"{PATH}/policy#{setting.part}"),
        meaning=setting.meaning,
        facts=(
            Fact("In force", value_of(value, setting.unit)),
            Fact("As shipped", value_of(setting.default, setting.unit)),
            Fact("Belongs to", GROUPS[setting.part].title, GROUPS[setting.part].note),
        ),
        entry=_entry(setting, value, typed) if may_change else None,
        timeline=tuple(
            happening(change) for change in changes if change.setting == f"policy.{setting.name}"
        ),
        **page,
    )


def _table(part: str, title: str, settings: Sequence[Setting], policy: Policy) -> Table:
    return Table(
        id=f"{part}-numbers",
        caption=f"{title}: the numbers",
        columns=(
            Column("Number"),
            Column("What it means"),
            Column("In force"),
            Column("As shipped"),
        ),
        rows=tuple(
            (
                setting.label,
                setting.meaning,
                value_of(setting.of(policy), setting.unit),
                value_of(setting.default, setting.unit),
            )
            for setting in settings
        ),
    )


def _entry(setting: Setting, value: float, typed: Mapping[str, str] | None) -> Entry:
    if setting.is_switch:
        field = Field("value", "New value", "choice", value=str(int(value)), choices=_YES_NO)
    else:
        hint = f"{setting.lowest:g} to {setting.highest:g} {setting.unit}".strip()
        field = Field("value", "New value", "number", value=f"{value:g}", hint=hint)
    return entry(
        "setting",
        "Change it",
        action=f"{PATH}/policy/{setting.name}",
        button="Change the number",
        fields=(field, Field("reason", "Why", "lines")),
        typed=typed,
    )
