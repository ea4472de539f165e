"""What a roster file says, as typed rows: handed from the reader to the use case."""

from dataclasses import dataclass, field
from datetime import date

from workflow.intake.rows import Finding, Severity
from workflow.models import ConflictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerRow:
    """One reviewer; columns as in `workflow.models.Reviewer`."""

    line: int
    reference: str
    name: str
    agency: str
    points_per_day: float
    team: str | None = None
    district: str | None = None
    available_from: date | None = None
    """None: from the first day of the programme."""
    available_to: date | None = None
    pattern: tuple[float, ...]
    """Seven shares of a full day, Monday to Sunday."""
    qualification: str = "other"
    skills: tuple[str, ...] = ()
    """Sorted codes."""
    roles: tuple[str, ...] = ("reviewer",)
    """Sorted codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRow:
    """Days a reviewer of the same file is away, both ends counted."""

    line: int
    reference: str
    first_on: date
    last_on: date
    kind: str = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    """Something a reviewer of the same file must keep away from."""

    line: int
    reference: str
    kind: ConflictKind
    subject: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyRow:
    """One post that stands vacant."""

    line: int
    reference: str
    role: str
    agency: str
    points_per_day: float
    district: str | None = None
    since_on: date | None = None
    expected_on: date | None = None
    filled_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterExtract:
    """All that one roster file says.

    `provides` names the fields of `ReviewerRow` the file has a column for, and `leave` when it speaks
    of leave at all; `vacancies_provide` the fields of `VacancyRow`. What it is silent about stays as it
    was.
    """

    file: str
    sha256: str
    reviewers: tuple[ReviewerRow, ...] = ()
    leave: tuple[LeaveRow, ...] = ()
    conflicts: tuple[ConflictRow, ...] = ()
    vacancies: tuple[VacancyRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    provides: frozenset[str] = field(default=frozenset())
    vacancies_provide: frozenset[str] = field(default=frozenset())

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that refuse the file."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)
