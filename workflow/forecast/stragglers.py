"""When the last case ends: the bulk's pace says little about it, the cases' own durations say it.

Each path's throughput tells when the last cases would be finished if all took the usual time; the
slow ones among them, and reviews already in progress for very long, take longer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from workflow.forecast.inputs import FloatArray
from workflow.forecast.pipeline import Simulation
from workflow.policy import ForecastPriors

Times = NDArray[np.float32]
OLD = 0.8
"""Quantile of the durations from which a review in progress counts as slow."""
MOST_FOLLOWED = 200
"""Slow reviews followed one by one, oldest first."""
PSEUDO_CASES = 5.0
"""Weight of the mean hazard where few reviews lasted so long."""
MOST_HAZARD = 0.95
PACES: FloatArray = np.array([0.3, 0.6, 0.8, 0.9, 0.96])
"""Shares of the late reviews still out a day later, in which every lateness is expressed."""
LATE_ENOUGH = 0.01
"""A lateness rarer than this need not be met as closely."""
DONE = 0.5
"""Less than half a review left counts as none."""


@dataclass(frozen=True, slots=True, eq=False)
class Durations:
    """How long reviews are in progress, in working days from start to submission.

    `log_survival[a]` is the log of the share still in progress after a days, by Kaplan and Meier with
    the reviews in progress censored; later days go on at the mean hazard.
    """

    log_survival: FloatArray

    @classmethod
    def learn(
        cls, durations: Sequence[int], ages: Sequence[int], priors: ForecastPriors
    ) -> "Durations":
        """From completed durations and the ages of reviews in progress.

        The usual durations lead until enough have been observed; where few lasted so long, the daily
        hazard leans on the mean one.
        """
        ended = usual_durations(durations, priors)
        going = np.asarray(ages, dtype=float)
        longest = int(max(ended.max(), going.max(initial=0.0)))
        days = np.arange(1, longest + 2)
        at_risk = (ended[:, None] >= days).sum(axis=0) + (going[:, None] >= days).sum(axis=0)
        mean_hazard = len(ended) / max(ended.sum() + going.sum(), 1.0)
        events = (ended[:, None] == days).sum(axis=0) + PSEUDO_CASES * mean_hazard
        hazard = np.minimum(events / (at_risk + PSEUDO_CASES), MOST_HAZARD)
        return cls(np.concatenate([[0.0], np.cumsum(np.log1p(-hazard))]))

    @property
    def mean(self) -> float:
        """Mean duration, working days."""
        slope = self.last_hazard
        return float(np.exp(self.log_survival).sum() + np.exp(self.log_survival[-1]) / slope)

    def quantile(self, level: float) -> int:
        """Days after which this share of the reviews has been submitted."""
        return int(np.searchsorted(-self.log_survival, -np.log(1.0 - level)))

    def remaining(self, age: int, log_uniform: FloatArray) -> Times:
        """Days still to go at `age`, at least 1, where log conditional survival is `log_uniform`."""
        log = self.log_survival
        wanted = log[min(age, len(log) - 1)] + log_uniform
        within = np.searchsorted(-log, -wanted) - age
        beyond = np.maximum(log[-1] - wanted, 0.0) / self.last_hazard
        return np.asarray(np.ceil(np.maximum(within, 1.0) + beyond), np.float32)

    @property
    def last_hazard(self) -> float:
        """Mean daily hazard: what happens to reviews older than any seen."""
        return max(-float(self.log_survival[-1]) / (len(self.log_survival) - 1), 1e-6)


def usual_durations(durations: Sequence[int], priors: ForecastPriors) -> FloatArray:
    """Observed durations, with the usual ones added until enough have been observed."""
    if len(durations) >= priors.durations_known_from:
        return np.asarray(durations, dtype=float)
    repeats = -(-priors.durations_known_from // len(priors.durations))
    return np.asarray((*durations, *(priors.durations * repeats)), dtype=float)


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
    ages = [age for own in given.ages for age in own]
    durations = Durations.learn(given.durations, ages, given.priors)
    late = _late_share(durations, float(simulation.returned.mean()), given.horizon)
    patience = rng.standard_exponential(simulation.scope.shape, dtype=np.float32)
    waited = np.zeros_like(simulation.scope)
    for out in _still_out(simulation, late):
        waited += out > patience
    last = np.maximum(finish_times(simulation, DONE), waited)
    slow = _slow_reviews(simulation, durations, rng)
    return np.minimum(np.maximum(last, slow), np.float32(given.horizon + 1))


def _still_out(simulation: Simulation, late: FloatArray) -> Iterator[Times]:
    """Expected reviews not complete at the end of day 0, 1 …: not yet due, or due but late.

    The late ones leave at a few fixed paces that together follow `late`, so that each day needs only
    the day before. No review is left with the chance exp(-expected).
    """
    days = np.arange(len(late))
    weight = 1.0 / (late + LATE_ENOUGH)
    shares, _ = nnls((PACES[:, None] ** days * weight).T, late * weight)
    pools = [
        (np.float32(pace), np.float32(share), np.zeros_like(simulation.scope))
        for pace, share in zip(PACES, shares, strict=True)
        if share
    ]
    before = simulation.complete[0]
    for complete in simulation.complete:
        due = complete - before
        out = simulation.scope - complete
        for pace, share, pool in pools:
            pool *= pace
            pool += share * due
            out += pool
        yield out
        before = complete


def _late_share(durations: Durations, returned: float, horizon: int) -> FloatArray:
    """Share of the reviews that are late by more than 0, 1, 2 … days.

    A review is late by what its own duration exceeds the mean, and by a second round if returned.
    """
    days = np.arange(horizon + 1)
    log = durations.log_survival
    beyond = np.maximum(days - (len(log) - 1), 0)
    survival = np.exp(np.interp(days, np.arange(len(log)), log) - beyond * durations.last_hazard)
    mass = -np.diff(survival, append=0.0)
    own = np.zeros(horizon + 1)
    np.add.at(own, np.ceil(np.maximum(days + 1 - durations.mean, 0)).astype(int), mass)
    again = np.concatenate([[0.0, 0.0], mass])[: horizon + 1] * returned
    again[0] += 1.0 - returned
    return np.maximum(1.0 - np.convolve(own, again)[: horizon + 1].cumsum(), 0.0)


def _slow_reviews(simulation: Simulation, durations: Durations, rng: np.random.Generator) -> Times:
    """Working days until the slowest review already in progress is done, shape (groups, paths)."""
    given = simulation.given
    result = np.zeros((len(given.groups), given.paths), np.float32)
    threshold = durations.quantile(OLD)
    old = sorted(
        ((age, group) for group, ages in enumerate(given.ages) for age in ages if age > threshold),
        reverse=True,
    )[:MOST_FOLLOWED]
    if not old:
        return result
    frailty = np.exp(given.priors.frailty * rng.standard_normal(given.paths))
    for age, group in old:
        log_uniform = -rng.standard_exponential(given.paths) / frailty
        result[group] = np.maximum(result[group], durations.remaining(age, log_uniform))
    return result
