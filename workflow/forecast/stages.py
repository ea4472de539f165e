"""What every path draws once: capacities, scope, slow reviews, the share returned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workflow.forecast.durations import Durations
from workflow.forecast.inputs import FloatArray, ForecastInput

Paths = NDArray[np.float32]
SMALLEST = np.float32(1e-6)
MOST_RETURNED = 0.95
RECENT = 5
"""Working days of submissions that tell how fast managers decide."""
AMPLE = 0.5
"""Capacity beyond the work arriving, as a share of it, from which it explains no queue."""


def draw_returned(given: ForecastInput, rng: np.random.Generator) -> FloatArray:
    """Share of submissions returned, one per path."""
    returned, accepted = given.priors.returned
    seen = given.history.returned.sum()
    passed = given.history.completed.sum() + given.stock.in_moderation.sum()
    share = rng.beta(returned + seen, accepted + passed, given.paths)
    return np.asarray(np.minimum(share * given.returned_factor, MOST_RETURNED))


@dataclass(frozen=True, slots=True, eq=False)
class Capacity:
    """Managers and moderators: the share of their queue they clear in a day, and at most how much."""

    decided: float
    moderated: float
    confirm: FloatArray | None
    moderation: FloatArray | None
    efficiency: Paths
    """Actual over stated capacity, shape (2, paths)."""

    @classmethod
    def draw(cls, given: ForecastInput, rng: np.random.Generator) -> "Capacity":
        """From the present queues and, where known, the capacities stated."""
        submitted = np.nan_to_num(given.history.submitted[-RECENT:]).sum(axis=1)
        flow = float(submitted.mean()) if len(submitted) else 0.0
        waiting, looking = given.stock.submitted.sum(), given.stock.in_moderation.sum()
        sampled = flow * given.moderation_share
        spread = given.priors.capacity_spread
        return cls(
            decided=_cleared(flow, waiting, given.confirm_capacity),
            moderated=_cleared(sampled, looking, given.moderation_capacity),
            confirm=given.confirm_capacity,
            moderation=given.moderation_capacity,
            efficiency=np.exp(spread * rng.standard_normal((2, given.paths))).astype(np.float32),
        )

    def confirmed(self, queue: Paths, day: int) -> Paths:
        """Decisions taken today, by group."""
        return _limited(queue * np.float32(self.decided), self.confirm, day, self.efficiency[0])

    def moderations(self, queue: Paths, day: int) -> Paths:
        """Second looks given today, by group."""
        wanted = queue * np.float32(self.moderated)
        return _limited(wanted, self.moderation, day, self.efficiency[1])


def _cleared(flow: float, queue: float, stated: FloatArray | None) -> float:
    """Share of a queue cleared in a day.

    A queue beside idle capacity is the time that decisions take, and stays; one that capacity explains
    goes when capacity grows.
    """
    at_once = (flow + 4.0) / (flow + 5.0)
    as_now = (flow + 4.0) / (flow + queue + 5.0)
    if stated is None:
        return as_now
    idle = float(stated[:RECENT].mean()) / max(flow, 1.0) - 1.0
    slack = min(max(idle / AMPLE, 0.0), 1.0)
    return slack * as_now + (1.0 - slack) * at_once


def _limited(wanted: Paths, stated: FloatArray | None, day: int, efficiency: Paths) -> Paths:
    if stated is None:
        return wanted
    limit = np.float32(stated[day]) * efficiency
    cut: Paths = np.minimum(1.0, limit / np.maximum(wanted.sum(axis=0), SMALLEST))
    return wanted * cut


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """New cases until the cut-off, and withdrawals."""

    daily: Paths
    """New cases per working day until the cut-off, shape (groups, paths)."""
    days: int
    leaving: Paths
    """Withdrawals per open case and working day, shape (paths,)."""

    @classmethod
    def draw(cls, given: ForecastInput, rng: np.random.Generator) -> "Scope":
        """From what joined and left so far."""
        priors, days = given.priors, given.days_to_cut_off
        total = max(float(given.stock.total.sum()), 1.0)
        seen = len(given.history.days)
        weight = priors.new_case_weight
        rate = rng.gamma(weight + given.history.arrivals.sum(), 1.0, given.paths)
        rate /= weight / (priors.new_case_share * total) + seen
        arriving = rng.poisson(rate * given.new_cases_factor * days) / max(days, 1)
        share = (given.stock.total + 1e-9) / (given.stock.total + 1e-9).sum()
        events, case_days = priors.withdrawn
        leaving = rng.gamma(events + max(given.history.removals.sum(), 0.0), 1.0, given.paths)
        leaving /= case_days + _open_case_days(given)
        return cls(
            daily=(share[:, None] * arriving).astype(np.float32),
            days=days,
            leaving=np.minimum(leaving, 1.0).astype(np.float32),
        )


def _open_case_days(given: ForecastInput) -> float:
    """Open reviews summed over the finished days, rebuilt backwards from today's."""
    history = given.history
    change = (history.arrivals - history.removals - history.completed).sum(axis=1)
    later = change[::-1].cumsum()[::-1]
    return float(np.maximum(given.stock.open.sum() - later, 0.0).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Slow:
    """Reviews already in progress for longer than the mean: they take their time, not the pace's."""

    remaining: Paths
    """Expected number still in progress after 0, 1 … days, shape (days + 1, groups)."""
    frailty: FloatArray
    """Factor of the hazard, shared by all of them, shape (paths,)."""

    @classmethod
    def draw(cls, given: ForecastInput, durations: Durations, rng: np.random.Generator) -> "Slow":
        """From the ages of the reviews in progress."""
        usual = durations.mean
        curves = [
            durations.remaining(slowest[: int(backlog)], given.horizon)
            for slowest, backlog in zip(
                [sorted((age for age in own if age > usual), reverse=True) for own in given.ages]
                or [[] for _ in given.groups],
                given.stock.backlog,
                strict=True,
            )
        ]
        return cls(
            remaining=np.array(curves, dtype=np.float32).T,
            frailty=np.exp(given.priors.frailty * rng.standard_normal(given.paths)),
        )

    def reviews(self, day: int) -> Paths:
        """How many are left on each path, shape (groups, paths)."""
        hastened = np.minimum(np.rint(day * self.frailty).astype(int), len(self.remaining) - 1)
        return np.asarray(self.remaining[hastened].T)
