"""Escalations: a child may be unsafe. Open in any state, before anything else, and on the clock."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from workflow import audit
from workflow.calendar import Hours, WorkCalendar, local_date
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from workflow.models import Escalation, EscalationKind, Review
from workflow.notifications.telling import tell_escalation
from workflow.policy import TrackingPolicy
from workflow.states import Actor, Role

_AT_ALL = timedelta(microseconds=1)
"""A concern raised as duty ends belongs to the next day."""
_MAY_ACKNOWLEDGE = (Role.COORDINATOR, Role.MANAGER)


def acknowledge_by(
    kind: EscalationKind, raised_at: datetime, calendar: WorkCalendar, policy: TrackingPolicy
) -> datetime:
    """The instant by which an escalation must be acknowledged.

    Immediate danger within minutes of duty hours, which skip nights, weekends and bank holidays
    (the page sends people to the phone first); a same-day concern by the end of the duty hours in which
    it is raised, or of the next ones.
    """
    hours = Hours(policy.duty_from, policy.duty_until, every_day=policy.duty_every_day)
    if kind is EscalationKind.IMMEDIATE:
        span = timedelta(minutes=policy.acknowledge_immediate_minutes)
        return calendar.add_working_time(raised_at, span, hours)
    first = calendar.add_working_time(raised_at, _AT_ALL, hours)
    return hours.of(local_date(first))[1]


def raise_escalation(
    session: Session,
    *,
    review: Review,
    kind: EscalationKind,
    reason: str,
    actor: Actor,
    now: datetime,
    calendar: WorkCalendar,
    policy: TrackingPolicy,
) -> Escalation:
    """Open an escalation on a review, whatever its state.

    Raises:
        InvalidInputError: no reason was given.
    """
    if not reason.strip():
        raise InvalidInputError("Say in a sentence why this child may be unsafe.")
    escalation = Escalation(
        programme_id=review.programme_id,
        review_id=review.key,
        kind=kind,
        reason=reason.strip(),
        raised_by=actor.name,
        raised_at=now,
        acknowledge_by=acknowledge_by(kind, now, calendar, policy),
    )
    session.add(escalation)
    audit.record(
        session,
        programme_id=review.programme_id,
        kind="escalation_raised",
        actor=actor,
        at=now,
        review_id=review.key,
        payload={"escalation": kind},
    )
    tell_escalation(session, review, kind, actor=actor, now=now)
    return escalation


def acknowledge_escalation(
    session: Session, *, escalation_id: int, actor: Actor, now: datetime
) -> Escalation:
    """Take responsibility for an escalation; the first to do so stops its clock.

    Raises:
        ConflictError: somebody has acknowledged it already.
    """
    escalation = _locked(session, escalation_id)
    _check_role(actor, "acknowledge an escalation")
    if escalation.acknowledged_at is not None:
        message = f"{escalation.acknowledged_by} has already acknowledged this escalation."
        raise ConflictError(message)
    escalation.acknowledged_by, escalation.acknowledged_at = actor.name, now
    _record(session, escalation, "escalation_acknowledged", actor, now)
    return escalation


def close_escalation(
    session: Session, *, escalation_id: int, outcome: str, actor: Actor, now: datetime
) -> Escalation:
    """Close an acknowledged escalation with what was done; the reviewer cannot.

    Raises:
        InvalidInputError: no outcome was given, or nobody has acknowledged it yet.
        ConflictError: it is closed already.
    """
    escalation = _locked(session, escalation_id)
    _check_role(actor, "close an escalation")
    if escalation.closed_at is not None:
        raise ConflictError("This escalation is closed already.")
    if escalation.acknowledged_at is None or not outcome.strip():
        raise InvalidInputError("Acknowledge the escalation first, then say what was done.")
    escalation.outcome, escalation.closed_at = outcome.strip(), now
    _record(session, escalation, "escalation_closed", actor, now)
    return escalation


def open_escalations(session: Session, programme_id: int) -> list[Escalation]:
    """Escalations not yet closed, the nearest clock first."""
    query = (
        select(Escalation)
        .where(Escalation.programme_id == programme_id, col(Escalation.closed_at).is_(None))
        .order_by(col(Escalation.acknowledge_by), col(Escalation.id))
    )
    return list(session.exec(query))


def _locked(session: Session, escalation_id: int) -> Escalation:
    escalation = session.get(Escalation, escalation_id, with_for_update=ROW_LOCK)
    if escalation is None:
        raise NotFoundError("escalation", escalation_id)
    return escalation


def _check_role(actor: Actor, action: str) -> None:
    if not actor.roles & set(_MAY_ACKNOWLEDGE):
        raise NotPermittedError(action, _MAY_ACKNOWLEDGE)


def _record(
    session: Session, escalation: Escalation, kind: str, actor: Actor, now: datetime
) -> None:
    audit.record(
        session,
        programme_id=escalation.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        review_id=escalation.review_id,
        payload={"escalation_id": escalation.key},
    )
