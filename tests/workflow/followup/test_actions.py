"""Follow-on actions on both databases: with the review they open, with the review they fall."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from tests.factories import as_actor, make_actor, make_review
from tests.workflow.followup.desk import (
    CONFIRMED,
    COORDINATOR,
    MANAGER,
    NOON,
    action,
    complete,
    finish,
    reopen,
)
from workflow import audit, followup, reviews
from workflow.calendar import at_local
from workflow.errors import ConflictError, GuardNotMetError, InvalidInputError, NotPermittedError
from workflow.escalations import acknowledge_escalation, close_escalation, raise_escalation
from workflow.models import ActionKind, ActionStatus, EscalationKind, Programme, Reviewer
from workflow.policy import TrackingPolicy
from workflow.states import Action, Role

LATER = at_local(date(2016, 2, 12))


def close(session: Session, found, result: str = "Done", **more):
    values = {"actor": MANAGER, "now": LATER} | more
    return followup.close_action(session, action_id=found.key, result=result, **values)


def kinds(session: Session, review) -> list[str]:
    return [event.kind for event in audit.timeline(session, review.key)]


def test_completion_opens_the_actions_of_the_outcome_with_one_event(session, programme):
    review = complete(session, programme, "change_of_worker")
    opened = followup.actions_of(session, review.key)
    assert [(a.kind, a.due_on) for a in opened] == [
        (ActionKind.NEW_WORKER, date(2016, 2, 17)),
        (ActionKind.RECHECK, date(2016, 3, 23)),
    ]
    assert kinds(session, review)[-2:] == ["review_confirmed", "actions_opened"]


def test_a_reopened_review_cancels_its_open_actions_visibly(session, programme):
    review = complete(session, programme, "transfer")
    done = close(session, action(session, review, ActionKind.FAMILY_TOLD))
    reopen(session, review, LATER)
    transfer = action(session, review, ActionKind.TRANSFER)
    assert (transfer.status, transfer.result) == ("cancelled", "The review was reopened.")
    assert done.status is ActionStatus.DONE
    assert kinds(session, review)[-1] == "actions_cancelled"


def test_completing_again_opens_new_actions_beside_the_cancelled_ones(session, programme):
    review = complete(session, programme, "transfer")
    reopen(session, review)
    author = session.get_one(Reviewer, review.author_id)
    finish(session, programme, review, as_actor(author), "transfer", LATER)
    states = [(a.kind, a.status) for a in followup.actions_of(session, review.key)]
    assert states == [
        (ActionKind.TRANSFER, ActionStatus.CANCELLED),
        (ActionKind.FAMILY_TOLD, ActionStatus.CANCELLED),
        (ActionKind.TRANSFER, ActionStatus.OPEN),
        (ActionKind.FAMILY_TOLD, ActionStatus.OPEN),
    ]


def test_a_withdrawn_review_keeps_no_open_action(session, programme):
    review = make_review(session, programme)
    added = followup.add_action(
        session,
        review_id=review.key,
        kind=ActionKind.PLAN_CHANGES,
        task="Ring the school",
        owner_role="Social worker",
        due_on=date(2016, 3, 1),
        actor=MANAGER,
        now=NOON,
    )
    reviews.act(
        session,
        review_id=review.key,
        action=Action.WITHDRAW,
        actor=COORDINATOR,
        now=NOON,
        reason="Moved away",
    )
    assert added.status is ActionStatus.CANCELLED


def test_a_hand_over_is_not_done_without_a_named_lead_professional(session, programme):
    review = complete(session, programme, "step_down_early_help")
    handover = action(session, review, ActionKind.HANDOVER)
    with pytest.raises(InvalidInputError, match="Name who"):
        close(session, handover)
    close(session, handover, receiver="Family support worker, Burnley children's centre")
    assert handover.receiver.startswith("Family support worker")


def test_a_closure_check_is_not_done_while_a_rule_blocks(session, programme):
    facts = {"birth_on": "2008-05-01", "section_47_open": True}
    review = complete(session, programme, "close", facts=facts)
    check = action(session, review, ActionKind.CLOSURE_CHECK)
    with pytest.raises(GuardNotMetError, match="section 47"):
        close(session, check)
    close(session, check, "The enquiry ended yesterday, the export is late", despite_obstacles=True)
    assert audit.timeline(session, review.key)[-1].payload["overruled"] == ["8868"]


def test_an_open_sibling_warns_but_does_not_block_a_closure(session, programme):
    make_review(session, programme, family="F1")
    review = complete(session, programme, "close", family="F1")
    rules = [o.rule for o in followup.closing_obstacles(session, review, on=CONFIRMED)]
    assert "siblings_open" in rules
    close(session, action(session, review, ActionKind.CLOSURE_CHECK))


def test_a_conference_waits_for_the_strategy_discussion_and_runs_from_it(session, programme):
    review = complete(session, programme, "step_up_strategy_discussion")
    conference = action(session, review, ActionKind.CONFERENCE)
    with pytest.raises(GuardNotMetError, match="comes first"):
        close(session, conference)
    close(session, action(session, review, ActionKind.STRATEGY_DISCUSSION))
    assert conference.due_on == date(2016, 3, 4)
    close(session, conference)
    assert conference.status is ActionStatus.DONE


def test_more_time_needs_a_later_date_and_a_reason_and_keeps_the_first_date(session, programme):
    review = complete(session, programme, "change_of_worker")
    worker = action(session, review, ActionKind.NEW_WORKER)
    first = worker.due_on

    def extend(due_on: date, reason: str = "No worker free"):
        return followup.extend_action(
            session, action_id=worker.key, due_on=due_on, reason=reason, actor=MANAGER, now=LATER
        )

    for wrong in (lambda: extend(first), lambda: extend(first + timedelta(7), " ")):
        with pytest.raises(InvalidInputError):
            wrong()
    extend(first + timedelta(7))
    assert (worker.first_due_on, worker.extensions) == (first, 1)
    event = audit.timeline(session, review.key)[-1]
    assert (event.kind, event.reason) == ("action_moved", "No worker free")


def test_an_action_moves_to_a_named_person_for_a_reason(session, programme):
    review = complete(session, programme, "change_of_worker")
    worker = action(session, review, ActionKind.NEW_WORKER)
    followup.reassign_action(
        session,
        action_id=worker.key,
        owner_role="senior_manager",
        owner="Head of service, East",
        reason="The practice manager has left",
        actor=MANAGER,
        now=LATER,
    )
    assert worker.owner == "Head of service, East"
    assert kinds(session, review)[-1] == "action_reassigned"


def test_what_was_closed_or_seen_in_an_older_version_is_refused(session, programme):
    review = complete(session, programme, "remain_cin")
    recheck = action(session, review, ActionKind.RECHECK)
    seen = recheck.version
    close(session, recheck, "Things are better")
    for version in (seen, None):
        with pytest.raises(ConflictError):
            close(session, recheck, version=version)


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (make_actor(Role.REVIEWER), NotPermittedError),
        (make_actor(Role.MANAGER, agency="constabulary"), GuardNotMetError),
    ],
)
def test_only_the_council_manages_actions(session, programme, actor, error):
    review = complete(session, programme, "remain_cin")
    with pytest.raises(error):
        close(session, action(session, review, ActionKind.RECHECK), actor=actor)


def test_a_case_is_made_safe_when_what_its_safety_hangs_on_is_settled(session, programme):
    review = complete(session, programme, "change_of_worker")
    assert not followup.is_made_safe(session, review)
    close(session, action(session, review, ActionKind.NEW_WORKER), receiver="Social worker 12")
    assert followup.is_made_safe(session, review)
    assert action(session, review, ActionKind.RECHECK).status is ActionStatus.OPEN


def test_an_open_escalation_keeps_a_case_from_being_made_safe(session, programme):
    review = complete(session, programme, "remain_cin")
    escalation = raise_escalation(
        session,
        review=review,
        kind=EscalationKind.SAME_DAY,
        reason="Not seen",
        actor=MANAGER,
        now=NOON,
        calendar=programme.calendar,
        policy=TrackingPolicy(),
    )
    session.flush()
    assert not followup.is_made_safe(session, review)
    acknowledge_escalation(session, escalation_id=escalation.key, actor=MANAGER, now=LATER)
    close_escalation(
        session, escalation_id=escalation.key, outcome="Seen today", actor=MANAGER, now=LATER
    )
    assert followup.is_made_safe(session, review)


def test_the_counts_of_a_past_day_stay_what_they_were(session, programme):
    review = complete(session, programme, "change_of_worker")
    complete(session, programme, "remain_cin")
    before = followup.follow_through(session, programme, CONFIRMED)
    close(session, action(session, review, ActionKind.NEW_WORKER), receiver="Social worker 12")
    assert (before.complete, before.made_safe, before.not_yet_safe) == (2, 1, 1)
    assert followup.follow_through(session, programme, CONFIRMED) == before
    after = followup.follow_through(session, programme, date(2016, 2, 12))
    assert (after.complete, after.made_safe, after.done) == (2, 2, 1)


def test_what_was_overdue_then_stays_so_although_it_was_extended_later(session, programme):
    review = complete(session, programme, "edge_of_care")
    legal = action(session, review, ActionKind.LEGAL_PLANNING)
    before = followup.follow_through(session, programme, date(2016, 2, 22))
    followup.extend_action(
        session,
        action_id=legal.key,
        due_on=date(2016, 3, 29),
        reason="Counsel is away",
        actor=MANAGER,
        now=at_local(date(2016, 2, 23)),
    )
    session.flush()
    assert before.overdue == 1
    assert followup.follow_through(session, programme, date(2016, 2, 22)) == before
    assert followup.follow_through(session, programme, date(2016, 2, 23)).overdue == 0


def test_made_safe_never_exceeds_complete_on_any_day(session, programme: Programme):
    review = complete(session, programme, "transfer")
    complete(session, programme, "close", now=LATER)
    reopen(session, review, at_local(date(2016, 2, 15)))
    days = programme.calendar.working_days(date(2016, 2, 9), date(2016, 2, 16))
    table = followup.made_safe_by_day(session, programme, days)
    assert table["complete"].tolist() == [0, 1, 1, 2, 1, 1]
    assert (table["made_safe"] <= table["complete"]).all()


def test_the_overdue_list_counts_working_days(session, programme):
    complete(session, programme, "edge_of_care")

    def overdue(as_of: date):
        return followup.list_actions(
            session, programme, as_of=as_of, due_soon_within=3, overdue_only=True
        )

    assert overdue(date(2016, 2, 17)) == []
    (late,) = overdue(date(2016, 2, 22))
    assert (late.action.kind, late.overdue_by) == (ActionKind.LEGAL_PLANNING, 3)
