"""The input of a forecast, read from the events and the roster."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from tests.factories import make_actor, make_review, make_reviewer
from tests.workflow.forecast.worked import DISTRICTS, POLICY, Worked
from workflow.calendar import at_local
from workflow.errors import InvalidInputError
from workflow.forecast import ForecastInput, Group
from workflow.forecast.reading import read_inputs
from workflow.models import Programme, Reviewer
from workflow.quality.plans import set_plan
from workflow.quality.sampling import SamplingPlan
from workflow.states import Role

MONDAY = date(2016, 2, 8)


def inputs_on(session: Session, programme: Programme, day: date) -> ForecastInput:
    return read_inputs(session, programme=programme, policy=POLICY, as_of=day, paths=200)


def test_without_a_review_there_is_nothing_to_forecast(
    session: Session, programme: Programme
) -> None:
    with pytest.raises(InvalidInputError, match="import a caseload first"):
        inputs_on(session, programme, MONDAY)


@pytest.mark.both_databases
def test_history_stock_and_capacities_are_read(session: Session, programme: Programme) -> None:
    Worked(session, programme).until(MONDAY)
    given = inputs_on(session, programme, MONDAY)
    past = len(programme.calendar.working_days(programme.starts_on, MONDAY)) - 1
    assert len(given.history.days) == past
    assert given.history.submitted.sum() == given.history.completed.sum() == 2 * past
    assert (given.stock.complete.sum(), given.stock.open.sum()) == (2 * past, 50 - 2 * past)
    assert set(given.groups) == {
        Group(district, agency) for district in DISTRICTS for agency in ("council", None)
    }
    assert (given.managers, given.moderators) == (1, 1)
    assert given.confirm_capacity is not None
    assert given.confirm_capacity[0] == pytest.approx(12 * 0.95)
    assert given.moderation_capacity is not None
    assert given.moderation_capacity[0] == pytest.approx(6 / 3 * 0.95)
    assert given.moderation_share == pytest.approx(0.0)


def test_the_share_that_is_moderated_follows_the_sampling_plan_in_force(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme).until(MONDAY)
    plan = SamplingPlan(in_force_from=MONDAY, share=0.5, first_reviews=0, under_years=0)
    set_plan(
        session,
        programme=programme,
        plan=plan,
        reason="More to look at",
        actor=make_actor(Role.MANAGER),
        now=at_local(MONDAY),
        today=MONDAY,
    )
    before = MONDAY - timedelta(3)
    assert inputs_on(session, programme, MONDAY).moderation_share == pytest.approx(0.5)
    assert inputs_on(session, programme, before).moderation_share == pytest.approx(0.0)


def test_work_of_the_day_itself_is_still_to_come_but_what_joins_counts(
    session: Session, programme: Programme
) -> None:
    worked = Worked(session, programme).until(MONDAY)
    morning = inputs_on(session, programme, MONDAY)
    worked.work(MONDAY)
    assert inputs_on(session, programme, MONDAY).fingerprint() == morning.fingerprint()
    make_review(session, programme, district=DISTRICTS[0])
    assert inputs_on(session, programme, MONDAY).stock.open.sum() == morning.stock.open.sum() + 1


def test_once_nothing_is_open_it_is_complete_on_the_day_itself(
    session: Session, programme: Programme
) -> None:
    worked = Worked(session, programme, each=3)
    worked.work(MONDAY, each=3)
    given = inputs_on(session, programme, MONDAY)
    assert (given.stock.open.sum(), given.stock.complete.sum()) == (0, 6)


def test_reviewers_count_where_their_reviews_are(session: Session, programme: Programme) -> None:
    worked = Worked(session, programme)
    for _ in range(25):
        worked.open(DISTRICTS[1], worked.people[0])
    given = inputs_on(session, programme, programme.starts_on)
    days = dict(zip(given.groups, given.exposure.future[0], strict=True))
    north, south = (days[Group(district, "council")] for district in DISTRICTS)
    assert south == pytest.approx(3 * north)


def test_reviewers_go_anywhere_while_most_is_not_allocated(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme)
    assert not inputs_on(session, programme, MONDAY).reviewers_move
    for _ in range(60):
        make_review(session, programme, district=DISTRICTS[0])
    assert inputs_on(session, programme, MONDAY).reviewers_move


def test_who_decides_and_reviews_has_time_for_decisions_besides(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme)
    make_reviewer(session, programme, roles=["reviewer", "moderator"], points_per_day=40.0)
    given = inputs_on(session, programme, MONDAY)
    assert given.moderators == 2
    assert given.moderation_capacity is not None
    assert given.moderation_capacity[0] == pytest.approx((6 + 8) / 3 * 0.95)


def test_without_managers_or_moderators_nothing_is_known_of_their_capacity(
    session: Session, programme: Programme
) -> None:
    Worked(session, programme)
    for person in session.exec(select(Reviewer).where(col(Reviewer.programme_id) == programme.key)):
        person.roles = ["reviewer"]
    session.flush()
    given = inputs_on(session, programme, MONDAY)
    assert given.confirm_capacity is None
    assert given.moderation_capacity is None
