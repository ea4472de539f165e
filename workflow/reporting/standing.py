"""How the reviews stood on the morning of a day, and day by day until then, from the events. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from workflow.calendar import WorkCalendar
from workflow.states import OPEN_STATES, ReviewState

JOINED = "review_opened"
SCOPE = (JOINED, "review_withdrawn", "review_reinstated")
"""Events that decide which reviews there are; those of the morning itself count already."""
_OUT = ReviewState.WITHDRAWN
_DONE = ReviewState.COMPLETE
_ONE_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Standing:
    """The reviews as a forecast of the same morning sees them."""

    as_of: date
    until: date
    """The last day whose work counts: the day before, or `as_of` once nothing is open."""
    moves: pd.DataFrame
    """Of `workflow.queries.review_moves`, those that count."""
    states: "pd.Series[str]"
    """Review number → state."""

    @property
    def complete(self) -> int:
        """Reviews whose outcome is confirmed."""
        return int((self.states == _DONE).sum())

    @property
    def open(self) -> int:
        """Reviews that are work still to do."""
        return int(self.states.isin(OPEN_STATES).sum())

    @property
    def total(self) -> int:
        """Reviews in the programme: all but the withdrawn ones."""
        return self.complete + self.open


def stand(moves: pd.DataFrame, as_of: date) -> Standing:
    """Where every review stood on the morning of a day, what joined or left that morning included."""
    moves = moves[moves["day"] <= as_of]
    states = moves.groupby("review_id")["to_state"].last()
    if not states.isin(OPEN_STATES).any():
        return Standing(as_of, as_of, moves, states)
    moves = moves[(moves["day"] < as_of) | moves["kind"].isin(SCOPE)]
    states = moves.groupby("review_id")["to_state"].last()
    return Standing(as_of, as_of - _ONE_DAY, moves, states)


@dataclass(frozen=True, slots=True)
class DayCount:
    """What one day changed in the count of reviews."""

    day: date
    joined: int
    withdrawn: int
    reinstated: int
    completed: int
    reopened: int
    open: int
    """At its end."""


def count_days(standing: Standing, calendar: WorkCalendar, first: date) -> list[DayCount]:
    """Every working day from the first, and every other day on which a count changed, in order."""
    changes = {
        "joined": _by_day(standing.moves, kind=JOINED),
        "withdrawn": _by_day(standing.moves, into=_OUT),
        "reinstated": _by_day(standing.moves, kind="review_reinstated"),
        "completed": _by_day(standing.moves, into=_DONE),
        "reopened": _by_day(standing.moves, kind="review_reopened"),
    }
    days = {
        *calendar.working_days(first, standing.until),
        *(d for c in changes.values() for d in c),
    }
    rows, still_open = [], 0
    for day in sorted(days):
        today = {name: count.get(day, 0) for name, count in changes.items()}
        still_open += today["joined"] + today["reinstated"] + today["reopened"]
        still_open -= today["withdrawn"] + today["completed"]
        rows.append(DayCount(day=day, open=still_open, **today))
    return rows


def _by_day(
    moves: pd.DataFrame, *, kind: str | None = None, into: ReviewState | None = None
) -> Mapping[date, int]:
    chosen = moves["kind"] == kind if kind else moves["to_state"] == into
    return Counter(moves.loc[chosen, "day"])


def by_place(standing: Standing, places: "pd.Series[str]") -> dict[str, tuple[int, int]]:
    """Place → reviews complete and reviews open, by the place's name.

    Args:
        places: review number → name of the place.
    """
    where = places.reindex(standing.states.index)
    done = where[standing.states == _DONE].value_counts()
    still = where[standing.states.isin(OPEN_STATES)].value_counts()
    names = sorted({*done.index, *still.index})
    return {name: (int(done.get(name, 0)), int(still.get(name, 0))) for name in names}
