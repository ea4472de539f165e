"""What every reader hands on: typed rows of a caseload, and findings about them.

Readers know file formats and the census' element names; nothing after this module does.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

Kind = Literal["census-xml", "annex-a", "csv"]


class CaseStatus(StrEnum):
    """Annex A's case status: what the authority says the episode is."""

    LOOKED_AFTER = "looked_after"
    CHILD_PROTECTION_PLAN = "child_protection_plan"
    CHILD_IN_NEED_PLAN = "child_in_need_plan"
    OPEN_ASSESSMENT = "open_assessment"
    CLOSED = "closed"


class Severity(StrEnum):
    """What a finding does to the file."""

    ERROR = "error"
    """The row cannot be used; by default the whole file is refused."""
    WARNING = "warning"
    """The row is kept; somebody should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one file, said so that the person who sent it can put it right."""

    file: str
    """Name of the file, without its folder."""
    line: int | None
    """Line of the text file or XML source, or row of the sheet (1 = first); None: the file itself."""
    field: str | None
    """Column header or element as the file spells it, e.g. `CINdetails/CINreferralDate`."""
    value: str | None
    """The offending value as found, cut at 80 characters."""
    rule: str
    """Stable code: a DfE rule number such as `8500`, or a name such as `date-impossible`."""
    message: str
    """What is wrong, one sentence."""
    fix: str
    """What to do about it, one sentence."""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One child's episode of need as a source states it; a field is None when the source is silent.

    Identity is (`child_id`, `episode_start`). Codes are the census' own (`N1`, `RC7`, `3A` …); a value
    that no code fits is left None here and handed on as an `UnmappedValue`.
    """

    line: int
    child_id: str
    episode_start: date
    birth_on: date | None = None
    expected_birth_on: date | None = None
    died_on: date | None = None
    gender: Literal["male", "female", "unknown", "indeterminate"] | None = None
    ethnicity: str | None = None
    disabilities: tuple[str, ...] | None = None
    """Sorted disability codes; empty when the source says NONE."""
    referral_source: str | None = None
    primary_need: str | None = None
    no_further_action: bool | None = None
    closed_on: date | None = None
    closure_reason: str | None = None
    factors: tuple[str, ...] | None = None
    """Sorted factor codes of the latest assessment."""
    assessment_started_on: date | None = None
    """Start of the latest assessment."""
    assessment_authorised_on: date | None = None
    """Authorisation of the latest assessment; None while it is open."""
    section_47_open: bool | None = None
    """A section 47 enquiry without conference date and not marked conference-not-required."""
    protection_plan_open: bool | None = None
    protection_plan_ended_on: date | None = None
    """End of the latest child protection plan."""
    plan_started_on: date | None = None
    """Start of the child in need plan that is open, or of the latest."""
    plan_ended_on: date | None = None
    status: CaseStatus | None = None
    last_seen_on: date | None = None
    family: str | None = None
    """Family or sibling group id from the case system."""
    district: str | None = None
    """District code (ONS) after mapping of names."""
    team: str | None = None
    worker: str | None = None
    worker_qualified: bool | None = None
    looked_after: bool | None = None


@dataclass(frozen=True, slots=True)
class Supplement:
    """Extra columns for a child already in the caseload: district, team, family and the like."""

    line: int
    child_id: str
    values: dict[str, object]
    """Field of `CaseRow` → value; only what the file speaks for."""


@dataclass(frozen=True, slots=True)
class UnmappedValue:
    """A value no code fits; it goes on the list that a coordinator maps, and is never dropped."""

    field: str
    raw: str
    line: int


@dataclass(frozen=True, slots=True)
class Extract:
    """All that one file says.

    `provides` names the fields of `CaseRow` the source speaks for: on re-import only these are
    compared and changed, so a census cannot wipe out the districts another file gave.
    """

    file: str
    kind: Kind
    sha256: str
    rows: tuple[CaseRow, ...]
    supplements: tuple[Supplement, ...] = ()
    findings: tuple[Finding, ...] = ()
    unmapped: tuple[UnmappedValue, ...] = ()
    provides: frozenset[str] = field(default=frozenset())
    reference_date: date | None = None
    """The date the file speaks of, where it says so (census: ReferenceDate)."""
    collection_year: int | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that refuse the file (or, on request, only their rows)."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)
