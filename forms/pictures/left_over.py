"""What is left of a register: counted, by the dates given, and forecast with its 80 % range."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from forms.capacity_charts import CAPACITY_SIZES, CapacityChart
from forms.charts import FileFormat, Width
from forms.pictures import canvas as c
from forms.wording import day_and_month


@dataclass(frozen=True, slots=True)
class _Size:
    """One of the two widths; lengths in pixels as shown on a page."""

    text: float
    box: c.Box
    """Its top holds the key and the target's name."""
    key_columns: int
    most_dates: int


_SIZES = {
    "wide": _Size(15, c.Box(56, 72, 20, 34), 4, 12),
    "narrow": _Size(13.5, c.Box(46, 96, 14, 32), 2, 4),
}
_PLANNED: c.Style = (0, (1, 1.4))
_BEYOND_TARGET = 60
"""Calendar days after the target that the picture still shows."""


def draw(chart: CapacityChart, *, width: Width, file_format: FileFormat) -> bytes:
    """Draw the picture; see `forms.capacity_charts.capacity_picture`."""
    size, box = _SIZES[width], _SIZES[width].box
    across, down = CAPACITY_SIZES[width]
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
        _draw_lines(axes, chart)
        _draw_target(axes, chart, size)
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
        return c.save(figure, file_format, chart.title)


def _last_shown(chart: CapacityChart) -> date:
    left = chart.burn_down
    days = [band.day for band in left.bands] or [left.as_of]
    return min(max(days), max(chart.target, left.as_of) + _BEYOND_TARGET * c.DAY)


def _draw_axes(axes: Axes, chart: CapacityChart, size: _Size) -> None:
    left, last = chart.burn_down, _last_shown(chart)
    first = min([left.as_of, *(point.day for point in left.past)])
    axes.set_xlim(c.place(first - c.DAY), c.place(max(last, chart.target) + c.DAY))
    counts = [point.left for point in left.past] + [band.high80 for band in left.bands]
    axes.set_ylim(0, max([1, *counts]) * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    shown = list(c.mondays(first, last))
    shown = shown[:: max(ceil(len(shown) / size.most_dates), 1)]
    axes.set_xticks([c.place(day) for day in shown], [day_and_month(day) for day in shown])
    c.style_axes(axes, size.text)


def _draw_lines(axes: Axes, chart: CapacityChart) -> None:
    left, last = chart.burn_down, _last_shown(chart)
    now = (left.as_of, float(left.left))
    bands = [band for band in left.bands if band.day <= last]
    low = [now, *((band.day, band.low80) for band in bands)]
    high = [now, *((band.day, band.high80) for band in bands)]
    axes.fill_between(
        [c.place(day) for day, _ in low],
        [count for _, count in low],
        [count for _, count in high],
        color=c.FILLS["80"],
        linewidth=0,
    )
    for edge in (low, high):
        c.line(axes, c.to_first_zero(edge), c.OUTLINE, 0.9, c.OUTLINES["80"])
    middle = [now, *((band.day, band.mid) for band in bands)]
    c.line(axes, c.to_first_zero(middle), c.LINE, 2.0, c.MIDDLE)
    planned = [now, *((point.day, point.left) for point in left.planned if point.day <= last)]
    c.line(axes, c.to_first_zero(planned), c.INK, 1.8, _PLANNED)
    c.line(axes, [(point.day, point.left) for point in left.past], c.LINE, 2.8, "solid", layer=4)


def _draw_target(axes: Axes, chart: CapacityChart, size: _Size) -> None:
    place = c.place(chart.target)
    axes.axvline(place, color=c.TARGET, linewidth=2, linestyle=c.TARGET_STYLE, zorder=4)
    axes.annotate(
        f"{chart.target.day} {chart.target:%B}",
        (place, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=c.TARGET,
        fontsize=size.text * c.POINTS,
        fontweight="bold",
        annotation_clip=False,
    )


def _key(chart: CapacityChart) -> Iterator[Line2D | Patch]:
    yield Line2D([], [], color=c.LINE, linewidth=2.8, label="Counted")
    if not chart.burn_down.left:
        return
    yield Line2D([], [], color=c.INK, linewidth=1.8, linestyle=_PLANNED, label="By the dates given")
    yield Line2D([], [], color=c.LINE, linewidth=2, linestyle=c.MIDDLE, label="Middle forecast")
    yield Patch(facecolor=c.FILLS["80"], edgecolor=c.OUTLINE, label="80 % range")
