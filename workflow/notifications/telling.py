"""What is told to whom: each function is called by the use case whose work it tells of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.models import (
    Case,
    Escalation,
    EscalationKind,
    NotificationKind,
    Review,
    SignalKind,
)
from workflow.notifications.outbox import Message, signal, tell_all
from workflow.states import Actor, ReviewState, Role

ON_DUTY = (Role.MANAGER, Role.COORDINATOR)
"""Who is told that a child may be unsafe."""
REVIEWS = "reviews"
"""The group of messages that have only one."""
_TURN = {ReviewState.SUBMITTED: Role.MANAGER, ReviewState.IN_MODERATION: Role.MODERATOR}
"""States in which a review waits for a role, told once a day."""


class Held(NamedTuple):
    """A review and who holds it."""

    reference: str
    reviewer_id: int | None


def holders(session: Session, review_ids: Iterable[int]) -> dict[int, Held]:
    """Review → its case's reference and its holder, as they stand before a change of hands."""
    session.flush()  # plain rows are read past the session's objects
    query: Any = (
        sa.select(col(Review.id), col(Case.reference), col(Review.reviewer_id))
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(col(Review.id).in_(list(review_ids)))
        .order_by(col(Case.reference))
    )
    return {row[0]: Held(row[1], row[2]) for row in session.connection().execute(query)}


def tell_of_handovers(
    session: Session,
    before: Mapping[int, Held],
    after: Mapping[int, int | None],
    *,
    programme_id: int,
    actor: Actor,
    now: datetime,
    topic: str | None = None,
    run_id: int | None = None,
) -> None:
    """Tell everybody what they got and what went from them: one message each, and one signal.

    Args:
        before: from `holders`.
        after: review → who holds it now.
        topic: what makes a repeat the same, e.g. the allocation run.
    """
    got: dict[int, list[str]] = defaultdict(list)
    lost: dict[int, list[str]] = defaultdict(list)
    for review_id, was in before.items():
        holder = after[review_id]
        if holder == was.reviewer_id:
            continue
        if holder is not None:
            got[holder].append(was.reference)
        if was.reviewer_id is not None and was.reviewer_id != actor.reviewer_id:
            lost[was.reviewer_id].append(was.reference)
    messages = [
        Message(to=to, kind=kind, content={REVIEWS: references}, topic=topic)
        for kind, moved in (
            (NotificationKind.ALLOCATED, got),
            (NotificationKind.MOVED_AWAY, lost),
        )
        for to, references in sorted(moved.items())
    ]
    tell_all(session, messages, programme_id=programme_id, actor=actor, now=now)
    if got:
        payload = {"run": run_id} if run_id else {}
        signal(
            session,
            SignalKind.ALLOCATION_APPLIED,
            programme_id=programme_id,
            now=now,
            payload=payload,
        )


def tell_returned(session: Session, review: Review, *, actor: Actor, now: datetime) -> None:
    """Tell a review's holder that it came back for changes."""
    if review.reviewer_id is None:
        return
    message = Message(
        to=review.reviewer_id,
        kind=NotificationKind.RETURNED,
        content={REVIEWS: [_reference(session, review.key)]},
    )
    tell_all(session, [message], programme_id=review.programme_id, actor=actor, now=now)


def tell_escalation(
    session: Session, review: Review, kind: EscalationKind, *, actor: Actor, now: datetime
) -> None:
    """Tell everybody on duty that a child may be unsafe."""
    content = {kind.value: [_reference(session, review.key)]}
    messages = [
        Message(to=role, kind=NotificationKind.ESCALATION, content=content) for role in ON_DUTY
    ]
    tell_all(session, messages, programme_id=review.programme_id, actor=actor, now=now)


def late_escalations(session: Session, programme_id: int, now: datetime) -> Iterator[Message]:
    """For everybody on duty: the escalations that nobody acknowledged in time, each told once."""
    query = (
        sa.select(col(Escalation.id), col(Escalation.kind), col(Case.reference))
        .join(Review, col(Review.id) == col(Escalation.review_id))
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(
            col(Escalation.programme_id) == programme_id,
            col(Escalation.acknowledged_at).is_(None),
            col(Escalation.acknowledge_by) < now,
        )
        .order_by(col(Escalation.id))
    )
    for number, kind, reference in session.connection().execute(query):
        for role in ON_DUTY:
            yield Message(
                to=role,
                kind=NotificationKind.ESCALATION_LATE,
                content={kind.value: [reference]},
                topic=f"escalation-{number}",
            )


def waiting_for_a_role(session: Session, programme_id: int) -> dict[Role, dict[str, list[str]]]:
    """Role → state → references of the reviews that wait for that role's decision."""
    query = (
        sa.select(col(Review.state), col(Case.reference))
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(col(Review.programme_id) == programme_id, col(Review.state).in_(list(_TURN)))
        .order_by(col(Case.reference))
    )
    found: dict[Role, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for state, reference in session.connection().execute(query):
        found[_TURN[state]][state.value].append(reference)
    return found


def _reference(session: Session, review_id: int) -> str:
    return holders(session, [review_id])[review_id].reference
