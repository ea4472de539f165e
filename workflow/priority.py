"""How soon a case should be reviewed and how long that takes, with the reasons in words. Pure.

A risk band orders the work; it decides no outcome, and every step of it can be read and argued with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from workflow.calendar import WorkCalendar
from workflow.intake.rows import CaseRow
from workflow.policy import EffortPolicy, PriorityPolicy

BANDS = 5
_STEPS_PER_BAND = 2
_TWO_YEARS = timedelta(days=731)
_THREE_MONTHS = timedelta(days=91)
_COMPLEX_FROM = 3

DOMESTIC_ABUSE = frozenset({"3A", "3B", "3C"})
MISSING = frozenset({"10A"})
EXPLOITATION = frozenset({"11A", "12A", "13A", "24A"})
NEGLECT_OR_ABUSE = frozenset({"16A", "17A", "18A", "18B", "18C", "19A", "19B", "19C", "22A", "23A"})
"""Assessment factor codes by theme. Source: CIN census, factors identified at assessment."""

NONE_IDENTIFIED = "21"
"""The census code that says an assessment found no factor."""

_SPECIALISMS = {
    "domestic_abuse": DOMESTIC_ABUSE,
    "missing": MISSING,
    "exploitation": EXPLOITATION,
}


@dataclass(frozen=True, slots=True)
class Priority:
    """What allocation needs to know about a case."""

    band: int
    """1 (lowest) to 5."""
    reasons: tuple[str, ...]
    """Why it is not in band 1, most weighty first."""
    effort: int
    """Review points."""
    needs_qualified: bool
    """A qualified social worker must review it."""
    wants: frozenset[str]
    """Specialisms that would help."""
    prefers_agency: str | None
    """The agency whose knowledge the case asks for; None when it does not matter."""


def assess(
    row: CaseRow,
    *,
    as_of: date,
    calendar: WorkCalendar,
    priority: PriorityPolicy,
    effort: EffortPolicy,
) -> Priority:
    """Order and size one case on a given day."""
    factors = frozenset(row.factors or ()) - {NONE_IDENTIFIED}
    found = sorted(_steps(row, factors, as_of, calendar, priority), reverse=True)
    band = 1 + min(BANDS - 1, sum(steps for steps, _ in found) // _STEPS_PER_BAND)
    wants = frozenset(name for name, codes in _SPECIALISMS.items() if factors & codes)
    return Priority(
        band=band,
        reasons=tuple(reason for _, reason in found),
        effort=_effort(row, factors, as_of, effort),
        needs_qualified=_is_complex(factors) and row.worker_qualified is False,
        wants=wants,
        prefers_agency="constabulary" if wants else None,
    )


def _steps(
    row: CaseRow,
    factors: frozenset[str],
    as_of: date,
    calendar: WorkCalendar,
    policy: PriorityPolicy,
) -> Iterator[tuple[int, str]]:
    """Each reason that applies, with the steps it is worth."""
    unseen = calendar.working_days_between(row.last_seen_on or as_of, as_of)
    unqualified = _is_complex(factors) and row.worker_qualified is False
    ended = row.protection_plan_ended_on
    recently = as_of - timedelta(days=policy.recent_protection_plan_days)
    young = row.birth_on is None or row.birth_on > _years_before(as_of, 2)
    unheld = row.worker is None and row.team is not None
    table = (
        (young, policy.under_two, "under two years old, or unborn"),
        (
            unseen > policy.not_seen_working_days,
            policy.not_seen,
            f"not seen for {unseen} working days",
        ),
        (
            unqualified,
            policy.no_qualified_worker,
            "complex, and held by an unqualified worker",
        ),
        (unheld, policy.no_qualified_worker, "no allocated worker"),
        (
            ended is not None and ended > recently,
            policy.recent_protection_plan,
            f"child protection plan ended on {ended}",
        ),
        (
            bool(factors & (EXPLOITATION | MISSING)),
            policy.exploitation,
            "missing or exploitation among the factors",
        ),
        (
            bool(factors & DOMESTIC_ABUSE),
            policy.domestic_abuse,
            "domestic abuse among the factors",
        ),
        (
            bool(factors & NEGLECT_OR_ABUSE) or row.primary_need == "N1",
            policy.neglect_or_abuse,
            "abuse or neglect",
        ),
        (
            row.episode_start < as_of - _TWO_YEARS,
            policy.drift,
            "open for more than two years",
        ),
    )
    return ((steps, reason) for applies, steps, reason in table if applies)


def _effort(row: CaseRow, factors: frozenset[str], as_of: date, policy: EffortPolicy) -> int:
    if not factors and row.episode_start > as_of - _THREE_MONTHS:
        return policy.short
    points = policy.standard
    if row.episode_start < as_of - _TWO_YEARS:
        points += policy.long_open
    if _is_complex(factors):
        points += policy.complex_factors
    return points


def _is_complex(factors: frozenset[str]) -> bool:
    return len(factors) >= _COMPLEX_FROM


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
