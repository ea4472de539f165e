"""What a forecast looks at, as values: the seam between the programme's data and the method.

Rows of every array are working days, oldest first; columns are the groups of `ForecastInput.groups`.
Nothing here knows a database or a clock.
"""

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from datetime import date
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workflow.calendar import WorkCalendar
from workflow.errors import InvalidInputError
from workflow.policy import ForecastPriors

FloatArray = NDArray[np.float64]
MODEL_VERSION = "2"
"""Goes up when the same input would give another answer; stored beside every forecast."""


class Group(NamedTuple):
    """A column: one district's share of one agency, or a whole district, or a whole agency.

    Reviewer-days without a district float to where the backlog is; open reviews without an agency are
    not allocated yet.
    """

    district: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """What happened on each finished working day; work done on closed days counts on the next one.

    Every array has shape (days, groups). A row of NaN in `submitted` says that the day's counts are
    unknown (system down).
    """

    days: tuple[date, ...]
    submitted: FloatArray
    completed: FloatArray
    returned: FloatArray
    arrivals: FloatArray
    """Reviews that joined the programme."""
    removals: FloatArray
    """Reviews withdrawn, less those reinstated."""

    @classmethod
    def empty(cls, groups: int) -> "History":
        """Day 0: nothing has happened yet."""
        nothing = np.zeros((0, groups))
        return cls(
            days=(),
            submitted=nothing,
            completed=nothing,
            returned=nothing,
            arrivals=nothing,
            removals=nothing,
        )

    @property
    def counts(self) -> dict[str, FloatArray]:
        """The five arrays by name."""
        return {name: getattr(self, name) for name in COUNTS}


