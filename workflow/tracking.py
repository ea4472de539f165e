"""The sweep: what is overdue, waiting, forgotten or held by nobody who is there.

Safe to run as often as wanted: an alert opens once and clears when it is no longer true, a review of
somebody who has left is released once, a person gets one message a day. Every sweep records what it
did.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from workflow import reviews
from workflow.calendar import LONDON, WorkCalendar, local_date
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError
from workflow.models import (
    Alert,
    AlertKind,
    Case,
    Draft,
    Escalation,
    NotificationKind,
    Programme,
    Review,
    Reviewer,
    Sweep,
)
from workflow.notifications.outbox import Message, supersede, tell_all
from workflow.notifications.telling import late_escalations, waiting_for_a_role
from workflow.policy import Policy, TrackingPolicy
from workflow.roster import Roster, absent_until, has_left, roster_of
from workflow.states import HELD_STATES, OPEN_STATES, Actor, ReviewState, Role

_NOT_SUBMITTED = frozenset({ReviewState.UNALLOCATED, *HELD_STATES})
_REVIEWERS_TURN = frozenset({ReviewState.ALLOCATED, ReviewState.IN_PROGRESS, ReviewState.RETURNED})
_FOR_ROLE = {
    AlertKind.AWAITING_CONFIRMATION: Role.MANAGER,
    AlertKind.UNACKNOWLEDGED: Role.MANAGER,
    AlertKind.HOLDER_LEFT: Role.COORDINATOR,
    AlertKind.HOLDER_ABSENT: Role.COORDINATOR,
}


@dataclass(frozen=True, slots=True)
class _Watched:
    """One open review with what the rules look at."""

    review: Review
    case: Case
    holder: Reviewer | None
    touched_at: datetime | None
    """Last time its draft was saved, or it was started."""
    clock_ran_out: bool
    """An escalation of it is past its time and unacknowledged."""
    absent_until: date | None


def sweep(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    actor: Actor,
    now: datetime,
    as_of: date,
) -> Sweep:
    """Look at every open review on a day, act on what must not wait, and record it.

    Reviews held by a reviewer who has left go back to the coordinator; everything else opens or clears
    alerts and writes one message per person.

    Raises:
        ConflictError: a later day was swept already; looking back would undo what it found.
    """
    session.refresh(programme, with_for_update=ROW_LOCK)
    _refuse_to_look_back(session, programme, as_of)
    roster = roster_of(session, programme.key)
    released = _release_leavers(session, programme, roster, actor, now, as_of)
    found = _alerts(session, programme, roster, policy.tracking, now, as_of)
    found |= {
        (review_id, AlertKind.HOLDER_LEFT): {"left_on": left_on.isoformat()}
        for review_id, left_on in released.items()
    }
    opened, cleared = _settle(session, programme, found, as_of)
    record = Sweep(
        programme_id=programme.key,
        as_of=as_of,
        swept_at=now,
        opened=dict(opened),
        cleared=dict(cleared),
        released=len(released),
        notified=_notify(session, programme, actor, now, as_of),
    )
    session.add(record)
    session.flush()  # callers show its number
    return record


def open_alerts(session: Session, programme: Programme) -> list[tuple[Alert, Review, Case]]:
    """Alerts not yet cleared, with their reviews and cases, the oldest first."""
    query = (
        select(Alert, Review, Case)
        .join(Review, col(Review.id) == col(Alert.review_id))
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(Alert.programme_id == programme.key, col(Alert.cleared_on).is_(None))
        .order_by(col(Alert.opened_on), col(Case.reference), col(Alert.kind))
    )
    return list(session.exec(query))


def _refuse_to_look_back(session: Session, programme: Programme, as_of: date) -> None:
    latest = session.exec(
        select(func.max(Sweep.as_of)).where(Sweep.programme_id == programme.key)
    ).one()
    if latest is not None and latest > as_of:
        raise ConflictError(
            f"The reviews were tracked for {latest} already; {as_of} is before that."
        )


def _release_leavers(
    session: Session,
    programme: Programme,
    roster: Roster,
    actor: Actor,
    now: datetime,
    as_of: date,
) -> dict[int, date]:
    """Release what leavers hold; gives review → the day its reviewer left."""
    left = {r.key: r.available_to for r in roster.reviewers if has_left(r, as_of)}
    query = select(Review).where(
        Review.programme_id == programme.key,
        col(Review.reviewer_id).in_(left),
        col(Review.state).in_(HELD_STATES),
    )
    released = {}
    query = query.order_by(col(Review.id)).with_for_update(key_share=True)
    for review in session.exec(query).all():
        left_on = left[review.reviewer_id or 0] or as_of
        reviews.release(
            session,
            review_id=review.key,
            actor=actor,
            now=now,
            reason=f"The reviewer's last day was {left_on}.",
        )
        released[review.key] = left_on
    return released


_Found = dict[tuple[int, AlertKind], dict[str, Any]]


def _alerts(
    session: Session,
    programme: Programme,
    roster: Roster,
    policy: TrackingPolicy,
    now: datetime,
    as_of: date,
) -> _Found:
    calendar = programme.calendar
    found: _Found = {}
    for item in _watched(session, programme, roster, now, as_of):
        for kind, rule in _RULES.items():
            detail = rule(item, as_of, calendar, policy)
            if detail is not None:
                found[item.review.key, kind] = detail
    return found


def _watched(
    session: Session, programme: Programme, roster: Roster, now: datetime, as_of: date
) -> Iterator[_Watched]:
    people = {reviewer.key: reviewer for reviewer in roster.reviewers}
    away = {
        key: absent_until(
            reviewer, roster.leave_by_reviewer.get(key, ()), as_of, programme.calendar
        )
        for key, reviewer in people.items()
    }
    late = set(
        session.exec(
            select(Escalation.review_id).where(
                Escalation.programme_id == programme.key,
                col(Escalation.acknowledged_at).is_(None),
                col(Escalation.acknowledge_by) < now,
            )
        )
    )
    query = (
        select(Review, Case, Draft.saved_at)
        .join(Case, col(Case.id) == col(Review.case_id))
        .outerjoin(Draft, col(Draft.review_id) == col(Review.id))
        .where(
            Review.programme_id == programme.key,
            col(Review.state).in_(OPEN_STATES) | col(Review.id).in_(late),
        )
    )
    for review, case, saved_at in session.exec(query):
        holder = review.reviewer_id or 0
        yield _Watched(
            review=review,
            case=case,
            holder=people.get(holder),
            touched_at=max(filter(None, (saved_at, review.started_at)), default=None),
            clock_ran_out=review.key in late,
            absent_until=away.get(holder),
        )


_Rule = Callable[[_Watched, date, WorkCalendar, TrackingPolicy], dict[str, Any] | None]
"""Gives the alert's detail, or None when there is nothing to say."""


