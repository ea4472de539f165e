"""A what-if scenario as people write it: a TOML file, checked field by field, with findings.

Everything but the name may be left out; what is left out stays as it is::

    name = "Five more officers, posts filled, two Saturdays"
    target = 2016-04-15                  # another target
    scope_cut_off = 2016-03-04           # last day on which a new case joins
    extra_cases = 40                     # into the backlog now; below 0: out of it
    new_cases_factor = 1.5               # half as many again join each day
    returned_factor = 0.5                # half as many are returned for changes
    reviewers_move = true                # reviewers go wherever the backlog is
    overtime = [2016-03-05, 2016-03-12]  # closed days that are worked
    vacancies_filled_on = 2016-03-01     # as late as posts usually are …
    vacancies_certain = true             # … or on that very day

    [[reviewers]]                        # gained, or lost when below 0
    count = 5
    from_on = 2016-03-01
    agency = "constabulary"              # all agencies without it
    district = "Burnley"                 # name or code; all districts without it

    [[moves]]                            # from one district to another
    count = 2
    from_on = 2016-03-01
    from_district = "Fylde"
    to_district = "Preston"

    [[moderators]]                       # the same for [[managers]]
    count = -2                           # or a factor of the capacity: factor = 0.67
    from_on = 2016-03-01
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date, datetime
from difflib import get_close_matches
from math import isfinite
from typing import Any

from workflow.forecast.scenario import CapacityChange, Move, ReviewerChange, Scenario
from workflow.intake.rows import Finding

FindDistrict = Callable[[str], str | None]
"""Name or code of a district → its code; None when there is no such district."""
MOST_PEOPLE = 1000
MOST_CASES = 100_000
MOST_FACTOR = 20
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_SHOWN = 80
"""Characters of a value that a finding shows."""


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """What a file says: a scenario, or why it cannot be used."""

    scenario: Scenario | None
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """The findings, one object each."""
        return {"findings": [asdict(finding) for finding in self.findings]}


class _FieldError(Exception):
    """What is wrong with one value, and what to do about it."""

    def __init__(self, rule: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.rule, self.message, self.fix = rule, message, fix


def read_scenario(content: bytes, *, file: str, find_district: FindDistrict) -> ScenarioFile:
    """Read a TOML file (format: see the module); never raises for what the file says."""
    try:
        text = content.decode("utf-8-sig")
        definition = tomllib.loads(text)
    except UnicodeDecodeError:
        fault = _FieldError("not-text", "The file is not text in UTF-8.", "Save it as plain text.")
        return ScenarioFile(None, (_finding(file, None, None, None, fault),))
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        fault = _FieldError(
            "not-toml",
            f"The file is not TOML: {error}.",
            "Write texts in quotation marks, dates as 2016-03-01, one entry a line.",
        )
        line = int(where[1]) if where else None
        return ScenarioFile(None, (_finding(file, line, None, None, fault),))
    return scenario_of(definition, file=file, find_district=find_district, text=text)


def scenario_of(
    definition: Mapping[str, Any],
    *,
    file: str = "scenario",
    find_district: FindDistrict | None = None,
    text: str = "",
) -> ScenarioFile:
    """Check a scenario's fields, as a file, a web form or a stored definition gives them.

    Args:
        find_district: None takes districts as codes.
        text: the file's text, so that findings can name lines.
    """
    reader = _Reader(file, text, find_district or (lambda code: code))
    scenario = reader.read(Scenario, definition, ())
    findings = tuple(sorted(reader.findings, key=lambda one: one.line or 0))
    return ScenarioFile(None if findings else scenario, findings)


def definition_of(scenario: Scenario) -> dict[str, Any]:
    """The scenario as JSON, without what is left as it is; `scenario_of` reads it back."""
    changed = {
        field.name: _plain(getattr(scenario, field.name))
        for field in fields(scenario)
        if getattr(scenario, field.name) != field.default
    }
    return {name: value for name, value in changed.items() if value != []}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (ReviewerChange, Move, CapacityChange)):
        return {name: _plain(part) for name, part in asdict(value).items() if part is not None}
    return value


class _Reader:
    """Reads one definition and notes everything that is wrong with it."""

    def __init__(self, file: str, text: str, find_district: FindDistrict) -> None:
        self.file, self.lines, self.find_district = file, text.splitlines(), find_district
        self.findings: list[Finding] = []

    def read(self, part: type, content: Mapping[str, Any], path: tuple[str | int, ...]) -> Any:
        """One table; None when something in it cannot be used."""
        before = len(self.findings)
        known = {field.name: field for field in fields(part)}
        values = {}
        for name, raw in content.items():
            if name not in known:
                self._note((*path, name), raw, _unknown(name, list(known)))
                continue
            try:
                values[name] = self._value(name, raw)
            except _FieldError as fault:
                self._note((*path, name), raw, fault)
        for name, field in known.items():
            if field.default is MISSING and name not in content:
                self._note((*path, name), None, _missing(name))
        if part is CapacityChange and ("count" in content) == ("factor" in content):
            self._note(path, None, _ONE_OF_TWO)
        return part(**values) if len(self.findings) == before else None

    def _value(self, name: str, raw: Any) -> Any:
        if name in _TABLES:
            if not isinstance(raw, Sequence) or isinstance(raw, str):
                raise _no_table(name)
            return tuple(self._row(name, row, number) for number, row in enumerate(raw))
        if name in _DISTRICTS:
            return self._district(raw)
        return _VALUES[name](raw)

    def _row(self, name: str, row: Any, number: int) -> Any:
        if not isinstance(row, Mapping):
            raise _no_table(name)
        return self.read(_TABLES[name], row, (name, number))

    def _district(self, raw: Any) -> str:
        text = _text(raw)
        if (code := self.find_district(text)) is None:
            raise _FieldError(
                "district-unknown",
                f"There is no district {text}.",
                "Use the name or code of one of the programme's districts.",
            )
        return code

    def _note(self, path: tuple[str | int, ...], raw: Any, fault: _FieldError) -> None:
        names = [f"{p}" for p in path if isinstance(p, str)]
        numbers = [p + 1 for p in path if isinstance(p, int)]
        where = f"{names[0]} {numbers[0]}" if numbers else None
        field = ".".join(filter(None, [where, *(names[1:] if where else names)])) or None
        self.findings.append(_finding(self.file, self._line(path), field, raw, fault))

    def _line(self, path: tuple[str | int, ...]) -> int | None:
        """The line of a field, counted from 1, as far as it can be told."""
        start = 0
        if len(path) > 1:
            headings = [
                number
                for number, line in enumerate(self.lines, start=1)
                if re.match(rf"\s*\[\[\s*{path[0]}\s*\]\]", line)
            ]
            place = int(path[1])
            if place >= len(headings):
                return self._line(path[:1])
            start = headings[place]
        for number, line in enumerate(self.lines[start:], start=start + 1):
            if re.match(rf"\s*\"?{re.escape(str(path[-1]))}\"?\s*=", line):
                return number
            if start and line.lstrip().startswith("["):
                break
        return start or None


def _finding(
    file: str, line: int | None, field: str | None, raw: Any, fault: _FieldError
) -> Finding:
    value = None if raw is None else str(raw)[:_SHOWN]
    return Finding(file, line, field, value, fault.rule, fault.message, fault.fix)


def _unknown(name: str, known: list[str]) -> _FieldError:
    near = get_close_matches(name, known, n=1)
    fix = f'Did you mean "{near[0]}"?' if near else f"Known are: {', '.join(known)}."
    return _FieldError("field-unknown", f'A scenario has no field "{name}".', fix)


def _missing(name: str) -> _FieldError:
    return _FieldError("field-missing", f'The field "{name}" is missing.', "Add it.")


def _no_table(name: str) -> _FieldError:
    return _FieldError(
        "not-a-table",
        f'Each entry of "{name}" must be a table of fields.',
        f"Write [[{name}]] on a line, and its fields below.",
    )


_ONE_OF_TWO = _FieldError(
    "count-or-factor",
    "Either a count of people or a factor of the capacity is needed, not both.",
    "Write count = -2, or factor = 0.67.",
)


def _text(raw: Any) -> str:
    if isinstance(raw, str) and raw.strip():
        return raw.strip()
    raise _FieldError(
        "not-text", "This should be a text.", 'Write it in quotation marks: "Burnley".'
    )


def _flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    raise _FieldError("not-yes-or-no", "This should be yes or no.", "Write true or false.")


def _day(raw: Any) -> date:
    day = raw.date() if isinstance(raw, datetime) else raw
    try:
        day = day if isinstance(day, date) else date.fromisoformat(str(raw))
    except ValueError as error:
        raise _FieldError(
            "date-impossible", "This is not a date.", "Write the day as 2016-03-01."
        ) from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise _FieldError("date-impossible", "No programme is of that year.", "Check the year.")
    return day


def _days(raw: Any) -> tuple[date, ...]:
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return tuple(_day(item) for item in raw)
    raise _FieldError(
        "not-a-list", "This should be a list of days.", "Write [2016-03-05, 2016-03-12]."
    )


def _number(least: float, most: float) -> Callable[[Any], float]:
    def read(raw: Any) -> float:
        if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not isfinite(raw):
            raise _FieldError(
                "not-a-number", "This should be a number.", "Write it without quotes."
            )
        if not least <= raw <= most:
            raise _FieldError(
                "out-of-range",
                "This number is out of range.",
                f"Give one from {least:g} to {most:g}.",
            )
        return float(raw)

    return read


def _whole(raw: Any) -> int:
    number = _number(-MOST_CASES, MOST_CASES)(raw)
    if not number.is_integer():
        raise _FieldError("not-whole", "Cases come in whole numbers.", "Round it.")
    return int(number)


_TABLES: dict[str, type] = {
    "reviewers": ReviewerChange,
    "moves": Move,
    "moderators": CapacityChange,
    "managers": CapacityChange,
}
_DISTRICTS = ("district", "from_district", "to_district")
_VALUES: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "agency": _text,
    "from_on": _day,
    "target": _day,
    "scope_cut_off": _day,
    "vacancies_filled_on": _day,
    "overtime": _days,
    "vacancies_certain": _flag,
    "reviewers_move": _flag,
    "extra_cases": _whole,
    "new_cases_factor": _number(0, MOST_FACTOR),
    "returned_factor": _number(0, MOST_FACTOR),
    "count": _number(-MOST_PEOPLE, MOST_PEOPLE),
    "factor": _number(0, MOST_FACTOR),
}
"""Field → its reader; tables and districts are read by `_Reader`."""
