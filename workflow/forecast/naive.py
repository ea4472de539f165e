"""The method to beat: resample the daily counts seen so far, independently, on calendar days.

This is what throughput simulations in planning tools do (Magennis; Vacanti, Actionable Agile Metrics):
no plan, no drift, no uncertainty of the rate. Kept to be compared with, never shown as the forecast.
"""

import numpy as np

from workflow.forecast.inputs import FloatArray


def resample(counts: FloatArray, horizon: int, paths: int, rng: np.random.Generator) -> FloatArray:
    """Cumulative counts over `horizon` coming days.

    Args:
        counts: what each past day brought, shape (days,) or (days, groups); all groups of a day stay
            together. Without any past day nothing will ever happen.

    Returns:
        Shape (paths, horizon), or (paths, horizon, groups).
    """
    if not len(counts):
        return np.zeros((paths, horizon, *counts.shape[1:]))
    drawn = counts[rng.integers(0, len(counts), (paths, horizon))]
    return np.asarray(np.cumsum(drawn, axis=1))
