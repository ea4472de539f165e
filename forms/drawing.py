"""Draws charts with matplotlib's object API: no pyplot, no global figure, one drawing at a time."""

import io
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from forms.charts import BurnDown, FileFormat, Width

# Set once, when this module is loaded: a drawing reads them and never changes them.
mpl.rcParams.update(
    {
        "svg.hashsalt": "burn-down",
        "font.sans-serif": ["Liberation Sans", "Arial", "Helvetica", "DejaVu Sans"],
        "hatch.linewidth": 0.7,
        "axes.unicode_minus": False,
    }
)
_ONE_AT_A_TIME = threading.Lock()

# Colours of the Government Analysis Function; each band also has an outline, for greyscale.
INK, GREY, RULE, PAPER, HATCH = "#0b0c0c", "#505a5f", "#d9dcde", "#ffffff", "#8a9296"
LINE, TARGET, OUTLINE = "#12436d", "#801650", "#2073bc"
FILLS = {"95": "#e3eef9", "80": "#bcd8f2", "50": "#6bace6"}
"""Outermost first, so that the inner ranges lie on top."""
STYLES = {"95": (0, (3, 2)), "80": "solid", "50": "solid"}
"""The outermost outline is dashed, so that the bands differ without colour."""
MIDDLE = (0, (5, 2))
TARGET_STYLE = (0, (6, 2, 1, 2))
_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class _Size:
    """One of the two widths; lengths in pixels as shown on a page."""

    width: int
    height: int
    text: float
    """Height of the letters."""
    left: int
    """Room for the numbers of the vertical axis."""
    top: int
    """Room for the key."""
    key_columns: int
    most_dates: int
    """Labels the date axis has room for."""


_SIZES = {
    "wide": _Size(960, 460, 15, 56, 48, 6, 12),
    "narrow": _Size(380, 400, 13.5, 46, 90, 2, 5),
}
"""`forms/templates/partials/burn_down.html` names the same widths and heights."""
_RIGHT, _BOTTOM = 14, 34
_PER_INCH = 100
_POINTS_PER_PIXEL = 72 / _PER_INCH

_Points = Sequence[tuple[date, float]]


def draw_burn_down(chart: BurnDown, *, width: Width, file_format: FileFormat) -> bytes:
    """Draw the burn-down; see `forms.charts.burn_down`."""
    size = _SIZES[width]
    figure = Figure(
        figsize=(size.width / _PER_INCH, size.height / _PER_INCH), dpi=_PER_INCH, facecolor=PAPER
    )
    axes = figure.add_axes(
        (
            size.left / size.width,
            _BOTTOM / size.height,
            1 - (size.left + _RIGHT) / size.width,
            1 - (size.top + _BOTTOM) / size.height,
        )
    )
    with _ONE_AT_A_TIME:
        _draw_axes(axes, chart, size)
        _draw_closures(axes, chart)
        _draw_bands(axes, chart)
        _draw_lines(axes, chart)
        _draw_target(axes, chart, size)
        _draw_key(figure, chart, size)
        return _save(figure, file_format)


def _start(chart: BurnDown) -> tuple[date, int]:
    """Where the forecast begins: the last counted day, or the day before the first to come."""
    if chart.history:
        return chart.history[-1]
    first = chart.bands[0].on if chart.bands else chart.as_of
    return first - _DAY, chart.open


def _span(chart: BurnDown) -> tuple[date, date]:
    start, _ = _start(chart)
    counted = [day for day, _ in chart.history]
    coming = [band.on for band in chart.bands]
    return min([start, *counted]), max([start, chart.target, *coming])


def _draw_axes(axes: Axes, chart: BurnDown, size: _Size) -> None:
    first, last = _span(chart)
    axes.set_xlim(date2num(first - _DAY), date2num(last + _DAY))
    highest = max([chart.open, 1, *(n for _, n in chart.history), *(b.high95 for b in chart.bands)])
    axes.set_ylim(0, highest * 1.06)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    mondays = list(_mondays(first, last))
    mondays = mondays[:: ceil(len(mondays) / size.most_dates) or 1]
    axes.set_xticks(
        [date2num(day) for day in mondays], [f"{day.day} {day:%b}" for day in mondays]
    )
    axes.tick_params(labelsize=size.text * _POINTS_PER_PIXEL, labelcolor=GREY, color=GREY, length=4)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("left", "top", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GREY)


def _mondays(first: date, last: date) -> Iterator[date]:
    day = first + (-first.weekday() % 7) * _DAY
    while day <= last:
        yield day
        day += 7 * _DAY


def _draw_closures(axes: Axes, chart: BurnDown) -> None:
    for first, last in _stretches(chart.closures):
        axes.axvspan(
            date2num(first - _DAY / 2),
            date2num(last + _DAY / 2),
            facecolor="none",
            edgecolor=HATCH,
            hatch="////",
            linewidth=0,
            zorder=2.5,
        )


