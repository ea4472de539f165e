"""Legal holds: a case that nobody may purge, whatever its age."""

from datetime import datetime

from sqlmodel import Session, col, select

from workflow import audit
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.models import Case, LegalHold, PurgedCase
from workflow.retention.schedule import check_role
from workflow.states import Actor, Role

_MAY_HOLD = (Role.MANAGER, Role.ADMINISTRATOR)


def place_hold(
    session: Session, *, case_id: int, reason: str, actor: Actor, now: datetime
) -> LegalHold:
    """Keep a case from being purged until the hold is lifted.

    Raises:
        InvalidInputError: no reason was given.
        ConflictError: the case is on hold already, or has been purged.
    """
    check_role(actor, _MAY_HOLD, "place a legal hold")
    case = _locked_case(session, case_id)
    if not reason.strip():
        raise InvalidInputError("Say why this case must be kept.", "reason")
    if standing_hold(session, case.key):
        raise ConflictError("This case is on legal hold already.")
    if _is_purged(session, case.key):
        raise ConflictError("This case has been purged: there is nothing left to keep.")
    hold = LegalHold(case_id=case.key, reason=reason.strip(), placed_by=actor.name, placed_at=now)
    session.add(hold)
    session.flush()  # the event names the hold by its number
    _record(session, case, "legal_hold_placed", actor, now, hold)
    return hold


def lift_hold(
    session: Session, *, case_id: int, reason: str, actor: Actor, now: datetime
) -> LegalHold:
    """End a legal hold, for a reason; the hold stays on record.

    Raises:
        InvalidInputError: no reason was given.
        ConflictError: the case is not on hold.
    """
    check_role(actor, _MAY_HOLD, "lift a legal hold")
    case = _locked_case(session, case_id)
    if not reason.strip():
        raise InvalidInputError("Say why the hold ends.", "reason")
    hold = standing_hold(session, case.key)
    if hold is None:
        raise ConflictError("This case is not on legal hold.")
    hold.lifted_by, hold.lifted_at, hold.lifted_because = actor.name, now, reason.strip()
    _record(session, case, "legal_hold_lifted", actor, now, hold)
    return hold


def standing_hold(session: Session, case_id: int) -> LegalHold | None:
    """The hold a case is on now, if it is on one."""
    query = select(LegalHold).where(
        LegalHold.case_id == case_id, col(LegalHold.lifted_at).is_(None)
    )
    return session.exec(query).first()


def _is_purged(session: Session, case_id: int) -> bool:
    query = select(PurgedCase.id).where(PurgedCase.case_id == case_id)
    return session.exec(query).first() is not None


def _locked_case(session: Session, case_id: int) -> Case:
    case = session.get(Case, case_id, with_for_update=ROW_LOCK)
    if case is None:
        raise NotFoundError("case", case_id)
    return case


def _record(
    session: Session, case: Case, kind: str, actor: Actor, now: datetime, hold: LegalHold
) -> None:
    audit.record(
        session,
        programme_id=case.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        case_id=case.key,
        payload={"hold_id": hold.key},
    )
