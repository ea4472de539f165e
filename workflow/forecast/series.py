"""A plain daily series, read and checked: what the backtest replays."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workflow.calendar import WorkCalendar
from workflow.errors import InvalidInputError
from workflow.forecast.inputs import FloatArray


@dataclass(frozen=True, slots=True)
class Series:
    """Daily counts of one group: by calendar day, and folded onto the working days.

    What happened on a closed day counts on the next working day.
    """

    name: str
    first: date
    calendar_counts: FloatArray
    days: tuple[date, ...]
    counts: FloatArray

    def calendar_place(self, day: date) -> int:
        """Index of `day` in `calendar_counts`."""
        return (day - self.first).days


def read_series(
    frame: pd.DataFrame, calendar: WorkCalendar, shortest: int
) -> tuple[list[Series], dict[str, str]]:
    """The series of a frame, one per group, sorted by name; checks every value.

    Args:
        frame: columns `date` (ISO), `completed`, and optionally `group`.
        shortest: working days that a series needs.

    Returns:
        The series long enough, and the others with the reason.

    Raises:
        InvalidInputError: a column is missing, a value cannot be used, or no series is long enough.
    """
    checked = _checked(frame)
    series = [
        _series(str(name), rows, calendar) for name, rows in checked.groupby("group", sort=True)
    ]
    short = {one.name: len(one.days) for one in series if len(one.days) < shortest}
    if len(short) == len(series):
        longest = max(short.values())
        raise InvalidInputError(
            f"A series needs at least {shortest} working days; the longest here has {longest}."
        )
    left_out = {name: f"{days} working days; {shortest} are needed" for name, days in short.items()}
    return [one for one in series if one.name not in short], left_out


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    for column in ("date", "completed"):
        if column not in frame.columns:
            found = ", ".join(map(str, frame.columns)) or "none"
            raise InvalidInputError(f'The column "{column}" is missing; found: {found}.')
    if frame.empty:
        raise InvalidInputError("The series has no rows.")
    days = pd.to_datetime(frame["date"].astype(str), errors="coerce", format="ISO8601")
    _refuse(frame["date"], days.isna(), "is not a date such as 2016-01-20")
    counts = pd.to_numeric(frame["completed"], errors="coerce")
    _refuse(frame["completed"], ~np.isfinite(counts), "is not a count")
    _refuse(frame["completed"], counts < 0, "is a negative count")
    group = frame["group"].fillna("").astype(str) if "group" in frame.columns else ""
    checked = pd.DataFrame(
        {"date": days.dt.date, "completed": counts.astype(float), "group": group}
    )
    _refuse(
        frame["date"],
        checked.duplicated(["date", "group"]),
        "is there twice; give one row per day and group",
    )
    return checked


def _refuse(values: pd.Series, wrong: pd.Series, why: str) -> None:
    """Name the first wrong value; row 1 is the first row of data."""
    places = np.flatnonzero(wrong.to_numpy())
    if len(places):
        row = int(places[0])
        more = f" ({len(places)} such rows)" if len(places) > 1 else ""
        raise InvalidInputError(f'Row {row + 1}: "{values.iloc[row]}" {why}{more}.')


def _series(name: str, rows: pd.DataFrame, calendar: WorkCalendar) -> Series:
    first, last = rows["date"].min(), rows["date"].max()
    daily = np.zeros((last - first).days + 1)
    days = calendar.working_days(first, calendar.add_working_days(last, 0))
    counts = np.zeros(len(days))
    place = {day: index for index, day in enumerate(days)}
    for day, count in zip(rows["date"], rows["completed"], strict=True):
        daily[(day - first).days] += count
        counts[place[calendar.add_working_days(day, 0)]] += count
    return Series(name, first, daily, tuple(days), counts)
