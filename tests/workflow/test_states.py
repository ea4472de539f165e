"""The state table, cell by cell: every state with every action, and who may take it."""

from itertools import product
from pathlib import Path

import pytest

from tests.factories import make_actor
from workflow.errors import GuardNotMetError, IllegalTransitionError, NotPermittedError
from workflow.states import (
    TRANSITIONS,
    Action,
    Actor,
    Facts,
    ReviewState,
    Role,
    available_actions,
    diagram,
    next_state,
    refusal,
)

S, A = ReviewState, Action

OPENED = {
    (S.UNALLOCATED, A.ALLOCATE): S.ALLOCATED,
    (S.UNALLOCATED, A.WITHDRAW): S.WITHDRAWN,
    (S.ALLOCATED, A.START): S.IN_PROGRESS,
    (S.ALLOCATED, A.DECLINE): S.UNALLOCATED,
    (S.ALLOCATED, A.REALLOCATE): S.ALLOCATED,
    (S.ALLOCATED, A.RELEASE): S.UNALLOCATED,
    (S.ALLOCATED, A.WITHDRAW): S.WITHDRAWN,
    (S.IN_PROGRESS, A.SUBMIT): S.SUBMITTED,
    (S.IN_PROGRESS, A.HOLD): S.ON_HOLD,
    (S.IN_PROGRESS, A.REALLOCATE): S.ALLOCATED,
    (S.IN_PROGRESS, A.RELEASE): S.UNALLOCATED,
    (S.IN_PROGRESS, A.WITHDRAW): S.WITHDRAWN,
    (S.ON_HOLD, A.RESUME): S.IN_PROGRESS,
    (S.ON_HOLD, A.REALLOCATE): S.ALLOCATED,
    (S.ON_HOLD, A.RELEASE): S.UNALLOCATED,
    (S.ON_HOLD, A.WITHDRAW): S.WITHDRAWN,
    (S.SUBMITTED, A.CONFIRM): S.COMPLETE,
    (S.SUBMITTED, A.SEND_TO_MODERATION): S.IN_MODERATION,
    (S.SUBMITTED, A.RETURN): S.RETURNED,
    (S.SUBMITTED, A.WITHDRAW): S.WITHDRAWN,
    (S.RETURNED, A.START): S.IN_PROGRESS,
    (S.RETURNED, A.REALLOCATE): S.ALLOCATED,
    (S.RETURNED, A.RELEASE): S.UNALLOCATED,
    (S.RETURNED, A.WITHDRAW): S.WITHDRAWN,
    (S.IN_MODERATION, A.AGREE): S.COMPLETE,
    (S.IN_MODERATION, A.DISAGREE): S.SUBMITTED,
    (S.IN_MODERATION, A.WITHDRAW): S.WITHDRAWN,
    (S.COMPLETE, A.REOPEN): S.RETURNED,
    (S.WITHDRAWN, A.REINSTATE): S.UNALLOCATED,
}
REASONED = {
    A.REALLOCATE,
    A.RELEASE,
    A.DECLINE,
    A.HOLD,
    A.RETURN,
    A.DISAGREE,
    A.REOPEN,
    A.WITHDRAW,
    A.REINSTATE,
}


@pytest.mark.parametrize(
    ("state", "action"), [pytest.param(s, a, id=f"{s} x {a}") for s, a in product(S, A)]
)
def test_each_state_opens_exactly_the_actions_of_the_design(state: S, action: A) -> None:
    if (state, action) in OPENED:
        assert next_state(state, action) is OPENED[state, action]
        return
    with pytest.raises(IllegalTransitionError, match=state.replace("_", " ")):
        next_state(state, action)


def test_actions_that_undo_or_delay_somebodys_work_need_a_reason() -> None:
    assert {action for action, row in TRANSITIONS.items() if row.needs_reason} == REASONED


def test_every_action_names_the_roles_that_may_take_it() -> None:
    assert all(TRANSITIONS[action].roles for action in Action)


