"""Builds the small census files, workbooks and CSV files the intake tests read; all synthetic."""

import csv
import io
from datetime import date
from pathlib import Path
from textwrap import indent
from typing import Any

import openpyxl

from workflow.geography import load_geography
from workflow.intake import Extract, Vocabulary, read_file

GEOGRAPHY = load_geography()
VOCABULARY = Vocabulary.shipped()
TODAY = date(2016, 4, 15)
ANNEX_A = (
    *("Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age"),
    *("Does the Child have a Disability", "CIN Start Date", "Primary Need Code"),
    *("Date Child Was Last Seen", "CIN Closure Date", "Reason for Closure", "Case Status"),
    *("Allocated Team", "Allocated Worker"),
)
"""The headings of list 6, as the sample workbook has them."""


def read(path: Path, **options: Any) -> Extract:
    """Read a file against Lancashire on 15 April 2016."""
    known = {"vocabulary": VOCABULARY, "geography": GEOGRAPHY, "today": TODAY}
    return read_file(path, **{**known, **options})


def read_bytes(folder: Path, content: bytes, name: str = "list.csv", **options: Any) -> Extract:
    """Write `content` under `name` and read it."""
    path = folder / name
    path.write_bytes(content)
    return read(path, **options)


def rules(extract: Extract) -> list[str]:
    """The rules of its findings, in the order of the file."""
    return [finding.rule for finding in extract.findings]


def element(name: str, value: str | None) -> str:
    """One element, or nothing for None."""
    return "" if value is None else f"<{name}>{value}</{name}>\n"


def elements(**values: str | None) -> str:
    """Elements in order, without those that are None."""
    return "".join(element(name, value) for name, value in values.items())


def group(name: str, *inner: str) -> str:
    """An element around others, indented."""
    return f"<{name}>\n{indent(''.join(inner), '  ')}</{name}>\n"


def details(*parts: str, **values: str | None) -> str:
    """One `CINdetails`: an open episode with a clean referral, changed by `values`."""
    given = {
        "CINreferralDate": "2015-06-01",
        "ReferralSource": "6",
        "PrimaryNeedCode": "N1",
        "CINclosureDate": None,
        "ReasonForClosure": None,
        "DateOfInitialCPC": None,
        "ReferralNFA": "false",
        **values,
    }
    return group("CINdetails", elements(**given), *parts)


def assessment(start: str | None, end: str | None = None, *factors: str) -> str:
    """One `Assessments`."""
    listed = "".join(element("AssessmentFactors", factor) for factor in factors)
    return group(
        "Assessments",
        elements(AssessmentActualStartDate=start, AssessmentAuthorisationDate=end),
        group("FactorsIdentifiedAtAssessment", listed) if factors else "",
    )


def plan(start: str | None, end: str | None = None) -> str:
    """One `CINPlanDates`."""
    return group("CINPlanDates", elements(CINPlanStartDate=start, CINPlanEndDate=end))


def protection_plan(start: str | None, end: str | None = None) -> str:
    """One `ChildProtectionPlans`."""
    return group("ChildProtectionPlans", elements(CPPstartDate=start, CPPendDate=end))


def enquiry(start: str, conference: str | None = None, not_required: str = "false") -> str:
    """One `Section47`."""
    return group(
        "Section47",
        elements(
            S47ActualStartDate=start, DateOfInitialCPC=conference, ICPCnotRequired=not_required
        ),
    )


def child(
    *episodes: str,
    identifiers: dict[str, str | None] | None = None,
    disabilities: tuple[str, ...] = ("NONE",),
    ethnicity: str | None = "WBRI",
) -> str:
    """One `Child`, clean but for what is changed."""
    given = {
        "LAchildID": "C1",
        "UPN": "A12345678901B",
        "PersonBirthDate": "2010-05-04",
        "GenderCurrent": "1",
        **(identifiers or {}),
    }
    listed = "".join(element("Disability", code) for code in disabilities)
    return group(
        "Child",
        group("ChildIdentifiers", elements(**given)),
        group(
            "ChildCharacteristics",
            element("Ethnicity", ethnicity),
            group("Disabilities", listed) if disabilities else "",
        ),
        *(episodes or (details(),)),
    )


def header(year: str | None = "2016", **values: str | None) -> str:
    """The header of a return; Lancashire's unless changed."""
    reference = values.get("ReferenceDate", f"{year}-03-31" if year else None)
    return group(
        "Header",
        group(
            "CollectionDetails",
            elements(
                Collection=values.get("Collection", "CIN"), Year=year, ReferenceDate=reference
            ),
        ),
        group(
            "Source",
            elements(SourceLevel="L", LEA=values.get("LEA", "888"), DateTime="2016-05-23T11:14:05"),
        ),
    )


def census(*children: str, head: str | None = None, year: str = "2016") -> str:
    """A whole return, one child by default."""
    top = header(year) if head is None else head
    return group("Message", top, group("Children", *(children or (child(),))))


def read_census(folder: Path, *children: str, **options: Any) -> Extract:
    """Write a return and read it; `head` and `year` shape its header."""
    shape = {name: options.pop(name) for name in ("head", "year") if name in options}
    text = census(*children, **shape)
    return read_bytes(folder, text.encode(), "census.xml", **options)


def line_of(text: str, needle: str, nth: int = 1) -> int:
    """The line on which `needle` stands for the n-th time."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if needle in line]
    return lines[nth - 1]


CSV_HEADINGS = (
    *("Child ID", "CIN Start Date", "Date of Birth", "Gender", "Primary Need Code"),
    *("CIN Closure Date", "Reason for Closure", "Case Status", "District", "Team", "Family ID"),
)
CSV_ROW = (
    *("00123", "13/06/2015", "04/05/2010", "Female", "N1"),
    *("", "", "c) Child in need plan", "Burnley", "East 1", "F7"),
)


def row(**changes: str) -> tuple[str, ...]:
    """A clean CSV row; keywords are headings with underscores for spaces."""
    values = dict(zip(CSV_HEADINGS, CSV_ROW, strict=True))
    values.update({name.replace("_", " "): value for name, value in changes.items()})
    return tuple(values.values())


def csv_text(
    *rows: tuple[str, ...], headings: tuple[str, ...] = CSV_HEADINGS, delimiter: str = ","
) -> str:
    """A CSV file, one clean row by default."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([headings, *(rows or (CSV_ROW,))])
    return out.getvalue()


def read_csv(folder: Path, *rows: tuple[str, ...], **options: Any) -> Extract:
    """Write rows under the usual headings and read them."""
    return read_bytes(folder, csv_text(*rows).encode(), **options)


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """A workbook with the given sheets of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows_of_sheet in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows_of_sheet:
            sheet.append(cells)
    book.save(path)
    return path


ANNEX_ROW: list[Any] = [
    *("0042", "b) Female", "a) WBRI", date(2009, 2, 3), 7, "b) No", date(2015, 9, 14)),
    *("N1 - Abuse or Neglect", date(2016, 3, 1), None, None, "c) Child in need plan"),
    *("Preston CIN", "W. Worker"),
]
