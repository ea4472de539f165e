"""How good a forecast was: proper scores of samples, of chances and of ranges. Lower is better.

Source: Gneiting and Raftery (2007), Strictly proper scoring rules, prediction and estimation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
"""Edges of the stated chances in a reliability table: narrow where a promise is strong."""


def crps(samples: ArrayLike, truth: float) -> float:
    """Continuous ranked probability score of equally likely samples, in the unit of the truth."""
    x = np.sort(np.asarray(samples, dtype=float))
    n = len(x)
    spread = ((2.0 * np.arange(1, n + 1) - n - 1) * x).sum() / n**2
    return float(np.abs(x - truth).mean() - spread)


def crps_of_quantiles(quantiles: Mapping[float, float], truth: float) -> float:
    """The same score from stored quantiles (level to value): twice the mean pinball loss."""
    levels = np.array(list(quantiles))
    error = truth - np.array(list(quantiles.values()))
    return float(2.0 * np.maximum(levels * error, (levels - 1.0) * error).mean())


def brier(said: ArrayLike, happened: ArrayLike) -> float:
    """Mean squared distance of stated chances from what happened (0 or 1)."""
    gap = np.asarray(said, dtype=float) - np.asarray(happened, dtype=float)
    return float((gap**2).mean())


def interval_score(low: float, high: float, truth: float, level: float) -> float:
    """Width of a central range that claims `level`, plus a penalty when the truth lies outside."""
    outside = max(low - truth, 0.0) + max(truth - high, 0.0)
    return high - low + 2.0 / (1.0 - level) * outside


def central_range(samples: ArrayLike, level: float) -> tuple[float, float]:
    """The range that leaves out the same share of the samples at both ends."""
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.asarray(samples, dtype=float), (tail, 1.0 - tail))
    return float(low), float(high)


def covers(samples: ArrayLike, truth: float, level: float) -> bool:
    """Whether the central range of the samples holds the truth."""
    low, high = central_range(samples, level)
    return low <= truth <= high


@dataclass(frozen=True, slots=True)
class Reliability:
    """One row of a reliability table: of `n` forecasts that said `said` on average, `happened` did."""

    said: float
    happened: float
    n: int


def reliability(said: Sequence[float], happened: Sequence[bool]) -> tuple[Reliability, ...]:
    """What was said against what happened, one row per bin of `BINS` that has forecasts."""
    chances, came = np.asarray(said, dtype=float), np.asarray(happened, dtype=float)
    place = np.clip(np.searchsorted(BINS, chances, side="right") - 1, 0, len(BINS) - 2)
    return tuple(
        Reliability(
            said=float(chances[place == bin_].mean()),
            happened=float(came[place == bin_].mean()),
            n=int((place == bin_).sum()),
        )
        for bin_ in range(len(BINS) - 1)
        if (place == bin_).any()
    )


def reliability_gap(rows: Sequence[Reliability]) -> float:
    """Mean distance of said from happened over the bins, from 0 to 1."""
    return float(np.mean([abs(row.said - row.happened) for row in rows])) if rows else 0.0
