"""The states of a review, as data: who may do what, from where to where, and why not.

`TRANSITIONS` is the only list. Pages draw their buttons from `available_actions`, the JSON API its
links, the tests their matrix, `workflow/README.md` its diagram. Nothing here knows a database.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from workflow.errors import GuardNotMetError, IllegalTransitionError, NotPermittedError


class ReviewState(StrEnum):
    """Whose turn it is with a review; due and overdue are computed from dates, never states."""

    UNALLOCATED = "unallocated"
    """Waits for a coordinator to allocate it."""
    ALLOCATED = "allocated"
    """Waits for its reviewer to start."""
    IN_PROGRESS = "in_progress"
    """The reviewer is reading and writing."""
    ON_HOLD = "on_hold"
    """Stopped with a reason; waits for a coordinator."""
    SUBMITTED = "submitted"
    """Waits for a council manager who did not write it."""
    RETURNED = "returned"
    """Sent back for changes; waits for its reviewer."""
    IN_MODERATION = "in_moderation"
    """Waits for a moderator's blind second look."""
    COMPLETE = "complete"
    """Outcome confirmed; its actions run on."""
    WITHDRAWN = "withdrawn"
    """Left the programme's scope, visibly and with a reason."""


INITIAL_STATE = ReviewState.UNALLOCATED
OPEN_STATES = frozenset(ReviewState) - {ReviewState.COMPLETE, ReviewState.WITHDRAWN}
"""States of a review that still counts as work to do."""
HELD_STATES = frozenset(
    {
        ReviewState.ALLOCATED,
        ReviewState.IN_PROGRESS,
        ReviewState.ON_HOLD,
        ReviewState.RETURNED,
    }
)
"""States in which a reviewer holds the review and it uses their capacity."""


class Action(StrEnum):
    """What a person can do to a review."""

    ALLOCATE = "allocate"
    REALLOCATE = "reallocate"
    RELEASE = "release"
    START = "start"
    DECLINE = "decline"
    HOLD = "hold"
    RESUME = "resume"
    SUBMIT = "submit"
    CONFIRM = "confirm"
    SEND_TO_MODERATION = "send_to_moderation"
    RETURN = "return"
    AGREE = "agree"
    DISAGREE = "disagree"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    REINSTATE = "reinstate"


class Role(StrEnum):
    """What a signed-in person, or a flow, may act as."""

    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    MANAGER = "manager"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with an account, or a flow by name.

    `name` is the account's opaque user name (never a child's data); `reviewer_id` is set for people
    who review; `agency` is the code of the body they work for.
    """

    name: str
    roles: frozenset[Role]
    agency: str = "council"
    reviewer_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the guards need to know of one review and one actor, gathered by the use case."""

    holder_id: int | None = None
    """The reviewer who holds the review now."""
    author_id: int | None = None
    """The reviewer who wrote the latest submission."""
    confirmer: str | None = None
    """The user name of the manager who sent the review to moderation."""
    in_conflict: bool = False
    """The actor has a declared conflict with the case."""
    obstacle: str | None = None
    """Why the reviewer named in an allocation may not hold this case (a sentence)."""
    unanswered: int = 0
    """Required questions of the form without an answer."""
    drawn_for_moderation: bool = False
    """The sample rules want a blind second look before completion."""
    has_second_review: bool = False
    """The actor has handed in a blind review of their own of the latest submission."""


Guard = Callable[[Actor, Facts], str | None]
"""Returns None when the action may go ahead, otherwise the reason in one sentence."""


def is_holder(actor: Actor, facts: Facts) -> str | None:
    """Only the reviewer who holds the review acts on it."""
    if actor.reviewer_id is None or actor.reviewer_id != facts.holder_id:
        return "This review is allocated to somebody else."
    return None


def reviewer_may_hold(_: Actor, facts: Facts) -> str | None:
    """The named reviewer is free of conflict, qualified, present and has capacity."""
    return facts.obstacle


