"""What an outcome asks for, by when, and what stands in the way of closing."""

import tomllib
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.calendar import WorkCalendar
from workflow.followup import FOLLOW_ON, RULES, Closing, obstacles_to_closing
from workflow.followup.planning import Planned, plan_actions
from workflow.intake.rows import CaseRow
from workflow.models import ActionKind
from workflow.policy import FollowUpPolicy

BEFORE_EASTER = date(2016, 3, 24)
READY = CaseRow(
    line=0,
    child_id="1",
    episode_start=date(2015, 6, 1),
    primary_need="N1",
    assessment_started_on=date(2015, 6, 2),
    assessment_authorised_on=date(2015, 7, 1),
)


def plan(outcome: str, on: date = BEFORE_EASTER, **answers: object) -> tuple[Planned, ...]:
    return plan_actions(
        outcome,
        answers,
        confirmed_on=on,
        calendar=WorkCalendar(),
        policy=FollowUpPolicy(),
    )


def due(planned: tuple[Planned, ...]) -> dict[ActionKind, date]:
    return {action.kind: action.due_on for action in planned}


def closing(**facts: object) -> Closing:
    known = {k: facts.pop(k) for k in list(facts) if k in CaseRow.__dataclass_fields__}
    values = {
        "row": replace(READY, **known),
        "on": date(2016, 2, 24),
        "other_open_episodes": 0,
        "open_siblings": 0,
        "protection_plan_days": 91,
    }
    return Closing(**values | facts)


def test_every_outcome_of_the_form_has_a_row_in_the_table():
    form = tomllib.loads((files("forms") / "definitions" / "cin_review_v1.toml").read_text())
    questions = [q for section in form["sections"] for q in section["questions"]]
    (outcome,) = [q for q in questions if q["id"] == "outcome"]
    assert {option["value"] for option in outcome["options"]} == FOLLOW_ON.keys()


def test_every_kind_has_a_rule_and_a_time_limit():
    assert RULES.keys() == set(ActionKind)
    assert all(getattr(FollowUpPolicy(), kind.value) > 0 for kind in ActionKind)


def test_a_strategy_discussion_skips_easter_and_the_conference_counts_from_it():
    planned = due(plan("step_up_strategy_discussion"))
    assert planned[ActionKind.STRATEGY_DISCUSSION] == date(2016, 3, 29)
    assert planned[ActionKind.CONFERENCE] == date(2016, 4, 19)


def test_a_changed_plan_opens_what_the_reviewer_wrote_in_place_of_the_general_action():
    planned = plan(
        "remain_cin_with_changes",
        actions="2",
        action_1="Visit every two weeks",
        action_1_owner="Social worker",
        action_1_due="2016-04-08",
        action_2="Speech therapy",
        action_2_due="2016-01-01",
        recheck_on="2016-05-12",
    )
    changes = [action for action in planned if action.kind is ActionKind.PLAN_CHANGES]
    assert [(a.task, a.owner_role, a.due_on) for a in changes] == [
        ("Visit every two weeks", "Social worker", date(2016, 4, 8)),
        ("Speech therapy", "practice_manager", date(2016, 3, 29)),
    ]
    assert due(planned)[ActionKind.RECHECK] == date(2016, 5, 12)


def test_without_words_of_the_reviewer_the_general_action_stands():
    assert ActionKind.PLAN_CHANGES in due(plan("remain_cin_with_changes", actions="0"))


def test_an_outcome_nobody_knows_opens_only_what_was_written():
    (only,) = plan("something_new", actions="1", action_1="Ring the school")
    assert only.task == "Ring the school"


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(FOLLOW_ON)), st.dates(date(2016, 1, 20), date(2016, 6, 30)), st.data()
)
def test_every_action_is_due_after_its_day_and_on_a_working_day(outcome, on, data):
    asked = data.draw(st.none() | st.dates(date(2016, 1, 1), on))
    planned = plan(outcome, on, recheck_on=asked.isoformat() if asked else None)
    assert planned
    for action in planned:
        assert action.due_on >= on
        if action.due_on != asked:
            assert WorkCalendar().is_working_day(action.due_on)


def test_nothing_stands_in_the_way_of_a_case_in_order():
    assert obstacles_to_closing(closing()) == ()


@pytest.mark.parametrize(
    ("facts", "rule", "blocks"),
    [
        ({"assessment_authorised_on": None}, "8867", True),
        ({"section_47_open": True}, "8868", True),
        ({"other_open_episodes": 1}, "8815", True),
        ({"protection_plan_open": True}, "protection_plan_open", True),
        ({"looked_after": True}, "looked_after", True),
        ({"protection_plan_ended_on": date(2015, 12, 1)}, "recent_protection_plan", True),
        ({"open_siblings": 2}, "siblings_open", False),
        ({"primary_need": None}, "8610", False),
        ({"on": date(2016, 4, 1)}, "8620", False),
    ],
)
def test_each_rule_of_a_closure_speaks_up(facts, rule, blocks):
    (found,) = obstacles_to_closing(closing(**facts))
    assert (found.rule, found.blocks) == (rule, blocks)


def test_a_protection_plan_of_long_ago_does_not_stand_in_the_way():
    assert obstacles_to_closing(closing(protection_plan_ended_on=date(2015, 11, 1))) == ()
