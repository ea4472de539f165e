"""Sheets and headings of a roster: which part a sheet is, which field a column is, and reading a row.

Names are compared without case, spaces and underscores; a title above the headings does no harm.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from workflow.intake.rows import Finding, Severity
from workflow.intake.text import excerpt, spelling
from workflow.roster.cells import CellError, is_empty, plain
from workflow.roster.sheets import Line, Sheet

T = TypeVar("T")

HEADINGS_WITHIN = 10
"""Rows with text among which the headings must stand."""
_LITERAL = ("reference", "name", "subject")
"""Fields in which `None` may be meant as it stands."""
_LIST_BREAK = re.compile(r"[;|\n]")


class Part(StrEnum):
    """The sheets of a roster."""

    REVIEWERS = "reviewers"
    LEAVE = "leave"
    CONFLICTS = "conflicts"
    VACANCIES = "vacancies"


SHEET_NAMES: dict[Part, tuple[str, ...]] = {
    Part.REVIEWERS: ("reviewers", "reviewer", "roster", "staff", "people"),
    Part.LEAVE: ("leave", "annual leave", "absence", "absences", "leave dates"),
    Part.CONFLICTS: ("conflicts", "conflict", "conflicts of interest", "declarations"),
    Part.VACANCIES: ("vacancies", "vacancy", "vacant posts"),
}
_REFERENCE = (
    "ref",
    "staff number",
    "staff no",
    "collar number",
    "collar no",
    "employee number",
    "id",
)
_WHOSE = (*_REFERENCE, "reviewer", "reviewer reference")
_POINTS = ("points", "review points", "review points per day", "points a day", "daily points")
COLUMNS: dict[Part, dict[str, tuple[str, ...]]] = {
    Part.REVIEWERS: {
        "reference": (*_REFERENCE, "reviewer reference"),
        "name": ("full name", "reviewer", "reviewer name"),
        "agency": ("organisation", "employer"),
        "team": ("base team", "team name"),
        "district": ("base district", "base"),
        "available_from": ("from", "start", "start date", "available from date"),
        "available_to": ("to", "until", "end", "end date", "available until", "last day"),
        "points_per_day": _POINTS,
        "mon": ("monday",),
        "tue": ("tuesday", "tues"),
        "wed": ("wednesday",),
        "thu": ("thursday", "thur", "thurs"),
        "fri": ("friday",),
        "sat": ("saturday",),
        "sun": ("sunday",),
        "pattern": ("working pattern", "working days", "days worked", "fte"),
        "qualification": ("profession", "qualified as"),
        "skills": ("skill", "specialism", "specialisms"),
        "roles": ("role",),
        "leave": ("annual leave", "leave dates", "absence"),
        "conflicts": ("conflict", "conflicts of interest", "declared conflicts"),
    },
    Part.LEAVE: {
        "reference": _WHOSE,
        "first_on": ("from", "start", "start date", "first day", "first"),
        "last_on": ("to", "until", "end", "end date", "last day", "last"),
        "kind": ("type", "reason", "leave type"),
    },
    Part.CONFLICTS: {
        "reference": _WHOSE,
        "kind": ("type", "conflict with"),
        "subject": ("key", "subject key", "who"),
        "reason": ("why", "note", "notes"),
    },
    Part.VACANCIES: {
        "reference": (*_REFERENCE, "post", "post number", "vacancy"),
        "role": ("post title", "title", "job title"),
        "agency": ("organisation", "employer"),
        "district": ("base district", "base"),
        "since_on": ("since", "vacant since", "vacant from"),
        "expected_on": ("expected", "expected start", "planned start"),
        "filled_on": ("filled", "started on"),
        "points_per_day": _POINTS,
    },
}
"""Part → field → headings understood beside the field's own name."""
REQUIRED: dict[Part, tuple[str, ...]] = {
    Part.REVIEWERS: ("reference", "name", "agency", "points_per_day"),
    Part.LEAVE: ("reference", "first_on"),
    Part.CONFLICTS: ("reference", "kind", "subject"),
    Part.VACANCIES: ("reference", "agency", "points_per_day"),
}


