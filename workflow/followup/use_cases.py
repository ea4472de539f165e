"""Use cases on follow-on actions, for people; `opening` holds what follows from a review by itself.

Each locks the review before its actions, as completion and reopening do, so that use cases cannot wait
for each other in a circle. The caller commits.
"""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.calendar import local_date
from workflow.cases import row_of
from workflow.db import ROW_LOCK
from workflow.errors import (
    ConflictError,
    GuardNotMetError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
)
from workflow.followup.opening import open_actions_of, open_planned, settle
from workflow.followup.outcomes import RULES
from workflow.followup.planning import Planned, due_after
from workflow.followup.readiness import Closing, Obstacle, obstacles_to_closing
from workflow.models import (
    ActionKind,
    ActionStatus,
    Case,
    FollowOnAction,
    Programme,
    Review,
)
from workflow.programmes import policy_of
from workflow.states import Actor, ReviewState, Role

_MAY_MANAGE = (Role.MANAGER, Role.COORDINATOR)


def add_action(
    session: Session,
    *,
    review_id: int,
    kind: ActionKind,
    task: str,
    owner_role: str,
    due_on: date,
    actor: Actor,
    now: datetime,
) -> FollowOnAction:
    """Open a further action by hand.

    Raises:
        NotFoundError: there is no such review.
        GuardNotMetError: the review is withdrawn.
        InvalidInputError: nothing is to be done, nobody is to do it, or the date has passed.
    """
    _check_role(actor, "add an action")
    review = _locked_review(session, review_id)
    if review.state is ReviewState.WITHDRAWN:
        raise GuardNotMetError("add_action", "A withdrawn review has no follow-on actions.")
    if not task.strip() or not owner_role.strip():
        raise InvalidInputError(
            "Say what must be done, and who does it.", "owner_role" if task.strip() else "task"
        )
    _check_ahead(due_on, now)
    planned = Planned(kind=kind, due_on=due_on, owner_role=owner_role.strip(), task=task.strip())
    (action,) = open_planned(session, review, [planned], actor, now)
    return action


def close_action(
    session: Session,
    *,
    action_id: int,
    result: str,
    actor: Actor,
    now: datetime,
    done_on: date | None = None,
    receiver: str | None = None,
    despite_obstacles: bool = False,
    version: int | None = None,
) -> FollowOnAction:
    """Say that an action is done, and what was done.

    Args:
        done_on: the day it was done; None: today. What follows it has its time from then on.
        receiver: who takes the child's support over; needed for hand-overs, transfers, new workers.
        despite_obstacles: close an episode that a rule blocks; `result` says why, the event which rules.

    Raises:
        InvalidInputError: no result, no receiver where one must be named, or the day lies ahead.
        GuardNotMetError: a rule blocks the closing of the episode, or what comes first is not done.
    """
    action = _locked_open(session, action_id, actor, "close an action", version)
    receiver = (receiver or "").strip() or action.receiver
    done_on = done_on or local_date(now)
    if not result.strip():
        raise InvalidInputError("Say what was done.", "result")
    if RULES[action.kind].names_receiver and not receiver:
        raise InvalidInputError("Name who takes the child's support over.", "receiver")
    if done_on > local_date(now):
        raise InvalidInputError("What is done cannot lie ahead.", "done_on")
    _check_order(session, action)
    overruled = _check_ready(session, action, now, despite_obstacles=despite_obstacles)
    action.receiver, action.done_on = receiver, done_on
    settle(action, ActionStatus.DONE, result.strip(), actor, now)
    payload: dict[str, Any] = {"done_on": done_on.isoformat()}
    if overruled:
        payload["overruled"] = [obstacle.rule for obstacle in overruled]
    _record(session, action, "action_done", actor, now, payload=payload)
    _start_what_follows(session, action, actor, now)
    return action


