"""What an import changes, row by row: compares the stored roster with a file and sets what differs.

Called by `use_cases.import_roster`, which locks before and records after.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, SQLModel

from workflow.intake.text import spelling
from workflow.models import Conflict, Leave, Programme, Reviewer, Vacancy
from workflow.roster.queries import Roster
from workflow.roster.rows import ReviewerRow, RosterExtract

_FIELDS = (
    "name",
    "agency",
    "team",
    "district",
    "available_from",
    "available_to",
    "points_per_day",
    "pattern",
    "qualification",
    "skills",
    "roles",
)
_VACANCY_FIELDS = (
    "role",
    "agency",
    "district",
    "since_on",
    "expected_on",
    "filled_on",
    "points_per_day",
)

LeaveKey = tuple[date, date, str]


@dataclass(slots=True)
class ReviewerChange:
    """What an import changes of one reviewer."""

    reviewer: Reviewer
    created: bool
    fields: list[str]
    leave: int = 0
    conflicts: int = 0

    @property
    def is_update(self) -> bool:
        """Whether somebody known already changes."""
        return not self.created and bool(self.changed)

    @property
    def changed(self) -> list[str]:
        """Names of what changed, for the event."""
        parts = {"leave": self.leave, "conflicts": self.conflicts}
        return self.fields + [name for name, count in parts.items() if count]


def change_reviewers(
    session: Session,
    programme: Programme,
    before: Roster,
    extract: RosterExtract,
    now: datetime,
) -> list[ReviewerChange]:
    """Create and change reviewers, their leave and their conflicts as the file says."""
    stored = {spelling(reviewer.reference): reviewer for reviewer in before.reviewers}
    changes = {
        row.reference: _change_reviewer(
            session, programme, stored.get(spelling(row.reference)), row, extract.provides
        )
        for row in extract.reviewers
    }
    session.flush()  # leave, conflicts and events name new reviewers by their number
    if "leave" in extract.provides:
        _change_leave(session, before, extract, changes)
    _add_conflicts(session, before, extract, changes, now)
    return list(changes.values())


def _change_reviewer(
    session: Session,
    programme: Programme,
    reviewer: Reviewer | None,
    row: ReviewerRow,
    provides: frozenset[str],
) -> ReviewerChange:
    values: dict[str, Any] = {
        name: list(value) if isinstance(value := getattr(row, name), tuple) else value
        for name in _FIELDS
    }
    values["available_from"] = row.available_from or programme.starts_on
    if reviewer is not None:
        return ReviewerChange(reviewer, created=False, fields=_assign(reviewer, values, provides))
    reviewer = Reviewer(programme_id=programme.key, reference=row.reference, **values)
    session.add(reviewer)
    return ReviewerChange(reviewer, created=True, fields=list(_FIELDS))


def _assign(target: SQLModel, values: dict[str, Any], provides: frozenset[str]) -> list[str]:
    """Set what the file speaks of and what differs; gives the names of those fields."""
    changed = [
        name for name in values if name in provides and getattr(target, name) != values[name]
    ]
    for name in changed:
        setattr(target, name, values[name])
    return changed


def _change_leave(
    session: Session, before: Roster, extract: RosterExtract, changes: dict[str, ReviewerChange]
) -> None:
    wanted: dict[str, set[LeaveKey]] = defaultdict(set)
    for row in extract.leave:
        wanted[row.reference].add((row.first_on, row.last_on, row.kind))
    for reference, change in changes.items():
        number = change.reviewer.key
        stored = {
            (leave.first_on, leave.last_on, leave.kind): leave
            for leave in before.leave_by_reviewer.get(number, ())
        }
        gone = stored.keys() - wanted[reference]
        new = sorted(wanted[reference] - stored.keys())
        for key in sorted(gone):
            session.delete(stored[key])
        session.add_all(
            Leave(reviewer_id=number, first_on=first, last_on=last, kind=kind)
            for first, last, kind in new
        )
        change.leave = len(gone) + len(new)


def _add_conflicts(
    session: Session,
    before: Roster,
    extract: RosterExtract,
    changes: dict[str, ReviewerChange],
    now: datetime,
) -> None:
    declared = {
        (conflict.reviewer_id, conflict.kind, conflict.subject)
        for conflicts in before.conflicts_by_reviewer.values()
        for conflict in conflicts
    }
    for row in extract.conflicts:
        change = changes[row.reference]
        key = (change.reviewer.key, row.kind, row.subject)
        if key in declared:
            continue
        declared.add(key)
        change.conflicts += 1
        number, kind, subject = key
        session.add(
            Conflict(
                reviewer_id=number,
                kind=kind,
                subject=subject,
                reason=row.reason,
                declared_at=now,
            )
        )


def change_vacancies(
    session: Session, programme: Programme, before: Roster, extract: RosterExtract
) -> int:
    """Create and change vacancies as the file says; gives how many."""
    stored = {spelling(vacancy.reference): vacancy for vacancy in before.vacancies}
    count = 0
    for row in extract.vacancies:
        values = {name: getattr(row, name) for name in _VACANCY_FIELDS}
        vacancy = stored.get(spelling(row.reference))
        if vacancy is not None:
            count += bool(_assign(vacancy, values, extract.vacancies_provide))
            continue
        session.add(Vacancy(programme_id=programme.key, reference=row.reference, **values))
        count += 1
    return count
