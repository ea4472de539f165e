"""Roster files as the tests need them, made in memory."""

import io
from collections.abc import Iterable

import openpyxl

from workflow.roster import RosterExtract, parse_roster

HEADINGS = (
    "Reference",
    "Name",
    "Agency",
    "Team",
    "District",
    "Available from",
    "Available to",
    "Points per day",
    "Pattern",
    "Qualification",
    "Skills",
    "Roles",
)
SOUND = {
    "Reference": "R001",
    "Name": "Avery Ashworth",
    "Agency": "council",
    "Team": "Burnley 1",
    "District": "Burnley",
    "Available from": "2016-01-20",
    "Points per day": 12,
    "Qualification": "social worker",
    "Skills": "domestic abuse; missing",
}
LEAVE = ("Reference", "From", "To", "Kind")
CONFLICTS = ("Reference", "Kind", "Subject", "Reason")
VACANCIES = ("Reference", "Role", "Agency", "District", "Since", "Expected on", "Points per day")

Rows = Iterable[Iterable[object]]


def workbook(sheets: dict[str, Rows]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def reviewer(**changes: object) -> list[object]:
    """One row under `HEADINGS`; keywords name headings with underscores for spaces."""
    cells = SOUND | {name.replace("_", " ").capitalize(): cell for name, cell in changes.items()}
    return [cells.get(heading) for heading in HEADINGS]


def roster(
    *reviewers: list[object],
    leave: Rows | None = None,
    conflicts: Rows | None = None,
    vacancies: Rows | None = None,
) -> bytes:
    """A workbook with headings in the first row of each sheet; reviewers start in row 2."""
    parts = {
        "Leave": (LEAVE, leave),
        "Conflicts": (CONFLICTS, conflicts),
        "Vacancies": (VACANCIES, vacancies),
    }
    sheets: dict[str, Rows] = {"Reviewers": [HEADINGS, *reviewers]}
    sheets |= {name: [head, *rows] for name, (head, rows) in parts.items() if rows is not None}
    return workbook(sheets)


def read(content: bytes | str, file: str = "roster.xlsx", **options: object) -> RosterExtract:
    if isinstance(content, str):
        content = content.encode()
    return parse_roster(content, file=file, **options)


def found(extract: RosterExtract) -> list[tuple[int | None, str | None, str]]:
    """Line, field and rule of every finding."""
    return [(finding.line, finding.field, finding.rule) for finding in extract.findings]
