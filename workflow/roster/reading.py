"""Reads a roster file into typed rows and findings; no content makes it raise.

A workbook has the sheets Reviewers, Leave, Conflicts and Vacancies (only the first is needed); a CSV is
the sheet of reviewers alone. File formats are in `sheets.py`, headings in `columns.py`, single cells in
`cells.py`; what a row must make sense of as a whole is here. No database.
"""

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from workflow.intake.rows import Severity
from workflow.intake.text import spelling
from workflow.models import ConflictKind
from workflow.roster.cells import (
    CellError,
    code_reader,
    district_reader,
    to_date,
    to_pattern,
    to_period,
    to_points,
    to_share,
    to_text,
)
from workflow.roster.codes import (
    AGENCIES,
    CONFLICT_KINDS,
    DAYS,
    LEAVE_KINDS,
    QUALIFICATIONS,
    ROLES,
    SKILLS,
    WEEKDAYS,
)
from workflow.roster.columns import Notes, Part, Row, Table, find_tables
from workflow.roster.rows import ConflictRow, LeaveRow, ReviewerRow, RosterExtract, VacancyRow
from workflow.roster.sheets import MAX_BYTES, FileRefusedError, open_sheets

FindDistrict = Callable[[str], str | None]
"""District name, spelling or code → code (`Geography.find_district`)."""

_to_qualification = code_reader(
    QUALIFICATIONS, noun="a qualification", rule="qualification-unknown", severity=Severity.WARNING
)
_to_skill = code_reader(SKILLS, noun="a skill", rule="skill-unknown", severity=Severity.WARNING)
_to_role = code_reader(ROLES, noun="a role", rule="role-unknown", severity=Severity.WARNING)
_to_leave_kind = code_reader(
    LEAVE_KINDS, noun="a kind of leave", rule="leave-kind-unknown", severity=Severity.WARNING
)
_to_conflict_kind = code_reader(
    CONFLICT_KINDS, noun="a kind of conflict", rule="conflict-kind-unknown"
)
_KIND_AND_SUBJECT = re.compile(r"\s*(\w+)[\s:]+(\S.*)", re.DOTALL)


