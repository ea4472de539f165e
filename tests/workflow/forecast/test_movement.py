"""Why the number moved."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.workflow.forecast.make import GROUPS, make_input, with_staff
from workflow.errors import InvalidInputError
from workflow.forecast import ForecastInput, Movement, Vacancy, why_moved

TOTAL = 470.0


@pytest.fixture(scope="module")
def yesterday() -> ForecastInput:
    return make_input(past=14, total=TOTAL, horizon=71, paths=1500)


@pytest.fixture(scope="module")
def today() -> ForecastInput:
    return make_input(past=15, total=TOTAL, horizon=70, paths=1500)


def test_the_parts_sum_to_the_step(yesterday: ForecastInput, today: ForecastInput) -> None:
    moved = why_moved(yesterday, with_staff(today, 2.2))
    assert moved.data + moved.capacity + moved.scope == pytest.approx(moved.after - moved.before)


def test_another_day_of_the_same_is_data(yesterday: ForecastInput, today: ForecastInput) -> None:
    moved = why_moved(yesterday, today)
    assert moved.capacity == 0.0
    assert moved.scope == 0.0
    assert 0 < moved.before < 1


def test_fewer_reviewers_ahead_is_capacity(yesterday: ForecastInput, today: ForecastInput) -> None:
    moved = why_moved(yesterday, with_staff(today, 2.0))
    assert moved.capacity < -0.02
    assert moved.scope == 0.0


def test_a_post_filled_since_is_capacity(yesterday: ForecastInput, today: ForecastInput) -> None:
    vacancy = Vacancy(group=GROUPS[0], expected_on=date(2016, 3, 25))
    before = replace(yesterday, exposure=replace(yesterday.exposure, vacancies=(vacancy,)))
    moved = why_moved(before, with_staff(today, np.array([4.5, 2.5, 2.5, 2.5])))
    assert moved.capacity > 0.01


def test_new_cases_are_scope(yesterday: ForecastInput, today: ForecastInput) -> None:
    arrivals = today.history.arrivals.copy()
    arrivals[-1] = 10.0
    grown = replace(
        today,
        history=replace(today.history, arrivals=arrivals),
        stock=replace(today.stock, backlog=today.stock.backlog + 10.0),
    )
    moved = why_moved(yesterday, grown)
    assert moved.new_cases == 40
    assert moved.scope < -0.05
    assert moved.capacity == 0.0
    assert moved.data == pytest.approx(why_moved(yesterday, today).data, abs=0.02)


def test_a_capacity_that_became_known_is_capacity(
    yesterday: ForecastInput, today: ForecastInput
) -> None:
    old = replace(yesterday, confirm_capacity=np.full(71, 3.0))
    moved = why_moved(old, replace(today, confirm_capacity=np.full(70, 20.0)))
    assert moved.capacity > 0.02


def test_only_an_earlier_and_a_later_day_compare(
    yesterday: ForecastInput, today: ForecastInput
) -> None:
    with pytest.raises(InvalidInputError, match="earlier and a later"):
        why_moved(today, yesterday)


def test_the_step_is_said_in_words() -> None:
    moved = Movement(before=0.61, after=0.54, data=0.0, capacity=-0.02, scope=-0.05, new_cases=38)
    assert str(moved) == "61 % → 54 %: -5 scope (+38 cases), -2 capacity"
    still = Movement(before=0.5, after=0.5, data=0.0, capacity=0.0, scope=0.0, new_cases=0)
    assert str(still) == "50 % → 50 %: no part moved by a whole point"
    assert still.to_json()["new_cases"] == 0
