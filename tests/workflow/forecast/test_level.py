"""The filter of the pace."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.workflow.forecast.make import START, working_days
from workflow.forecast.level import GRID, STEP, draw_level, fit_level
from workflow.policy import ForecastPriors

PRIORS = ForecastPriors()
DAYS = working_days(START, 40)


def test_the_filter_equals_summing_over_every_path_of_the_state() -> None:
    priors = replace(
        PRIORS,
        drift=(0.08,),
        drift_weights=(1.0,),
        dispersion=(4.0,),
        dispersion_weights=(1.0,),
        weekday_spread=1e-6,
    )
    counts, exposure, plan = np.array([7.0, 12.0]), np.array([5.0, 6.0]), 1.5
    level = fit_level(DAYS[:2], counts, exposure, plan, priors)

    start = stats.norm.pdf(GRID, priors.plan_optimism, priors.plan_spread)
    edges = np.concatenate([[-np.inf], GRID[:-1] + STEP / 2, [np.inf]])
    step = np.diff(stats.norm.cdf(edges[None, :], GRID[:, None], 0.08), axis=1)
    first, second = (
        stats.nbinom.pmf(y, 4.0, 4.0 / (4.0 + plan * np.exp(GRID) * e))
        for y, e in zip(counts, exposure, strict=True)
    )
    brute = np.einsum("i,ij,j,jk,k->k", start, step, first, step, second, optimize=True)

    np.testing.assert_allclose(level.weight[0, 0], brute / brute.sum(), rtol=1e-6, atol=1e-12)


def test_before_any_day_the_plan_alone_speaks() -> None:
    nothing = np.zeros(0)
    level = fit_level((), nothing, nothing, 2.0, PRIORS)
    assert level.observed_days == 0
    assert level.rate_quantiles([0.5])[0] == pytest.approx(2.0 * np.exp(-0.12), rel=0.02)


def test_evidence_overrules_a_wrong_plan() -> None:
    counts = np.random.default_rng(1).poisson(20.0, 40).astype(float)
    level = fit_level(DAYS, counts, np.full(40, 10.0), 5.0, PRIORS)
    assert level.mean_rate == pytest.approx(2.0, rel=0.12)


def test_without_a_plan_the_observed_mean_leads() -> None:
    level = fit_level(DAYS[:10], np.full(10, 30.0), np.full(10, 10.0), None, PRIORS)
    assert level.mean_rate == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize("gap", ["unknown count", "nobody there"])
def test_a_day_that_teaches_nothing_only_widens(gap: str) -> None:
    counts, exposure = np.full(10, 20.0), np.full(10, 10.0)
    before = fit_level(DAYS[:9], counts[:9], exposure[:9], 2.0, PRIORS)
    if gap == "unknown count":
        counts[9] = np.nan
    else:
        exposure[9] = 0.0
    after = fit_level(DAYS[:10], counts, exposure, 2.0, PRIORS)
    width = [np.subtract(*level.rate_quantiles([0.9, 0.1])) for level in (before, after)]
    assert after.observed_days == before.observed_days == 9
    assert width[1] >= width[0]
    assert after.mean_rate == pytest.approx(before.mean_rate, rel=0.02)


def test_an_impossible_day_leaves_a_usable_posterior() -> None:
    counts = np.array([1.0, 0.0, 1.0, 1e6])
    level = fit_level(DAYS[:4], counts, np.ones(4), 1.0, PRIORS)
    assert level.weight.sum() == pytest.approx(1.0)


def test_a_slow_weekday_is_learned_and_pulled_towards_the_rest() -> None:
    counts = np.array([4.0 if day.weekday() == 4 else 20.0 for day in DAYS])
    weekday = fit_level(DAYS, counts, np.full(40, 10.0), 2.0, PRIORS).weekday
    assert 0.2 < weekday[4] < 0.8 < weekday[0]
    assert weekday[5] == 1.0


def test_a_longer_horizon_leaves_the_first_days_as_they_were() -> None:
    level = fit_level(DAYS[:5], np.full(5, 9.0), np.full(5, 9.0), 1.0, PRIORS)

    def rates(days: int) -> np.ndarray:
        streams = [np.random.default_rng(seed) for seed in range(3)]
        return draw_level(level, DAYS[5 : 5 + days], 50, streams).rate

    np.testing.assert_array_equal(rates(30)[:10], rates(10))
