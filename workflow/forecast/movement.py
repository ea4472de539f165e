"""Why the number moved: data, capacity or scope, by swapping in the new inputs one part at a time."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from workflow.errors import InvalidInputError
from workflow.forecast.inputs import FloatArray, ForecastInput, regroup, with_groups
from workflow.forecast.outcomes import play
from workflow.forecast.words import percentage


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Chance to be done by the target, before and after; the three parts sum to the difference.

    `data`: what was done meanwhile, and the days gone by. `capacity`: reviewers, vacancies, managers,
    moderators, the plan. `scope`: cases joined and withdrawn, the cut-off, the target.
    """

    before: float
    after: float
    data: float
    capacity: float
    scope: float
    new_cases: int
    """Cases joined less cases withdrawn since."""

    def to_json(self) -> dict[str, float]:
        """The fields."""
        return asdict(self)

    def __str__(self) -> str:
        """In words, e.g. "61 % → 54 %: -5 scope (+38 cases), -2 capacity"."""
        points = {
            f"scope ({self.new_cases:+d} cases)": self.scope,
            "capacity": self.capacity,
            "data": self.data,
        }
        moved = [f"{round(100 * by):+d} {what}" for what, by in points.items() if round(100 * by)]
        said = f"{percentage(self.before)} → {percentage(self.after)}"
        return f"{said}: {', '.join(moved)}" if moved else f"{said}: no part moved by a whole point"


def why_moved(before: ForecastInput, after: ForecastInput) -> Movement:
    """Explain the step from an earlier forecast to a later one of the same programme.

    The parts are swapped in the order data, capacity, scope; another order would share interactions
    differently. All runs use the later seed, so that luck has no part.

    Raises:
        InvalidInputError: the two are not in order.
    """
    if before.exposure.days[0] > after.exposure.days[0]:
        raise InvalidInputError("Only an earlier and a later forecast compare.")
    # By district: allocation moves reviews between agencies, which is no new scope.
    before, after = regroup(before, "district"), regroup(after, "district")
    groups = tuple(dict.fromkeys((*before.groups, *after.groups)))
    before, after = with_groups(before, groups), with_groups(after, groups)
    joined = _joined_since(before, after)
    old = replace(before, seed=after.seed, paths=after.paths, priors=after.priors)
    with_data = _without_new_scope(_with_old_capacity(after, before), before, joined)
    with_capacity = _without_new_scope(after, before, joined)
    chances = [_chance(step) for step in (old, with_data, with_capacity, after)]
    data, capacity, scope = np.diff(chances)
    return Movement(
        before=chances[0],
        after=chances[-1],
        data=float(data),
        capacity=float(capacity),
        scope=float(scope),
        new_cases=round(joined.sum()),
    )


def _chance(given: ForecastInput) -> float:
    return float(play(regroup(given, "district")).done_by_target.mean())


def _joined_since(before: ForecastInput, after: ForecastInput) -> FloatArray:
    """Net new cases per group: whatever changed the total."""
    return np.asarray(after.stock.total - before.stock.total)


def _with_old_capacity(after: ForecastInput, before: ForecastInput) -> ForecastInput:
    """What was planned before for the days still ahead; days not planned then keep the new plan."""
    return replace(
        after,
        exposure=replace(
            after.exposure,
            future=_aligned(before.exposure.future, before, after.exposure.future, after),
            vacancies=before.exposure.vacancies,
        ),
        plan_rate=before.plan_rate,
        confirm_capacity=_old_limit("confirm_capacity", before, after),
        moderation_capacity=_old_limit("moderation_capacity", before, after),
        reviewers_move=before.reviewers_move,
    )


def _old_limit(name: str, before: ForecastInput, after: ForecastInput) -> FloatArray | None:
    old, new = getattr(before, name), getattr(after, name)
    if old is None:
        return None
    return _aligned(old, before, np.full(after.horizon, old[-1]) if new is None else new, after)


def _aligned(
    old: FloatArray, before: ForecastInput, new: FloatArray, after: ForecastInput
) -> FloatArray:
    rows = dict(zip(before.exposure.days, old, strict=True))
    return np.array([rows.get(day, row) for day, row in zip(after.exposure.days, new, strict=True)])


def _without_new_scope(
    given: ForecastInput, before: ForecastInput, joined: FloatArray
) -> ForecastInput:
    """The same day without the cases that joined since, under the old target and cut-off."""
    history, since = given.history, len(before.history.days)
    arrivals, removals = history.arrivals.copy(), history.removals.copy()
    arrivals[since:] = arrivals[:since].mean(axis=0) if since else 0.0
    removals[since:] = removals[:since].mean(axis=0) if since else 0.0
    return replace(
        given,
        history=replace(history, arrivals=arrivals, removals=removals),
        stock=replace(given.stock, backlog=np.maximum(given.stock.backlog - joined, 0.0)),
        target=before.target,
        scope_cut_off=before.scope_cut_off,
    )
