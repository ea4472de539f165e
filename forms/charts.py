"""The burn-down as values: what the picture shows, in one sentence, in rows and as CSV.

The drawing itself is `forms.drawing`, which is loaded with the first picture: matplotlib takes a second.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

from workflow.calendar import SATURDAY, WorkCalendar

Width = Literal["wide", "narrow"]
FileFormat = Literal["svg", "png"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ONE_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Band:
    """Reviews still open at the end of one coming working day: the middle and three ranges."""

    on: date
    low95: int
    low80: int
    low50: int
    mid: int
    high50: int
    high80: int
    high95: int


@dataclass(frozen=True, slots=True)
class BurnDown:
    """Reviews still open: counted so far, forecast from then on; no case, only counts."""

    as_of: date
    """The day the forecast speaks from."""
    target: date
    total: int
    open: int
    """Still open on `as_of`."""
    history: tuple[tuple[date, int], ...]
    """End of each finished working day, oldest first; the last number is `open`."""
    bands: tuple[Band, ...]
    """End of each coming working day."""
    closures: tuple[date, ...]
    """Days without work beyond the ordinary weekend: bank holidays, closures, weekends among them."""


def read_burn_down(forecast: Mapping[str, Any], calendar: WorkCalendar) -> BurnDown:
    """The burn-down a forecast's JSON holds (`workflow.forecast.CompletionForecast.to_json`)."""
    history = tuple(
        (date.fromisoformat(row["date"]), int(row["open"])) for row in forecast["burn_down"]
    )
    names = [field.name for field in fields(Band)][1:]
    bands = tuple(
        Band(date.fromisoformat(row["date"]), *(int(row[name]) for name in names))
        for row in forecast["bands"]
    )
    as_of = date.fromisoformat(forecast["as_of"])
    days = [as_of, *(day for day, _ in history), *(band.on for band in bands)]
    return BurnDown(
        as_of=as_of,
        target=date.fromisoformat(forecast["target"]),
        total=int(forecast["total"]),
        open=int(forecast["open"]),
        history=history,
        bands=bands,
        closures=tuple(_closed_stretches(calendar, min(days), max(days))),
    )


def _closed_stretches(calendar: WorkCalendar, first: date, last: date) -> Iterator[date]:
    """Days of every stretch without work that is more than the ordinary weekend."""
    stretch: list[date] = []
    for number in range((last - first).days + 2):
        day = first + number * _ONE_DAY
        if day <= last and not calendar.is_working_day(day):
            stretch.append(day)
            continue
        if any(closed.weekday() < SATURDAY for closed in stretch):
            yield from stretch
        stretch = []


@lru_cache(maxsize=16)
def burn_down(chart: BurnDown, *, width: Width, file_format: FileFormat) -> bytes:
    """The picture: ranges of 50, 80 and 95 %, the target, closed days hatched.

    The same chart gives the same bytes. `narrow` is made for a phone, `wide` for a page.
    """
    from forms.drawing import draw_burn_down  # noqa: PLC0415 - matplotlib takes a second to load

    return draw_burn_down(chart, width=width, file_format=file_format)


def burn_down_sentence(chart: BurnDown) -> str:
    """What the picture says, in one or two sentences."""
    counted = f"On {words(chart.as_of)}, {chart.open:,} of {chart.total:,} reviews are still open."
    at_target = [band for band in chart.bands if band.on <= chart.target]
    if not at_target or chart.as_of > chart.target:
        return counted
    band = at_target[-1]
    if band.high80 == 0:
        return f"{counted} By {words(chart.target)}, none is expected to be left (80 % range)."
    return (
        f"{counted} At the end of {words(chart.target)}, between {band.low80:,} and "
        f"{band.high80:,} are expected to be left (80 % range)."
    )


HEADER = ("Date", "Basis", "Open", *(f.name for f in fields(Band) if f.name not in {"on", "mid"}))
"""Columns of `burn_down_rows`: `Open` is a count, or the middle of the forecast."""


def burn_down_rows(chart: BurnDown) -> list[tuple[date, str, int, *tuple[int | None, ...]]]:
    """Every number of the picture, one row per working day, under `HEADER`.

    Basis is `counted` (no ranges) or `forecast`.
    """
    ranges = HEADER[3:]
    counted = [(day, "counted", still_open, *(None for _ in ranges)) for day, still_open in chart.history]
    coming = [
        (band.on, "forecast", band.mid, *(getattr(band, name) for name in ranges))
        for band in chart.bands
    ]
    return [*counted, *coming]


def burn_down_csv(chart: BurnDown) -> str:
    """`burn_down_rows` as CSV with ISO dates; no cell can act as a formula in a spreadsheet."""
    return to_csv([HEADER, *burn_down_rows(chart)])


def to_csv(rows: Sequence[Sequence[object]]) -> str:
    """Rows as CSV (CRLF, as spreadsheets expect); text that looks like a formula gets a leading quote."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value.isoformat() if isinstance(value, date) else value


def words(day: date) -> str:
    """A date as people write it: 31 March 2016."""
    return f"{day.day} {day:%B %Y}"
