"""A moderator writes their own review before they see the first one, and only then decides."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from tests.factories import as_actor, make_actor, make_form
from tests.workflow.quality.stage import ALL_SAMPLED, COORDINATOR, FIRST, MANAGER, MODERATOR, Stage
from workflow import audit
from workflow.calendar import at_local
from workflow.db import Database
from workflow.drafts import FormVersion, Typed
from workflow.errors import (
    ConflictError,
    GuardNotMetError,
    IllegalTransitionError,
    NotFoundError,
    NotPermittedError,
)
from workflow.escalations import open_escalations
from workflow.models import ModerationReview, Programme, SecondDraft
from workflow.quality.blind import may_see_first
from workflow.quality.second_reviews import (
    Difference,
    comparison,
    read_second_draft,
    save_second_draft,
)
from workflow.states import Action, ReviewState, Role

NEWEST = FormVersion("cin_review", 1, ("outcome", "identity"))
NOW = at_local(FIRST)
BOTH = make_actor(Role.MANAGER, Role.MODERATOR, name="both")


def save(stage: Stage, review, typed: Typed, actor=MODERATOR) -> SecondDraft:
    return save_second_draft(
        stage.session, review_id=review.key, typed=typed, newest=NEWEST, actor=actor, now=NOW
    )


def test_a_moderator_sees_the_first_review_once_their_own_is_in(stage: Stage) -> None:
    review = stage.in_moderation()
    assert not may_see_first(stage.session, review, MODERATOR)
    stage.second(review)
    assert may_see_first(stage.session, review, MODERATOR)
    other = make_actor(Role.MODERATOR, name="moderator-2")
    assert not may_see_first(stage.session, review, other)


def test_a_moderator_sees_nothing_before_the_review_comes_to_them_either(stage: Stage) -> None:
    review = stage.submitted()
    assert not may_see_first(stage.session, review, MODERATOR)
    assert may_see_first(stage.session, review, BOTH), "a manager has to decide on it"
    stage.confirmed(review)
    assert may_see_first(stage.session, review, MODERATOR), "it is complete"


def test_who_can_never_moderate_a_review_may_see_it(stage: Stage) -> None:
    review = stage.in_moderation(by=stage.council)
    assert may_see_first(stage.session, review, MANAGER)
    assert may_see_first(stage.session, review, COORDINATOR)
    assert may_see_first(stage.session, review, as_actor(stage.council, Role.MODERATOR))
    assert not may_see_first(stage.session, review, as_actor(stage.constabulary, Role.MODERATOR))
    assert not may_see_first(stage.session, review, BOTH)


def test_the_manager_who_confirmed_it_has_seen_it(stage: Stage) -> None:
    review = stage.confirmed(stage.submitted(), by=BOTH, policy=ALL_SAMPLED)
    assert may_see_first(stage.session, review, BOTH)


@pytest.mark.parametrize("action", [Action.AGREE, Action.DISAGREE])
def test_agreeing_and_disagreeing_wait_for_the_second_review(stage: Stage, action: Action) -> None:
    review = stage.in_moderation()
    with pytest.raises(GuardNotMetError, match="your own review first"):
        stage.act(review, action, MODERATOR)
    stage.second(review)
    state = stage.act(review, action, MODERATOR).state
    expected = {Action.AGREE: ReviewState.COMPLETE, Action.DISAGREE: ReviewState.SUBMITTED}
    assert state is expected[action]


def test_one_moderators_review_does_not_open_the_decision_to_another(stage: Stage) -> None:
    review = stage.in_moderation()
    stage.second(review)
    with pytest.raises(GuardNotMetError, match="your own review first"):
        stage.act(review, Action.AGREE, make_actor(Role.MODERATOR, name="moderator-2"))


def test_the_comparison_is_refused_before_and_shows_both_after(stage: Stage) -> None:
    review = stage.in_moderation(
        outcome="close", answers={"outcome": "close", "reasons": "All is well", "seen": "yes"}
    )
    with pytest.raises(GuardNotMetError, match="own review first"):
        comparison(stage.session, review, MODERATOR)
    stage.second(
        review,
        outcome="remain_cin",
        answers={"outcome": "remain_cin", "seen": "yes", "alone": "no"},
    )
    found = comparison(stage.session, review, MODERATOR)
    assert found.agrees_on == {"outcome": False, "grade": True, "safety": True}
    assert found.differences == (
        Difference("outcome", "close", "remain_cin"),
        Difference("reasons", "All is well", None),
        Difference("alone", None, "no"),
    )


def test_a_manager_compares_what_a_moderator_left(stage: Stage) -> None:
    review = stage.in_moderation()
    with pytest.raises(NotFoundError, match="second review"):
        comparison(stage.session, review, MANAGER)
    second = stage.second(review)
    stage.act(review, Action.DISAGREE, MODERATOR)
    assert comparison(stage.session, review, MANAGER).second is second


def test_handing_in_is_recorded_without_saying_what_was_found(stage: Stage) -> None:
    review = stage.in_moderation()
    stage.second(review, outcome="step_up_strategy_discussion")
    event = audit.timeline(stage.session, review.key)[-1]
    assert (event.kind, event.actor) == ("second_review_submitted", "moderator-1")
    assert event.payload == {"form": "cin_review", "form_version": 1, "submission": 1}
    assert audit.replay(audit.timeline(stage.session, review.key)).state is review.state


def test_a_second_review_is_handed_in_once(stage: Stage) -> None:
    review = stage.in_moderation()
    stage.second(review)
    with pytest.raises(ConflictError, match="already"):
        stage.second(review)
    with pytest.raises(ConflictError, match="handed in already"):
        save(stage, review, Typed(section="outcome", answers={"outcome": "close"}))


def test_a_second_review_needs_every_required_answer(stage: Stage) -> None:
    review = stage.in_moderation()
    with pytest.raises(GuardNotMetError, match="2 required answers"):
        stage.second(review, unanswered=2)


def test_an_immediate_risk_the_moderator_finds_escalates_once(stage: Stage) -> None:
    review = stage.in_moderation()
    stage.second(review, safety="immediate_risk")
    stage.second(review, by=make_actor(Role.MODERATOR, name="m-2"), safety="immediate_risk")
    (escalation,) = open_escalations(stage.session, stage.programme.key)
    assert escalation.raised_by == "moderator-1"


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (MANAGER, NotPermittedError),
        (make_actor(Role.MODERATOR, agency="constabulary"), GuardNotMetError),
    ],
)
def test_only_a_council_moderator_writes_a_second_review(stage: Stage, actor, error) -> None:
    review = stage.in_moderation()
    with pytest.raises(error):
        stage.second(review, by=actor)
    with pytest.raises(error):
        read_second_draft(stage.session, review, actor=actor, newest=NEWEST)


def test_neither_the_author_nor_the_confirmer_moderates(stage: Stage) -> None:
    review = stage.confirmed(stage.submitted(), by=BOTH, policy=ALL_SAMPLED)
    for actor in (BOTH, as_actor(stage.council, Role.MODERATOR)):
        with pytest.raises(GuardNotMetError):
            stage.second(review, by=actor)


def test_outside_moderation_there_is_no_second_review(stage: Stage) -> None:
    with pytest.raises(IllegalTransitionError):
        stage.second(stage.submitted())


def test_a_draft_begins_empty_in_the_form_of_the_first_review(stage: Stage) -> None:
    review = stage.in_moderation(answers={"reasons": "nobody may see this"})
    newer = replace(NEWEST, version=2)
    draft = read_second_draft(stage.session, review, actor=MODERATOR, newest=newer)
    assert (draft.answers, draft.sections, draft.form_version) == ({}, {}, 1)


def test_sections_are_kept_as_typed_and_the_draft_goes_when_handed_in(stage: Stage) -> None:
    review = stage.in_moderation()
    save(stage, review, Typed(section="outcome", answers={"outcome": "close"}, is_complete=True))
    save(stage, review, Typed(section="identity", answers={"dob": {"day": "40"}}))
    draft = read_second_draft(stage.session, review, actor=MODERATOR, newest=NEWEST)
    assert draft.answers == {"outcome": "close", "dob": {"day": "40"}}
    assert [mark["complete"] for mark in draft.sections.values()] == [True, False]
    stage.second(review)
    assert stage.session.exec(select(SecondDraft)).all() == []


def test_a_section_saved_elsewhere_is_not_overwritten(stage: Stage) -> None:
    review = stage.in_moderation()
    save(stage, review, Typed(section="outcome", answers={"outcome": "close"}, version=0))
    with pytest.raises(ConflictError, match="another tab"):
        save(stage, review, Typed(section="outcome", answers={"outcome": "transfer"}, version=0))


def test_a_late_autosave_of_the_same_page_changes_nothing(stage: Stage) -> None:
    review = stage.in_moderation()
    save(stage, review, Typed(section="outcome", answers={"outcome": "close"}, tab="t", turn=2))
    draft = save(stage, review, Typed(section="outcome", answers={}, tab="t", turn=1))
    assert (draft.answers, draft.version) == ({"outcome": "close"}, 1)


def test_every_moderator_has_a_draft_of_their_own(stage: Stage) -> None:
    review = stage.in_moderation()
    other = make_actor(Role.MODERATOR, name="moderator-2")
    save(stage, review, Typed(section="outcome", answers={"outcome": "close"}))
    draft = read_second_draft(stage.session, review, actor=other, newest=NEWEST)
    assert draft.answers == {}


def test_the_database_refuses_to_change_a_second_review(
    database: Database, programme: Programme
) -> None:
    with database.write() as session:
        stage = Stage(session, programme)
        stage.second(stage.in_moderation())
    for statement in ("UPDATE moderationreview SET outcome = 'x'", "DELETE FROM moderationreview"):
        with (
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
            database.write() as session,
        ):
            session.connection().execute(sa.text(statement))


def test_a_new_round_asks_for_a_new_second_review(stage: Stage) -> None:
    review = stage.in_moderation()
    stage.second(review)
    stage.act(review, Action.AGREE, MODERATOR)
    stage.act(review, Action.REOPEN, MANAGER)
    stage.confirmed(stage.submitted(review), policy=ALL_SAMPLED)
    with pytest.raises(GuardNotMetError, match="your own review first"):
        stage.act(review, Action.AGREE, MODERATOR)
    stage.second(review, on=FIRST + timedelta(1))
    assert len(stage.session.exec(select(ModerationReview)).all()) == 2


def test_the_answers_are_kept_as_they_were_parsed(stage: Stage) -> None:
    form = make_form(answers={"outcome": "remain_cin", "actions": "0"})
    second = stage.second(stage.in_moderation(), answers=form.answers)
    assert second.answers == {"outcome": "remain_cin", "actions": "0"}