def _stretches(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """First and last day of each run of consecutive days."""
    shut = set(days)
    for first in sorted(day for day in shut if day - _DAY not in shut):
        last = first
        while last + _DAY in shut:
            last += _DAY
        yield first, last


def _draw_bands(axes: Axes, chart: BurnDown) -> None:
    for name, fill in FILLS.items():
        low = _forecast(chart, f"low{name}")
        high = _forecast(chart, f"high{name}")
        days = [date2num(day) for day, _ in low]
        axes.fill_between(days, [n for _, n in low], [n for _, n in high], color=fill, linewidth=0)
        for edge in (low, high):
            _line(axes, _to_first_zero(edge), OUTLINE, 1.0, STYLES[name])


def _draw_lines(axes: Axes, chart: BurnDown) -> None:
    _line(axes, _to_first_zero(_forecast(chart, "mid")), LINE, 2.0, MIDDLE)
    _line(axes, _resting(chart.history, chart.closures), LINE, 2.6, "solid")
    day, still_open = _start(chart)
    axes.plot(
        [date2num(day)], [still_open], "o", markersize=7, color=LINE, markeredgecolor=PAPER, zorder=5
    )


def _line(
    axes: Axes, points: _Points, color: str, width: float, style: str | tuple[int, tuple[int, int]]
) -> None:
    axes.plot(
        [date2num(day) for day, _ in points],
        [n for _, n in points],
        color=color,
        linewidth=width,
        linestyle=style,
        solid_joinstyle="round",
        zorder=3,
    )


def _forecast(chart: BurnDown, quantile: str) -> _Points:
    """A quantile from the last counted day on."""
    points = [_start(chart), *((band.on, getattr(band, quantile)) for band in chart.bands)]
    return _resting(points, chart.closures)


def _resting(points: _Points, closures: Sequence[date]) -> list[tuple[date, float]]:
    """The points with the level held through closed days: nothing is completed on them."""
    held: list[tuple[date, float]] = []
    shut = set(closures)
    for day, number in points:
        if held and day - _DAY in shut:
            held.append((day - _DAY, held[-1][1]))
        held.append((day, number))
    return held


def _to_first_zero(points: _Points) -> _Points:
    """A line ends where nothing is left."""
    ends = next((n for n, (_, number) in enumerate(points) if number <= 0), len(points))
    return points[: ends + 1]


def _draw_target(axes: Axes, chart: BurnDown, size: _Size) -> None:
    first, last = _span(chart)
    axes.axvline(date2num(chart.target), color=TARGET, linewidth=2, linestyle=TARGET_STYLE, zorder=4)
    on_the_left = (chart.target - first) > (last - first) / 2
    axes.annotate(
        f"Target {chart.target.day} {chart.target:%B}",
        (date2num(chart.target), 1),
        xycoords=("data", "axes fraction"),
        xytext=(-6 if on_the_left else 6, -4),
        textcoords="offset points",
        ha="right" if on_the_left else "left",
        va="top",
        color=TARGET,
        fontsize=size.text * _POINTS_PER_PIXEL,
        fontweight="bold",
        zorder=6,
    )
    day, still_open = _start(chart)
    axes.annotate(
        f"{still_open:,} open",
        (date2num(day), still_open),
        xytext=(7, 6),
        textcoords="offset points",
        color=LINE,
        fontsize=size.text * _POINTS_PER_PIXEL,
        fontweight="bold",
        zorder=6,
    )


def _draw_key(figure: Figure, chart: BurnDown, size: _Size) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=LINE, linewidth=2.6, label="Reviews still open"),
        Line2D([], [], color=LINE, linewidth=2, linestyle=MIDDLE, label="Forecast, middle"),
    ]
    handles += [
        Patch(
            facecolor=FILLS[name],
            edgecolor=OUTLINE,
            linestyle=STYLES[name],
            label=f"{name} % range",
        )
        for name in reversed(FILLS)
    ]
    if chart.closures:
        handles.append(
            Patch(facecolor=PAPER, edgecolor=HATCH, hatch="//////", linewidth=0, label="Closed")
        )
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.004, 1.0),
        ncols=size.key_columns,
        frameon=False,
        fontsize=size.text * _POINTS_PER_PIXEL,
        labelcolor=INK,
        handlelength=1.9,
        columnspacing=1.4,
        handletextpad=0.5,
        borderpad=0.4,
    )


def _save(figure: Figure, file_format: FileFormat) -> bytes:
    out = io.BytesIO()
    if file_format == "svg":
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    else:
        figure.set_dpi(2 * _PER_INCH)
        FigureCanvasAgg(figure).print_png(out, metadata={"Software": None})
    return out.getvalue()
