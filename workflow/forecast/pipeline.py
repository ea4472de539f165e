"""The case flow on possible futures: backlog → submitted → confirmed → moderated, day by day.

All districts share the path of the pace and its daily shock; each has its own multiplier and counting
noise. Flows are in fractions of a review; every draw comes from a stream of its own (`STREAMS`) and
grows with what it describes, so that a changed plan meets the same luck as the old one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from workflow.forecast.durations import Durations, LatePools
from workflow.forecast.exposure import FilledPosts, with_hand_in
from workflow.forecast.inputs import FloatArray, ForecastInput, Group
from workflow.forecast.level import Level, draw_level, fit_level
from workflow.forecast.stages import (
    SMALLEST,
    Capacity,
    Paths,
    Scope,
    Slow,
    draw_returned,
)

STREAMS = (
    "start",
    "steps",
    "shocks",
    "vacancies",
    "districts",
    "counts",
    "scope",
    "quality",
    "capacity",
    "slow",
    "last_cases",
    "late",
)
FEWEST = np.float32(0.5)
"""Below this mean the noise of a count stops growing, so that its mean stays right."""
HALF = np.float32(0.5)
"""Less than half a review left counts as none."""
LONGEST_LAG = 20
"""Working days after which what was begun counts as handed in."""


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """What happens on every path.

    Attributes:
        complete: reviews complete at the end of day 0 (now), 1, 2 …; shape (days + 1, groups, paths).
        open: reviews still open at the same times, shape (days + 1, paths).
        weekly: reviews still open at the end of the days numbered `ForecastInput.weeks`, shape
            (weeks, groups, paths).
        scope: final number of reviews, shape (groups, paths).
        bulk: working days until less than half a review would be left if none were late; 0 is now,
            days + 1 later than the horizon, shape (groups, paths).
        returned: share of submissions returned, shape (paths,).
        swing: late reviews above their expected number, by luck alone, shape (days + 1, paths); in
            `open` and `completed`, not in `complete` of single groups.
    """

    given: ForecastInput
    level: Level
    complete: Paths
    open: Paths
    weekly: Paths
    scope: Paths
    bulk: Paths
    returned: FloatArray
    swing: Paths
    last_cases: np.random.Generator

    @property
    def completed(self) -> Paths:
        """Reviews complete over all groups, shape (days + 1, paths)."""
        total: Paths = self.complete.sum(axis=1) - self.swing
        return total


def simulate(given: ForecastInput) -> Simulation:
    """Play `given.paths` futures of a programme grouped by district, or by agency (`regroup`)."""
    children = np.random.SeedSequence(given.seed).spawn(len(STREAMS))
    rng = {
        name: np.random.Generator(np.random.SFC64(child))
        for name, child in zip(STREAMS, children, strict=True)
    }
    ages = [age for own in given.ages for age in own]
    durations = Durations.learn(given.durations, ages, given.priors)
    lags = durations.mass(LONGEST_LAG) if given.starts_fresh else np.ones(1)
    lags /= lags.sum()
    worked = replace(given, exposure=with_hand_in(given.exposure, lags))
    effort = effort_submitted(given)
    level = fit_level(
        given.history.days,
        effort.sum(axis=1),
        worked.exposure.past.sum(axis=1),
        given.plan_rate,
        given.priors,
    )
    returned = draw_returned(given, rng["quality"])
    flow = _Flow(
        given=given,
        rate=_rates(worked, level, effort, lags, rng),
        slowing=2.0 * given.priors.effort_elasticity * math.log(given.effort_left),
        noise=rng["counts"],
        capacity=Capacity.draw(given, rng["capacity"]),
        scope=Scope.draw(given, rng["scope"]),
        returned=returned.astype(np.float32),
        floating=_floating_column(given),
        late=durations.late(given.horizon),
        luck=rng["late"].standard_normal(given.paths, np.float32),
        slow=Slow.draw(given, durations, rng["slow"]),
    )
    return Simulation(
        given=given, level=level, returned=returned, last_cases=rng["last_cases"], **flow.run()
    )


def effort_submitted(given: ForecastInput) -> FloatArray:
    """Submissions in first-review equivalents: a resubmission costs a part of a first one."""
    rework = (1.0 - given.priors.rework_effort) * given.history.returned
    effort: FloatArray = np.maximum(given.history.submitted - rework, 0.0)
    return effort


def _floating_column(given: ForecastInput) -> int | None:
    has_own_column = len(given.groups) > 1 and Group() in given.groups
    return given.groups.index(Group()) if has_own_column else None


def _rates(
    given: ForecastInput,
    level: Level,
    effort: FloatArray,
    lags: FloatArray,
    rng: dict[str, np.random.Generator],
) -> Callable[[int], Paths]:
    """Expected reviews on future day t, shape (groups, paths): pace x reviewer-days x multiplier."""
    streams = [rng[name] for name in ("start", "steps", "shocks")]
    pace = draw_level(level, given.exposure.days, given.paths, streams).rate.astype(np.float32)
    multiplier = group_multipliers(given, effort, rng["districts"])
    future = given.exposure.future.astype(np.float32)[:, :, None]
    posts = FilledPosts.draw(
        given.exposure,
        given.groups,
        given.paths,
        rng["vacancies"],
        given.priors,
        lags,
    )

    def expected(day: int) -> Paths:
        days: Paths = np.repeat(future[day], given.paths, axis=1)
        posts.add_to(days, day)
        days *= multiplier
        days *= pace[day]
        return days

    return expected


def group_multipliers(given: ForecastInput, effort: FloatArray, rng: np.random.Generator) -> Paths:
    """Each group's pace against the programme's, gamma, shape (groups, paths)."""
    seen, exposure = np.nan_to_num(effort), _spread_floating(given, effort)
    total, worked = seen.sum(axis=1), exposure.sum(axis=1)
    daily = np.divide(total, worked, out=np.zeros_like(total), where=worked > 0)
    due = exposure * daily[:, None]
    excess = max(1.0, float(((seen - due) ** 2).sum() / max(due.sum(), 1.0)))
    staff = exposure[-1] if len(exposure) else given.exposure.future[0]
    spread = np.minimum(
        given.priors.district_spread**2, given.priors.reviewer_spread**2 / np.maximum(staff, 1e-9)
    )
    weight = 1.0 / spread
    shape = weight + seen.sum(axis=0) / excess
    rate = weight + due.sum(axis=0) / excess
    if len(given.groups) == 1:
        return np.ones((1, given.paths), np.float32)
    shapes = np.broadcast_to(shape.astype(np.float32)[:, None], (len(shape), given.paths))
    draws: Paths = rng.standard_gamma(shapes, dtype=np.float32)
    draws /= rate.astype(np.float32)[:, None]
    return draws


def _spread_floating(given: ForecastInput, effort: FloatArray) -> FloatArray:
    """Past reviewer-days, the floating ones shared by where the day's submissions came from."""
    floating = _floating_column(given)
    past = given.exposure.past.copy()
    if floating is None:
        return past
    seen = np.nan_to_num(effort)
    total = seen.sum(axis=1, keepdims=True)
    share = np.divide(seen, total, out=np.zeros_like(seen), where=total > 0)
    days = past[:, floating : floating + 1].copy()
    past[:, floating] = 0.0
    spread: FloatArray = past + days * share
    return spread


