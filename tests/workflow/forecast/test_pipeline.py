"""The case flow on simulated futures."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from tests.workflow.forecast.make import GROUPS, make_input, make_stock, with_staff
from workflow.forecast import ForecastInput, Group, Vacancy, regroup
from workflow.forecast.outcomes import play
from workflow.forecast.pipeline import count_noise, late_by_luck, simulate

DISTRICT = "district"


def simulated(given: ForecastInput):
    return simulate(regroup(given, DISTRICT))


def test_no_review_is_lost_or_made_up() -> None:
    given = make_input(
        stock=replace(make_input().stock, submitted=np.full(4, 3.0), in_moderation=np.full(4, 2.0))
    )
    run = simulated(given)
    to_be_withdrawn = run.completed + run.open - run.scope.sum(axis=0)
    assert (np.diff(to_be_withdrawn, axis=0) <= 1e-2).all()
    np.testing.assert_allclose(to_be_withdrawn[-1], 0.0, atol=1e-2)
    assert run.completed[0] == pytest.approx(given.stock.complete.sum())
    assert (run.scope.sum(axis=0) <= given.stock.total.sum() + 1e-2).all()


def test_completions_never_go_back_and_never_pass_the_scope() -> None:
    run = simulated(make_input())
    assert (np.diff(run.complete, axis=0) >= -1e-3).all()
    assert (run.complete <= run.scope + 1e-2).all()
    assert (run.open >= -1e-2).all()


def test_the_same_seed_gives_the_same_paths_and_another_seed_others() -> None:
    first, again = simulated(make_input()), simulated(make_input())
    other = simulated(make_input(seed=8))
    np.testing.assert_array_equal(first.complete, again.complete)
    assert (first.complete != other.complete).any()


def test_a_longer_horizon_leaves_the_first_days_as_they_were() -> None:
    near, far = simulated(make_input(horizon=60)), simulated(make_input(horizon=75))
    np.testing.assert_allclose(near.complete[:30], far.complete[:30], rtol=1e-3, atol=1e-2)


@settings(max_examples=8, deadline=None)
@examples(
    group=st.integers(0, 3),
    day=st.integers(0, 30),
    seed=st.integers(0, 99),
    total=st.integers(300, 700),
)
def test_one_more_reviewer_never_delays_a_path(group: int, day: int, seed: int, total: int) -> None:
    given = make_input(seed=seed, total=float(total), paths=150)
    future = given.exposure.future.copy()
    future[day:, group] += 1.0
    base, more = (play(regroup(g, DISTRICT)) for g in (given, with_staff(given, future)))
    assert more.done_by_target.mean() >= base.done_by_target.mean()
    assert (more.complete_by_target >= base.complete_by_target - 0.5).all()


def test_floating_reviewers_go_where_the_backlog_is() -> None:
    groups = (Group("north", "council"), Group("south", "council"), Group("east", "council"))
    given = make_input(groups=(*groups, Group(None, "constabulary")), total=300.0)
    backlog = np.array([200.0, 50.0, 50.0, 0.0])
    given = replace(given, stock=make_stock(backlog, np.zeros(4)), plan_rate=1.0)
    with_float = with_staff(given, np.array([2.0, 2.0, 2.0, 4.0]))
    without = with_staff(given, np.array([2.0, 2.0, 2.0, 0.0]))
    done = [simulated(g).complete[20].mean(axis=1) for g in (with_float, without)]
    north, east, south, pool = done[0] - done[1]
    assert regroup(given, DISTRICT).groups == (
        Group("east"),
        Group("north"),
        Group("south"),
        Group(),
    )
    assert east > 2 * max(north, south)
    assert pool == pytest.approx(0.0, abs=0.01)


def test_moving_reviewers_finish_sooner_than_silos() -> None:
    stock = make_stock(np.array([150.0, 50.0, 20.0, 20.0]), np.zeros(4))
    given = make_input(stock=stock)
    silo, moving = play(regroup(given, DISTRICT)), None
    moving = play(regroup(replace(given, reviewers_move=True), DISTRICT))
    assert moving.nearly_all.mean() < silo.nearly_all.mean() - 3


def test_a_stated_capacity_is_the_most_that_is_confirmed() -> None:
    given = make_input(confirm_capacity=np.full(75, 2.0))
    daily = np.diff(simulated(given).completed, axis=0)
    accepted = 1.0 - 0.1  # a tenth of the decisions send a review back
    assert daily[20:].mean() == pytest.approx(2.0 * accepted, rel=0.05)


def test_a_filled_vacancy_adds_reviews() -> None:
    given = make_input(total=900.0)
    posts = tuple(Vacancy(group=group, expected_on=date(2016, 2, 5)) for group in GROUPS)
    staffed = replace(given, exposure=replace(given.exposure, vacancies=posts))
    done = [simulated(g).completed[30].mean() for g in (given, staffed)]
    assert done[1] > done[0] + 5


def test_easy_reviews_done_first_slow_the_rest_little_by_little() -> None:
    base, harder = make_input(total=600.0), make_input(total=600.0, effort_left=2.0)
    near, far = (
        [simulated(g).completed[day].mean() - g.stock.complete.sum() for g in (base, harder)]
        for day in (5, 40)
    )
    assert near[1] / near[0] > 0.93
    assert far[1] / far[0] < 0.88


def test_new_cases_join_until_the_cut_off_only() -> None:
    frozen = simulated(make_input(scope_cut_off=date(2016, 1, 20)))
    growing = simulated(make_input(scope_cut_off=date(2016, 3, 4), new_cases_factor=3.0))
    assert frozen.scope.sum(axis=0).max() <= 400.01
    assert growing.scope.sum(axis=0).mean() > 405


def test_slow_reviews_in_progress_hold_the_last_case_back_but_not_the_bulk() -> None:
    durations = (*((1, 2, 3) * 100), 40, 60)
    fresh = make_input(durations=durations)
    stuck = replace(fresh, ages=((30, 50), (), (), ()))
    base, slow = (play(regroup(g, DISTRICT)) for g in (fresh, stuck))
    assert slow.last_of_all.mean() > base.last_of_all.mean() + 4
    assert abs(slow.nearly_all.mean() - base.nearly_all.mean()) < 2


def test_how_many_are_late_is_a_matter_of_luck_with_the_right_mean_and_spread() -> None:
    run = simulated(make_input(paths=4000))
    assert not run.swing[0].any()
    np.testing.assert_allclose(run.swing[1:].mean(axis=1), 0.0, atol=0.1)
    draws = np.random.default_rng(0).standard_normal(200_000).astype(np.float32)
    mean, variance = np.full_like(draws, 6.0), np.full_like(draws, 2.0)
    late = late_by_luck(mean, variance, draws)
    assert late.mean() == pytest.approx(6.0, rel=0.01)
    assert late.var() == pytest.approx(2.0, rel=0.05)
    np.testing.assert_allclose(late_by_luck(mean, 0 * mean, draws), 6.0, rtol=0.02)


def test_the_noise_has_the_mean_of_a_count_and_grows_with_it() -> None:
    draws = np.random.default_rng(0).standard_normal(200_000).astype(np.float32)
    means = np.array([0.05, 0.5, 1.0, 4.0, 20.0], np.float32)
    counts = np.array([count_noise(np.full_like(draws, mean), draws) for mean in means])
    np.testing.assert_allclose(counts.mean(axis=1), means, rtol=0.03)
    np.testing.assert_allclose(counts[2:].var(axis=1), means[2:], rtol=0.05)
    assert (np.diff(counts, axis=0) >= 0).all()
