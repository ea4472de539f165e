"""What follows a review: actions with owner and date, cases made safe, and where the children go.

`outcomes` is the table, outcome → kinds of action; `planning` and `readiness` are pure; `opening` lets
actions follow a review's state, in its transaction; `use_cases` are what people do; `queries` read;
`demand` sets what is to come against what early help and conferences can take.
"""

from workflow.followup.opening import follow
from workflow.followup.outcomes import FOLLOW_ON, RULES, ActionRule
from workflow.followup.queries import (
    FollowThrough,
    ListedAction,
    actions_of,
    follow_through,
    is_made_safe,
    list_actions,
    made_safe_by_day,
)
from workflow.followup.readiness import Closing, Obstacle, obstacles_to_closing
from workflow.followup.use_cases import (
    add_action,
    cancel_action,
    close_action,
    closing_obstacles,
    extend_action,
    reassign_action,
)

__all__ = [
    "FOLLOW_ON",
    "RULES",
    "ActionRule",
    "Closing",
    "FollowThrough",
    "ListedAction",
    "Obstacle",
    "actions_of",
    "add_action",
    "cancel_action",
    "close_action",
    "closing_obstacles",
    "extend_action",
    "follow",
    "follow_through",
    "is_made_safe",
    "list_actions",
    "made_safe_by_day",
    "obstacles_to_closing",
    "reassign_action",
]