def _overdue(
    item: _Watched, as_of: date, _: WorkCalendar, __: TrackingPolicy
) -> dict[str, Any] | None:
    due_on = item.review.due_on
    if due_on is None or due_on >= as_of or item.review.state not in _NOT_SUBMITTED:
        return None
    return {"due_on": due_on.isoformat()}


def _due_soon(
    item: _Watched, as_of: date, calendar: WorkCalendar, policy: TrackingPolicy
) -> dict[str, Any] | None:
    due_on = item.review.due_on
    if due_on is None or due_on < as_of or item.review.state not in _REVIEWERS_TURN:
        return None
    left = calendar.working_days_between(as_of, due_on)
    return {"due_on": due_on.isoformat()} if left <= policy.remind_before_due else None


def _not_started(
    item: _Watched, as_of: date, calendar: WorkCalendar, policy: TrackingPolicy
) -> dict[str, Any] | None:
    if item.review.state is not ReviewState.ALLOCATED:
        return None
    return _waiting_since(item.review.allocated_at, as_of, calendar, policy.not_started)


def _stale_draft(
    item: _Watched, as_of: date, calendar: WorkCalendar, policy: TrackingPolicy
) -> dict[str, Any] | None:
    if item.review.state is not ReviewState.IN_PROGRESS:
        return None
    return _waiting_since(item.touched_at, as_of, calendar, policy.stale_draft)


