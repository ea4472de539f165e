"""The synthetic caseload as the files a council really has: Annex A list 6 and the CIN census."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

import xlsxwriter

from workflow.demo.caseload import DemoCaseload
from workflow.geography import Geography
from workflow.intake.rows import CaseRow, CaseStatus

CENSUS = "cin_census_2016.xml"
ANNEX_A = "annex_a_list_6.xlsx"

_STATUS = {
    CaseStatus.LOOKED_AFTER: "a) Looked after child",
    CaseStatus.CHILD_PROTECTION_PLAN: "b) Child Protection plan",
    CaseStatus.CHILD_IN_NEED_PLAN: "c) Child in need plan",
    CaseStatus.OPEN_ASSESSMENT: "d) Open assessment",
    CaseStatus.CLOSED: "e) Closed episode",
}
_GENDER = {"male": "1", "female": "2"}
_LETTERED_GENDER = {"male": "a) Male", "female": "b) Female"}
_YES_NO = {True: "Yes", False: "No", None: ""}


def write_caseload(caseload: DemoCaseload, geography: Geography, folder: Path) -> list[Path]:
    """Write the list and the census; gives the files in the order to import them.

    The list says who is looked after, which the census does not; the census has assessments and plans.
    """
    folder.mkdir(parents=True, exist_ok=True)
    annex, census = folder / ANNEX_A, folder / CENSUS
    listed = [row for row in caseload.rows if not row.no_further_action]
    _write_annex(listed, geography, annex, caseload.as_of)
    _write_census(caseload, geography, census)
    return [annex, census]


def write_newcomers(rows: Sequence[CaseRow], geography: Geography, path: Path) -> Path:
    """Write new cases as the CSV a case system exports each week."""
    heading = (
        *("Child Unique ID", "Date of Birth", "Gender", "CIN Start Date", "Primary Need Code"),
        *("Case Status", "District", "Family ID", "Allocated Team", "Allocated Worker"),
    )
    lines = (
        (
            row.child_id,
            _british(row.birth_on),
            (row.gender or "").title(),
            _british(row.episode_start),
            row.primary_need or "",
            _status(row),
            geography.name_of(row.district or ""),
            row.family or "",
            row.team or "",
            row.worker or "",
        )
        for row in rows
    )
    return _write_csv(path, heading, lines)


def _write_annex(rows: Sequence[CaseRow], geography: Geography, path: Path, as_of: date) -> None:
    """Annex A list 6, with the extra columns that a case system can add."""
    heading = (
        *("Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age"),
        *("Does the Child have a Disability", "CIN Start Date", "Primary Need Code"),
        *("Date Child Was Last Seen", "CIN Closure Date", "Reason for Closure", "Case Status"),
        *("Allocated Team", "Allocated Worker", "District", "Family ID", "Worker Qualified"),
    )
    with reproducible_workbook(path, "SYNTHETIC Annex A") as book:
        dates = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("List 6")
        sheet.write_row(0, 0, heading)
        for line, row in enumerate(rows, start=1):
            values: tuple[str | date | None, ...] = (
                row.child_id,
                _LETTERED_GENDER.get(row.gender or ""),
                row.ethnicity,
                row.birth_on,
                str((as_of - row.birth_on).days // 365) if row.birth_on else None,
                "a) Yes" if row.disabilities else "b) No",
                row.episode_start,
                row.primary_need,
                row.last_seen_on,
                row.closed_on,
                row.closure_reason,
                _status(row),
                row.team,
                row.worker,
                geography.name_of(row.district or ""),
                row.family,
                _YES_NO[row.worker_qualified],
            )
            for column, value in enumerate(values):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, dates)
                elif value:
                    sheet.write_string(line, column, value)


def reproducible_workbook(path: Path, title: str) -> Any:
    """A workbook that has the same bytes whenever it is written."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": datetime(2016, 1, 20, tzinfo=UTC)})
    return book


def _write_csv(path: Path, heading: Sequence[str], lines: Iterable[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        writer.writerows(lines)
    return path


def _write_census(caseload: DemoCaseload, geography: Geography, path: Path) -> None:
    message = Element("Message")
    header = SubElement(message, "Header")
    _fields(
        SubElement(header, "CollectionDetails"),
        Collection="CIN",
        Year="2016",
        ReferenceDate="2016-03-31",
    )
    _fields(
        SubElement(header, "Source"),
        SourceLevel="L",
        LEA=geography.authority_code,
        SoftwareCode="SYNTHETIC",
        Release="1",
        SerialNo="001",
        DateTime=f"{caseload.as_of}T08:00:00",
    )
    children = SubElement(message, "Children")
    for _, episodes in groupby(caseload.rows, key=lambda row: row.child_id):
        _write_child(children, list(episodes))
    indent(message, " ")
    ElementTree(message).write(path, encoding="utf-8", xml_declaration=True)


def _write_child(children: Element, episodes: list[CaseRow]) -> None:
    child, row = SubElement(children, "Child"), episodes[0]
    _fields(
        SubElement(child, "ChildIdentifiers"),
        LAchildID=row.child_id,
        UPNunknown="UN4",
        PersonBirthDate=_iso(row.birth_on),
        ExpectedPersonBirthDate=_iso(row.expected_birth_on),
        GenderCurrent=_GENDER.get(row.gender or "", "0"),
    )
    traits = SubElement(child, "ChildCharacteristics")
    _fields(traits, Ethnicity=row.ethnicity)
    disabilities = SubElement(traits, "Disabilities")
    for code in row.disabilities or ("NONE",):
        SubElement(disabilities, "Disability").text = code
    for episode in episodes:
        _write_episode(child, episode)


def _write_episode(child: Element, row: CaseRow) -> None:
    episode = SubElement(child, "CINdetails")
    _fields(
        episode,
        CINreferralDate=_iso(row.episode_start),
        ReferralSource=row.referral_source,
        PrimaryNeedCode=row.primary_need,
        CINclosureDate=_iso(row.closed_on),
        ReasonForClosure=row.closure_reason,
    )
    if row.assessment_started_on:
        assessment = SubElement(episode, "Assessments")
        _fields(
            assessment,
            AssessmentActualStartDate=_iso(row.assessment_started_on),
            AssessmentAuthorisationDate=_iso(row.assessment_authorised_on),
        )
        if row.assessment_authorised_on:
            factors = SubElement(assessment, "FactorsIdentifiedAtAssessment")
            for code in row.factors or ("21",):
                SubElement(factors, "AssessmentFactors").text = code
    _fields(episode, ReferralNFA="true" if row.no_further_action else "false")
    if row.protection_plan_open:
        _fields(
            SubElement(episode, "ChildProtectionPlans"),
            CPPstartDate=_iso(row.assessment_started_on or row.episode_start),
            InitialCategoryOfAbuse="NEG",
            LatestCategoryOfAbuse="NEG",
            NumberOfPreviousCPP="0",
        )


def _fields(parent: Element, **texts: str | None) -> None:
    """Add a child element for each text there is."""
    for name, text in texts.items():
        if text:
            SubElement(parent, name).text = text


def _status(row: CaseRow) -> str:
    return _STATUS[row.status] if row.status else ""


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _british(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
