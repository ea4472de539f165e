"""The burn-down: what was counted, where it may go, and what is needed to finish on time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from forms.charts import BURN_DOWN_SIZES, BurnDown, FileFormat, Width
from forms.pictures import canvas as c
from forms.wording import day_and_month


@dataclass(frozen=True, slots=True)
class _Size:
    """One of the two widths; lengths in pixels as shown on a page."""

    text: float
    """Height of the letters."""
    box: c.Box
    """Its top holds the key and the target's name."""
    key_columns: int
    most_dates: int
    """Labels the date axis has room for."""


_SIZES = {
    "wide": _Size(15, c.Box(56, 76, 16, 34), 7, 12),
    "narrow": _Size(13.5, c.Box(46, 122, 14, 32), 2, 4),
}
_REQUIRED: c.Style = (0, (1, 1.4))


def draw(chart: BurnDown, *, width: Width, file_format: FileFormat) -> bytes:
    """Draw the picture; see `forms.charts.burn_down`."""
    size, box = _SIZES[width], _SIZES[width].box
    across, down = BURN_DOWN_SIZES[width]
    figure = c.new_figure(across, down)
    axes = figure.add_axes(
        (
            box.left / across,
            box.bottom / down,
            1 - (box.left + box.right) / across,
            1 - (box.top + box.bottom) / down,
        )
    )
    with c.one_at_a_time:
        _draw_axes(axes, chart, size)
        _draw_closures(axes, chart)
        _draw_lines(axes, chart)
        _draw_target(axes, chart, size)
        _draw_today(axes, chart, size)
        _draw_key(figure, chart, size)
        return c.save(figure, file_format, chart.title)


def _span(chart: BurnDown) -> tuple[date, date]:
    days = [day for day, _ in chart.history] + [band.on for band in chart.bands]
    return min([chart.start[0], *days]), max([chart.start[0], chart.target, *days])


def _draw_axes(axes: Axes, chart: BurnDown, size: _Size) -> None:
    first, last = _span(chart)
    axes.set_xlim(c.place(first - c.DAY), c.place(last + c.DAY))
    counts = [n for _, n in chart.history] + [band.high95 for band in chart.bands]
    axes.set_ylim(0, max([chart.open, 1, *counts]) * 1.04)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    shown = list(c.mondays(first, last))
    shown = shown[:: max(ceil(len(shown) / size.most_dates), 1)]
    axes.set_xticks([c.place(day) for day in shown], [day_and_month(day) for day in shown])
    c.style_axes(axes, size.text)


def _draw_closures(axes: Axes, chart: BurnDown) -> None:
    for first, last in _stretches(chart.closures):
        axes.axvspan(
            c.place(first - c.DAY / 2),
            c.place(last + c.DAY / 2),
            facecolor="none",
            edgecolor=c.HATCH,
            hatch="////",
            linewidth=0,
            zorder=2.5,
        )


def _stretches(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """First and last day of each run of consecutive days."""
    shut = set(days)
    for first in sorted(day for day in shut if day - c.DAY not in shut):
        last = first
        while last + c.DAY in shut:
            last += c.DAY
        yield first, last


def _draw_lines(axes: Axes, chart: BurnDown) -> None:
    start, closed = chart.start, chart.closures
    c.draw_bands(axes, start, chart.bands, closed)
    middle = c.forecast_line(start, chart.bands, "mid", closed)
    c.line(axes, c.to_first_zero(middle), c.LINE, 2.0, c.MIDDLE)
    if chart.required:
        c.line(axes, c.held_level([start, *chart.required], closed), c.INK, 1.8, _REQUIRED)
    c.line(axes, c.held_level(chart.history, closed), c.LINE, 2.8, "solid", layer=4)


def _draw_target(axes: Axes, chart: BurnDown, size: _Size) -> None:
    first, last = _span(chart)
    place = c.place(chart.target)
    axes.axvline(place, color=c.TARGET, linewidth=2, linestyle=c.TARGET_STYLE, zorder=4)
    share = (chart.target - first) / max(last - first, c.DAY)
    axes.annotate(
        f"Target {chart.target.day} {chart.target:%B}",
        (place, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right" if share > 0.8 else "center",  # noqa: PLR2004 - near the edge
        va="bottom",
        color=c.TARGET,
        fontsize=size.text * c.POINTS,
        fontweight="bold",
        annotation_clip=False,
    )


def _draw_today(axes: Axes, chart: BurnDown, size: _Size) -> None:
    day, still_open = chart.start
    place = (c.place(day), still_open)
    axes.plot(
        *place, "o", markersize=7.5, color=c.LINE, markeredgecolor=c.PAPER, zorder=5, clip_on=False
    )
    axes.annotate(
        f"{still_open:,} open",
        place,
        xytext=(7, 6),
        textcoords="offset points",
        color=c.LINE,
        fontsize=size.text * c.POINTS,
        fontweight="bold",
        zorder=6,
    )


def _key(chart: BurnDown) -> Iterator[Line2D | Patch]:
    """One handle for each thing this chart really shows."""
    yield Line2D([], [], color=c.LINE, linewidth=2.8, label="Counted")
    if chart.bands:
        yield Line2D([], [], color=c.LINE, linewidth=2, linestyle=c.MIDDLE, label="Middle forecast")
    if chart.required:
        yield Line2D([], [], color=c.INK, linewidth=1.8, linestyle=_REQUIRED, label="Needed")
    for name in reversed(c.FILLS if chart.bands else {}):
        yield Patch(
            facecolor=c.FILLS[name],
            edgecolor=c.OUTLINE,
            linestyle=c.OUTLINES[name],
            label=f"{name} % range",
        )
    if chart.closures:
        yield Patch(
            facecolor=c.PAPER, edgecolor=c.HATCH, hatch="//////", linewidth=0, label="Closed"
        )


def _draw_key(figure: Figure, chart: BurnDown, size: _Size) -> None:
    figure.legend(
        handles=list(_key(chart)),
        loc="upper left",
        bbox_to_anchor=(0.004, 1.0),
        ncols=size.key_columns,
        frameon=False,
        fontsize=size.text * c.POINTS,
        labelcolor=c.INK,
        handlelength=1.9,
        columnspacing=1.3,
        handletextpad=0.5,
        borderpad=0.4,
    )
