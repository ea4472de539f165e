"""How long single reviews are in progress, and so how many are late when the bulk is done.

The pace of the bulk says nothing about the slow ones: a parent away, a file at another agency. They
leave by their own durations, learned from the reviews submitted and the ages of those in progress.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workflow.forecast.inputs import FloatArray
from workflow.policy import ForecastPriors

PSEUDO_CASES = 5.0
"""Weight of the mean hazard where few reviews lasted so long."""
MOST_HAZARD = 0.95
PACES: FloatArray = np.array([0.3, 0.6, 0.8, 0.9, 0.96])
"""Shares of the late reviews still out a day later, in which every lateness is expressed."""
LATE_ENOUGH = 0.01
"""A lateness rarer than this need not be met as closely."""


@dataclass(frozen=True, slots=True, eq=False)
class Durations:
    """Working days from start to submission.

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
        days = np.arange(longest + 2)
        at_risk = (ended[:, None] >= days).sum(axis=0) + (going[:, None] >= days).sum(axis=0)
        mean_hazard = len(ended) / ((ended + 1.0).sum() + (going + 1.0).sum())
        events = (ended[:, None] == days).sum(axis=0) + PSEUDO_CASES * mean_hazard
        hazard = np.minimum(events / (at_risk + PSEUDO_CASES), MOST_HAZARD)
        return cls(np.cumsum(np.log1p(-hazard)))

    @property
    def last_hazard(self) -> float:
        """Mean daily hazard: what happens to reviews older than any seen."""
        return max(-float(self.log_survival[-1]) / len(self.log_survival), 1e-6)

    @property
    def mean(self) -> float:
        """Mean duration, working days."""
        survival = np.exp(self.log_survival)
        return float(survival.sum() + survival[-1] / self.last_hazard)

    def survival(self, days: FloatArray) -> FloatArray:
        """Share still in progress after so many days."""
        last = len(self.log_survival) - 1
        log = np.interp(days, np.arange(last + 1), self.log_survival)
        return np.asarray(np.exp(log - np.maximum(days - last, 0.0) * self.last_hazard))

    def mass(self, longest: int) -> FloatArray:
        """Share of the reviews that take 0, 1 … longest days."""
        survival = self.survival(np.arange(longest + 1.0))
        return np.asarray(-np.diff(survival, prepend=1.0))

    def remaining(self, ages: Sequence[int], horizon: int) -> FloatArray:
        """Expected number of reviews of these ages still in progress after 0 … horizon days."""
        if not ages:
            return np.zeros(horizon + 1)
        start = np.asarray(ages, dtype=float)[:, None]
        later = start + np.arange(horizon + 1.0)
        return np.asarray((self.survival(later) / self.survival(start)).sum(axis=0))

    def late(self, horizon: int) -> FloatArray:
        """Share of the reviews that exceed the mean duration by more than 0, 1 … horizon days."""
        excess = np.rint(np.maximum(np.arange(horizon + 1) - self.mean, 0.0)).astype(int)
        shares = np.bincount(excess, self.mass(horizon), horizon + 1)
        return np.asarray(np.maximum(1.0 - shares.cumsum(), 0.0))


def usual_durations(durations: Sequence[int], priors: ForecastPriors) -> FloatArray:
    """Observed durations, with the usual ones added until enough have been observed."""
    if len(durations) >= priors.durations_known_from:
        return np.asarray(durations, dtype=float)
    repeats = -(-priors.durations_known_from // len(priors.durations))
    return np.asarray((*durations, *(priors.durations * repeats)), dtype=float)


@dataclass(frozen=True, slots=True, eq=False)
class LatePools:
    """The late reviews, kept in a few pools that each empty at a steady pace.

    Together they follow `Durations.late`, so that a day needs only the day before.
    """

    paces: tuple[np.float32, ...]
    reviews: NDArray[np.float32]
    """Shape (pools, …)."""
    shares: tuple[np.float32, ...]

    @classmethod
    def empty(cls, late: FloatArray, shape: tuple[int, ...]) -> "LatePools":
        """Pools of the shape given, fitted to a lateness curve."""
        from scipy.optimize import nnls  # noqa: PLC0415 - slow to import

        weight = 1.0 / (late + LATE_ENOUGH)
        curves = PACES[:, None] ** np.arange(len(late))
        shares, _ = nnls((curves * weight).T, late * weight)
        used = shares > 0
        return cls(
            paces=tuple(PACES[used].astype(np.float32)),
            reviews=np.zeros((int(used.sum()), *shape), np.float32),
            shares=tuple(shares[used].astype(np.float32)),
        )

    def step(self, due: NDArray[np.float32]) -> NDArray[np.float32]:
        """A day passes and `due` reviews would be complete; returns how many are late now."""
        for number, (pace, share) in enumerate(zip(self.paces, self.shares, strict=True)):
            self.reviews[number] *= pace
            self.reviews[number] += share * due
        total: NDArray[np.float32] = self.reviews.sum(axis=0)
        return total