@dataclass(slots=True, eq=False)
class _Stages:
    """How many reviews stand where, each of shape (groups, paths)."""

    fresh: Paths
    """In the backlog for the first time."""
    rework: Paths
    """Returned for changes."""
    waiting: Paths
    """Awaiting a manager."""
    looking: Paths
    """In moderation."""
    complete: Paths

    @classmethod
    def at_start(cls, given: ForecastInput) -> "_Stages":
        shape, stock = (len(given.groups), given.paths), given.stock
        backlog, submitted, moderation, complete = (
            np.broadcast_to(stage.astype(np.float32)[:, None], shape).copy()
            for stage in (stock.backlog, stock.submitted, stock.in_moderation, stock.complete)
        )
        rework = np.zeros(shape, np.float32)
        return cls(backlog, rework, submitted, moderation, complete)

    @property
    def open(self) -> Paths:
        return self.fresh + self.rework + self.waiting + self.looking


@dataclass(frozen=True, slots=True, eq=False)
class _Flow:
    """One day after the other."""

    given: ForecastInput
    rate: Callable[[int], Paths]
    slowing: float
    """Log of how much longer the last review of today's backlog takes than the next one."""
    noise: np.random.Generator
    capacity: Capacity
    scope: Scope
    returned: Paths
    floating: int | None
    late: FloatArray
    """Share of the reviews late by more than 0, 1 … days."""
    luck: Paths
    """How many of them there are against their expected number, standard normal, shape (paths,)."""
    slow: Slow

    def run(self) -> dict[str, Paths]:
        """The arrays of a `Simulation` by name."""
        given, slow = self.given, self.slow.reviews(0)
        stages = _Stages.at_start(given)
        stages.fresh -= slow
        complete = np.empty((given.horizon + 1, *slow.shape), np.float32)
        still_open = np.empty((given.horizon + 1, given.paths), np.float32)
        complete[0], still_open[0] = stages.complete, given.stock.open.sum()
        weekly = {number: np.empty(0, np.float32) for number in given.weeks}
        for day in range(1, given.horizon + 1):
            self._work(stages, day - 1)
            complete[day] = stages.complete
            now = stages.open
            still_open[day] = now.sum(axis=0)
            if day in weekly:
                weekly[day] = now
        to_come = max(self.scope.days - given.horizon, 0) * self.scope.daily
        scope = stages.complete + stages.open + to_come
        bulk, swing = self._settle(complete, still_open, weekly, scope)
        return {
            "complete": complete,
            "open": still_open,
            "weekly": np.stack(list(weekly.values())),
            "scope": scope + slow,
            "bulk": bulk,
            "swing": swing,
        }

    def _work(self, stages: "_Stages", day: int) -> None:
        """One working day: cases join and leave, reviewers, managers and moderators work."""
        effort = np.float32(self.given.priors.rework_effort)
        if day < self.scope.days:
            stages.fresh += self.scope.daily
        stages.fresh -= stages.fresh * self.scope.leaving
        possible = self._possible(day, stages.fresh + effort * stages.rework)
        again = np.minimum(stages.rework, possible / effort)
        first = np.minimum(stages.fresh, possible - effort * again)
        stages.fresh -= first
        stages.rework -= again
        stages.waiting += first + again
        decided = self.capacity.confirmed(stages.waiting, day)
        stages.waiting -= decided
        sent_back = decided * self.returned
        stages.rework += sent_back
        accepted = decided - sent_back
        sampled = accepted * np.float32(self.given.moderation_share)
        stages.looking += sampled
        looked = self.capacity.moderations(stages.looking, day)
        stages.looking -= looked
        stages.complete += accepted - sampled + looked

    def _settle(
        self, history: Paths, still_open: Paths, weekly: dict[int, Paths], scope: Paths
    ) -> tuple[Paths, Paths]:
        """Take the late reviews out of what is complete, in place; returns `bulk` and `swing`."""
        slow_now = self.slow.reviews(0)
        late = LatePools.empty(self.late, scope.shape)
        bulk, swing = np.zeros_like(scope), np.zeros_like(still_open)
        before = history[0].copy()
        for day in range(len(history)):
            due = history[day] - before
            before = history[day].copy()
            bulk += scope - before > HALF
            slow = self.slow.reviews(day)
            out = late.step(due) + slow
            history[day] += slow_now - out
            if day:
                expected = out.sum(axis=0)
                started: Paths = slow.sum(axis=0)
                known = started * started / np.maximum(slow_now.sum(axis=0), SMALLEST)
                swing[day] = late_by_luck(expected, expected - known, self.luck) - expected
                still_open[day] += expected + swing[day]
            if day in weekly:
                weekly[day] += out
        return bulk, swing

    def _possible(self, day: int, backlog: Paths) -> Paths:
        """Reviews the reviewers of each group can do today, floating ones where the backlog is."""
        shape = (len(self.given.groups), self.given.paths)
        draws = self.noise.standard_normal(shape, np.float32)
        possible = count_noise(self.rate(day), draws)
        if self.slowing:
            possible /= self._effort(backlog)
        if self.given.reviewers_move:
            return _follow(possible.sum(axis=0), backlog)
        if self.floating is None:
            return possible
        spare = possible[self.floating].copy()
        possible[self.floating] = 0.0
        return possible + _follow(spare, np.maximum(backlog - possible, 0.0))

    def _effort(self, backlog: Paths) -> Paths:
        """Effort of the next review against today's next, shape (paths,).

        Where the easy ones go first it grows as the backlog shrinks; halfway it is the mean of what was
        left, so that nothing jumps tomorrow.
        """
        at_start = max(float(self.given.stock.backlog.sum()), 1.0)
        done = 1.0 - np.minimum(backlog.sum(axis=0) / np.float32(at_start), 1.0)
        effort: Paths = np.exp(np.float32(self.slowing) * done)
        return effort


def _follow(reviews: Paths, backlog: Paths) -> Paths:
    share: Paths = backlog / np.maximum(backlog.sum(axis=0), SMALLEST)
    return reviews * share


def late_by_luck(expected: Paths, variance: Paths, draws: Paths) -> Paths:
    """How many reviews are late when so many are expected, with the variance stated."""
    spread: Paths = np.maximum(variance, SMALLEST)
    mean: Paths = np.maximum(expected, SMALLEST)
    spread /= mean
    return spread * count_noise(mean / spread, draws)


def count_noise(mean: Paths, draws: Paths) -> Paths:
    """Counts with Poisson mean and variance from standard normal draws, growing with the mean.

    A gamma variable by the cube of Wilson and Hilferty (1931): never negative, and for one draw never
    lower when the mean is higher, which a rejection sampler does not promise.
    """
    shape: Paths = np.maximum(mean, FEWEST)
    ninth = np.float32(1 / 9) / shape
    cube: Paths = np.float32(1) - ninth + draws * np.sqrt(ninth)
    np.maximum(cube, 0, out=cube)
    return mean * cube * cube * cube
