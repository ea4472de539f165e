"""What if: a changed plan on the same futures, and the difference it makes, with its range.

A scenario changes a `ForecastInput` and nothing else; base and scenario meet the same luck, so that
their difference is the change and not the draw.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from workflow.calendar import WorkCalendar
from workflow.errors import InvalidInputError
from workflow.forecast.binding import binding_stage
from workflow.forecast.exposure import Staff, reviewer_days
from workflow.forecast.inputs import FloatArray, ForecastInput, Group, regroup
from workflow.forecast.outcomes import Outcomes, date_quantiles, play
from workflow.forecast.scores import central_range
from workflow.forecast.words import chance_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerChange:
    """Full-time reviewers gained (or lost, when negative) from a day on.

    Without a district, or an agency, they are spread over all that fit, by open reviews.
    """

    count: float
    from_on: date
    agency: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Reviewers of one agency (or of all) move between districts; they know the work already."""

    count: float
    from_on: date
    from_district: str
    to_district: str
    agency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityChange:
    """A stage gains or loses people from a day on, or its capacity is multiplied: one of the two.

    Two of six moderators lost is a `count` of -2, or a `factor` of 0.67.
    """

    from_on: date
    count: float | None = None
    factor: float | None = None

    def factor_for(self, people: int, stage: str) -> float:
        """What the stage's capacity is multiplied by when so many people stand behind it.

        Raises:
            InvalidInputError: neither or both of the two are given, or nobody is known.
        """
        if (self.count is None) == (self.factor is None):
            raise InvalidInputError(f"A change of {stage} needs either a count or a factor.")
        if self.factor is not None:
            return max(self.factor, 0.0)
        if not people:
            raise InvalidInputError(f"The roster names no {stage}, so none can be gained or lost.")
        return max(1.0 + (self.count or 0.0) / people, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What to change; everything left out stays as it is."""

    name: str
    reviewers: tuple[ReviewerChange, ...] = ()
    moves: tuple[Move, ...] = ()
    moderators: tuple[CapacityChange, ...] = ()
    managers: tuple[CapacityChange, ...] = ()
    overtime: tuple[date, ...] = ()
    """Closed days that are worked."""
    vacancies_filled_on: date | None = None
    vacancies_certain: bool = False
    """Take the date at its word; otherwise posts are filled as late as posts usually are."""
    extra_cases: int = 0
    """Cases added to the backlog now (or taken out of it, when negative)."""
    target: date | None = None
    scope_cut_off: date | None = None
    new_cases_factor: float = 1.0
    returned_factor: float = 1.0
    reviewers_move: bool | None = None


def apply(scenario: Scenario, given: ForecastInput) -> ForecastInput:
    """The input as it would be under the scenario.

    Raises:
        InvalidInputError: the scenario names a group, stage or day that the input does not have.
    """
    given = _with_overtime(given, scenario.overtime)
    given = _with_vacancies(given, scenario)
    for change in scenario.reviewers:
        given = _with_reviewers(given, change, ramps_up=True)
    for move in scenario.moves:
        for sign, district in ((-1.0, move.from_district), (1.0, move.to_district)):
            moved = ReviewerChange(
                count=sign * move.count,
                from_on=move.from_on,
                agency=move.agency,
                district=district,
            )
            given = _with_reviewers(given, moved, ramps_up=False)
    moves = scenario.reviewers_move
    return replace(
        given,
        stock=replace(given.stock, backlog=_with_cases(given, scenario.extra_cases)),
        confirm_capacity=_changed(
            given, given.confirm_capacity, scenario.managers, given.managers, "managers"
        ),
        moderation_capacity=_changed(
            given, given.moderation_capacity, scenario.moderators, given.moderators, "moderators"
        ),
        target=scenario.target or given.target,
        scope_cut_off=scenario.scope_cut_off or given.scope_cut_off,
        new_cases_factor=given.new_cases_factor * scenario.new_cases_factor,
        returned_factor=given.returned_factor * scenario.returned_factor,
        reviewers_move=given.reviewers_move if moves is None else moves,
    )


@dataclass(frozen=True, slots=True)
class Range:
    """A mean and the range that holds 80 % of the paths."""

    mean: float
    low80: float
    high80: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Base against scenario, path by path."""

    name: str
    p_done_base: float
    p_done_scenario: float
    p80_base: str
    """Date by which 98 % are complete with a chance of 80 %, in words."""
    p80_scenario: str
    completed_by_target: Range
    """Additional reviews complete by the target (each plan by its own target)."""
    days_earlier: Range
    """Working days by which 98 % are complete earlier; never more than the horizon shows."""
    last_case_days_earlier: Range
    binding_base: str | None
    binding_scenario: str | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """The difference in words: the chance, the count, the dates, what binds."""
        return (
            (
                f"{self.name}: the chance to finish by the target goes from "
                f"{chance_in_words(self.p_done_base)} to {chance_in_words(self.p_done_scenario)}."
            ),
            (
                f"{_more(self.completed_by_target, 'review', 'more complete', 'fewer complete')} "
                "by the target."
            ),
            (
                f"98 % are complete {_more(self.days_earlier, 'working day', 'earlier', 'later')}; "
                f"80 % sure by {self.p80_scenario} instead of {self.p80_base}."
            ),
            (
                "The last review is complete "
                f"{_more(self.last_case_days_earlier, 'working day', 'earlier', 'later')}."
            ),
            (
                f"What binds: {self.binding_base or 'nothing'} before, "
                f"{self.binding_scenario or 'nothing'} after."
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """The fields, ranges as objects, and the sentences."""
        return {**asdict(self), "words": list(self.sentences)}


def _more(by: Range, unit: str, up: str, down: str) -> str:
    """A mean difference and its range, e.g. "13 reviews more complete (80 % range 4 to 22)"."""
    number = round(by.mean)
    said = (
        f"{abs(number):,} {unit}"
        if abs(number) == 1
        else f"{f'{abs(number):,}' if number else 'no'} {unit}s"
    )
    low, high = sorted((by.low80, by.high80), key=lambda end: end if number >= 0 else -end)
    sign = 1 if number >= 0 else -1
    return (
        f"{said} {up if number >= 0 else down} "
        f"(80 % range {round(sign * low):,} to {round(sign * high):,})"
    )


def compare(given: ForecastInput, scenario: Scenario) -> Comparison:
    """Play base and scenario on the same futures and take the difference of every path."""
    base_input = regroup(given, "district")
    changed_input = regroup(apply(scenario, given), "district")
    base, changed = play(base_input), play(changed_input)
    return Comparison(
        name=scenario.name,
        p_done_base=float(base.done_by_target.mean()),
        p_done_scenario=float(changed.done_by_target.mean()),
        p80_base=_p80(base),
        p80_scenario=_p80(changed),
        completed_by_target=_range(changed.complete_by_target - base.complete_by_target),
        days_earlier=_range(base.nearly_all - changed.nearly_all),
        last_case_days_earlier=_range(base.last_of_all - changed.last_of_all),
        binding_base=binding_stage(base_input),
        binding_scenario=binding_stage(changed_input),
    )


def _p80(outcomes: Outcomes) -> str:
    return str(date_quantiles(outcomes.nearly_all, outcomes.given)[1])


def _range(differences: Any) -> Range:
    low, high = central_range(differences, 0.8)
    return Range(float(np.mean(differences)), low, high)


def _with_overtime(given: ForecastInput, overtime: Sequence[date]) -> ForecastInput:
    """Insert the days; each has the capacity of the day before, as far as people turn out."""
    days = given.exposure.days
    added = sorted(set(overtime) - set(days))
    if not added:
        return given
    if added[0] < days[0] or added[-1] > days[-1]:
        raise InvalidInputError("Overtime must lie between the first and the last day forecast.")
    calendar = WorkCalendar(
        closures=given.calendar.closures - set(added),
        overtime=given.calendar.overtime | set(added),
    )
    merged = sorted({*days, *added})
    rows = np.array([bisect_right(days, day) - 1 for day in merged])
    is_added = np.array([day in overtime for day in merged])
    share = np.where(is_added, given.priors.overtime_turnout, 1.0)
    future = given.exposure.future[rows] * share[:, None]
    return replace(
        given,
        calendar=calendar,
        exposure=replace(given.exposure, days=tuple(merged), future=future),
        confirm_capacity=_inserted(given.confirm_capacity, rows, share),
        moderation_capacity=_inserted(given.moderation_capacity, rows, share),
    )


def _inserted(
    capacity: FloatArray | None, rows: np.ndarray, share: FloatArray
) -> FloatArray | None:
    return None if capacity is None else capacity[rows] * share


def _with_vacancies(given: ForecastInput, scenario: Scenario) -> ForecastInput:
    if scenario.vacancies_filled_on is None and not scenario.vacancies_certain:
        return given
    vacancies = tuple(
        replace(
            vacancy,
            expected_on=scenario.vacancies_filled_on or vacancy.expected_on,
            certain=scenario.vacancies_certain,
        )
        for vacancy in given.exposure.vacancies
    )
    return replace(given, exposure=replace(given.exposure, vacancies=vacancies))


def _with_reviewers(
    given: ForecastInput, change: ReviewerChange, *, ramps_up: bool
) -> ForecastInput:
    """Reviewer-days of one full-time newcomer, times the count, shared over the groups that fit."""
    new = ramps_up and change.count > 0
    newcomer = Staff(group=Group(), available_from=change.from_on, ramps_up=new)
    days = reviewer_days([newcomer], given.exposure.days, [Group()], given.calendar, given.priors)
    added = change.count * days * _shares(given, change)
    future = np.maximum(given.exposure.future + added, 0.0)
    return replace(given, exposure=replace(given.exposure, future=future))


def _shares(given: ForecastInput, change: ReviewerChange) -> FloatArray:
    fits = np.array(
        [
            change.agency in (None, group.agency) and change.district in (None, group.district)
            for group in given.groups
        ]
    )
    if not fits.any():
        named = " and ".join(filter(None, (change.agency, change.district)))
        raise InvalidInputError(f"The programme has no reviewers or reviews of {named}.")
    weight = fits * (given.stock.open + given.exposure.future.sum(axis=0) + 1e-9)
    return np.asarray(weight / weight.sum())


def _with_cases(given: ForecastInput, extra: int) -> FloatArray:
    backlog = given.stock.backlog
    if extra < -backlog.sum():
        raise InvalidInputError(
            f"Only {backlog.sum():.0f} reviews could be taken out of the scope."
        )
    share = backlog if backlog.any() else np.ones(len(backlog))
    changed: FloatArray = backlog + extra * share / share.sum()
    return changed


def _changed(
    given: ForecastInput,
    capacity: FloatArray | None,
    changes: Iterable[CapacityChange],
    people: int,
    stage: str,
) -> FloatArray | None:
    for change in changes:
        if capacity is None:
            raise InvalidInputError(
                f"The capacity of {stage} is not known, so it cannot be changed."
            )
        later = np.array([day >= change.from_on for day in given.exposure.days])
        capacity = np.where(later, capacity * change.factor_for(people, stage), capacity)
    return capacity
