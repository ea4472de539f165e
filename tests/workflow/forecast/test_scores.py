"""Scores against an independent implementation."""

import numpy as np
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.forecast.scores import (
    Reliability,
    brier,
    central_range,
    covers,
    crps,
    crps_of_quantiles,
    interval_score,
    reliability,
    reliability_gap,
)

NUMBERS = st.floats(-100, 100)


@settings(max_examples=30, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=30), NUMBERS)
def test_crps_of_samples_agrees(samples: list[float], truth: float) -> None:
    theirs = scoringrules.crps_ensemble(truth, np.array(samples), estimator="nrg")
    assert crps(samples, truth) == pytest.approx(theirs, abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.booleans(), NUMBERS, st.floats(0, 50), NUMBERS)
def test_brier_and_interval_score_agree(
    said: float, happened: bool, low: float, width: float, truth: float
) -> None:
    assert brier(said, happened) == pytest.approx(scoringrules.brier_score(int(happened), said))
    theirs = scoringrules.interval_score(truth, low, low + width, alpha=0.2)
    assert interval_score(low, low + width, truth, 0.8) == pytest.approx(theirs)


def test_crps_of_many_quantiles_comes_close_to_that_of_the_samples() -> None:
    samples = np.random.default_rng(0).normal(50.0, 5.0, 20_000)
    levels = (np.arange(200) + 0.5) / 200
    quantiles = dict(zip(levels, np.quantile(samples, levels), strict=True))
    assert crps_of_quantiles(quantiles, 57.0) == pytest.approx(crps(samples, 57.0), rel=0.01)


def test_a_central_range_leaves_out_both_tails() -> None:
    assert central_range(range(101), 0.8) == pytest.approx((10.0, 90.0))
    assert covers(range(101), 90, 0.8)
    assert not covers(range(101), 91, 0.8)


def test_reliability_counts_what_was_said_against_what_came() -> None:
    rows = reliability([0.0, 0.02, 0.5, 0.5, 1.0], [False, True, True, False, True])
    assert rows == (
        Reliability(said=pytest.approx(0.01), happened=0.5, n=2),
        Reliability(said=0.5, happened=0.5, n=2),
        Reliability(said=1.0, happened=1.0, n=1),
    )
    assert reliability_gap(rows) == pytest.approx(0.49 / 3)
    assert reliability_gap(()) == 0.0
