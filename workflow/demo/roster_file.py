"""Writes the synthetic roster as a workbook with a sheet for each part."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from workflow.demo.roster import DemoRoster
from workflow.demo.workbook import open_workbook, write_lines
from workflow.roster.codes import DAYS
from workflow.roster.rows import ConflictRow, LeaveRow, ReviewerRow, VacancyRow

T = TypeVar("T", ReviewerRow, LeaveRow, ConflictRow, VacancyRow)
_Columns = dict[str, Callable[[T], object]]

TITLE = "SYNTHETIC roster: nobody in it exists"
_WRITTEN_ON = date(2016, 1, 20)
"""Stamped into the workbook in place of the clock's date."""


def write_roster(roster: DemoRoster, path: Path) -> Path:
    """Write the workbook; the same roster gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = roster.geography.name_of
    with open_workbook(path, TITLE, _WRITTEN_ON) as book:
        dates = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, lines in (
            ("Reviewers", _lines(_reviewer_columns(named), roster.reviewers)),
            ("Leave", _lines(_LEAVE, roster.leave)),
            ("Conflicts", _lines(_CONFLICTS, roster.conflicts)),
            ("Vacancies", _lines(_vacancy_columns(named), roster.vacancies)),
        ):
            sheet = book.add_worksheet(name)
            sheet.write_string(0, 0, TITLE)
            write_lines(sheet, lines, dates, top=1)
    return path


def _lines(columns: "_Columns[T]", rows: tuple[T, ...]) -> list[tuple[object, ...]]:
    """The headings, then a line for each row."""
    return [tuple(columns), *(tuple(cell(row) for cell in columns.values()) for row in rows)]


def _reviewer_columns(named: Callable[[str], str]) -> "_Columns[ReviewerRow]":
    return {
        "reference": lambda row: row.reference,
        "name": lambda row: row.name,
        "agency": lambda row: row.agency,
        "team": lambda row: row.team,
        "district": lambda row: named(row.district or ""),
        "available_from": lambda row: row.available_from,
        "available_to": lambda row: row.available_to,
        "points_per_day": lambda row: row.points_per_day,
        **{day: _share_of(number) for number, day in enumerate(DAYS[:5])},
        "qualification": lambda row: row.qualification,
        "skills": lambda row: "; ".join(row.skills),
        "roles": lambda row: "; ".join(row.roles),
    }


def _share_of(weekday: int) -> Callable[[ReviewerRow], float]:
    return lambda row: row.pattern[weekday]


_LEAVE: "_Columns[LeaveRow]" = {
    "reference": lambda row: row.reference,
    "from": lambda row: row.first_on,
    "to": lambda row: row.last_on,
    "kind": lambda row: row.kind,
}
_CONFLICTS: "_Columns[ConflictRow]" = {
    "reference": lambda row: row.reference,
    "kind": lambda row: row.kind.value,
    "key": lambda row: row.subject,
    "reason": lambda row: row.reason,
}


def _vacancy_columns(named: Callable[[str], str]) -> "_Columns[VacancyRow]":
    return {
        "reference": lambda row: row.reference,
        "role": lambda row: row.role,
        "agency": lambda row: row.agency,
        "district": lambda row: named(row.district or ""),
        "since": lambda row: row.since_on,
        "expected_on": lambda row: row.expected_on,
        "filled_on": lambda row: row.filled_on,
        "points_per_day": lambda row: row.points_per_day,
    }