def cancel_action(
    session: Session,
    *,
    action_id: int,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> FollowOnAction:
    """Say that an action is not needed any more, and why; it stays visible."""
    action = _locked_open(session, action_id, actor, "cancel an action", version)
    reason = _reason(reason, "cancel")
    settle(action, ActionStatus.CANCELLED, reason, actor, now)
    _record(session, action, "action_cancelled", actor, now, reason=reason)
    return action


def reassign_action(
    session: Session,
    *,
    action_id: int,
    owner_role: str,
    owner: str | None,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> FollowOnAction:
    """Give an action to another role, or to a named person."""
    action = _locked_open(session, action_id, actor, "reassign an action", version)
    reason = _reason(reason, "reassign")
    if not owner_role.strip():
        raise InvalidInputError("Say who does it now.", "owner_role")
    action.owner_role, action.owner = owner_role.strip(), (owner or "").strip() or None
    action.version += 1
    _record(session, action, "action_reassigned", actor, now, reason=reason)
    return action


def extend_action(
    session: Session,
    *,
    action_id: int,
    due_on: date,
    reason: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> FollowOnAction:
    """Give an action more time; its first date stays on record.

    Raises:
        InvalidInputError: the new date is not later, or lies in the past, or no reason was given.
    """
    action = _locked_open(session, action_id, actor, "extend an action", version)
    reason = _reason(reason, "extend")
    if due_on <= action.due_on:
        raise InvalidInputError(f"The new date must be later than {action.due_on}.", "due_on")
    _check_ahead(due_on, now)
    action.extensions += 1
    _move(session, action, due_on, actor, now, reason)
    return action


def closing_obstacles(session: Session, review: Review, *, on: date) -> tuple[Obstacle, ...]:
    """What stands in the way of closing the episode of a review on a day."""
    programme = session.get_one(Programme, review.programme_id)
    case = session.get_one(Case, review.case_id)
    others = _open_cases(session, case)
    return obstacles_to_closing(
        Closing(
            row=row_of(case),
            on=on,
            other_open_episodes=sum(other.child_id == case.child_id for other in others),
            open_siblings=sum(
                case.family is not None and other.child_id != case.child_id for other in others
            ),
            protection_plan_days=policy_of(programme).priority.recent_protection_plan_days,
        )
    )


def _start_what_follows(
    session: Session, done: FollowOnAction, actor: Actor, now: datetime
) -> None:
    """Let the time of what waited for this one run from its day, unless somebody has set a date."""
    programme = session.get_one(Programme, done.programme_id)
    policy = policy_of(programme).follow_up
    start = done.done_on or local_date(now)
    for action in open_actions_of(session, done.review_id):
        if RULES[action.kind].follows is not done.kind or action.extensions:
            continue
        due_on = due_after(action.kind, start, programme.calendar, policy)
        if due_on != action.due_on:
            _move(session, action, due_on, actor, now)


def _move(
    session: Session,
    action: FollowOnAction,
    due_on: date,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    payload = {"from": action.due_on.isoformat(), "to": due_on.isoformat()}
    action.due_on = due_on
    action.version += 1
    _record(session, action, "action_moved", actor, now, reason=reason, payload=payload)


def _check_order(session: Session, action: FollowOnAction) -> None:
    first = RULES[action.kind].follows
    waits = first and any(
        other.kind is first for other in open_actions_of(session, action.review_id)
    )
    if first and waits:
        raise GuardNotMetError(
            "close_action", f"{RULES[first].label} comes first: close or cancel it."
        )


def _check_ready(
    session: Session, action: FollowOnAction, now: datetime, *, despite_obstacles: bool
) -> list[Obstacle]:
    """The blocking rules that were overruled.

    Raises:
        GuardNotMetError: a rule blocks, and nobody has said that it may be overruled.
    """
    if action.kind is not ActionKind.CLOSURE_CHECK:
        return []
    review = session.get_one(Review, action.review_id)
    obstacles = closing_obstacles(session, review, on=local_date(now))
    blocking = [obstacle for obstacle in obstacles if obstacle.blocks]
    if blocking and not despite_obstacles:
        raise GuardNotMetError("close_action", " ".join(o.reason for o in blocking))
    return blocking


def _open_cases(session: Session, case: Case) -> list[Case]:
    """Further cases of the child or its family that no file has called closed."""
    same = col(Case.child_id) == case.child_id
    if case.family is not None:
        same |= col(Case.family) == case.family
    query = select(Case).where(
        Case.programme_id == case.programme_id, col(Case.id) != case.key, same
    )
    return [other for other in session.exec(query) if not other.facts.get("closed_on")]


def _locked_open(
    session: Session, action_id: int, actor: Actor, deed: str, version: int | None
) -> FollowOnAction:
    """The action, its review locked before it, when the actor may change it and it is still open."""
    _check_role(actor, deed)
    action = session.get(FollowOnAction, action_id)
    if action is None:
        raise NotFoundError("action", action_id)
    _locked_review(session, action.review_id)
    session.refresh(action)
    if version is not None and version != action.version:
        raise ConflictError("This action was changed by somebody else. Look at it again first.")
    if action.status is not ActionStatus.OPEN:
        raise ConflictError(f"This action is {action.status} already.")
    return action


def _locked_review(session: Session, review_id: int) -> Review:
    review = session.get(Review, review_id, with_for_update=ROW_LOCK)
    if review is None:
        raise NotFoundError("review", review_id)
    return review


def _check_role(actor: Actor, deed: str) -> None:
    if not actor.roles & set(_MAY_MANAGE):
        raise NotPermittedError(deed, _MAY_MANAGE)
    if actor.agency != "council":
        raise GuardNotMetError(deed, "Follow-on actions are the council's; other agencies advise.")


def _check_ahead(due_on: date, now: datetime) -> None:
    if due_on < local_date(now):
        raise InvalidInputError("The date has passed already.", "due_on")


def _reason(reason: str, deed: str) -> str:
    if not reason.strip():
        raise InvalidInputError(f"Give a reason to {deed} this action.", "reason")
    return reason.strip()


def _record(
    session: Session,
    action: FollowOnAction,
    kind: str,
    actor: Actor,
    now: datetime,
    *,
    reason: str | None = None,
    payload: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        programme_id=action.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        review_id=action.review_id,
        reason=reason,
        payload={"action_id": action.key, "action": action.kind.value} | (payload or {}),
    )
