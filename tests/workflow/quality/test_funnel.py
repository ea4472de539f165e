"""The limits of the funnels are the binomial's own quantiles, and judge by them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from workflow.policy import QualityPolicy
from workflow.quality.funnel import Limits, Place, funnel, limits, smooth_limits

POLICY = QualityPolicy()
LEVELS = st.sampled_from([0.95, 0.998])


@pytest.mark.parametrize("total", [1, 2, 7, 40, 190, 5000])
@pytest.mark.parametrize("share", [0.003, 0.2, 0.5, 0.97])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_limits_are_exact_binomial_quantiles(total: int, share: float, level: float) -> None:
    found = limits(total, share, level)
    tail = (1 - level) / 2
    assert (found.low, found.high) == tuple(binom.ppf([tail, 1 - tail], total, share))


@given(st.integers(1, 400), st.floats(0.001, 0.999), LEVELS)
@settings(max_examples=60, deadline=None)
def test_chance_goes_beyond_either_limit_no_oftener_than_it_may(total, share, level) -> None:
    found = limits(total, share, level)
    tail = (1 - level) / 2
    assert binom.cdf(found.low - 1, total, share) < tail + 1e-9
    assert binom.sf(found.high, total, share) <= tail + 1e-9


@given(st.integers(1, 400), st.floats(0.001, 0.999), LEVELS)
@settings(max_examples=40, deadline=None)
def test_the_drawn_lines_stay_within_one_review_of_the_limits(total, share, level) -> None:
    exact, drawn = limits(total, share, level), smooth_limits([total], share, level)
    for count, (line,) in zip((exact.low, exact.high), drawn, strict=True):
        assert count - 1 - 1e-9 <= line * total <= count + 1e-9


@pytest.mark.parametrize(("share", "only"), [(0.0, 0), (1.0, 12)])
def test_a_share_that_cannot_vary_has_one_count(share: float, only: int) -> None:
    assert limits(12, share, 0.998) == Limits(only, only)


COUNTS = {"Wyre": (36, 118), "Burnley": (71, 190), "Fylde": (6, 55), "Preston": (90, 457)}


def test_units_are_placed_by_their_counts_and_not_ranked() -> None:
    found = funnel(COUNTS, POLICY)
    assert [point.name for point in found.points] == ["Burnley", "Fylde", "Preston", "Wyre"]
    assert (found.total, found.share) == (820, 203 / 820)
    burnley = found.points[0]
    assert (burnley.place, burnley.above) == (Place.ALARM, True)
    assert found.outside == (burnley,)
    assert found.points[1].place is Place.WARNING


def test_a_unit_on_a_limit_is_within_it() -> None:
    edge = limits(100, 0.5, POLICY.warning_level).high
    found = funnel({"a": (edge, 100)}, POLICY, whole=(500, 1000))
    beyond = funnel({"a": (edge + 1, 100)}, POLICY, whole=(500, 1000))
    assert (found.points[0].place, beyond.points[0].place) == (Place.WITHIN, Place.WARNING)


def test_units_without_a_review_are_left_out() -> None:
    assert funnel({"a": (0, 0), "b": (1, 4)}, POLICY).points[0].name == "b"
    nothing = funnel({}, POLICY)
    assert (nothing.share, nothing.points, nothing.overdispersed) == (0.0, (), False)


def test_units_that_differ_more_than_chance_explains_are_called_so() -> None:
    apart = funnel({"a": (10, 100), "b": (60, 100), "c": (35, 100)}, POLICY)
    alike = funnel({"a": (30, 100), "b": (33, 100), "c": (35, 100)}, POLICY)
    assert (apart.overdispersed, alike.overdispersed) == (True, False)
    assert apart.dispersion > 10 > alike.dispersion