def _awaiting_confirmation(
    item: _Watched, as_of: date, calendar: WorkCalendar, policy: TrackingPolicy
) -> dict[str, Any] | None:
    if item.review.state is not ReviewState.SUBMITTED:
        return None
    return _waiting_since(item.review.submitted_at, as_of, calendar, policy.confirm_within)


def _unacknowledged(
    item: _Watched, _: date, __: WorkCalendar, ___: TrackingPolicy
) -> dict[str, Any] | None:
    return {} if item.clock_ran_out else None


def _holder_absent(
    item: _Watched, as_of: date, calendar: WorkCalendar, policy: TrackingPolicy
) -> dict[str, Any] | None:
    back_on = item.absent_until
    if back_on is None or item.review.state not in _REVIEWERS_TURN:
        return None
    if calendar.working_days_between(as_of, back_on) <= policy.long_absence:
        return None
    return {"absent_until": back_on.isoformat()}


_RULES: dict[AlertKind, _Rule] = {
    AlertKind.OVERDUE: _overdue,
    AlertKind.DUE_SOON: _due_soon,
    AlertKind.NOT_STARTED: _not_started,
    AlertKind.STALE_DRAFT: _stale_draft,
    AlertKind.AWAITING_CONFIRMATION: _awaiting_confirmation,
    AlertKind.UNACKNOWLEDGED: _unacknowledged,
    AlertKind.HOLDER_ABSENT: _holder_absent,
}


def _waiting_since(
    since: datetime | None, as_of: date, calendar: WorkCalendar, limit: int
) -> dict[str, Any] | None:
    if since is None:
        return None
    day = local_date(since)
    too_long = calendar.working_days_between(day, as_of) > limit
    return {"since": day.isoformat()} if too_long else None


def _settle(
    session: Session, programme: Programme, found: _Found, as_of: date
) -> tuple[Counter[str], Counter[str]]:
    """Open what is new, clear what is over; gives the counts by kind."""
    standing = {
        (alert.review_id, alert.kind): alert for alert, _, _ in open_alerts(session, programme)
    }
    unallocated = set(
        session.exec(
            select(Review.id).where(
                Review.programme_id == programme.key, Review.state == ReviewState.UNALLOCATED
            )
        )
    )
    opened: Counter[str] = Counter()
    cleared: Counter[str] = Counter()
    for (review_id, kind), alert in standing.items():
        waits = kind is AlertKind.HOLDER_LEFT and review_id in unallocated
        if (review_id, kind) not in found and not waits:
            alert.cleared_on = as_of
            cleared[kind] += 1
    for (review_id, kind), detail in sorted(found.items()):
        if (review_id, kind) not in standing:
            session.add(
                Alert(
                    programme_id=programme.key,
                    review_id=review_id,
                    kind=kind,
                    opened_on=as_of,
                    detail=detail,
                )
            )
            opened[kind] += 1
    session.flush()  # the messages count the alerts
    return opened, cleared


_MORNING = 6
"""Hour from which the day's message is written; nobody wants it at midnight."""


def _notify(
    session: Session, programme: Programme, actor: Actor, now: datetime, as_of: date
) -> int:
    """Write what is due, overdue or waiting: one message a working day for each person or role.

    Escalations past their time are told at any hour, each once.
    """
    messages = list(late_escalations(session, programme.key, now))
    is_early = local_date(now) == as_of and now.astimezone(LONDON).hour < _MORNING
    if programme.calendar.is_working_day(as_of) and not is_early:
        messages += _of_the_day(session, programme, as_of)
    written = tell_all(session, messages, programme_id=programme.key, actor=actor, now=now)
    if written:
        supersede(session, programme_id=programme.key, topic=as_of.isoformat(), now=now)
    return written


def _of_the_day(session: Session, programme: Programme, as_of: date) -> Iterator[Message]:
    content: dict[int | Role, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for alert, review, case in open_alerts(session, programme):
        recipient = _FOR_ROLE.get(alert.kind) or review.reviewer_id
        if recipient is not None:
            content[recipient][alert.kind].append(case.reference)
    for role, states in waiting_for_a_role(session, programme.key).items():
        content[role] |= states
    for recipient, groups in sorted(content.items(), key=str):
        kind = NotificationKind.CHASE
        yield Message(to=recipient, kind=kind, content=groups, topic=as_of.isoformat())