@dataclass(slots=True)
class Notes:
    """The findings of one file, as its reading goes on."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def add(
        self, problem: CellError, *, line: int | None, column: str | None, value: object = None
    ) -> None:
        """Keep what is wrong and where."""
        self.findings.append(
            Finding(
                file=self.file,
                line=line,
                field=column,
                value=excerpt(plain(value) or None),
                rule=problem.rule,
                message=problem.message,
                fix=problem.fix,
                severity=problem.severity,
            )
        )


@dataclass(slots=True)
class Row:
    """One row of a table: its filled cells by field, and whether anything is wrong with it."""

    line: int
    cells: dict[str, object]
    headings: dict[str, str]
    """Field → heading as the file spells it, with the sheet before it."""
    notes: Notes
    failed: bool = False

    def fail(self, field: str, problem: CellError, value: object = None) -> None:
        """Note a problem of one cell; an error spoils the row."""
        self.failed = self.failed or problem.severity is Severity.ERROR
        shown = self.cells.get(field) if value is None else value
        self.notes.add(problem, line=self.line, column=self.headings.get(field, field), value=shown)

    def read(self, field: str, parse: Callable[[object], T]) -> T | None:
        """The value of a cell; None when it is empty or wrong."""
        if field not in self.cells:
            return None
        return self._parsed(field, self.cells[field], parse)

    def need(self, field: str, parse: Callable[[object], T]) -> T | None:
        """The value of a cell that must not be empty."""
        if field not in self.cells:
            self.fail(field, _missing(field))
        return self.read(field, parse)

    def each(self, field: str, parse: Callable[[object], T]) -> list[T]:
        """The values of a cell that lists several, with semicolons or line breaks between them."""
        cell = self.cells.get(field)
        parts = (
            [part for part in _LIST_BREAK.split(cell) if plain(part)]
            if isinstance(cell, str)
            else [cell]
        )
        found = (self._parsed(field, part, parse) for part in parts if part is not None)
        return [value for value in found if value is not None]

    def _parsed(self, field: str, value: object, parse: Callable[[object], T]) -> T | None:
        try:
            return parse(value)
        except CellError as problem:
            self.fail(field, problem, value)
            return None


@dataclass(frozen=True, slots=True)
class Table:
    """One part of the roster, its columns found."""

    fields: frozenset[str]
    rows: tuple[Row, ...]


def find_tables(sheets: Iterable[Sheet], notes: Notes) -> dict[Part, Table]:
    """The parts that the sheets hold; a lone sheet is the reviewers' whatever its name."""
    tables: dict[Part, Table] = {}
    for part, sheet in _parts(list(sheets), notes).items():
        table = _read_table(part, sheet, notes)
        if table is not None:
            tables[part] = table
    return tables


def _parts(sheets: list[Sheet], notes: Notes) -> dict[Part, Sheet]:
    names = {_key(name): part for part, all_names in SHEET_NAMES.items() for name in all_names}
    if len(sheets) == 1:
        return {Part.REVIEWERS: sheets[0]}
    found: dict[Part, Sheet] = {}
    for sheet in sheets:
        part = names.get(_key(sheet.name))
        if part is None or part in found:
            notes.add(_unused_sheet(part), line=None, column=sheet.name)
        else:
            found[part] = sheet
    if Part.REVIEWERS not in found:
        notes.add(_NO_REVIEWERS_SHEET, line=None, column=None)
    return found


def _read_table(part: Part, sheet: Sheet, notes: Notes) -> Table | None:
    known = {
        _key(heading): field
        for field, headings in COLUMNS[part].items()
        for heading in (field, *headings)
    }
    at = _find_headings(sheet.lines, known)
    if at is None:
        notes.add(_no_headings(part), line=None, column=sheet.name)
        return None
    line, cells = sheet.lines[at]
    columns = _find_columns(cells, known, notes, line=line, sheet=sheet.name)
    lacking = [name for name in REQUIRED[part] if name not in columns.values()]
    for name in lacking:
        notes.add(_no_column(name), line=line, column=_heading(sheet.name, name))
    if lacking:
        return None
    headings = {name: _heading(sheet.name, plain(cells[index])) for index, name in columns.items()}
    rows = [_read_row(each, columns, headings, notes) for each in sheet.lines[at + 1 :]]
    if sheet.name is None:
        _check_widths(sheet.lines[at + 1 :], len(cells), notes)
    return Table(frozenset(columns.values()), tuple(rows))


