"""How many decisions managers and moderators can take a day: from the roster and from what they did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from workflow.calendar import WorkCalendar
from workflow.forecast.inputs import FloatArray
from workflow.models import Leave, Reviewer
from workflow.policy import ForecastPriors
from workflow.roster import capacity_by_day
from workflow.states import Role

RECENT = 10
"""Finished working days that tell what people manage."""
BELIEF = 5.0
"""Working days that the stated capacity counts for when it is held against what was done."""
QUEUE = 2.0
"""Days of decisions that wait when capacity, and not the work arriving, sets the pace."""


@dataclass(frozen=True, slots=True, eq=False)
class StageCapacity:
    """One stage: the people who decide, and the decisions they can take on each coming day."""

    people: int
    future: FloatArray | None
    """None: nobody in the roster has the role, so nothing is known."""


def stage_capacity(
    decided: FloatArray,
    waiting: float,
    *,
    past: FloatArray,
    future: FloatArray,
    people: int,
) -> StageCapacity:
    """The stated capacity, put right by what was really done.

    People can do at least what they have done; where a queue stands, that is also the most.

    Args:
        decided: decisions taken on each finished day.
        waiting: decisions waiting now.
        past: capacity stated for each finished day.
        future: capacity stated for each coming day.
    """
    if not people or not (future.any() or past.any()):
        return StageCapacity(people, None)
    done, stated = decided[-RECENT:], past[-RECENT:]
    belief = BELIEF * float(np.mean([*stated, *future[:RECENT]]))
    shown = (done.sum() + belief) / (stated.sum() + belief) if belief else 1.0
    is_queue = len(done) and waiting > QUEUE * done.mean()
    return StageCapacity(people, future * (shown if is_queue else max(shown, 1.0)))


def stated_capacity(
    people: Sequence[Reviewer],
    leave: Mapping[int, Sequence[Leave]],
    days: Sequence[date],
    calendar: WorkCalendar,
    *,
    effort: float,
    priors: ForecastPriors,
) -> FloatArray:
    """Decisions on each of `days` by dates, pattern and leave, expected sickness taken off.

    The points in the roster of somebody who also reviews are for reviewing; deciding comes on top.

    Args:
        effort: review points that one decision takes.
    """
    total = np.zeros(len(days))
    for person in people:
        both = Role.REVIEWER in person.roles
        factor = priors.deciding_points / person.points_per_day if both else 1.0
        points = capacity_by_day(person, leave.get(person.key, ()), days, calendar)
        total += factor * np.array(points, dtype=float)
    return total * (1.0 - priors.sickness) / effort
