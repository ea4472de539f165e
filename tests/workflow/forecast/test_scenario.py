"""What if: changed plans on the same futures."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.workflow.forecast.make import GROUPS, make_input, make_stock
from workflow.errors import InvalidInputError
from workflow.forecast import ForecastInput, Scenario, Vacancy, apply, compare
from workflow.forecast.scenario import CapacityChange, Comparison, Move, Range, ReviewerChange

MARCH = date(2016, 3, 1)


@pytest.fixture(scope="module")
def base() -> ForecastInput:
    given = make_input(
        total=560.0,
        confirm_capacity=np.full(75, 40.0),
        moderation_capacity=np.full(75, 6.0),
    )
    vacancy = Vacancy(group=GROUPS[0], expected_on=date(2016, 4, 1))
    return replace(given, exposure=replace(given.exposure, vacancies=(vacancy,)))


def test_an_empty_scenario_changes_nothing(base: ForecastInput) -> None:
    assert apply(Scenario(name="as it is"), base).fingerprint() == base.fingerprint()
    said = compare(base, Scenario(name="as it is"))
    assert said.p_done_base == said.p_done_scenario
    assert (said.completed_by_target.low80, said.completed_by_target.high80) == (0.0, 0.0)


def test_more_reviewers_help_within_a_range_and_from_their_first_day(base: ForecastInput) -> None:
    more = Scenario(
        name="five more",
        reviewers=(ReviewerChange(count=5, from_on=MARCH, agency="constabulary"),),
    )
    changed = apply(more, base)
    added = changed.exposure.future - base.exposure.future
    first = base.exposure.days.index(MARCH)
    assert not added[:first].any()
    assert added[first].sum() == pytest.approx(5 * 0.5 * 0.95)
    assert not added[:, [0, 2]].any()
    said = compare(base, more)
    gain = said.completed_by_target
    assert 0 < gain.low80 < gain.mean < gain.high80
    assert said.p_done_scenario >= said.p_done_base
    assert said.days_earlier.mean > 0


def test_losing_moderators_costs_and_names_the_stage(base: ForecastInput) -> None:
    lost = Scenario(name="two lost", moderators=(CapacityChange(factor=0.1, from_on=MARCH),))
    said = compare(replace(base, moderation_share=0.3), lost)
    assert said.binding_scenario == "moderation"
    assert said.completed_by_target.mean < -1


def test_a_capacity_nobody_stated_cannot_be_changed(base: ForecastInput) -> None:
    lost = Scenario(name="lost", managers=(CapacityChange(factor=0.5, from_on=MARCH),))
    with pytest.raises(InvalidInputError, match="capacity of managers is not known"):
        apply(lost, replace(base, confirm_capacity=None))


def test_overtime_adds_a_working_day_for_everybody_who_turns_out(base: ForecastInput) -> None:
    saturday = date(2016, 3, 5)
    changed = apply(Scenario(name="overtime", overtime=(saturday,)), base)
    row = changed.exposure.days.index(saturday)
    assert changed.calendar.is_working_day(saturday)
    assert changed.horizon == base.horizon + 1
    assert changed.exposure.future[row].sum() == pytest.approx(0.5 * 10.0)
    assert changed.confirm_capacity is not None
    assert changed.confirm_capacity[row] == 20.0
    said = compare(base, Scenario(name="overtime", overtime=(saturday,)))
    assert said.completed_by_target.mean > 0


def test_overtime_outside_the_horizon_is_refused(base: ForecastInput) -> None:
    with pytest.raises(InvalidInputError, match="Overtime must lie"):
        apply(Scenario(name="late", overtime=(date(2017, 1, 7),)), base)


def test_moving_reviewers_keeps_their_number_and_helps_a_backlog() -> None:
    given = make_input(stock=make_stock(np.array([20.0, 20.0, 120.0, 120.0]), np.zeros(4)))
    move = Scenario(
        name="to the south",
        moves=(
            Move(
                count=2,
                from_on=given.exposure.days[0],
                from_district="north",
                to_district="south",
            ),
        ),
    )
    changed = apply(move, given)
    assert changed.exposure.future.sum() == pytest.approx(given.exposure.future.sum())
    assert compare(given, move).days_earlier.mean > 5


def test_vacancies_can_be_filled_on_a_date_taken_at_its_word(base: ForecastInput) -> None:
    def gain(certain: bool) -> float:
        filled = Scenario(
            name="filled", vacancies_filled_on=date(2016, 2, 8), vacancies_certain=certain
        )
        return compare(base, filled).completed_by_target.mean

    assert gain(certain=True) > gain(certain=False) > 0


def test_scope_target_and_returns_change_too(base: ForecastInput) -> None:
    wider = apply(
        Scenario(name="wider", extra_cases=40, target=date(2016, 4, 15), returned_factor=2.0), base
    )
    assert wider.stock.total.sum() == pytest.approx(base.stock.total.sum() + 40)
    assert (wider.target, wider.returned_factor) == (date(2016, 4, 15), 2.0)
    with pytest.raises(InvalidInputError, match="could be taken out"):
        apply(Scenario(name="gone", extra_cases=-10_000), base)


def test_a_group_the_programme_lacks_is_refused(base: ForecastInput) -> None:
    unknown = ReviewerChange(count=1, from_on=MARCH, agency="fire brigade", district="north")
    with pytest.raises(InvalidInputError, match="fire brigade and north"):
        apply(Scenario(name="x", reviewers=(unknown,)), base)


def test_moderators_are_lost_by_number_where_the_roster_names_them(base: ForecastInput) -> None:
    two = Scenario(name="two lost", moderators=(CapacityChange(count=-2, from_on=MARCH),))
    changed = apply(two, replace(base, moderators=6))
    assert changed.moderation_capacity is not None
    assert changed.moderation_capacity[0] == 6.0
    assert changed.moderation_capacity[-1] == pytest.approx(4.0)
    with pytest.raises(InvalidInputError, match="names no moderators"):
        apply(two, base)
    gone = Scenario(name="all lost", moderators=(CapacityChange(count=-9, from_on=MARCH),))
    assert not apply(gone, replace(base, moderators=6)).moderation_capacity[-1]


@pytest.mark.parametrize("wrong", [{}, {"count": 1.0, "factor": 0.5}])
def test_a_change_of_capacity_is_a_count_or_a_factor(
    base: ForecastInput, wrong: dict[str, float]
) -> None:
    change = CapacityChange(from_on=MARCH, **wrong)
    with pytest.raises(InvalidInputError, match="either a count or a factor"):
        apply(Scenario(name="x", managers=(change,)), base)


def test_the_difference_is_said_with_its_range() -> None:
    said = Comparison(
        name="Five more",
        p_done_base=0.0,
        p_done_scenario=0.61,
        p80_base="12 April 2016",
        p80_scenario="7 April 2016",
        completed_by_target=Range(13.2, 4.4, 21.6),
        days_earlier=Range(-1.0, -3.0, 0.0),
        last_case_days_earlier=Range(2.0, 0.0, 5.0),
        binding_base="reviewing",
        binding_scenario=None,
    )
    assert said.sentences == (
        "Five more: the chance to finish by the target goes from <1 % to 61 % (about 6 in 10).",
        "13 reviews more complete (80 % range 4 to 22) by the target.",
        (
            "98 % are complete 1 working day later (80 % range 0 to 3); 80 % sure by 7 April 2016 "
            "instead of 12 April 2016."
        ),
        "The last review is complete 2 working days earlier (80 % range 0 to 5).",
        "What binds: reviewing before, nothing after.",
    )
    assert said.to_json()["words"] == list(said.sentences)