def form_is_answered(_: Actor, facts: Facts) -> str | None:
    """Every required question has an answer ('not evidenced on file' is one)."""
    if facts.unanswered:
        return f"{facts.unanswered} required answers are still missing."
    return None


def is_council(actor: Actor, _: Facts) -> str | None:
    """Section 17 decisions are the local authority's: other agencies recommend only."""
    if actor.agency != "council":
        return "Only a council manager can confirm an outcome; other agencies recommend."
    return None


def is_not_author(actor: Actor, facts: Facts) -> str | None:
    """Nobody confirms, returns or moderates their own work."""
    if actor.reviewer_id is not None and actor.reviewer_id == facts.author_id:
        return "Nobody confirms or moderates their own review."
    return None


def is_not_confirmer(actor: Actor, facts: Facts) -> str | None:
    """A moderator is a third person, neither author nor confirming manager."""
    if facts.confirmer is not None and actor.name == facts.confirmer:
        return "The manager who confirmed this review cannot also moderate it."
    return None


def is_free_of_conflict(_: Actor, facts: Facts) -> str | None:
    """A declared conflict with the case closes every decision on it."""
    if facts.in_conflict:
        return "You have declared a conflict of interest with this case."
    return None


def is_not_drawn(_: Actor, facts: Facts) -> str | None:
    """Completion waits while the moderation sample wants this review."""
    if facts.drawn_for_moderation:
        return "This review was drawn for moderation before it can complete."
    return None


def is_drawn(_: Actor, facts: Facts) -> str | None:
    """Only reviews drawn by the sample rules go to moderation."""
    if not facts.drawn_for_moderation:
        return "This review was not drawn for moderation."
    return None


