"""The forecast as a whole."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.workflow.forecast.make import GROUPS, START, make_input, make_stock, with_staff
from workflow.calendar import WorkCalendar
from workflow.forecast import ForecastInput, History, forecast_completion
from workflow.policy import ForecastPriors

KEYS = {
    "as_of",
    "target",
    "total",
    "complete",
    "open",
    "p_done_by_target",
    "p50",
    "p80",
    "p95",
    "last_case",
    "required_per_working_day",
    "achieved_per_working_day",
    "binding_stage",
    "basis",
    "by_district",
    "by_agency",
    "bands",
}
BAND_KEYS = {"date", "low95", "low80", "low50", "mid", "high50", "high80", "high95"}


@pytest.fixture(scope="module")
def usual() -> ForecastInput:
    return make_input()


def test_the_json_has_the_stable_keys_and_survives_a_round_trip(usual: ForecastInput) -> None:
    document = forecast_completion(usual).to_json()
    assert set(document) >= KEYS
    assert set(document["last_case"]) == {"p50", "p80", "p95"}
    assert {*document["bands"][0]} == BAND_KEYS
    assert {*document["by_district"][0]} >= {"district", "p_done", "p50", "p80", "p95", "open"}
    assert {*document["by_agency"][0]} >= {"agency", "p_done", "p50", "p80", "p95", "complete"}
    assert json.loads(json.dumps(document)) == document


def test_the_parts_sum_to_the_whole_and_the_numbers_are_in_order(usual: ForecastInput) -> None:
    said = forecast_completion(usual)
    assert said.total == said.complete + said.open == 400
    for parts in (said.by_district, said.by_agency):
        assert sum(part.total for part in parts) == said.total
        assert sum(part.open for part in parts) == said.open
    dates = [(d.p50.date, d.p80.date, d.p95.date) for d in (said.dates, said.last_case)]
    assert all(list(three) == sorted(three) for three in dates)
    assert all(first <= last for first, last in zip(*dates, strict=True))
    assert all(part.p_done >= said.p_done_by_target for part in said.by_district)
    for band in said.bands:
        values = list(band.quantiles.values())
        assert values == sorted(values)
        assert values[0] >= 0


def test_nothing_is_ever_said_of_a_closed_day(usual: ForecastInput) -> None:
    said = forecast_completion(usual)
    named = [band.on for band in said.bands] + [row.on for row in said.ahead]
    named += [d.date for dates in (said.dates, said.last_case) for d in (dates.p50, dates.p95)]
    assert all(usual.calendar.is_working_day(day) for day in named)
    assert not {date(2016, 3, 25), date(2016, 3, 28)} & set(named)


def test_the_same_input_gives_the_same_answer(usual: ForecastInput) -> None:
    assert forecast_completion(usual) == forecast_completion(make_input())


def test_the_basis_is_the_plan_until_there_is_evidence(usual: ForecastInput) -> None:
    start = make_input(past=0, history=History.empty(len(GROUPS)))
    first = forecast_completion(start)
    assert (first.basis, forecast_completion(usual).basis) == ("plan", "evidence")
    assert first.pace.achieved_per_working_day is None
    assert 0 < first.p_done_by_target < 1
    assert first.burn_down == ()
    assert all(row.naive is None for row in first.ahead)


def test_with_nothing_open_it_is_done_today(usual: ForecastInput) -> None:
    done = replace(usual, stock=make_stock(np.zeros(4), usual.stock.total))
    said = forecast_completion(done)
    assert said.p_done_by_target == 1.0
    assert said.last_case.p95.date == usual.as_of
    assert said.binding_stage is None
    assert said.pace.required_per_working_day == 0.0


def test_with_nobody_there_it_is_never_done_and_says_so(usual: ForecastInput) -> None:
    said = forecast_completion(with_staff(usual, 0.0))
    assert said.p_done_by_target == 0.0
    assert said.dates.p50.beyond
    assert str(said.dates.p50).startswith("not before ")
    assert said.to_json()["p50"] is None
    assert said.pace.required_per_reviewer_day is None


def test_a_group_without_reviews_or_reviewers_does_no_harm(usual: ForecastInput) -> None:
    backlog, complete = usual.stock.backlog.copy(), usual.stock.complete.copy()
    backlog[2:] = complete[2:] = 0.0
    said = forecast_completion(
        replace(
            with_staff(usual, np.array([3.0, 3.0, 0.0, 0.0])), stock=make_stock(backlog, complete)
        )
    )
    south = next(part for part in said.by_district if part.name == "south")
    assert (south.open, south.p_done) == (0, 1.0)


def test_a_target_in_the_past_is_missed_and_needs_no_pace(usual: ForecastInput) -> None:
    said = forecast_completion(replace(usual, target=START))
    assert said.p_done_by_target == 0.0
    assert said.pace.required_per_working_day is None


def test_the_required_pace_is_what_is_left_over_the_days_left(usual: ForecastInput) -> None:
    given = replace(usual, priors=replace(usual.priors, withdrawn=(1e-9, 1000.0)))
    said = forecast_completion(given)
    days = given.days_to_target
    assert said.pace.required_per_working_day == pytest.approx(said.open / days, abs=0.01)
    assert said.pace.achieved_per_working_day == pytest.approx(
        given.history.completed.sum() / 10, abs=0.01
    )


def test_the_burn_down_ends_at_what_is_open_now(usual: ForecastInput) -> None:
    history = usual.history
    said = forecast_completion(usual)
    assert said.burn_down[-1].open == said.open
    assert said.burn_down[0].open == round(
        said.open + history.completed[1:].sum() - history.arrivals[1:].sum()
    )


def test_halving_moderation_makes_it_what_binds() -> None:
    given = make_input(moderation_share=0.3, moderation_capacity=np.full(75, 4.0))
    halved = replace(given, moderation_capacity=np.full(75, 2.0))
    assert forecast_completion(given).binding_stage in ("reviewing", "north", "south")
    assert forecast_completion(halved).binding_stage == "moderation"


def test_too_few_managers_bind_at_confirming() -> None:
    assert forecast_completion(make_input(confirm_capacity=np.full(75, 4.0))).binding_stage == (
        "confirming"
    )


def test_a_slow_district_is_named() -> None:
    stock = make_stock(np.array([10.0, 10.0, 150.0, 150.0]), np.zeros(4))
    assert forecast_completion(make_input(stock=stock)).binding_stage == "south"


def test_easter_costs_two_working_days() -> None:
    """The same work with and without Good Friday and Easter Monday, finished after Easter."""
    easter = frozenset({date(2016, 3, 25), date(2016, 3, 28)})
    priors = ForecastPriors(weekday_spread=1e-9)  # two days later is another weekday
    closed = make_input(total=560.0, priors=priors)
    opened = make_input(total=560.0, priors=priors, calendar=WorkCalendar(overtime=easter))
    late, early = (forecast_completion(g).dates.p80.date for g in (closed, opened))
    assert early > date(2016, 3, 28)
    assert WorkCalendar().working_days_between(early, late) == 2


def test_what_is_said_of_the_coming_days_can_be_scored_later(usual: ForecastInput) -> None:
    ahead = forecast_completion(usual).ahead
    assert [row.working_days for row in ahead] == [5, 10, usual.days_to_target]
    assert ahead[0].on == usual.exposure.days[4]
    levels = list(ahead[0].quantiles)
    assert levels[0] == 0.025
    assert levels[-1] == 0.975
    assert len(levels) == 21
    assert ahead[0].naive is not None
