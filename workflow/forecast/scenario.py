"""What if: a changed plan on the same futures, and the difference it makes, with its range.

A scenario changes a `ForecastInput` and nothing else; base and scenario meet the same luck, so that
their difference is the change and not the draw.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
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
    """Capacity of a stage multiplied from a day on: 4 of 6 moderators left is a factor of 0.67."""

    factor: float
    from_on: date


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

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> "Scenario":
        """Read a scenario file's content: the field names above, dates in ISO form.

        Raises:
            InvalidInputError: a key is unknown or missing, or a value cannot be used.
        """
        parts = {
            "reviewers": ReviewerChange,
            "moves": Move,
            "moderators": CapacityChange,
            "managers": CapacityChange,
        }
        values = _known(content, cls)
        for name, part in parts.items():
            if name in values:
                values[name] = tuple(_part(part, name, item) for item in values[name])
        if "overtime" in values:
            values["overtime"] = tuple(_date("overtime", day) for day in values["overtime"])
        made: Scenario = _made(cls, values, "The scenario")
        return made


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
        confirm_capacity=_changed(given, "confirm_capacity", scenario.managers),
        moderation_capacity=_changed(given, "moderation_capacity", scenario.moderators),
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

    def to_json(self) -> dict[str, Any]:
        """The fields, ranges as objects."""
        return asdict(self)


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
    given: ForecastInput, name: str, changes: Iterable[CapacityChange]
) -> FloatArray | None:
    capacity: FloatArray | None = getattr(given, name)
    for change in changes:
        if capacity is None:
            stage = name.removesuffix("_capacity")
            raise InvalidInputError(f"The {stage} capacity is not known, so it cannot be changed.")
        later = np.array([day >= change.from_on for day in given.exposure.days])
        capacity = np.where(later, capacity * max(change.factor, 0.0), capacity)
    return capacity


def _known(content: Mapping[str, Any], part: type) -> dict[str, Any]:
    """The content with dates read; refuses keys that `part` does not have."""
    types = {field.name: str(field.type) for field in fields(part)}
    unknown = sorted(set(content) - set(types))
    if unknown:
        known = ", ".join(types)
        raise InvalidInputError(f'The scenario has no field "{unknown[0]}"; known: {known}.')
    return {
        name: _date(name, value) if _is_date(types[name]) and value is not None else value
        for name, value in content.items()
    }


def _is_date(annotation: str) -> bool:
    return "date" in annotation and "tuple" not in annotation


def _part(part: type, name: str, content: Any) -> Any:
    if not isinstance(content, Mapping):
        raise InvalidInputError(f'Each entry of "{name}" must be a table of fields.')
    return _made(part, _known(content, part), f'An entry of "{name}"')


def _made(part: type, values: dict[str, Any], what: str) -> Any:
    try:
        return part(**values)
    except TypeError as error:
        missing = str(error).rpartition(": ")[2]
        raise InvalidInputError(f"{what} lacks {missing}.") from error


def _date(name: str, value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidInputError(f'{name}: "{value}" is not a date such as 2016-03-31.') from error