def second_review_is_in(_: Actor, facts: Facts) -> str | None:
    """A moderator judges alone first and compares afterwards."""
    if not facts.has_second_review:
        return "Finish your own review first; then you see the first one and decide."
    return None


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: `action` moves a review from any of `sources` to `target`.

    `label` is the button's text, `roles` are denied by default, `guards` are asked in order.
    """

    action: Action
    sources: frozenset[ReviewState]
    target: ReviewState
    label: str
    roles: frozenset[Role]
    needs_reason: bool = False
    guards: tuple[Guard, ...] = field(default=())


def _row(
    action: Action,
    sources: set[ReviewState] | frozenset[ReviewState],
    target: ReviewState,
    label: str,
    role: Role,
    *guards: Guard,
    needs_reason: bool = False,
) -> Transition:
    return Transition(
        action, frozenset(sources), target, label, frozenset({role}), needs_reason, guards
    )


_S = ReviewState
_DECISION: tuple[Guard, ...] = (is_council, is_not_author, is_free_of_conflict)

TRANSITIONS: dict[Action, Transition] = {
    row.action: row
    for row in (
        _row(
            Action.ALLOCATE,
            {_S.UNALLOCATED},
            _S.ALLOCATED,
            "Allocate",
            Role.COORDINATOR,
            reviewer_may_hold,
        ),
        _row(
            Action.REALLOCATE,
            HELD_STATES,
            _S.ALLOCATED,
            "Re-allocate",
            Role.COORDINATOR,
            reviewer_may_hold,
            needs_reason=True,
        ),
        _row(
            Action.RELEASE,
            HELD_STATES,
            _S.UNALLOCATED,
            "Release",
            Role.COORDINATOR,
            needs_reason=True,
        ),
        _row(
            Action.START,
            {_S.ALLOCATED, _S.RETURNED},
            _S.IN_PROGRESS,
            "Start",
            Role.REVIEWER,
            is_holder,
            is_free_of_conflict,
        ),
        _row(
            Action.DECLINE,
            {_S.ALLOCATED},
            _S.UNALLOCATED,
            "Decline",
            Role.REVIEWER,
            is_holder,
            needs_reason=True,
        ),
        _row(
            Action.HOLD,
            {_S.IN_PROGRESS},
            _S.ON_HOLD,
            "Put on hold",
            Role.REVIEWER,
            is_holder,
            needs_reason=True,
        ),
        _row(Action.RESUME, {_S.ON_HOLD}, _S.IN_PROGRESS, "Resume", Role.COORDINATOR),
        _row(
            Action.SUBMIT,
            {_S.IN_PROGRESS},
            _S.SUBMITTED,
            "Submit",
            Role.REVIEWER,
            is_holder,
            is_free_of_conflict,
            form_is_answered,
        ),
        _row(
            Action.CONFIRM,
            {_S.SUBMITTED},
            _S.COMPLETE,
            "Confirm",
            Role.MANAGER,
            *_DECISION,
            is_not_drawn,
        ),
        _row(
            Action.SEND_TO_MODERATION,
            {_S.SUBMITTED},
            _S.IN_MODERATION,
            "Confirm and send to moderation",
            Role.MANAGER,
            *_DECISION,
            is_drawn,
        ),
        _row(
            Action.RETURN,
            {_S.SUBMITTED},
            _S.RETURNED,
            "Return for changes",
            Role.MANAGER,
            *_DECISION,
            needs_reason=True,
        ),
        _row(
            Action.AGREE,
            {_S.IN_MODERATION},
            _S.COMPLETE,
            "Agree",
            Role.MODERATOR,
            *_DECISION,
            is_not_confirmer,
            second_review_is_in,
        ),
        _row(
            Action.DISAGREE,
            {_S.IN_MODERATION},
            _S.SUBMITTED,
            "Disagree",
            Role.MODERATOR,
            *_DECISION,
            is_not_confirmer,
            second_review_is_in,
            needs_reason=True,
        ),
        _row(
            Action.REOPEN,
            {_S.COMPLETE},
            _S.RETURNED,
            "Reopen",
            Role.MANAGER,
            is_council,
            is_free_of_conflict,
            needs_reason=True,
        ),
        _row(
            Action.WITHDRAW,
            OPEN_STATES,
            _S.WITHDRAWN,
            "Withdraw",
            Role.COORDINATOR,
            needs_reason=True,
        ),
        _row(
            Action.REINSTATE,
            {_S.WITHDRAWN},
            _S.UNALLOCATED,
            "Reinstate",
            Role.COORDINATOR,
            needs_reason=True,
        ),
    )
}


def next_state(state: ReviewState, action: Action) -> ReviewState:
    """The state after `action`; refuses one the table does not open from `state`.

    Raises:
        IllegalTransitionError: the action is not open in this state.
    """
    row = TRANSITIONS[action]
    if state not in row.sources:
        raise IllegalTransitionError(state, row.label.lower())
    return row.target


def refusal(
    state: ReviewState, action: Action, actor: Actor, facts: Facts
) -> NotPermittedError | IllegalTransitionError | GuardNotMetError | None:
    """Why `actor` may not take `action` now, as the error to raise; None when they may."""
    row = TRANSITIONS[action]
    if state not in row.sources:
        return IllegalTransitionError(state, row.label.lower())
    if not actor.roles & row.roles:
        return NotPermittedError(row.label.lower(), tuple(sorted(row.roles)))
    for guard in row.guards:
        if reason := guard(actor, facts):
            return GuardNotMetError(action, reason)
    return None


def available_actions(state: ReviewState, actor: Actor, facts: Facts) -> dict[Action, str | None]:
    """Every action the state opens to the actor's roles: None when it may go ahead, else why not."""
    answers: dict[Action, str | None] = {}
    for action, row in TRANSITIONS.items():
        if state in row.sources and actor.roles & row.roles:
            refused = refusal(state, action, actor, facts)
            answers[action] = str(refused) if refused else None
    return answers


def diagram() -> str:
    """The table as a Mermaid state diagram; `workflow/README.md` holds this text."""
    lines = ["stateDiagram-v2", f"    [*] --> {INITIAL_STATE}"]
    lines += [
        f"    {source} --> {row.target}: {row.label}"
        for row in TRANSITIONS.values()
        for source in ReviewState
        if source in row.sources
    ]
    return "\n".join(lines)
