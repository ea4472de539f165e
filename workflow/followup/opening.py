"""What a review's change of state does to its follow-on actions: they open with it and fall with it.

The caller has locked the review and commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.calendar import local_date
from workflow.followup.planning import Planned, plan_actions
from workflow.models import ActionStatus, FollowOnAction, Programme, Review, Submission
from workflow.programmes import policy_of
from workflow.states import Actor, ReviewState


def follow(
    session: Session, *, review: Review, before: ReviewState, actor: Actor, now: datetime
) -> None:
    """Let the actions follow a review's change of state, in the same transaction.

    A review that completes opens the actions of its outcome; one that is reopened or withdrawn cancels
    what is still open.
    """
    if review.state is ReviewState.COMPLETE:
        _open_for_outcome(session, review, actor, now)
    elif before is ReviewState.COMPLETE or review.state is ReviewState.WITHDRAWN:
        _cancel_all(session, review, actor, now)


def open_planned(
    session: Session, review: Review, planned: Sequence[Planned], actor: Actor, now: datetime
) -> list[FollowOnAction]:
    """Store planned actions of a review, with one event for all of them."""
    opened = [
        FollowOnAction(
            programme_id=review.programme_id,
            review_id=review.key,
            kind=plan.kind,
            task=plan.task,
            owner_role=plan.owner_role,
            safety_relevant=plan.safety_relevant,
            first_due_on=plan.due_on,
            due_on=plan.due_on,
            opened_at=now,
        )
        for plan in planned
    ]
    session.add_all(opened)
    session.flush()  # the event names the actions by their numbers
    audit.record(
        session,
        programme_id=review.programme_id,
        kind="actions_opened",
        actor=actor,
        at=now,
        review_id=review.key,
        payload={"actions": [_as_payload(action) for action in opened]},
    )
    return opened


def open_actions_of(session: Session, review_id: int) -> list[FollowOnAction]:
    """What is still to do after a review, in the order it was opened."""
    query = (
        select(FollowOnAction)
        .where(FollowOnAction.review_id == review_id, FollowOnAction.status == ActionStatus.OPEN)
        .order_by(col(FollowOnAction.id))
    )
    return list(session.exec(query))


def settle(
    action: FollowOnAction, status: ActionStatus, result: str, actor: Actor, now: datetime
) -> None:
    """Note how an action ended."""
    action.status, action.result = status, result
    action.closed_by, action.closed_at = actor.name, now
    action.version += 1


def _open_for_outcome(session: Session, review: Review, actor: Actor, now: datetime) -> None:
    programme = session.get_one(Programme, review.programme_id)
    query = (
        select(Submission)
        .where(Submission.review_id == review.key, Submission.author_id == review.author_id)
        .order_by(col(Submission.number).desc())
        .limit(1)
    )
    submission = session.exec(query).first()
    planned = plan_actions(
        review.outcome or "",
        submission.answers if submission else {},
        confirmed_on=local_date(now),
        calendar=programme.calendar,
        policy=policy_of(programme).follow_up,
    )
    if planned:
        open_planned(session, review, planned, actor, now)


def _cancel_all(session: Session, review: Review, actor: Actor, now: datetime) -> None:
    standing = open_actions_of(session, review.key)
    why = "The review was withdrawn."
    if review.state is not ReviewState.WITHDRAWN:
        why = "The review was reopened."
    for action in standing:
        settle(action, ActionStatus.CANCELLED, why, actor, now)
    if standing:
        audit.record(
            session,
            programme_id=review.programme_id,
            kind="actions_cancelled",
            actor=actor,
            at=now,
            review_id=review.key,
            payload={"action_ids": [action.key for action in standing]},
        )


def _as_payload(action: FollowOnAction) -> dict[str, Any]:
    return {
        "action_id": action.key,
        "kind": action.kind.value,
        "due_on": action.due_on.isoformat(),
        "safety_relevant": action.safety_relevant,
    }
