"""Use cases on the roster: the only writer of reviewers, leave, conflicts and vacancies.

The caller commits, or rolls back for a dry run.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from workflow import audit
from workflow.calendar import local_date
from workflow.errors import InvalidInputError, NotPermittedError
from workflow.intake.rows import Finding
from workflow.intake.text import spelling
from workflow.models import Conflict, ConflictKind, Leave, Programme, Reviewer
from workflow.roster.capacity import has_left
from workflow.roster.changes import ReviewerChange, change_reviewers, change_vacancies
from workflow.roster.codes import LEAVE_KINDS
from workflow.roster.queries import Roster, roster_of
from workflow.roster.rows import RosterExtract
from workflow.states import Actor, Role

_MAY_IMPORT = (Role.COORDINATOR, Role.ADMINISTRATOR)
_MAY_SPEAK_FOR_OTHERS = (Role.COORDINATOR, Role.MANAGER, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterResult:
    """What an import did, or would have done; nothing at all when it was refused."""

    reviewers: int
    """Reviewers in the file."""
    created: int = 0
    updated: int = 0
    """Reviewers of whom anything changed: a field, their leave or their conflicts."""
    unchanged: int = 0
    leave: int = 0
    """Periods of leave added or removed."""
    conflicts: int = 0
    """Conflicts added."""
    vacancies: int = 0
    """Vacancies created or changed."""
    not_in_file: tuple[str, ...] = ()
    """References of reviewers still available whom the file does not name; they stay as they were."""
    findings: tuple[Finding, ...] = ()
    refused: bool = False

    @property
    def is_change(self) -> bool:
        """Whether anything was stored."""
        return bool(self.created or self.updated or self.vacancies)

    def to_json(self) -> dict[str, Any]:
        """Every field by its name, findings in full; the keys of `cin roster --json`."""
        return asdict(self)


def import_roster(
    session: Session,
    *,
    programme: Programme,
    extract: RosterExtract,
    actor: Actor,
    now: datetime,
) -> RosterResult:
    """Bring the programme's roster to what a file says, all of it or (with any error) none.

    Raises:
        NotPermittedError: the actor is neither coordinator nor administrator.
    """
    _check_role(actor, _MAY_IMPORT, "import a roster")
    if extract.errors:
        return RosterResult(
            reviewers=len(extract.reviewers), findings=extract.findings, refused=True
        )
    # Two imports at once would both create the same reviewer; events need only the key, so they go on.
    session.get(Programme, programme.key, with_for_update={"key_share": True})
    before = roster_of(session, programme.key)
    changes = change_reviewers(session, programme, before, extract, now)
    vacancies = change_vacancies(session, programme, before, extract)
    result = RosterResult(
        reviewers=len(extract.reviewers),
        created=sum(change.created for change in changes),
        updated=sum(change.is_update for change in changes),
        unchanged=sum(not (change.created or change.is_update) for change in changes),
        leave=sum(change.leave for change in changes),
        conflicts=sum(change.conflicts for change in changes),
        vacancies=vacancies,
        not_in_file=_not_in_file(before, extract, on=local_date(now)),
        findings=extract.findings,
    )
    _record_import(session, programme, extract, changes, result, actor, now)
    return result


def declare_conflict(
    session: Session,
    *,
    reviewer: Reviewer,
    kind: ConflictKind,
    subject: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Conflict:
    """Note what a reviewer must keep away from; once declared, declaring it again changes nothing.

    Raises:
        NotPermittedError: the actor is neither this reviewer nor may speak for others.
        InvalidInputError: the subject is empty.
    """
    _check_may_speak_for(actor, reviewer, "declare a conflict for somebody else")
    subject = subject.strip()
    if not subject:
        raise InvalidInputError("Say which case, family, child or team the conflict is with.")
    _lock(session, reviewer)
    query = select(Conflict).where(
        Conflict.reviewer_id == reviewer.key, Conflict.kind == kind, Conflict.subject == subject
    )
    if (declared := session.exec(query).first()) is not None:
        return declared
    conflict = Conflict(
        reviewer_id=reviewer.key,
        kind=kind,
        subject=subject,
        reason=reason.strip(),
        declared_at=now,
    )
    session.add(conflict)
    session.flush()  # the event names the conflict by its number: its subject may be a child
    payload = {"reviewer_id": reviewer.key, "conflict_id": conflict.key, "kind": kind}
    _record(session, reviewer, "conflict_declared", actor, now, payload)
    return conflict


def record_leave(
    session: Session,
    *,
    reviewer: Reviewer,
    first_on: date,
    last_on: date,
    actor: Actor,
    now: datetime,
    kind: str = "leave",
) -> Leave:
    """Note that a reviewer is away, both ends counted; noting it again changes nothing.

    Raises:
        NotPermittedError: the actor is neither this reviewer nor may speak for others.
        InvalidInputError: the last day lies before the first, or the kind is none of the list.
    """
    _check_may_speak_for(actor, reviewer, "record leave for somebody else")
    if last_on < first_on:
        raise InvalidInputError("The last day of leave lies before the first.")
    if kind not in LEAVE_KINDS:
        raise InvalidInputError(f"Leave is one of: {', '.join(LEAVE_KINDS)}.")
    _lock(session, reviewer)
    query = select(Leave).where(
        Leave.reviewer_id == reviewer.key,
        Leave.first_on == first_on,
        Leave.last_on == last_on,
        Leave.kind == kind,
    )
    if (recorded := session.exec(query).first()) is not None:
        return recorded
    leave = Leave(reviewer_id=reviewer.key, first_on=first_on, last_on=last_on, kind=kind)
    session.add(leave)
    session.flush()  # the event names the leave by its number
    payload = {
        "reviewer_id": reviewer.key,
        "leave_id": leave.key,
        "first_on": first_on.isoformat(),
        "last_on": last_on.isoformat(),
    }
    _record(session, reviewer, "leave_recorded", actor, now, payload)
    return leave


def _not_in_file(before: Roster, extract: RosterExtract, *, on: date) -> tuple[str, ...]:
    named = {spelling(row.reference) for row in extract.reviewers}
    return tuple(
        reviewer.reference
        for reviewer in before.reviewers
        if spelling(reviewer.reference) not in named and not has_left(reviewer, on)
    )


def _record_import(
    session: Session,
    programme: Programme,
    extract: RosterExtract,
    changes: list[ReviewerChange],
    result: RosterResult,
    actor: Actor,
    now: datetime,
) -> None:
    if not result.is_change:
        return
    counts = ("reviewers", "created", "updated", "leave", "conflicts", "vacancies")
    payload = {"sha256": extract.sha256} | {name: getattr(result, name) for name in counts}
    audit.record(
        session,
        programme_id=programme.key,
        kind="roster_imported",
        actor=actor,
        at=now,
        payload=payload,
    )
    for change in changes:
        if change.created or change.is_update:
            facts = {
                "reviewer_id": change.reviewer.key,
                "created": change.created,
                "changed": change.changed,
            }
            _record(session, change.reviewer, "reviewer_changed", actor, now, facts)


def _lock(session: Session, reviewer: Reviewer) -> None:
    """Let nobody else say the same of this reviewer at the same time."""
    session.get(Reviewer, reviewer.key, with_for_update={"key_share": True})


def _check_may_speak_for(actor: Actor, reviewer: Reviewer, action: str) -> None:
    if actor.reviewer_id is None or actor.reviewer_id != reviewer.id:
        _check_role(actor, _MAY_SPEAK_FOR_OTHERS, action)


def _check_role(actor: Actor, roles: tuple[Role, ...], action: str) -> None:
    if not actor.roles & set(roles):
        raise NotPermittedError(action, roles)


def _record(
    session: Session,
    reviewer: Reviewer,
    kind: str,
    actor: Actor,
    now: datetime,
    payload: dict[str, Any],
) -> None:
    audit.record(
        session,
        programme_id=reviewer.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        payload=payload,
    )
