"""Reviewers as the solver sees them: what they can give by when. Pure, over rows already loaded."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from workflow.allocation.problem import Reviewer as Candidate
from workflow.calendar import WorkCalendar
from workflow.models import Leave, Reviewer
from workflow.roster import capacity_by_day

MILESTONES = 3
DUE_BY_BAND = (2, 2, 1, 0, 0)
"""Bands 4 and 5 are due in the first third of the days left, band 3 in the second."""


def milestones(days: Sequence[date]) -> tuple[date, ...]:
    """The last working day of each third of the days left."""
    return tuple(days[end - 1] for end in _ends(len(days)))


def candidate(
    reviewer: Reviewer, leave: Iterable[Leave], days: Sequence[date], calendar: WorkCalendar
) -> Candidate:
    """A reviewer with their points on each of `days`; conflicts are not known yet."""
    by_day = _whole_points(capacity_by_day(reviewer, leave, days, calendar))
    return Candidate(
        key=reviewer.reference,
        agency=reviewer.agency,
        capacity=tuple(sum(by_day[:end]) for end in _ends(len(days))),
        district=reviewer.district,
        team=reviewer.team,
        qualified=reviewer.is_qualified,
        skills=frozenset(reviewer.skills),
        by_day=by_day,
    )


def without_capacity(person: Candidate) -> Candidate:
    """Somebody who may take nothing on, because they do not review, but still holds something."""
    nothing = tuple(0 for _ in person.by_day)
    return replace(person, capacity=tuple(0 for _ in person.capacity), by_day=nothing)


class Room:
    """Points each reviewer still has by each milestone, as work is taken on."""

    def __init__(self, capacity: Mapping[str, tuple[int, ...]]) -> None:
        """Start with nothing taken."""
        self._left = {key: list(points) for key, points in capacity.items()}

    def take(self, key: str, points: int, due: int) -> None:
        """Give somebody work that is due by a milestone, whether it fits or not."""
        left = self._left[key]
        for milestone in range(due, len(left)):
            left[milestone] -= points

    def free(self, key: str, due: int) -> int:
        """Points of work due by a milestone that still fit; below 0 when too much was taken."""
        return min(self._left[key][due:])


def _whole_points(points: Iterable[float]) -> tuple[int, ...]:
    """Points by day as whole numbers whose running sum is the true one, rounded down."""
    total, whole = 0.0, [0]
    for point in points:
        total += point
        whole.append(math.floor(total + 1e-9))
    return tuple(after - before for before, after in pairwise(whole))


def _ends(n_days: int) -> list[int]:
    """How many days lie before the end of each third (at least one)."""
    return [max(1, n_days * part // MILESTONES) for part in range(1, MILESTONES + 1)]