def read_roster(
    path: Path,
    *,
    find_district: FindDistrict | None = None,
    agencies: Collection[str] = tuple(AGENCIES),
) -> RosterExtract:
    """Read a roster from a file; every trouble becomes a finding.

    Args:
        path: an XLSX workbook or a CSV, told apart by content.
        find_district: turns a district's name into its code; None keeps the text as the code.
        agencies: codes of the agencies whose reviewers the programme takes.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as problem:
        notes = Notes(path.name)
        message = f"The file cannot be opened: {problem.strerror or problem}."
        unreadable = CellError("file-unreadable", message, "Check its name and who may read it.")
        notes.add(unreadable, line=None, column=None)
        return RosterExtract(file=path.name, sha256="", findings=tuple(notes.findings))
    return parse_roster(content, file=path.name, find_district=find_district, agencies=agencies)


def parse_roster(
    content: bytes,
    *,
    file: str,
    find_district: FindDistrict | None = None,
    agencies: Collection[str] = tuple(AGENCIES),
) -> RosterExtract:
    """The same for the bytes of an uploaded file called `file`."""
    reading = _Reading(
        notes=Notes(file),
        to_agency=code_reader(
            {agency: AGENCIES.get(agency, ()) for agency in agencies},
            noun="an agency",
            rule="agency-unknown",
        ),
        to_district=district_reader(find_district),
    )
    tables = _open(content, reading.notes)
    for part, read_row in _READ_ROW.items():
        for row in tables[part].rows if part in tables else ():
            read_row(reading, row)
    _check_overlaps(reading.leave)
    return RosterExtract(
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        reviewers=tuple(reading.reviewers),
        leave=tuple(leave for leave, _ in reading.leave),
        conflicts=tuple(reading.conflicts),
        vacancies=tuple(reading.vacancies),
        findings=tuple(reading.notes.findings),
        provides=_provides(tables),
        vacancies_provide=_fields(tables, Part.VACANCIES),
    )


@dataclass(slots=True)
class _Reading:
    """What one file has given so far."""

    notes: Notes
    to_agency: Callable[[object], str]
    to_district: Callable[[object], str]
    known: dict[str, str] = field(default_factory=dict)
    """Spelling of a reference → the reference, for every reviewer of the file, sound or not."""
    posts: set[str] = field(default_factory=set)
    reviewers: list[ReviewerRow] = field(default_factory=list)
    leave: list[tuple[LeaveRow, Row]] = field(default_factory=list)
    conflicts: list[ConflictRow] = field(default_factory=list)
    vacancies: list[VacancyRow] = field(default_factory=list)

    def to_known(self, value: object) -> str:
        """The reference of a reviewer of this file."""
        text = to_text(value)
        if (reference := self.known.get(spelling(text))) is not None:
            return reference
        raise CellError(
            "reviewer-unknown",
            f"'{text[:40]}' is not a reviewer of this file.",
            "Add the reviewer to the sheet of reviewers, or correct the reference.",
        )


def _open(content: bytes, notes: Notes) -> dict[Part, Table]:
    try:
        opened = open_sheets(content)
    except FileRefusedError as refused:
        problem = CellError(refused.rule, refused.message, refused.fix)
        notes.add(problem, line=refused.line, column=None)
        return {}
    if opened.assumed_encoding:
        notes.add(_assumed(opened.assumed_encoding), line=None, column=None)
    tables = find_tables(opened.sheets, notes)
    if Part.REVIEWERS not in tables:
        return {}  # what the other sheets name cannot be looked up
    if not tables[Part.REVIEWERS].rows:
        notes.add(_NO_ROWS, line=None, column=None)
    return tables


def _provides(tables: dict[Part, Table]) -> frozenset[str]:
    fields = _fields(tables, Part.REVIEWERS)
    pattern = {"pattern"} if fields & set(DAYS) else set()
    leave = {"leave"} if Part.LEAVE in tables else set()
    return fields | pattern | leave


def _fields(tables: dict[Part, Table], part: Part) -> frozenset[str]:
    return tables[part].fields if part in tables else frozenset()


def _read_reviewer(reading: _Reading, row: Row) -> None:
    reference = row.need("reference", to_text)
    name = row.need("name", to_text)
    agency = row.need("agency", reading.to_agency)
    team = row.read("team", to_text)
    district = row.read("district", reading.to_district)
    first, last = row.read("available_from", to_date), row.read("available_to", to_date)
    points = row.need("points_per_day", to_points)
    pattern = _read_pattern(row)
    qualification = row.read("qualification", _to_qualification) or "other"
    skills = tuple(sorted(set(row.each("skills", _to_skill))))
    roles = tuple(sorted(set(row.each("roles", _to_role)))) or ("reviewer",)
    _check_order(row, first, last, at="available_to")
    if agency == "constabulary" and qualification == "social_worker":
        row.fail("qualification", _UNLIKELY)
    if reference is not None:
        _check_unique(row, reference, reading.known)
        _read_own_leave(reading, row, reference)
        _read_own_conflicts(reading, row, reference)
    if row.failed or reference is None or name is None or agency is None or points is None:
        return
    reading.reviewers.append(
        ReviewerRow(
            line=row.line,
            reference=reference,
            name=name,
            agency=agency,
            points_per_day=points,
            team=team,
            district=district,
            available_from=first,
            available_to=last,
            pattern=pattern,
            qualification=qualification,
            skills=skills,
            roles=roles,
        )
    )


def _check_unique(row: Row, reference: str, known: dict[str, str]) -> None:
    if known.setdefault(spelling(reference), reference) is not reference:
        row.fail("reference", _twice(reference))


def _read_pattern(row: Row) -> tuple[float, ...]:
    if any(day in row.cells for day in DAYS):
        return tuple(row.read(day, to_share) or 0.0 for day in DAYS)
    return row.read("pattern", to_pattern) or WEEKDAYS


def _read_own_leave(reading: _Reading, row: Row, reference: str) -> None:
    for first, last in row.each("leave", to_period):
        _check_order(row, first, last, at="leave")
        leave = LeaveRow(line=row.line, reference=reference, first_on=first, last_on=last)
        reading.leave.append((leave, row))


def _read_own_conflicts(reading: _Reading, row: Row, reference: str) -> None:
    for kind, subject in row.each("conflicts", _to_conflict):
        conflict = ConflictRow(line=row.line, reference=reference, kind=kind, subject=subject)
        reading.conflicts.append(conflict)


def _to_conflict(value: object) -> tuple[ConflictKind, str]:
    found = _KIND_AND_SUBJECT.fullmatch(str(value))
    if found is None:
        raise CellError(
            "conflict-unreadable",
            "This does not say what the conflict is with.",
            "Write kind and key, such as 'family F123; case CIN-00012; team Burnley 1'.",
        )
    return ConflictKind(_to_conflict_kind(found[1])), to_text(found[2])


def _read_leave(reading: _Reading, row: Row) -> None:
    reference = row.need("reference", reading.to_known)
    first = row.need("first_on", to_date)
    last = row.read("last_on", to_date) or first
    kind = row.read("kind", _to_leave_kind) or ("other" if "kind" in row.cells else "leave")
    _check_order(row, first, last, at="last_on")
    if row.failed or reference is None or first is None or last is None:
        return
    leave = LeaveRow(line=row.line, reference=reference, first_on=first, last_on=last, kind=kind)
    reading.leave.append((leave, row))


def _read_conflict(reading: _Reading, row: Row) -> None:
    reference = row.need("reference", reading.to_known)
    kind = row.need("kind", _to_conflict_kind)
    subject = row.need("subject", to_text)
    reason = row.read("reason", to_text) or ""
    if row.failed or reference is None or kind is None or subject is None:
        return
    reading.conflicts.append(
        ConflictRow(
            line=row.line,
            reference=reference,
            kind=ConflictKind(kind),
            subject=subject,
            reason=reason,
        )
    )


def _read_vacancy(reading: _Reading, row: Row) -> None:
    reference = row.need("reference", to_text)
    agency = row.need("agency", reading.to_agency)
    points = row.need("points_per_day", to_points)
    role = row.read("role", to_text) or "reviewer"
    district = row.read("district", reading.to_district)
    since = row.read("since_on", to_date)
    expected, filled = row.read("expected_on", to_date), row.read("filled_on", to_date)
    _check_order(row, since, expected, at="expected_on")
    _check_order(row, since, filled, at="filled_on")
    if reference is not None and spelling(reference) in reading.posts:
        row.fail("reference", _twice(reference))
    if row.failed or reference is None or agency is None or points is None:
        return
    reading.posts.add(spelling(reference))
    reading.vacancies.append(
        VacancyRow(
            line=row.line,
            reference=reference,
            role=role,
            agency=agency,
            points_per_day=points,
            district=district,
            since_on=since,
            expected_on=expected,
            filled_on=filled,
        )
    )


_READ_ROW: dict[Part, Callable[[_Reading, Row], None]] = {
    Part.REVIEWERS: _read_reviewer,
    Part.LEAVE: _read_leave,
    Part.CONFLICTS: _read_conflict,
    Part.VACANCIES: _read_vacancy,
}
"""In this order: leave and conflicts name reviewers."""


def _check_order(row: Row, first: date | None, last: date | None, *, at: str) -> None:
    if first is not None and last is not None and last < first:
        row.fail(at, _reversed(first, last))


def _check_overlaps(leave: list[tuple[LeaveRow, Row]]) -> None:
    longest: dict[str, LeaveRow] = {}
    for later, row in sorted(leave, key=lambda pair: (pair[0].first_on, pair[0].line)):
        earlier = longest.setdefault(later.reference, later)
        if earlier is not later and later.first_on <= earlier.last_on:
            row.fail("first_on" if "first_on" in row.cells else "leave", _overlap(earlier))
        if later.last_on > earlier.last_on:
            longest[later.reference] = later


def _reversed(first: date, last: date) -> CellError:
    return CellError(
        "dates-reversed", f"{last} lies before {first}.", "Correct whichever of the two is wrong."
    )


def _overlap(earlier: LeaveRow) -> CellError:
    return CellError(
        "leave-overlap",
        f"This leave overlaps that from {earlier.first_on} to {earlier.last_on} (row {earlier.line}).",
        "Each day counts once; remove one of the two if it is a mistake.",
        Severity.WARNING,
    )


def _twice(reference: str) -> CellError:
    return CellError(
        "reference-duplicate",
        f"'{reference[:40]}' stands in this file twice.",
        "Give each its own reference, or remove one of the rows.",
    )


def _assumed(encoding: str) -> CellError:
    return CellError(
        "file-encoding-assumed",
        f"The text is not UTF-8; it was read as {encoding}.",
        "Check names with accents, or save the file as UTF-8.",
        Severity.WARNING,
    )


_NO_ROWS = CellError(
    "file-no-rows", "The roster has headings but no reviewers.", "Send the file with its rows."
)
_UNLIKELY = CellError(
    "qualification-unlikely",
    "A constabulary reviewer is marked as a qualified social worker; it was kept.",
    "Check; complex cases need a qualified social worker.",
    Severity.WARNING,
)