def _find_headings(lines: tuple[Line, ...], known: dict[str, str]) -> int | None:
    for index, (_, cells) in enumerate(lines[:HEADINGS_WITHIN]):
        if len({_key(cell) for cell in cells} & known.keys()) > 1:
            return index
    return None


def _find_columns(
    cells: list[object], known: dict[str, str], notes: Notes, *, line: int, sheet: str | None
) -> dict[int, str]:
    columns: dict[int, str] = {}
    for index, cell in enumerate(cells):
        heading = plain(cell)
        name = known.get(_key(heading))
        if not heading:
            continue
        if name is None or name in columns.values():
            notes.add(
                _unused_column(name), line=line, column=_heading(sheet, heading), value=heading
            )
        else:
            columns[index] = name
    return columns


def _read_row(line: Line, columns: dict[int, str], headings: dict[str, str], notes: Notes) -> Row:
    number, cells = line
    found = {name: cells[at] for at, name in columns.items() if at < len(cells)}
    filled = {
        name: cell
        for name, cell in found.items()
        if plain(cell) and (name in _LITERAL or not is_empty(cell))
    }
    return Row(number, filled, headings, notes)


def _check_widths(lines: tuple[Line, ...], width: int, notes: Notes) -> None:
    for number, cells in lines:
        if any(plain(cell) for cell in cells[width:]):
            notes.add(_too_wide(len(cells), width), line=number, column=None)


def _key(name: object) -> str:
    return spelling(plain(name)).replace(" ", "")


def _heading(sheet: str | None, heading: str) -> str:
    return f"{sheet}/{heading}" if sheet else heading


def _words(field: str) -> str:
    return field.replace("_", " ")


def _missing(field: str) -> CellError:
    rule = f"{field.replace('_', '-')}-missing"
    return CellError(
        rule, f"This row gives no {_words(field)}.", "Fill the cell, or remove the row."
    )


_NO_REVIEWERS_SHEET = CellError(
    "sheet-missing",
    "The workbook has no sheet of reviewers.",
    "Name the sheet that lists them Reviewers.",
)


def _unused_sheet(part: Part | None) -> CellError:
    if part is not None:
        message = f"The workbook has a second sheet of {part}, so it is not clear which counts."
        return CellError("sheet-duplicate", message, "Remove or rename one of the two.")
    return CellError(
        "sheet-unknown",
        "This sheet is no part of a roster; it was left out.",
        "Name it Reviewers, Leave, Conflicts or Vacancies if it should count.",
        Severity.WARNING,
    )


def _no_headings(part: Part) -> CellError:
    wanted = ", ".join(_words(name) for name in REQUIRED[part])
    return CellError(
        "headings-missing",
        f"No row has the headings of {part}.",
        f"Put a row of headings on top; needed are: {wanted}.",
    )


def _no_column(field: str) -> CellError:
    return CellError(
        "column-missing",
        f"No column gives the {_words(field)}.",
        "Add the column or correct its heading.",
    )


def _unused_column(field: str | None) -> CellError:
    if field is not None:
        message = f"Two columns give the {_words(field)}, so it is not clear which counts."
        return CellError("column-duplicate", message, "Remove or rename one of the two.")
    return CellError(
        "column-unknown",
        "This heading is not known; the column was left out.",
        "Correct the heading if the column should count.",
        Severity.WARNING,
    )


def _too_wide(found: int, width: int) -> CellError:
    return CellError(
        "row-width",
        f"The row has {found} cells under {width} headings; values may have shifted.",
        "Put text that holds the separator in quotation marks.",
    )
