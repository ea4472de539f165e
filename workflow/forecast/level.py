"""The pace of reviewing: an exact filter on a grid, and paths of the pace into the future.

The count of day t is negative binomial with mean scale · e^x(t) · exposure(t) · weekday(t) and shape r;
x walks with daily steps of size sigma. The plan is the prior of x, so day 0 needs no history. State,
drift and dispersion are integrated on a grid: exact to the grid's width, in milliseconds, no sampling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from scipy.special import gammaln, ndtr

from workflow.forecast.inputs import FloatArray
from workflow.policy import ForecastPriors

STEP = 0.025
GRID: FloatArray = np.arange(-3.0, 3.0 + STEP / 2, STEP)
"""Values of x = log(actual pace / scale): a pace from a twentieth to twenty times the plan."""
WEEKDAYS = 7
SMALLEST = 1e-300
"""Keeps a day that no grid point explains from wiping the posterior out."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """What is known of the pace after the last finished day.

    `weight` sums to 1 and has shape (drifts, dispersions, len(GRID)).
    """

    scale: float
    """Reviews per reviewer-day at x = 0: the plan's rate, or the observed mean without a plan."""
    weekday: FloatArray
    """Factor of Monday to Sunday, mean 1."""
    weight: FloatArray
    observed_days: int
    """Days with work and known counts; 0 means that the plan alone speaks."""
    priors: ForecastPriors

    @property
    def mean_rate(self) -> float:
        """Expected reviews per reviewer-day on the last finished day."""
        return float(self.scale * (self.weight.sum(axis=(0, 1)) * np.exp(GRID)).sum())

    def rate_quantiles(self, levels: Sequence[float]) -> list[float]:
        """Quantiles of reviews per reviewer-day on the last finished day."""
        cumulative = np.cumsum(self.weight.sum(axis=(0, 1)))
        places = np.searchsorted(cumulative, np.asarray(levels) * cumulative[-1])
        return [float(self.scale * np.exp(GRID[min(place, len(GRID) - 1)])) for place in places]


@dataclass(frozen=True, slots=True, eq=False)
class LevelPaths:
    """Possible futures of the pace: `rate` has shape (days, paths), reviews per reviewer-day."""

    rate: FloatArray
    """Weekday factor and the day's own shock included."""


def fit_level(
    days: Sequence[date],
    counts: FloatArray,
    exposure: FloatArray,
    plan_rate: float | None,
    priors: ForecastPriors,
) -> Level:
    """Filter the daily counts of one stream.

    Args:
        counts: reviews per day; NaN where unknown (the day is only waited through).
        exposure: reviewer-days per day; a day without any teaches nothing.
        plan_rate: reviews per reviewer-day in the capacity plan; None centres on the observed mean.
    """
    known = (exposure > 0) & ~np.isnan(counts)
    worked = exposure[known].sum()
    observed = (counts[known].sum() + 0.5) / worked if worked else 1.0
    weekday = _weekday_factors(days, counts, exposure, known, priors)
    scale = observed if plan_rate is None else plan_rate
    mean = scale * exposure * weekday[[day.weekday() for day in days]] if days else exposure
    likelihood = _likelihood(counts[known], mean[known], np.asarray(priors.dispersion, dtype=float))
    weight = _prior(priors, planned=plan_rate is not None)
    kernels = np.stack([_kernel(sigma) for sigma in priors.drift])
    row = 0
    for is_known in known:
        weight = np.matmul(weight, kernels)
        if is_known:
            weight = weight * np.maximum(likelihood[row], SMALLEST)
            weight /= weight.sum()
            row += 1
    return Level(float(scale), weekday, weight, int(known.sum()), priors)


