"""When each simulated future reaches what people ask about: nearly done, the last case, the target."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workflow.forecast.inputs import FloatArray, ForecastInput
from workflow.forecast.pipeline import Simulation, simulate
from workflow.forecast.stages import Paths
from workflow.forecast.stragglers import Times, last_case_times
from workflow.forecast.words import DateQuantile

LEVELS = (0.5, 0.8, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Times are working days from now: 0 is done already, horizon + 1 later than the horizon."""

    simulation: Simulation
    last: Times
    """Last case of each group, shape (groups, paths)."""
    nearly: Times
    """98 % of each group's scope, shape (groups, paths)."""
    nearly_all: Times
    """98 % of the whole scope, shape (paths,)."""

    @property
    def given(self) -> ForecastInput:
        """The input that was played."""
        return self.simulation.given

    @property
    def last_of_all(self) -> Times:
        """Last case of the programme, shape (paths,)."""
        latest: Times = self.last.max(axis=0)
        return latest

    @property
    def done_by_target(self) -> NDArray[np.bool_]:
        """Whether the last case is complete by the target, per path."""
        return by_target(self.last_of_all, self.given)

    @property
    def complete_by_target(self) -> Paths:
        """Reviews complete at the end of the target day, per path."""
        reached: Paths = self.simulation.completed[self.given.days_to_target]
        return reached


def play(given: ForecastInput) -> Outcomes:
    """Simulate a programme grouped by district or by agency and read the times off its paths."""
    simulation = simulate(given)
    enough = np.float32(given.priors.nearly_done)
    # A hair's breadth forgives the rounding of sums in single precision.
    nearly = simulation.complete < simulation.scope * enough - np.float32(1e-3)
    whole = simulation.completed < simulation.scope.sum(axis=0) * enough - np.float32(1e-3)
    return Outcomes(
        simulation=simulation,
        last=last_case_times(simulation),
        nearly=nearly.sum(axis=0).astype(np.float32),
        nearly_all=whole.sum(axis=0).astype(np.float32),
    )


def by_target(times: Times, given: ForecastInput) -> NDArray[np.bool_]:
    """Which paths are done by the end of the target day."""
    return np.asarray(times <= given.days_to_target)


def date_quantiles(times: Times, given: ForecastInput) -> tuple[DateQuantile, ...]:
    """The working days by which 50, 80 and 95 % of the paths are done."""
    places = np.quantile(times, LEVELS, method="inverted_cdf")
    return tuple(day_number(int(place), given) for place in places)


def day_number(place: int, given: ForecastInput) -> DateQuantile:
    """The date of a time counted in working days from now (see `Outcomes`)."""
    if place > given.horizon:
        after = given.calendar.add_working_days(given.exposure.days[-1], 1)
        return DateQuantile(after, beyond=True)
    return DateQuantile(given.exposure.days[place - 1] if place else given.as_of)


def mean_time(outcomes: Outcomes) -> float:
    """Mean working days to 98 % done; what is left at the horizon adds in proportion.

    Smooth where the horizon is too short, so that two plans that both miss it can be compared.
    """
    simulation, horizon = outcomes.simulation, outcomes.given.horizon
    scope = simulation.scope.sum(axis=0)
    left = (scope - simulation.completed[-1]) / np.maximum(scope, 1.0)
    return float((outcomes.nearly_all + horizon * left).mean())


def with_exposure(given: ForecastInput, factor: FloatArray | float) -> ForecastInput:
    """The same input with the future reviewer-days of every group multiplied."""
    exposure = given.exposure
    weights = np.broadcast_to(np.asarray(factor, dtype=float), (len(given.groups),))
    by_group = dict(zip(given.groups, weights, strict=True))
    vacancies = tuple(
        replace(v, weight=v.weight * float(by_group[v.group])) for v in exposure.vacancies
    )
    changed = replace(exposure, future=exposure.future * weights, vacancies=vacancies)
    return replace(given, exposure=changed)
