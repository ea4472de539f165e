"""Writes the synthetic caseload as Ofsted's Annex A, list 6: children in need.

Headings and lettered values as inspectors ask for them, then the columns a case system adds. Referrals
without further action belong to list 3 and are not in it.
"""

from datetime import date
from pathlib import Path

from workflow.demo.caseload import DemoCaseload
from workflow.demo.workbook import open_workbook, write_lines
from workflow.geography import Geography
from workflow.intake.rows import CaseRow, CaseStatus

HEADINGS = (
    *("Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age"),
    *("Does the Child have a Disability", "CIN Start Date", "Primary Need Code"),
    *("Date Child Was Last Seen", "CIN Closure Date", "Reason for Closure", "Case Status"),
    *("Allocated Team", "Allocated Worker"),
)
EXTRA_HEADINGS = ("District", "Family ID", "Worker Qualified", "Expected Date of Birth")
"""What a review needs and list 6 does not ask for."""
YES_NO = {True: "Yes", False: "No", None: ""}
STATUSES = {
    CaseStatus.LOOKED_AFTER: "a) Looked after child",
    CaseStatus.CHILD_PROTECTION_PLAN: "b) Child Protection plan",
    CaseStatus.CHILD_IN_NEED_PLAN: "c) Child in need plan",
    CaseStatus.OPEN_ASSESSMENT: "d) Open assessment",
    CaseStatus.CLOSED: "e) Closed episode",
}
_GENDERS = {"male": "a) Male", "female": "b) Female"}
_GENDER_UNKNOWN = "c) Not stated/recorded (or unborn)"
_ETHNICITIES = (
    *("WBRI", "WIRI", "WIRT", "WOTH", "WROM", "MWBC", "MWBA", "MWAS", "MOTH", "AIND", "APKN"),
    *("ABAN", "AOTH", "BCRB", "BAFR", "BOTH", "CHNE", "OOTH", "REFU", "NOBT"),
)
"""In the order of the list: their letters follow from it."""
_REASONS = {
    "RC1": "a) Adopted",
    "RC2": "b) Died",
    "RC3": "c) Residence order granted",
    "RC4": "d) Special guardianship order",
    "RC5": "e) Transferred to services of another local authority",
    "RC6": "f) Transferred to adult social services",
    "RC7": "g) Services ceased for any other reason, including child no longer in need",
    "RC8": "h) Child not in need after assessment",
}
_README = (
    "SYNTHETIC: no child in this workbook exists.",
    "Ofsted Annex A, list 6 (children in need), as a case system would export it.",
    "Referrals without further action are left out: they belong to list 3.",
)


def write_annex_a(caseload: DemoCaseload, geography: Geography, path: Path) -> None:
    """Write the workbook: a sheet that says what it is, and the list."""
    rows = [row for row in caseload.rows if not row.no_further_action]
    with open_workbook(path, "SYNTHETIC Annex A list 6", caseload.as_of) as book:
        readme = book.add_worksheet("README")
        for number, line in enumerate(_README):
            readme.write_string(number, 0, line)
        sheet = book.add_worksheet("List 6 Children in need")
        lines = [_cells(row, caseload.as_of) + _extra_cells(row, geography) for row in rows]
        write_lines(
            sheet,
            [HEADINGS + EXTRA_HEADINGS, *lines],
            book.add_format({"num_format": "dd/mm/yyyy"}),
        )


def _cells(row: CaseRow, as_of: date) -> tuple[object, ...]:
    return (
        row.child_id,
        _GENDERS.get(row.gender or "", _GENDER_UNKNOWN),
        _lettered(row.ethnicity or "NOBT"),
        row.birth_on,
        _age(row.birth_on, as_of),
        "a) Yes" if row.disabilities else "b) No",
        row.episode_start,
        row.primary_need,
        row.last_seen_on,
        row.closed_on,
        _REASONS.get(row.closure_reason or ""),
        STATUSES.get(row.status) if row.status else None,
        row.team,
        row.worker,
    )


def _extra_cells(row: CaseRow, geography: Geography) -> tuple[object, ...]:
    return (
        geography.name_of(row.district or ""),
        row.family,
        YES_NO[row.worker_qualified],
        row.expected_birth_on,
    )


def _lettered(ethnicity: str) -> str:
    return f"{chr(ord('a') + _ETHNICITIES.index(ethnicity))}) {ethnicity}"


def _age(birth_on: date | None, as_of: date) -> int | None:
    """Full years."""
    if birth_on is None:
        return None
    had_birthday = (as_of.month, as_of.day) >= (birth_on.month, birth_on.day)
    return as_of.year - birth_on.year - (not had_birthday)
