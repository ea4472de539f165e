"""Many reviews change hands at once: allocated, re-allocated or released by the table of states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow import audit
from workflow.db import UtcDateTime
from workflow.models import Review
from workflow.notifications.telling import holders, tell_of_handovers
from workflow.reviews import EVENT_KINDS, check_action, json_ready, stamps
from workflow.states import Action, Actor, Facts, ReviewState, next_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One review of many that change hands: from waiting or from a holder, to a holder or to waiting."""

    review_id: int
    state: ReviewState
    """As the caller read it under its lock."""
    reviewer_id: int | None
    """Who gets it; None: it goes back to waiting."""
    due_on: date | None
    reason: str | None = None
    """Needed when somebody holds it."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """More for the event: ids and codes."""


def hand_over_all(
    session: Session,
    handovers: Sequence[Handover],
    *,
    programme_id: int,
    actor: Actor,
    now: datetime,
    topic: str | None = None,
    run_id: int | None = None,
) -> None:
    """Allocate, re-allocate or release many reviews by the table of states, each with its event.

    The same as `allocate` and `release` one by one, in a few statements. The caller holds the reviews
    locked and has asked the rules of allocation; objects of them in the session read themselves anew.
    Everybody concerned gets one message.

    Args:
        topic: what the messages are about, told once: the allocation run.
        run_id: the allocation run that decided, if one did.

    Raises:
        WorkflowError: the table refuses one of them; the caller's transaction must not be committed.
    """
    entries, rows = [], []
    for handover in handovers:
        entry = _handed_over(handover, actor)
        entries.append(entry)
        rows.append(
            {
                "review": handover.review_id,
                "to": entry.to_state,
                "holder": handover.reviewer_id,
                "due": handover.due_on,
                "allocated": stamps(entry.to_state, now).get("allocated_at"),
            }
        )
    if not rows:
        return
    before = holders(session, (handover.review_id for handover in handovers))
    session.connection().execute(_HAND_OVER, rows)
    audit.record_all(session, entries, programme_id=programme_id, actor=actor, at=now)
    tell_of_handovers(
        session,
        before,
        {handover.review_id: handover.reviewer_id for handover in handovers},
        programme_id=programme_id,
        actor=actor,
        now=now,
        topic=topic,
        run_id=run_id,
    )
    for known in list(session.identity_map.values()):
        if isinstance(known, Review):
            session.expire(known)


_HAND_OVER = (
    sa.update(Review)
    .where(col(Review.id) == sa.bindparam("review"))
    .values(
        state=sa.bindparam("to"),
        version=col(Review.version) + 1,
        reviewer_id=sa.bindparam("holder"),
        due_on=sa.bindparam("due"),
        allocated_at=sa.func.coalesce(
            sa.bindparam("allocated", type_=UtcDateTime()), col(Review.allocated_at)
        ),
    )
)


def _handed_over(handover: Handover, actor: Actor) -> audit.Entry:
    """The event of one change of hands, once the table allows it."""
    action = Action.REALLOCATE
    if handover.reviewer_id is None:
        action = Action.RELEASE
    elif handover.state is ReviewState.UNALLOCATED:
        action = Action.ALLOCATE
    check_action(handover.state, action, actor, Facts(), handover.reason)
    given = {"reviewer_id": handover.reviewer_id, "due_on": handover.due_on}
    return audit.Entry(
        kind=EVENT_KINDS[action],
        review_id=handover.review_id,
        action=action,
        from_state=handover.state,
        to_state=next_state(handover.state, action),
        reason=handover.reason,
        payload=json_ready({**handover.payload, **given}),
    )
