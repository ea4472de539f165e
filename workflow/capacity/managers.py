"""Use cases on Practice Managers who carry cases: who they are, how many, and when it ends.

The only writer of `PracticeManager` and `CaseCount`. The caller commits.
"""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.calendar import local_date
from workflow.capacity.posts import check_role, iso
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.models import CaseCount, PracticeManager, Programme
from workflow.states import Actor


def add_manager(
    session: Session,
    *,
    programme: Programme,
    reference: str,
    name: str,
    cases: int,
    ends_on: date | None,
    actor: Actor,
    now: datetime,
    team: str | None = None,
    district: str | None = None,
) -> PracticeManager:
    """Enter a Practice Manager with the cases they carry now and the date it is to end.

    Raises:
        InvalidInputError: reference or name is missing, or the count is negative.
        ConflictError: the reference is taken.
    """
    check_role(actor, "enter a Practice Manager")
    session.get(Programme, programme.key, with_for_update=ROW_LOCK)
    if not reference.strip() or not name.strip():
        raise InvalidInputError(
            "A Practice Manager needs a reference and a name.",
            "name" if reference.strip() else "reference",
        )
    if find_manager(session, programme, reference.strip()):
        raise ConflictError(f"There is a Practice Manager {reference.strip()} already.")
    manager = PracticeManager(
        programme_id=programme.key,
        reference=reference.strip(),
        name=name.strip(),
        team=team,
        district=district,
        first_ends_on=ends_on,
        ends_on=ends_on,
    )
    session.add(manager)
    session.flush()  # count and event name the manager by number
    _record(session, manager, "manager_added", actor, now, {"ends_on": iso(ends_on)})
    _count(session, manager, cases, local_date(now), actor, now)
    return manager


def count_cases(
    session: Session,
    *,
    manager_id: int,
    cases: int,
    counted_on: date,
    actor: Actor,
    now: datetime,
) -> CaseCount:
    """Note how many cases a Practice Manager carries at the end of a day; said again, it is corrected.

    Raises:
        InvalidInputError: the count is negative, or the day lies ahead.
    """
    manager = _locked(session, manager_id, actor)
    if counted_on > local_date(now):
        raise InvalidInputError("A count cannot lie ahead.", "counted_on")
    return _count(session, manager, cases, counted_on, actor, now)


def move_end(
    session: Session,
    *,
    manager_id: int,
    ends_on: date | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> PracticeManager:
    """Change the date by which a Practice Manager carries no more cases; None: nobody can say.

    Raises:
        InvalidInputError: no reason was given, or the date stays the same.
    """
    manager = _locked(session, manager_id, actor)
    if not reason.strip():
        raise InvalidInputError("Say why the date changes.", "reason")
    if ends_on == manager.ends_on:
        raise InvalidInputError("Nothing would change.", "ends_on")
    payload = {"from": iso(manager.ends_on), "to": iso(ends_on)}
    manager.first_ends_on = manager.first_ends_on or ends_on
    manager.ends_on = ends_on
    manager.version += 1
    _record(session, manager, "manager_end_moved", actor, now, payload, reason.strip())
    return manager


def find_manager(session: Session, programme: Programme, reference: str) -> PracticeManager | None:
    """The Practice Manager of a reference, if there is one."""
    query = select(PracticeManager).where(
        PracticeManager.programme_id == programme.key, PracticeManager.reference == reference
    )
    return session.exec(query).first()


def managers_of(
    session: Session, programme: Programme
) -> list[tuple[PracticeManager, list[CaseCount]]]:
    """Every Practice Manager of the register, by reference, with the counts, the oldest first."""
    managers = session.exec(
        select(PracticeManager)
        .where(PracticeManager.programme_id == programme.key)
        .order_by(PracticeManager.reference)
    ).all()
    counts = session.exec(
        select(CaseCount)
        .where(col(CaseCount.manager_id).in_([manager.key for manager in managers]))
        .order_by(col(CaseCount.counted_on))
    ).all()
    return [
        (manager, [count for count in counts if count.manager_id == manager.key])
        for manager in managers
    ]


def _count(
    session: Session,
    manager: PracticeManager,
    cases: int,
    counted_on: date,
    actor: Actor,
    now: datetime,
) -> CaseCount:
    if cases < 0:
        raise InvalidInputError("A count cannot be negative.", "cases")
    query = select(CaseCount).where(
        CaseCount.manager_id == manager.key, CaseCount.counted_on == counted_on
    )
    count = session.exec(query).first()
    if count is None:
        count = CaseCount(
            manager_id=manager.key,
            counted_on=counted_on,
            cases=cases,
            counted_by=actor.name,
            noted_at=now,
        )
        session.add(count)
    count.cases, count.counted_by, count.noted_at = cases, actor.name, now
    payload = {"counted_on": counted_on.isoformat(), "cases": cases}
    _record(session, manager, "manager_cases_counted", actor, now, payload)
    return count


def _locked(session: Session, manager_id: int, actor: Actor) -> PracticeManager:
    check_role(actor, "change a Practice Manager's entry")
    manager = session.get(PracticeManager, manager_id, with_for_update=ROW_LOCK)
    if manager is None:
        raise NotFoundError("Practice Manager", manager_id)
    return manager


def _record(
    session: Session,
    manager: PracticeManager,
    kind: str,
    actor: Actor,
    now: datetime,
    payload: dict[str, Any],
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        programme_id=manager.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        reason=reason,
        payload={"manager_id": manager.key} | payload,
    )