@pytest.mark.parametrize("action", list(A))
def test_other_roles_are_refused_by_default(action: A) -> None:
    row = TRANSITIONS[action]
    outsider = Actor("outsider", frozenset(Role) - row.roles)
    state = min(row.sources)
    assert isinstance(refusal(state, action, outsider, Facts()), NotPermittedError)


def reviewer(number: int = 7, agency: str = "council") -> Actor:
    return make_actor(
        Role.REVIEWER, Role.MANAGER, Role.MODERATOR, reviewer_id=number, agency=agency
    )


@pytest.mark.parametrize(
    ("state", "action", "actor", "facts", "words"),
    [
        (S.ALLOCATED, A.START, reviewer(1), Facts(holder_id=2), "somebody else"),
        (S.ALLOCATED, A.START, reviewer(1), Facts(holder_id=1, in_conflict=True), "conflict"),
        (S.IN_PROGRESS, A.SUBMIT, reviewer(1), Facts(holder_id=2), "somebody else"),
        (S.IN_PROGRESS, A.SUBMIT, reviewer(1), Facts(holder_id=1, unanswered=3), "3 required"),
        (S.SUBMITTED, A.CONFIRM, reviewer(1), Facts(author_id=1), "their own"),
        (S.SUBMITTED, A.CONFIRM, reviewer(1, "constabulary"), Facts(), "council manager"),
        (S.SUBMITTED, A.CONFIRM, reviewer(1), Facts(in_conflict=True), "conflict"),
        (S.SUBMITTED, A.CONFIRM, reviewer(1), Facts(drawn_for_moderation=True), "moderation"),
        (S.SUBMITTED, A.SEND_TO_MODERATION, reviewer(1), Facts(), "not drawn"),
        (S.SUBMITTED, A.RETURN, reviewer(1), Facts(author_id=1), "their own"),
        (S.IN_MODERATION, A.AGREE, reviewer(1), Facts(author_id=1), "their own"),
        (
            S.IN_MODERATION,
            A.AGREE,
            reviewer(1),
            Facts(confirmer="reviewer-manager-moderator"),
            "also moderate",
        ),
        (S.IN_MODERATION, A.AGREE, reviewer(1), Facts(), "your own review first"),
        (S.IN_MODERATION, A.DISAGREE, reviewer(1), Facts(), "your own review first"),
    ],
)
def test_a_guard_refuses_with_its_reason(
    state: S, action: A, actor: Actor, facts: Facts, words: str
) -> None:
    refused = refusal(state, action, actor, facts)
    assert isinstance(refused, GuardNotMetError)
    assert words in str(refused)


@pytest.mark.parametrize("action", [A.AGREE, A.DISAGREE])
def test_a_moderator_decides_once_their_own_review_is_in(action: A) -> None:
    assert refusal(S.IN_MODERATION, action, reviewer(1), Facts(has_second_review=True)) is None


def test_a_reviewer_may_not_hold_a_case_that_an_obstacle_forbids() -> None:
    facts = Facts(obstacle="R1 has declared a conflict with this family.")
    refused = refusal(S.UNALLOCATED, A.ALLOCATE, make_actor(Role.COORDINATOR), facts)
    assert str(refused) == facts.obstacle


def test_available_actions_say_why_an_action_is_closed() -> None:
    actions = available_actions(S.SUBMITTED, reviewer(1), Facts(author_id=1))
    assert set(actions) == {A.CONFIRM, A.SEND_TO_MODERATION, A.RETURN}
    assert actions[A.RETURN] == "Nobody confirms or moderates their own review."


def test_available_actions_leave_out_what_the_role_never_does() -> None:
    assert available_actions(S.SUBMITTED, make_actor(Role.AUDITOR), Facts()) == {}


def test_the_diagram_in_the_readme_is_the_table() -> None:
    readme = Path(__file__).parents[2] / "workflow" / "README.md"
    assert diagram() in readme.read_text()
