"""What the forecast promises: more people never hurt, the right stage is named, Easter counts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import examples
from tests.workflow.forecast.make import CALENDAR, GROUPS, TARGET, make_input
from workflow.calendar import WorkCalendar
from workflow.forecast import (
    ForecastInput,
    History,
    Scenario,
    compare,
    forecast_completion,
    regroup,
)
from workflow.forecast.binding import binding_stage
from workflow.forecast.outcomes import play
from workflow.forecast.scenario import ReviewerChange

GOOD_FRIDAY, EASTER_MONDAY = date(2016, 3, 25), date(2016, 3, 28)
WITHOUT_EASTER = WorkCalendar(overtime=frozenset({GOOD_FRIDAY, EASTER_MONDAY}))


@settings(max_examples=examples(5), deadline=None)
@given(
    seed=st.integers(0, 99),
    start=st.integers(0, 35),
    count=st.floats(0.2, 5),
    moving=st.booleans(),
    capacity=st.sampled_from([None, 6.0, 12.0]),
    agency=st.sampled_from([None, "council", "constabulary"]),
)
def test_more_reviewers_do_not_lower_the_chance_on_the_same_futures(
    seed: int, start: int, count: float, moving: bool, capacity: float | None, agency: str | None
) -> None:
    base = make_input(
        seed=seed,
        total=480.0,
        paths=150,
        reviewers_move=moving,
        moderation_capacity=None if capacity is None else np.full(75, capacity / 6),
        confirm_capacity=None if capacity is None else np.full(75, capacity),
    )
    more = ReviewerChange(count=count, from_on=base.exposure.days[start], agency=agency)
    said = compare(base, Scenario(name="more", reviewers=(more,)))
    # Not quite never later: a review done sooner cannot leave by itself, so that the whole is larger.
    # Where confirming is short, a path in thirty may miss the target by that.
    assert said.p_done_scenario >= said.p_done_base - 1 / 30
    assert said.completed_by_target.low80 >= -0.5
    assert said.days_earlier.mean >= -0.05


def test_halving_the_moderation_capacity_makes_the_forecast_name_moderation() -> None:
    enough = make_input(
        total=500.0,
        moderation_share=0.25,
        moderation_capacity=np.full(75, 3.0),
        confirm_capacity=np.full(75, 30.0),
    )
    halved = replace(enough, moderation_capacity=np.full(75, 1.5))
    assert forecast_completion(enough).binding_stage == "reviewing"
    said = forecast_completion(halved)
    assert said.binding_stage == "moderation"
    assert said.p_done_by_target < forecast_completion(enough).p_done_by_target


def test_halving_the_managers_makes_the_forecast_name_confirming() -> None:
    enough = make_input(total=500.0, confirm_capacity=np.full(75, 12.0))
    halved = replace(enough, confirm_capacity=np.full(75, 6.0))
    assert binding_stage(regroup(halved, "district")) == "confirming"


def first_day(calendar: WorkCalendar, total: float) -> ForecastInput:
    """No history, so that no weekday has a pace of its own yet."""
    return make_input(
        past=0,
        history=History.empty(len(GROUPS)),
        total=total,
        staff=3.0,
        calendar=calendar,
    )


@pytest.mark.parametrize("total", [380.0, 420.0, 460.0])
def test_easter_moves_every_later_date_by_its_two_working_days(total: float) -> None:
    closed, worked = (
        forecast_completion(first_day(calendar, total)) for calendar in (CALENDAR, WITHOUT_EASTER)
    )
    pairs = [
        (with_easter, without)
        for some in ("dates", "last_case")
        for level in ("p50", "p80", "p95")
        if not (with_easter := getattr(getattr(closed, some), level)).beyond
        and not (without := getattr(getattr(worked, some), level)).beyond
    ]
    later = [pair for pair in pairs if pair[1].date >= EASTER_MONDAY]
    assert later
    for with_easter, without in later:
        assert with_easter.date == CALENDAR.add_working_days(without.date, 2)
    assert all(one == other for one, other in pairs if other.date < GOOD_FRIDAY)


def test_easter_costs_two_days_of_work_by_the_target() -> None:
    closed, worked = (
        play(regroup(first_day(calendar, 900.0), "district"))
        for calendar in (CALENDAR, WITHOUT_EASTER)
    )
    days = len(CALENDAR.working_days(first_day(CALENDAR, 900.0).as_of, TARGET))
    by_target = [one.complete_by_target.mean() for one in (closed, worked)]
    assert by_target[1] / by_target[0] == pytest.approx((days + 2) / days, rel=0.03)


def test_nothing_is_completed_on_a_day_nobody_works() -> None:
    said = forecast_completion(make_input())
    named = {band.on for band in said.bands}
    named |= {band.on for part in said.by_district for band in part.bands}
    named |= {row.on for row in said.ahead}
    assert not named & {GOOD_FRIDAY, EASTER_MONDAY}
    assert all(day.weekday() < 5 for day in named)


def test_the_same_data_give_the_same_number_and_the_target_changes_only_the_chance() -> None:
    base = make_input(total=450.0)
    later = replace(base, target=date(2016, 4, 8))
    one, again, moved = map(forecast_completion, (base, make_input(total=450.0), later))
    assert one.to_json() == again.to_json()
    assert moved.p_done_by_target > one.p_done_by_target
    assert (moved.dates, moved.last_case) == (one.dates, one.last_case)


def test_districts_have_their_course_week_by_week() -> None:
    given = make_input()
    said = forecast_completion(given)
    for part in said.by_district:
        assert part.burn_down[-1].open == part.open
        assert part.burn_down[-1].complete == part.complete
        weeks = [band.on.isocalendar()[:2] for band in part.bands]
        assert len(set(weeks)) >= len(weeks) - 1  # the target may lie within a week
        assert TARGET in {band.on for band in part.bands}
        middles = [band.quantiles["mid"] for band in part.bands]
        assert middles == sorted(middles, reverse=True)
        assert middles[0] <= part.open
