"""Everything about one follow-on action: its case, what comes first, what stands in the way; reads."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from workflow import audit
from workflow.errors import NotFoundError
from workflow.followup.queries import actions_of
from workflow.followup.readiness import Obstacle
from workflow.followup.use_cases import closing_obstacles
from workflow.models import (
    ActionKind,
    ActionStatus,
    Case,
    Event,
    FollowOnAction,
    Programme,
    Review,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFile:
    """One action with all that bears on it."""

    action: FollowOnAction
    review: Review
    case: Case
    others: list[FollowOnAction]
    """The other actions of the review, in the order they were opened."""
    obstacles: tuple[Obstacle, ...]
    """What speaks against closing the episode; empty unless it is an open closure check."""
    events: list[Event]
    """What happened to the action, oldest first."""


def find_action(session: Session, programme: Programme, number: int) -> FollowOnAction:
    """The action of a number.

    Raises:
        NotFoundError: the programme has none of it.
    """
    action = session.get(FollowOnAction, number)
    if action is None or action.programme_id != programme.key:
        raise NotFoundError("action", number)
    return action


def read_action(session: Session, programme: Programme, number: int, *, as_of: date) -> ActionFile:
    """The whole file of an action.

    Raises:
        NotFoundError: the programme has none of it.
    """
    action = find_action(session, programme, number)
    review = session.get_one(Review, action.review_id)
    checks = action.kind is ActionKind.CLOSURE_CHECK and action.status is ActionStatus.OPEN
    return ActionFile(
        action=action,
        review=review,
        case=session.get_one(Case, review.case_id),
        others=[other for other in actions_of(session, review.key) if other.key != action.key],
        obstacles=closing_obstacles(session, review, on=as_of) if checks else (),
        events=[
            event for event in audit.timeline(session, review.key) if _is_about(event, action.key)
        ],
    )


def _is_about(event: Event, number: int) -> bool:
    said = event.payload
    opened = (part.get("action_id") for part in said.get("actions", ()) if isinstance(part, dict))
    return (
        said.get("action_id") == number or number in opened or number in said.get("action_ids", ())
    )
