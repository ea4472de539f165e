"""Words the what-if page: the levers, what pulling them would do, and the scenarios kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forms.case_file import moment
from forms.pages import Column, Fault, Page, Site, Table
from forms.wording import long_date
from workflow.errors import InvalidInputError
from workflow.forecast.what_if import ScenarioRun
from workflow.models import SavedScenario

PATH = "/what-if"
FIELDS = (
    "name",
    "reviewers",
    "reviewers_from",
    "agency",
    "district",
    "move",
    "move_from",
    "from_district",
    "to_district",
    "managers",
    "managers_from",
    "moderators",
    "moderators_from",
    "vacancies_filled_on",
    "overtime",
    "extra_cases",
    "target",
)
"""What the form asks; every field is text as it was typed."""
_WHOLE = {
    "reviewers": "how many reviewers, like 3 or -2",
    "move": "how many reviewers move",
    "managers": "how many managers, like 1 or -1",
    "moderators": "how many moderators, like 1 or -1",
    "extra_cases": "how many cases, like 40 or -20",
}
_DAYS = {
    "reviewers_from": "the day from which, like 2016-03-01",
    "move_from": "the day from which, like 2016-03-01",
    "managers_from": "the day from which, like 2016-03-01",
    "moderators_from": "the day from which, like 2016-03-01",
    "vacancies_filled_on": "a day, like 2016-03-01",
    "target": "a day, like 2016-04-15",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfPage(Page):
    """The levers, and what they would do."""

    typed: Mapping[str, str]
    agencies: tuple[tuple[str, str], ...]
    districts: tuple[tuple[str, str], ...]
    overtime_days: tuple[tuple[str, str, bool], ...]
    """Closed days that could be worked: ISO date, in words, ticked."""
    headline: str
    """What the scenario would do, in a sentence; empty before one was run."""
    sentences: tuple[str, ...]
    result: Table | None
    saved: Table | None
    links: tuple[str, ...]
    may_save: bool


class TypedFaults(InvalidInputError):  # noqa: N818 - it carries several
    """Everything wrong with the levers typed, each with its field."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep them all; the first speaks for them."""
        super().__init__(faults[0].text, faults[0].field)
        self.faults = tuple(faults)


def definition(typed: Mapping[str, str], overtime: Sequence[str]) -> dict[str, Any]:
    """The scenario that was typed, in the form a scenario file has.

    Raises:
        TypedFaults: something typed is no number or no day, or half of a lever is missing.
    """
    faults: list[Fault] = []
    values = {name: _value(name, typed.get(name, ""), faults) for name in FIELDS}
    made: dict[str, Any] = {"name": typed.get("name") or "Without a name"}
    faults += [
        Fault("Enter the day from which", f"{lever}_from")
        for lever in ("reviewers", "managers", "moderators", "move")
        if values[lever] and not typed.get(f"{lever}_from")
    ]
    if values["move"] and values["from_district"] == values["to_district"]:
        faults.append(Fault("Select two different districts", "to_district"))
    if faults:
        raise TypedFaults(faults)
    if values["reviewers"]:
        made["reviewers"] = [
            _some(
                count=values["reviewers"],
                from_on=values["reviewers_from"],
                agency=values["agency"],
                district=values["district"],
            )
        ]
    if values["move"]:
        made["moves"] = [
            _some(
                count=values["move"],
                from_on=values["move_from"],
                from_district=values["from_district"],
                to_district=values["to_district"],
            )
        ]
    for stage in ("managers", "moderators"):
        if values[stage]:
            made[stage] = [{"count": values[stage], "from_on": values[f"{stage}_from"]}]
    made |= _some(
        vacancies_filled_on=values["vacancies_filled_on"],
        extra_cases=values["extra_cases"],
        target=values["target"],
        overtime=[date.fromisoformat(day) for day in overtime] or None,
    )
    return made


def _some(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _value(name: str, typed: str, faults: list[Fault]) -> Any:
    """What was typed, as a number or a day where the lever wants one; None when it was left empty."""
    if not typed:
        return None
    try:
        if name in _WHOLE:
            return int(typed)
        if name in _DAYS:
            return date.fromisoformat(typed)
    except ValueError:
        faults.append(Fault(f"Enter {(_WHOLE | _DAYS)[name]}", name))
        return None
    return typed


def what_if_page(
    site: Site,
    *,
    typed: Mapping[str, str],
    ticked: Iterable[str],
    agencies: Iterable[str],
    districts: Mapping[str, str],
    closed_days: Sequence[date],
    as_of: date,
    run: ScenarioRun | None,
    saved: Sequence[SavedScenario],
    may_save: bool,
    **page: Any,
) -> WhatIfPage:
    """The page; `run` is the scenario just played, if one was."""
    chosen = set(ticked)
    sentences = run.comparison.sentences if run else ()
    return WhatIfPage(
        site=site,
        title="What if",
        as_of=long_date(as_of),
        typed=dict.fromkeys(FIELDS, "") | dict(typed),
        agencies=tuple((agency, agency.capitalize()) for agency in agencies),
        districts=tuple(sorted(districts.items(), key=lambda item: item[1])),
        overtime_days=tuple(
            (day.isoformat(), f"{day:%A} {long_date(day)}", day.isoformat() in chosen)
            for day in closed_days
        ),
        headline=sentences[0] if sentences else "",
        sentences=tuple(sentences[1:]),
        result=result_table(run) if run else None,
        saved=_saved(saved) if saved else None,
        links=tuple(f"{PATH}/{scenario.key}" for scenario in saved),
        may_save=may_save,
        **page,
    )


def result_table(run: ScenarioRun) -> Table:
    """What the scenario changes, on average and in its range."""
    found = run.comparison
    ranges = (
        ("Reviews complete by the target, more or fewer", found.completed_by_target),
        ("Working days by which 98 % is earlier", found.days_earlier),
        ("Working days by which the last review is earlier", found.last_case_days_earlier),
    )
    return Table(
        id="result",
        caption="The difference, path by path on the same futures",
        columns=(
            Column("What changes"),
            Column("On average", is_numeric=True),
            Column("80 % range", is_numeric=True),
        ),
        rows=tuple(
            (text, f"{by.mean:+.0f}", f"{by.low80:+.0f} to {by.high80:+.0f}") for text, by in ranges
        ),
    )


def _saved(saved: Sequence[SavedScenario]) -> Table:
    return Table(
        id="saved",
        caption="Scenarios kept, newest first",
        columns=(Column("Scenario"), Column("Speaks of"), Column("Kept by"), Column("In short")),
        rows=tuple(
            (
                scenario.name,
                long_date(scenario.as_of),
                f"{scenario.created_by}, {moment(scenario.created_at)}",
                str(scenario.result.get("words", [""])[0]).partition(": ")[2],
            )
            for scenario in saved
        ),
    )
