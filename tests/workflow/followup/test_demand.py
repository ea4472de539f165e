"""Where children go after their reviews: shares, weeks, queues."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import make_review
from tests.workflow.followup.desk import complete, reopen
from tests.workflow.forecast.make import make_input
from workflow.calendar import at_local
from workflow.errors import InvalidInputError
from workflow.followup.demand import (
    STEP_DOWN,
    STEP_UP,
    Confirmed,
    conference_demand,
    step_down_demand,
    step_up_demand,
)
from workflow.followup.outlook import confirmed_outcomes, forecast_demand
from workflow.forecast import regroup
from workflow.forecast.outcomes import Outcomes, play
from workflow.policy import CapacityPolicy, Policy

AREAS = {"north": "The north", "south": "The south"}
LAST_WEEK = date(2016, 1, 28)


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    return play(regroup(make_input(past=10), "district"))


def confirmed(outcome: str, count: int, district: str = "north", day: date = LAST_WEEK):
    return [Confirmed(day, district, outcome)] * count


def down(outcomes, so_far, **limits):
    policy = CapacityPolicy(**limits)
    found = step_down_demand(outcomes, so_far, areas=AREAS, policy=policy)
    return {one.name: one for one in found}


def arrivals(demand) -> float:
    return sum(week.arrivals for week in demand.weeks)


def test_half_of_the_reviews_to_come_step_down_when_half_did_so_far(outcomes):
    so_far = confirmed(STEP_DOWN, 200) + confirmed("remain_cin", 200)
    to_come = (outcomes.simulation.completed[-1] - outcomes.simulation.completed[0]).mean()
    both = down(
        outcomes, so_far + confirmed(STEP_DOWN, 200, "south") + confirmed("close", 200, "south")
    )
    assert both.keys() == set(AREAS.values())
    assert sum(map(arrivals, both.values())) == pytest.approx(to_come / 2, rel=0.05)


def test_an_area_without_reviews_yet_leans_on_the_county(outcomes):
    so_far = confirmed(STEP_DOWN, 50) + confirmed("remain_cin", 50)
    both = down(outcomes, so_far)
    assert arrivals(both["The south"]) == pytest.approx(arrivals(both["The north"]), rel=0.25)


def test_what_an_area_cannot_take_in_waits_for_the_next_week(outcomes):
    so_far = confirmed(STEP_DOWN, 60) + confirmed("remain_cin", 60)
    tight = down(outcomes, so_far, early_help_per_week=1.0)["The north"]
    ample = down(outcomes, so_far, early_help_per_week=1000.0)["The north"]
    assert tight.waiting_now >= 57
    assert tight.first_over == tight.weeks[0].monday
    assert (ample.waiting_now, ample.first_over) == (0.0, None)
    assert [week.arrivals for week in tight.weeks] == [week.arrivals for week in ample.weeks]


def test_an_area_of_its_own_capacity_uses_it(outcomes):
    so_far = confirmed(STEP_DOWN, 10)
    named = down(outcomes, so_far, early_help_by_area={"The north": 3.0})
    assert named["The north"].capacity_per_week == 3.0
    assert named["The south"].capacity_per_week == 12.0


def test_a_conference_follows_its_step_up_by_three_weeks(outcomes):
    so_far = confirmed(STEP_UP, 40, day=outcomes.given.as_of) + confirmed("remain_cin", 400)
    ups = step_up_demand(outcomes, so_far, policy=CapacityPolicy())
    conferences = conference_demand(outcomes, so_far, policy=CapacityPolicy())
    assert ups[0].arrivals >= 40
    assert conferences.weeks[0].arrivals == 0
    third = conferences.weeks[3]
    assert third.monday == ups[3].monday
    assert third.arrivals == pytest.approx(0.32 * ups[0].arrivals, rel=0.15)


@settings(max_examples=10, deadline=None)
@given(capacity=st.floats(0, 30), more=st.floats(0, 30), downs=st.integers(0, 30))
def test_more_intake_never_leaves_more_waiting(capacity, more, downs):
    outcomes = play(regroup(replace(make_input(), paths=50), "district"))
    so_far = confirmed(STEP_DOWN, downs) + confirmed("remain_cin", 30)
    less = down(outcomes, so_far, early_help_per_week=capacity)["The north"]
    better = down(outcomes, so_far, early_help_per_week=capacity + more)["The north"]
    for one, other in zip(less.weeks, better.weeks, strict=True):
        assert other.waiting <= one.waiting
        assert one.low80 <= one.high80
        assert 0 <= one.p_over <= 1


def test_confirmed_outcomes_come_from_the_events_of_that_day(session, programme):
    complete(session, programme, "step_down_early_help")
    other = complete(session, programme, "close", now=at_local(date(2016, 2, 12)))
    reopen(session, other, at_local(date(2016, 2, 15)))
    session.flush()

    def outcomes_on(day: date) -> list[str]:
        return [one.outcome for one in confirmed_outcomes(session, programme, day)]

    assert outcomes_on(date(2016, 2, 9)) == []
    assert outcomes_on(date(2016, 2, 12)) == ["step_down_early_help", "close"]
    assert outcomes_on(date(2016, 2, 15)) == ["step_down_early_help"]


def test_the_programme_has_one_line_for_each_early_help_area(session, programme):
    complete(session, programme, "step_down_early_help")
    for district in ("E07000123", "E07000117"):
        make_review(session, programme, district=district)
    session.flush()
    outlook = forecast_demand(
        session, programme=programme, policy=Policy(), as_of=date(2016, 2, 24), paths=200
    )
    assert len(outlook.step_downs) == 5
    burnley = next(one for one in outlook.step_downs if one.name == "Burnley and Pendle")
    assert burnley.so_far == 1
    assert np.isfinite([week.arrivals for week in outlook.step_ups]).all()


def test_a_programme_without_reviews_has_nothing_to_forecast(session, programme):
    with pytest.raises(InvalidInputError):
        forecast_demand(
            session, programme=programme, policy=Policy(), as_of=date(2016, 2, 24), paths=50
        )
