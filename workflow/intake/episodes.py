"""One episode as a reader found it, each value with its place in the file, and the row made of it.

Richer than `CaseRow`: the checks need every assessment, plan and enquiry, and where each stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, NamedTuple

from workflow.intake.rows import CaseRow, CaseStatus

NO_DISABILITY = "NONE"
"""The code that says there is none."""


class Value(NamedTuple):
    """One value and where it stands."""

    value: Any
    """The date, code, text or answer; None when the file has something that could not be read."""
    raw: str | None
    """As the file has it; None for a value that is not there."""
    field: str
    """Column header or element, as the file spells it."""
    line: int


class Span(NamedTuple):
    """Something with a start and, perhaps, an end: an assessment or a plan."""

    start: Value | None
    end: Value | None
    factors: Value | None = None
    """Assessment factors, for an assessment."""

    @property
    def started_on(self) -> date | None:
        """The start, when the file gives a date that exists."""
        return self.start.value if self.start else None

    @property
    def ended_on(self) -> date | None:
        """The end, likewise."""
        return self.end.value if self.end else None

    @property
    def is_open(self) -> bool:
        """Started, and no end is given (an unreadable end is an end)."""
        return self.start is not None and self.end is None

    @property
    def dates(self) -> Iterator[Value]:
        """The start and the end, where given."""
        return (value for value in (self.start, self.end) if value)


class Enquiry(NamedTuple):
    """A section 47 enquiry."""

    start: Value | None
    conference: Value | None
    """Date of the initial child protection conference it led to."""
    not_required: Value | None
    """Whether the conference was found not to be required (`yes` or `no`)."""

    @property
    def is_open(self) -> bool:
        """No conference was held and none was found needless."""
        settled = self.not_required is not None and self.not_required.value == "yes"
        return self.conference is None and not settled


@dataclass(slots=True, kw_only=True)
class Episode:
    """One child's episode of need as the file states it."""

    line: int
    names: Mapping[str, str]
    """Field → how this file spells it, for what is missing."""
    facts: dict[str, Value] = field(default_factory=dict)
    """Field of `CaseRow`, or `upn`, `former_upn`, `sex`, `conference` → its value, if any."""
    blanks: dict[str, Value] = field(default_factory=dict)
    """Field → where it stands empty."""
    assessments: tuple[Span, ...] = ()
    plans: tuple[Span, ...] = ()
    protection_plans: tuple[Span, ...] = ()
    enquiries: tuple[Enquiry, ...] = ()
    derived: dict[str, Any] = field(default_factory=dict)
    """Fields of `CaseRow` the reader worked out from the parts."""

    def on(self, name: str) -> Any:
        """The value of a field, or None."""
        found = self.facts.get(name)
        return found.value if found else None

    def absent(self, name: str) -> Value:
        """A placeholder for a field that should be there: where it is empty, or the episode's line."""
        return self.blanks.get(name) or Value(None, None, self.names.get(name, name), self.line)

    @property
    def is_dismissed(self) -> bool:
        """The referral led to no further action."""
        return bool(self.on("no_further_action") == "yes")

    @property
    def is_open(self) -> bool:
        """Neither closed nor dismissed."""
        return "closed_on" not in self.facts and not self.is_dismissed


ROW_FIELDS = frozenset(f.name for f in fields(CaseRow)) - {"line"}
_ANSWERS = {"yes": True, "no": False}
_YES_OR_NO = (
    "no_further_action",
    "section_47_open",
    "protection_plan_open",
    "worker_qualified",
    "looked_after",
)


def row_value(name: str, value: Any) -> Any:
    """What `CaseRow` (or a `Supplement`) holds for a decoded value of a field."""
    if value is None:
        return None
    if name in _YES_OR_NO:
        return _ANSWERS[value]
    if name == "status":
        return CaseStatus(value)
    if name == "disabilities":
        return tuple(code for code in value if code != NO_DISABILITY)
    return value


def to_row(episode: Episode) -> CaseRow:
    """The `CaseRow` of an episode that has an id and a start."""
    plain = {
        name: row_value(name, found.value)
        for name, found in episode.facts.items()
        if name in ROW_FIELDS
    }
    if plain.get("gender") is None and "sex" in episode.facts:
        plain["gender"] = episode.on("sex")
    return CaseRow(line=episode.line, **{**plain, **episode.derived})


def derive(episode: Episode) -> dict[str, Any]:
    """The fields of `CaseRow` that follow from an episode's assessments, plans and enquiries.

    For sources that list them all: none listed means that there is none.
    """
    return {
        **_latest_assessment(episode.assessments),
        **_latest_plan(episode.plans),
        "section_47_open": any(enquiry.is_open for enquiry in episode.enquiries),
        "protection_plan_open": any(plan.is_open for plan in episode.protection_plans),
        "protection_plan_ended_on": max(
            (plan.ended_on for plan in episode.protection_plans if plan.ended_on), default=None
        ),
    }


def _by_start(span: Span) -> date:
    return span.started_on or date.min


def _latest_assessment(assessments: tuple[Span, ...]) -> dict[str, Any]:
    if not assessments:
        return {}
    latest = max(assessments, key=_by_start)
    return {
        "assessment_started_on": latest.started_on,
        "assessment_authorised_on": latest.ended_on,
        "factors": latest.factors.value if latest.factors else (),
    }


def _latest_plan(plans: tuple[Span, ...]) -> dict[str, Any]:
    if not plans:
        return {}
    latest = max(plans, key=lambda plan: (plan.is_open, _by_start(plan)))
    return {"plan_started_on": latest.started_on, "plan_ended_on": latest.ended_on}
