"""The sample at work: dated plans, replacements, and counts from the events."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from tests.workflow.quality.stage import (
    COORDINATOR,
    FIRST,
    MANAGER,
    MODERATOR,
    NO_SAMPLE,
    Stage,
)
from workflow.calendar import at_local
from workflow.errors import InvalidInputError, NotPermittedError
from workflow.geography import load_geography
from workflow.models import Case, SampleReplacement, SamplingRule
from workflow.policy import ModerationPolicy, Policy
from workflow.quality.plans import plan_on, plans_of, set_plan
from workflow.quality.reading import decided_submissions
from workflow.quality.sampling import SamplingPlan, Stratum, balance, number_of
from workflow.reviews import moderation_reason
from workflow.states import Action, ReviewState

NOW = at_local(FIRST)
USUAL = SamplingPlan.of_policy(NO_SAMPLE.moderation)
GEOGRAPHY = load_geography()


def put_in_force(
    stage: Stage, plan: SamplingPlan, actor=MANAGER, today: date = FIRST
) -> SamplingRule:
    return set_plan(
        stage.session,
        programme=stage.programme,
        plan=plan,
        reason="More step-downs to look at",
        actor=actor,
        now=NOW,
        today=today,
    )


def reference_of(stage: Stage, review) -> str:
    return stage.session.get_one(Case, review.case_id).reference


def test_a_plan_counts_from_its_day_on(stage: Stage) -> None:
    later = FIRST + timedelta(7)
    put_in_force(stage, replace(USUAL, in_force_from=later, share=1.0))
    day = {
        on: plan_on(stage.session, stage.programme.key, on, NO_SAMPLE.moderation)
        for on in (FIRST, later)
    }
    assert (day[FIRST].share, day[later].share) == (0, 1.0)
    before = stage.confirmed(stage.submitted(), on=later - timedelta(1))
    after = stage.confirmed(stage.submitted(), on=later)
    assert (before.state, after.state) == (ReviewState.COMPLETE, ReviewState.IN_MODERATION)


def test_the_newest_plan_of_a_day_counts_and_the_others_stay(stage: Stage) -> None:
    for share in (0.2, 0.4):
        put_in_force(stage, replace(USUAL, in_force_from=FIRST, share=share))
    found = plan_on(stage.session, stage.programme.key, FIRST, NO_SAMPLE.moderation)
    assert found.share == 0.4
    assert [rule.plan["share"] for rule in plans_of(stage.session, stage.programme.key)] == [
        0.4,
        0.2,
    ]


def test_a_stratum_has_its_own_share_in_use(stage: Stage) -> None:
    plan = replace(USUAL, in_force_from=FIRST, strata=(Stratum("outcome", "transfer", 1.0),))
    put_in_force(stage, plan)
    transfer = stage.confirmed(stage.submitted(outcome="transfer"))
    assert transfer.state is ReviewState.IN_MODERATION
    assert stage.confirmed(stage.submitted()).state is ReviewState.COMPLETE


def test_a_plan_cannot_begin_in_the_past(stage: Stage) -> None:
    with pytest.raises(InvalidInputError, match="past"):
        put_in_force(stage, replace(USUAL, in_force_from=FIRST - timedelta(1)))


def test_a_plan_says_why(stage: Stage) -> None:
    with pytest.raises(InvalidInputError, match="why"):
        set_plan(
            stage.session,
            programme=stage.programme,
            plan=replace(USUAL, in_force_from=FIRST),
            reason=" ",
            actor=MANAGER,
            now=NOW,
            today=FIRST,
        )


def test_a_moderator_does_not_set_the_plan(stage: Stage) -> None:
    with pytest.raises(NotPermittedError):
        put_in_force(stage, replace(USUAL, in_force_from=FIRST), actor=MODERATOR)


@pytest.mark.both_databases
def test_a_plan_is_never_overwritten(stage: Stage) -> None:
    put_in_force(stage, replace(USUAL, in_force_from=FIRST))
    statement = sa.text("UPDATE samplingrule SET reason = 'x'")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), stage.session.begin_nested():
        stage.session.connection().execute(statement)


def test_a_second_view_with_another_outcome_goes_to_moderation(stage: Stage) -> None:
    review = stage.submitted(outcome="close")
    stage.act(review, Action.RETURN, MANAGER)
    stage.submitted(review, outcome="remain_cin")
    wanted = moderation_reason(stage.session, review, stage.programme, NO_SAMPLE, on=FIRST)
    assert wanted == "an earlier view of this case came to another outcome"
    assert stage.confirmed(review).state is ReviewState.IN_MODERATION


def test_a_withdrawn_random_draw_is_replaced_by_the_next_number(stage: Stage) -> None:
    half = Policy(moderation=ModerationPolicy(share=0.5, first_reviews=0))
    drawn = stage.in_moderation()
    others = [stage.submitted(case={"reference": f"CIN-R{n}"}) for n in range(8)]
    elsewhere = stage.submitted(case={"district": "E07000118", "reference": "CIN-R9"})
    seed = stage.programme.seed
    stage.act(drawn, Action.WITHDRAW, COORDINATOR)
    stage.session.flush()
    assert stage.session.exec(select(SampleReplacement)).all() == [], "all of them are drawn anyway"
    second = _drawn_by_half(stage, half, others)
    stage.act(second, Action.WITHDRAW, COORDINATOR)
    stage.session.flush()
    (found,) = stage.session.exec(select(SampleReplacement)).all()
    left = [one for one in others if one is not second]
    numbers = {one.key: number_of(reference_of(stage, one), seed) for one in left}
    above = {key: number for key, number in numbers.items() if number >= 0.5}
    assert found.review_id == min(above, key=above.__getitem__)
    assert found.review_id != elsewhere.key
    chosen = next(one for one in others if one.key == found.review_id)
    wanted = moderation_reason(stage.session, chosen, stage.programme, NO_SAMPLE, on=FIRST)
    assert wanted == "drawn in place of a withdrawn review"


def _drawn_by_half(stage: Stage, half: Policy, candidates):
    """The first candidate that a draw of one half takes, in moderation."""
    seed = stage.programme.seed
    one = next(one for one in candidates if number_of(reference_of(stage, one), seed) < 0.5)
    return stage.confirmed(one, policy=half)


def test_a_withdrawn_certain_draw_is_not_replaced(stage: Stage) -> None:
    certain = stage.in_moderation(safety="immediate_risk")
    stage.submitted()
    stage.act(certain, Action.WITHDRAW, COORDINATOR)
    stage.session.flush()
    assert stage.session.exec(select(SampleReplacement)).all() == []


def test_expected_and_actual_counts_come_from_the_events(stage: Stage) -> None:
    half = Policy(moderation=ModerationPolicy(share=0.5, first_reviews=0))
    made = [stage.confirmed(stage.submitted(), policy=half) for _ in range(6)]
    stage.confirmed(stage.submitted(by=stage.constabulary, outcome="close"), policy=half)
    moderated = stage.in_moderation(on=FIRST + timedelta(1))
    stage.second(moderated, on=FIRST + timedelta(1))
    stage.act(moderated, Action.DISAGREE, MODERATOR, FIRST + timedelta(1))
    stage.confirmed(moderated, on=FIRST + timedelta(2))
    stage.session.flush()
    found = decided_submissions(stage.session, stage.programme, FIRST, geography=GEOGRAPHY)
    police, council = balance(found, "agency")
    sent = sum(one.state is ReviewState.IN_MODERATION for one in made)
    assert (police.decided, police.certain, police.drawn) == (1, 1, 1)
    assert (council.decided, council.expected, council.drawn) == (6, 3.0, sent)
    assert [one.value for one in balance(found, "district")] == ["Burnley"]
    assert [one.value for one in balance(found, "outcome")] == ["close", "remain_cin"]
    later = decided_submissions(
        stage.session, stage.programme, FIRST + timedelta(2), geography=GEOGRAPHY
    )
    assert len(later) == 8, "the decision after moderation was no new draw"
