"""Charts as values: what a picture shows, and the same in a sentence, in rows and as CSV.

The drawing itself is `forms.pictures`, loaded with the first picture: matplotlib takes a second.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from forms.cells import to_csv
from forms.wording import long_date, percentage, plural
from workflow.calendar import SATURDAY, WorkCalendar

Width = Literal["wide", "narrow"]
FileFormat = Literal["svg", "png"]

BURN_DOWN_SIZES: dict[Width, tuple[int, int]] = {"wide": (960, 480), "narrow": (380, 430)}
"""Width and height of the burn-down as shown on a page, in pixels."""

RELIABILITY_SIZES: dict[Width, tuple[int, int]] = {"wide": (640, 560), "narrow": (380, 420)}
"""Width and height of the reliability picture, in pixels."""


class Grid(NamedTuple):
    """How the small burn-downs stand on a page; lengths in pixels."""

    width: int
    columns: int
    row_height: int


GRIDS: dict[Width, Grid] = {"wide": Grid(960, 4, 190), "narrow": Grid(380, 2, 162)}

LIKELY = 0.5
"""A chance below it: more likely late than not."""
MOST_NAMED = 3
"""Districts that a sentence names."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnDown:
    """Reviews still open: counted so far, forecast from then on; no case, only counts."""

    title: str = "Reviews still open"
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
    closures: tuple[date, ...] = ()
    """Days without work beyond the ordinary weekend: bank holidays, closures, weekends among them."""

    @property
    def start(self) -> tuple[date, int]:
        """Where the forecast begins: the last counted day, or the day before the first to come."""
        if self.history:
            return self.history[-1]
        first = self.bands[0].on if self.bands else self.as_of
        return first - _ONE_DAY, self.open

    @property
    def required(self) -> tuple[tuple[date, int], ...]:
        """The even pace from here to nothing left on the target; empty once that has passed."""
        days = [band.on for band in self.bands if band.on <= self.target]
        return tuple(
            (day, round(self.open * (1 - number / len(days))))
            for number, day in enumerate(days, start=1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictBurnDown:
    """One district of `SmallMultiples`."""

    name: str
    total: int
    open: int
    chance: float
    """That its last review is complete by the target, 0 to 1."""
    history: tuple[tuple[date, int], ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallMultiples:
    """A small burn-down per district; drawn as shares of each one's total, the least likely first."""

    title: str = "Reviews still open, by district"
    target: date
    districts: tuple[DistrictBurnDown, ...]

    @property
    def by_risk(self) -> tuple[DistrictBurnDown, ...]:
        """The districts in the order they are drawn."""
        return tuple(sorted(self.districts, key=lambda one: (one.chance, -one.open, one.name)))


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """Of `count` forecasts that gave a chance of `said` on average, `happened` came true (0 to 1)."""

    said: float
    happened: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """What was said against what happened: on the diagonal a forecast keeps its word."""

    title: str = "What we said and what happened"
    ours: tuple[ReliabilityPoint, ...]
    naive: tuple[ReliabilityPoint, ...] = ()
    """The simple method (resampling past days) on the same forecasts, where it was scored."""


def read_reliability(
    rows: Iterable[Mapping[str, Any]], naive: Iterable[Mapping[str, Any]] = ()
) -> Reliability:
    """From rows with `said`, `happened` and `n`: of a backtest's JSON, or of a track record's."""
    return Reliability(ours=tuple(map(_point, rows)), naive=tuple(map(_point, naive)))


def _point(row: Mapping[str, Any]) -> ReliabilityPoint:
    return ReliabilityPoint(float(row["said"]), float(row["happened"]), int(row["n"]))


def read_small_multiples(forecast: Mapping[str, Any], names: Mapping[str, str]) -> SmallMultiples:
    """The districts that a forecast's JSON holds, week by week.

    Args:
        names: district code → name; a code without one stands for itself.
    """
    return SmallMultiples(
        target=date.fromisoformat(forecast["target"]),
        districts=tuple(
            DistrictBurnDown(
                name=names.get(part["district"], part["district"] or "No district"),
                total=int(part["total"]),
                open=int(part["open"]),
                chance=float(part["p_done"]),
                history=_history(part["burn_down"]),
                bands=tuple(_band(row) for row in part["bands"]),
            )
            for part in forecast["by_district"]
            if part.get("bands")
        ),
    )


def _history(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[date, int], ...]:
    return tuple((date.fromisoformat(row["date"]), int(row["open"])) for row in rows)


def read_burn_down(forecast: Mapping[str, Any], calendar: WorkCalendar) -> BurnDown:
    """The burn-down that a forecast's JSON holds (`workflow.forecast.CompletionForecast.to_json`)."""
    history = _history(forecast["burn_down"])
    bands = tuple(_band(row) for row in forecast["bands"])
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


def _band(row: Mapping[str, Any]) -> Band:
    names = [field.name for field in fields(Band)][1:]
    return Band(date.fromisoformat(row["date"]), *(int(row[name]) for name in names))


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
    """The picture: ranges of 50, 80 and 95 %, the pace needed, the target, closed days hatched.

    The same chart gives the same bytes. `narrow` is made for a phone, `wide` for a page.
    """
    from forms.pictures.burn_down import draw  # noqa: PLC0415 - matplotlib takes a second to load

    return draw(chart, width=width, file_format=file_format)


@lru_cache(maxsize=16)
def small_multiples(chart: SmallMultiples, *, width: Width, file_format: FileFormat) -> bytes:
    """A small burn-down per district on one scale; the table by district says the same in numbers.

    The same chart gives the same bytes.
    """
    from forms.pictures.districts import draw  # noqa: PLC0415 - matplotlib takes a second to load

    return draw(chart, width=width, file_format=file_format)


@lru_cache(maxsize=16)
def reliability(chart: Reliability, *, width: Width, file_format: FileFormat) -> bytes:
    """Stated chances against how often they came true, ours and the simple method's.

    The same chart gives the same bytes.
    """
    from forms.pictures.reliability import draw  # noqa: PLC0415 - matplotlib takes a second to load

    return draw(chart, width=width, file_format=file_format)


def burn_down_sentence(chart: BurnDown) -> str:
    """What the picture says, in one or two sentences."""
    counted = (
        f"On {long_date(chart.as_of)}, {chart.open:,} of {chart.total:,} reviews are still open."
    )
    at_target = [band for band in chart.bands if band.on <= chart.target]
    if not at_target:
        return counted
    band, target = at_target[-1], long_date(chart.target)
    if band.high80 == 0:
        return f"{counted} By the end of {target} none is expected to be left (80 % range)."
    return (
        f"{counted} At the end of {target}, between {band.low80:,} and {band.high80:,} are "
        "expected to be left (80 % range)."
    )


class BurnDownRow(NamedTuple):
    """What the picture shows of one working day."""

    on: date
    basis: Literal["counted", "forecast"]
    open: int
    """The count, or the middle of the forecast."""
    needed: int | None = None
    """The even pace to the target; None for counted days and after the target."""
    low95: int | None = None
    low80: int | None = None
    low50: int | None = None
    high50: int | None = None
    high80: int | None = None
    high95: int | None = None


HEADER = ("date", *BurnDownRow._fields[1:])
"""The columns of `burn_down_csv`."""


def burn_down_rows(chart: BurnDown) -> list[BurnDownRow]:
    """Every number of the picture, one row per working day, oldest first."""
    needed = dict(chart.required)
    counted = [BurnDownRow(day, "counted", still_open) for day, still_open in chart.history]
    coming = [
        BurnDownRow(
            *(band.on, "forecast", band.mid, needed.get(band.on)),
            *(band.low95, band.low80, band.low50, band.high50, band.high80, band.high95),
        )
        for band in chart.bands
    ]
    return [*counted, *coming]


def burn_down_csv(chart: BurnDown) -> str:
    """`burn_down_rows` as CSV with ISO dates; no cell can act as a formula in a spreadsheet."""
    return to_csv([HEADER, *burn_down_rows(chart)])


DISTRICTS_HEADER = ("district", "chance", *HEADER[:3], *HEADER[4:])
"""The columns of `small_multiples_csv`."""


def small_multiples_rows(chart: SmallMultiples) -> list[tuple[object, ...]]:
    """Every number of the picture, one row per district and week, as in `DISTRICTS_HEADER`."""
    return [
        (district.name, percentage(district.chance), *row)
        for district in chart.by_risk
        for row in _weeks(district)
    ]


def _weeks(district: DistrictBurnDown) -> Iterator[tuple[object, ...]]:
    for day, still_open in district.history:
        yield (day, "counted", still_open, *[None] * 6)
    for band in district.bands:
        low = (band.low95, band.low80, band.low50)
        yield (band.on, "forecast", band.mid, *low, band.high50, band.high80, band.high95)


def small_multiples_size(chart: SmallMultiples, width: Width) -> tuple[int, int]:
    """Width and height of the picture, in pixels; more districts make it taller."""
    grid = GRIDS[width]
    return grid.width, grid.row_height * max(-(-len(chart.districts) // grid.columns), 1)


def small_multiples_csv(chart: SmallMultiples) -> str:
    """`small_multiples_rows` as CSV with ISO dates."""
    return to_csv([DISTRICTS_HEADER, *small_multiples_rows(chart)])


def small_multiples_sentence(chart: SmallMultiples) -> str:
    """Which districts are least likely to finish in time."""
    if not chart.districts:
        return "There is no district to show."
    at_risk = [one for one in chart.by_risk if one.chance < LIKELY and one.open]
    if not at_risk:
        return f"Every district is likely to finish by {long_date(chart.target)}."
    named = [f"{one.name} ({percentage(one.chance)})" for one in at_risk[:MOST_NAMED]]
    verb = "is" if len(at_risk) == 1 else "are"
    return (
        f"{plural(len(at_risk), 'district')} of {len(chart.districts)} {verb} more likely than not "
        f"to finish after {long_date(chart.target)}; the least likely to finish in time: "
        f"{', '.join(named)}."
    )


RELIABILITY_HEADER = ("method", "said", "happened", "forecasts")
"""The columns of `reliability_csv`; chances are whole per cents."""


def reliability_rows(chart: Reliability) -> list[tuple[str, int, int, int]]:
    """Every number of the picture, as in `RELIABILITY_HEADER`."""
    return [
        (method, round(100 * one.said), round(100 * one.happened), one.count)
        for method, points in (("ours", chart.ours), ("simple", chart.naive))
        for one in points
    ]


def reliability_csv(chart: Reliability) -> str:
    """`reliability_rows` as CSV."""
    return to_csv([RELIABILITY_HEADER, *reliability_rows(chart)])


def reliability_sentence(chart: Reliability) -> str:
    """How far what was said lay from what happened, on average."""
    if not chart.ours:
        return "No forecast has come due yet."
    said = f"What we said and what happened differ by {_gap(chart.ours)} on average"
    if not chart.naive:
        return f"{said}."
    return f"{said}; those of the simple method differ by {_gap(chart.naive)}."


def _gap(points: Sequence[ReliabilityPoint]) -> str:
    gap = sum(abs(one.said - one.happened) for one in points) / len(points)
    return plural(round(100 * gap), "point")