def draw_level(
    level: Level, future: Sequence[date], paths: int, streams: Sequence[np.random.Generator]
) -> LevelPaths:
    """Walk the pace forward from the posterior.

    Draws run day by day, so that a longer horizon leaves the first days as they were. `streams` are
    three generators: start, steps, daily shocks.
    """
    start, steps, shocks = streams
    drift, dispersion = level.priors.drift, level.priors.dispersion
    cell = _systematic(level.weight.ravel(), paths, start)
    sigma_at, shape_at, grid_at = np.unravel_index(cell, level.weight.shape)
    x = GRID[grid_at] + STEP * (start.random(paths) - 0.5)
    sigma = np.asarray(drift)[sigma_at]
    shape = np.asarray(dispersion, dtype=np.float32)[shape_at]
    horizon = len(future)
    walk = steps.standard_normal((horizon, paths)) * sigma
    np.cumsum(walk, axis=0, out=walk)
    np.exp(walk + x, out=walk)
    shock = shocks.standard_gamma(np.broadcast_to(shape, (horizon, paths)), dtype=np.float32)
    weekday = level.weekday[[day.weekday() for day in future]]
    walk *= shock / shape
    return LevelPaths(walk * (level.scale * weekday)[:, None])


def _prior(priors: ForecastPriors, *, planned: bool) -> FloatArray:
    centre = priors.plan_optimism if planned else 0.0
    spread = priors.plan_spread if planned else priors.unplanned_spread
    x = np.exp(-0.5 * ((GRID - centre) / spread) ** 2)
    drift = np.asarray(priors.drift_weights)
    dispersion = np.asarray(priors.dispersion_weights)
    weight = drift[:, None, None] * dispersion[None, :, None] * x
    return np.asarray(weight / weight.sum())


@cache
def _kernel(sigma: float) -> FloatArray:
    """Chance to step from grid point i (row) to j (column); what leaves the grid stays at its edge."""
    if sigma == 0:
        return np.eye(len(GRID))
    edges = (GRID[None, :] + STEP / 2 - GRID[:, None]) / sigma
    below = ndtr(edges)
    below[:, -1] = 1.0
    return np.diff(below, axis=1, prepend=0.0)


def _likelihood(counts: FloatArray, mean: FloatArray, shapes: FloatArray) -> FloatArray:
    """Negative binomial likelihood up to a constant per day, shape (days, dispersions, grid)."""
    y = counts[:, None, None]
    mu = mean[:, None, None] * np.exp(GRID)
    r = shapes[:, None]
    log = (
        gammaln(y + r)
        - gammaln(r)
        + r * (np.log(r) - np.log(r + mu))
        + y * (np.log(mu) - np.log(r + mu))
    )
    if not len(counts):
        return np.zeros((0, len(shapes), len(GRID)))
    return np.asarray(np.exp(log - log.max(axis=(1, 2), keepdims=True)))


def _weekday_factors(
    days: Sequence[date],
    counts: FloatArray,
    exposure: FloatArray,
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
    priors: ForecastPriors,
) -> FloatArray:
    """Each weekday's pace against the average, pulled towards 1 while there is little to go by."""
    if not known.any() or not counts[known].sum():
        return np.ones(WEEKDAYS)
    weekdays = np.array([day.weekday() for day in days])[known]
    y, e = counts[known], exposure[known]
    expected = e * y.sum() / e.sum()
    excess = max(1.0, float(((y - expected) ** 2).sum() / expected.sum()))
    seen = np.bincount(weekdays, y, WEEKDAYS) / excess
    due = np.bincount(weekdays, expected, WEEKDAYS) / excess
    strength = priors.weekday_spread**-2
    factors = (strength + seen) / (strength + due)
    present = np.bincount(weekdays, minlength=WEEKDAYS) > 0
    factors[present] /= factors[present].mean()
    return np.asarray(factors)


def _systematic(weight: FloatArray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` cells drawn in proportion to their weight, evenly spread, in random order."""
    cumulative = np.cumsum(weight)
    places = (np.arange(count) + rng.random(count)) / count * cumulative[-1]
    cells = np.minimum(np.searchsorted(cumulative, places), len(weight) - 1)
    return np.asarray(rng.permutation(cells))