COUNTS = ("submitted", "completed", "returned", "arrivals", "removals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """A post that would review once filled.

    `weight` is reviewer-days per working day; `expected_on` None means that no date is planned, so
    nothing is counted; `certain` takes the date at its word (a scenario, never a belief).
    """

    group: Group
    weight: float = 1.0
    expected_on: date | None = None
    certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exposure:
    """Reviewer-days: what was there to work with, and what is planned.

    `past` has the rows of `History.days`, `future` those of `days`; ramp-up, leave, part time and
    expected sickness are already taken off (`workflow.forecast.exposure`).
    """

    days: tuple[date, ...]
    """The working days to forecast; the first is the first unfinished one."""
    past: FloatArray
    future: FloatArray
    vacancies: tuple[Vacancy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stock:
    """Reviews by stage, one number per group."""

    backlog: FloatArray
    """Unallocated, allocated, in progress, on hold or returned."""
    submitted: FloatArray
    """Awaiting a manager."""
    in_moderation: FloatArray
    complete: FloatArray

    @property
    def open(self) -> FloatArray:
        """Reviews that still count as work to do, per group."""
        return self.backlog + self.submitted + self.in_moderation

    @property
    def total(self) -> FloatArray:
        """The scope as it stands, per group."""
        return self.open + self.complete


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastInput:
    """All a forecast depends on; the same input gives the same answer.

    Raises:
        InvalidInputError: shapes that do not fit, days that are not working days or out of order,
            negative or missing numbers.
    """

    as_of: date
    """The day the forecast speaks from; the first day forecast is `exposure.days[0]`."""
    target: date
    calendar: WorkCalendar
    groups: tuple[Group, ...]
    history: History
    exposure: Exposure
    stock: Stock
    plan_rate: float | None
    """Reviews per reviewer-day in the capacity plan: review points per day / mean effort. Never
    scope / working days: such a plan makes every target a coin toss."""
    scope_cut_off: date | None = None
    """Last day on which a new case joins the programme; None: the target."""
    confirm_capacity: FloatArray | None = None
    """Decisions managers can take on each of `exposure.days`; None: they keep their present pace."""
    moderation_capacity: FloatArray | None = None
    """Second looks moderators can give on each of `exposure.days`; None: as above."""
    managers: int = 0
    """People behind `confirm_capacity`, so that a scenario can speak of people."""
    moderators: int = 0
    """People behind `moderation_capacity`."""
    moderation_share: float = 0.1
    """Share of accepted reviews that go to moderation."""
    durations: tuple[int, ...] = ()
    """Working days from start to submission of the reviews submitted so far."""
    ages: tuple[tuple[int, ...], ...] = ()
    """Per group: working days since the start of each review in progress."""
    reviewers_move: bool = False
    """Reviewers of every district go wherever the backlog is."""
    effort_left: float = 1.0
    """Mean review points of the open reviews over those submitted in the last ten working days: above
    1 when the easy ones go first, so that what is left will go slower."""
    starts_fresh: bool = True
    """Nobody worked on the reviews before `history.days[0]`, so that the first took days to come in."""
    new_cases_factor: float = 1.0
    """A scenario's change of the rate of new cases; 1 believes what was seen."""
    returned_factor: float = 1.0
    """A scenario's change of the share returned; 1 believes what was seen."""
    priors: ForecastPriors = field(default_factory=ForecastPriors)
    seed: int = 0
    paths: int = 10_000

    def __post_init__(self) -> None:
        """Refuse what would give a wrong answer silently."""
        past, future, groups = len(self.history.days), len(self.exposure.days), len(self.groups)
        shapes = {
            **{name: (array, (past, groups)) for name, array in self.history.counts.items()},
            "past exposure": (self.exposure.past, (past, groups)),
            "future exposure": (self.exposure.future, (future, groups)),
            **{f.name: (getattr(self.stock, f.name), (groups,)) for f in fields(self.stock)},
            "confirm capacity": (self.confirm_capacity, (future,)),
            "moderation capacity": (self.moderation_capacity, (future,)),
        }
        for name, (array, shape) in shapes.items():
            _check_numbers(name, array, shape)
        self._check_days()
        if self.paths < 1:
            raise InvalidInputError("A forecast needs at least one path.")
        if self.plan_rate is not None and not self.plan_rate > 0:
            raise InvalidInputError("The planned rate must be a number above 0.")
        if not self.effort_left > 0:
            raise InvalidInputError("The effort left must be a number above 0.")
        if self.ages and len(self.ages) != groups:
            raise InvalidInputError("The ages of reviews in progress do not fit the groups.")
        if any(vacancy.group not in self.groups for vacancy in self.exposure.vacancies):
            raise InvalidInputError("A vacancy belongs to none of the groups.")

    def _check_days(self) -> None:
        days = (*self.history.days, *self.exposure.days)
        if not self.exposure.days:
            raise InvalidInputError("A forecast needs at least one working day to look ahead.")
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise InvalidInputError("The days of a forecast must be in order, past before future.")
        ahead = self.exposure.days
        if list(ahead) != self.calendar.working_days(ahead[0], ahead[-1]):
            raise InvalidInputError("The days ahead must be all working days, none left out.")
        if self.calendar.working_days_between(ahead[-1], self.target):
            raise InvalidInputError("A forecast must look ahead at least to its target.")

    @property
    def horizon(self) -> int:
        """How many working days the forecast looks ahead."""
        return len(self.exposure.days)

    @property
    def days_to_target(self) -> int:
        """Working days from the first unfinished day to the target, both counted."""
        return sum(day <= self.target for day in self.exposure.days)

    @property
    def days_to_cut_off(self) -> int:
        """Working days from the first unfinished day to the last on which new cases join."""
        last = self.scope_cut_off if self.scope_cut_off is not None else self.target
        return sum(day <= last for day in self.exposure.days)

    @property
    def weeks(self) -> tuple[int, ...]:
        """The last working day of every week ahead, and the target, as numbers from 1."""
        days = (*self.exposure.days, date.max)
        ends = {
            number
            for number, (day, after) in enumerate(pairwise(days), start=1)
            if day.isocalendar()[:2] != after.isocalendar()[:2]
        }
        return tuple(sorted(ends | {max(self.days_to_target, 1)}))

    def fingerprint(self) -> str:
        """A hash of everything the answer depends on, and of the method's version."""
        canonical = json.dumps([MODEL_VERSION, _plain(self)], sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


def _check_numbers(name: str, array: FloatArray | None, shape: tuple[int, ...]) -> None:
    if array is None:
        return
    if array.shape != shape:
        raise InvalidInputError(f"The {name} counts have shape {array.shape}, expected {shape}.")
    unknown_allowed = name == "submitted" and len(shape) > 1
    if np.isnan(array).any() and not unknown_allowed:
        raise InvalidInputError(f"The {name} counts contain a missing number.")
    if (array < 0).any() and name != "removals":
        raise InvalidInputError(f"The {name} counts contain a negative number.")


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return [list(value.shape), [repr(float(number)) for number in value.ravel()]]
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return str(value)


def regroup(given: ForecastInput, by: Literal["district", "agency"]) -> ForecastInput:
    """The same programme with one column per district, or per agency; totals are kept.

    By district, reviewer-days without a district stay in a column of their own (`Group()`), which the
    pipeline sends where the backlog is. By agency, reviews that no agency holds yet are shared out in
    proportion to the agencies' planned reviewer-days.
    """
    keys = [Group(g.district) if by == "district" else Group(None, g.agency) for g in given.groups]
    groups = tuple(
        sorted(set(keys), key=lambda g: (g == Group(), g.district or "", g.agency or ""))
    )
    mapping = np.array([[float(key == group) for group in groups] for key in keys])
    target = dict(zip(given.groups, keys, strict=True))
    vacancies = tuple(replace(v, group=target[v.group]) for v in given.exposure.vacancies)
    ages: list[tuple[int, ...]] = [
        tuple(
            age for key, own in zip(keys, given.ages, strict=False) if key == group for age in own
        )
        for group in groups
    ]
    grouped = replace(
        given,
        groups=groups,
        history=_mapped(given.history, mapping),
        exposure=replace(
            given.exposure,
            past=given.exposure.past @ mapping,
            future=given.exposure.future @ mapping,
            vacancies=vacancies,
        ),
        stock=Stock(
            **{f.name: getattr(given.stock, f.name) @ mapping for f in fields(given.stock)}
        ),
        ages=tuple(ages),
    )
    unallocated = Group() in groups and len(groups) > 1
    return _share_out(grouped) if by == "agency" and unallocated else grouped


def with_groups(given: ForecastInput, groups: tuple[Group, ...]) -> ForecastInput:
    """The same programme with its columns in the order of `groups`, which may name more; those are 0.

    Raises:
        InvalidInputError: a group of the input is not among them.
    """
    if not set(given.groups) <= set(groups):
        raise InvalidInputError("Every group of the input needs a column.")
    if groups == given.groups:
        return given
    mapping = np.array([[float(own == group) for group in groups] for own in given.groups])
    ages = dict(zip(given.groups, given.ages, strict=False))
    return replace(
        given,
        groups=groups,
        history=_mapped(given.history, mapping),
        exposure=replace(
            given.exposure,
            past=given.exposure.past @ mapping,
            future=given.exposure.future @ mapping,
        ),
        stock=Stock(
            **{f.name: getattr(given.stock, f.name) @ mapping for f in fields(given.stock)}
        ),
        ages=tuple(ages.get(group, ()) for group in groups),
    )


def _mapped(history: History, mapping: FloatArray) -> History:
    arrays = {name: array @ mapping for name, array in history.counts.items()}
    return History(days=history.days, **arrays)


def _share_out(given: ForecastInput) -> ForecastInput:
    """Share the last column (no agency) among the others by their planned reviewer-days."""
    planned = given.exposure.future[:, :-1].sum(axis=0)
    planned = planned if planned.any() else np.ones(len(planned))
    mapping = np.vstack([np.eye(len(planned)), planned / planned.sum()])
    known = set(given.groups[:-1])
    return replace(
        given,
        groups=given.groups[:-1],
        history=_mapped(given.history, mapping),
        exposure=replace(
            given.exposure,
            past=given.exposure.past @ mapping,
            future=given.exposure.future @ mapping,
            vacancies=tuple(v for v in given.exposure.vacancies if v.group in known),
        ),
        stock=Stock(
            **{f.name: getattr(given.stock, f.name) @ mapping for f in fields(given.stock)}
        ),
        ages=given.ages[:-1],
    )
