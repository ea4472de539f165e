"""When the last case ends: the bulk's pace says little about it, the cases' own durations say it.

Each path's throughput tells when the last cases would be finished if all took the usual time; the
slow ones among them, and reviews already held for very long, take longer.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workflow.forecast.inputs import FloatArray
from workflow.forecast.pipeline import Simulation
from workflow.policy import ForecastPriors

Times = NDArray[np.float32]
OLD = 0.8
"""Quantile of the observed durations from which a review in progress counts as slow."""
MOST_FOLLOWED = 200
"""Slow reviews followed one by one, oldest first."""
PSEUDO_CASES = 5.0
"""Weight of the mean hazard where few reviews lasted so long."""
DONE = 0.5
"""Less than half a review left counts as none."""


def finish_times(simulation: Simulation, left: float) -> Times:
    """Working days until at most `left` of each group's reviews remain, shape (groups, paths).

    0 is now; horizon + 1 means later than the horizon.
    """
    enough = simulation.scope - np.float32(left)
    return np.asarray((simulation.complete < enough).sum(axis=0), np.float32)


def last_case_times(simulation: Simulation) -> Times:
    """Working days until the last review of each group is complete, shape (groups, paths).

    As `finish_times`; every group's slowest case counts, so the programme ends at the maximum.
    """
    given, rng = simulation.given, simulation.last_cases
    beyond = np.float32(given.horizon + 1)
    usual = usual_durations(given.durations, given.priors)
    followed = max(round(given.priors.last_cases / len(given.groups)), 4)
    finish = finish_times(simulation, DONE)
    last = finish
    for number in range(followed):
        times = finish if number == 0 else finish_times(simulation, number + DONE)
        extra = _extra_days(usual, simulation.returned, len(given.groups), rng)
        last = np.maximum(last, np.where(times > 0, times + extra, 0))
    last = np.maximum(last, _slow_reviews(simulation, rng))
    return np.where(finish >= beyond, beyond, np.minimum(last, beyond)).astype(np.float32)


def usual_durations(durations: Sequence[int], priors: ForecastPriors) -> FloatArray:
    """Durations to draw from, working days: the usual ones lead until enough have been observed."""
    if len(durations) >= priors.durations_known_from:
        return np.asarray(durations, dtype=float)
    repeats = -(-priors.durations_known_from // len(priors.durations))
    return np.asarray((*durations, *(priors.durations * repeats)), dtype=float)


def _extra_days(
    usual: FloatArray, returned: FloatArray, groups: int, rng: np.random.Generator
) -> Times:
    """Days one of the last cases takes beyond the usual: its own slowness, and perhaps a return."""
    shape = (groups, len(returned))
    slow = np.maximum(rng.choice(usual, shape) - usual.mean(), 0.0)
    again = (rng.random(shape) < returned) * (1.0 + rng.choice(usual, shape))
    return np.asarray(np.ceil(slow + again), np.float32)


def _slow_reviews(simulation: Simulation, rng: np.random.Generator) -> Times:
    """Working days until the slowest review already in progress is done, shape (groups, paths)."""
    given = simulation.given
    result = np.zeros((len(given.groups), given.paths), np.float32)
    usual = usual_durations(given.durations, given.priors)
    threshold = np.quantile(usual, OLD)
    old = sorted(
        ((age, group) for group, ages in enumerate(given.ages) for age in ages if age > threshold),
        reverse=True,
    )[:MOST_FOLLOWED]
    if not old:
        return result
    open_ages = np.array([age for ages in given.ages for age in ages], dtype=float)
    log_survival = _log_survival(usual, open_ages, longest=max(open_ages.max(), usual.max()))
    frailty = np.exp(given.priors.frailty * rng.standard_normal(given.paths))
    for age, group in old:
        exceeded = np.log(rng.random(given.paths)) / frailty
        residual = _residual(log_survival, age, exceeded)
        result[group] = np.maximum(result[group], residual)
    return result


def _log_survival(usual: FloatArray, open_ages: FloatArray, longest: float) -> FloatArray:
    """Log of the share still going after a days (index a), Kaplan-Meier with open reviews censored.

    Where few lasted so long the daily hazard leans on the mean one.
    """
    ages = np.arange(1, int(longest) + 2)
    ended = (usual[:, None] == ages).sum(axis=0)
    at_risk = (usual[:, None] >= ages).sum(axis=0) + (open_ages[:, None] >= ages).sum(axis=0)
    mean_hazard = _mean_hazard(usual, open_ages)
    hazard = (ended + PSEUDO_CASES * mean_hazard) / (at_risk + PSEUDO_CASES)
    return np.concatenate([[0.0], np.cumsum(np.log1p(-np.minimum(hazard, 0.95)))])


def _mean_hazard(usual: FloatArray, open_ages: FloatArray) -> float:
    return float(len(usual) / max(usual.sum() + open_ages.sum(), 1.0))


def _residual(log_survival: FloatArray, age: int, exceeded: FloatArray) -> Times:
    """Days still to go at `age` where the log of the conditional survival falls below `exceeded`."""
    wanted = log_survival[min(age, len(log_survival) - 1)] + exceeded
    place = np.searchsorted(-log_survival, -wanted)
    slope = -(log_survival[-1] - log_survival[0]) / (len(log_survival) - 1)
    past_end = np.maximum(log_survival[-1] - wanted, 0.0) / max(slope, 1e-6)
    return np.asarray(np.ceil(np.maximum(place - age, 1.0) + past_end), np.float32)
