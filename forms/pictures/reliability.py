"""The reliability picture: what was said on one axis, how often it came true on the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from forms.charts import RELIABILITY_SIZES, FileFormat, Reliability, ReliabilityPoint, Width
from forms.pictures import canvas as c


@dataclass(frozen=True, slots=True)
class _Size:
    """One of the two widths; lengths in pixels as shown on a page."""

    text: float
    """Height of the letters."""
    box: c.Box
    """Its top holds the key."""
    key_columns: int


_SIZES = {
    "wide": _Size(15, c.Box(78, 46, 20, 62), 3),
    "narrow": _Size(13.5, c.Box(64, 66, 14, 56), 2),
}
_TICKS = (0, 20, 40, 60, 80, 100)
_SIMPLE: c.Style = (0, (1, 1.4))
_LARGEST = 13.0
"""Diameter of the largest dot, in points of print."""
_SMALLEST = 5.0


def draw(chart: Reliability, *, width: Width, file_format: FileFormat) -> bytes:
    """Draw the picture; see `forms.charts.reliability`."""
    size, box = _SIZES[width], _SIZES[width].box
    across, down = RELIABILITY_SIZES[width]
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
        _draw_axes(axes, size)
        most = max((one.count for one in (*chart.ours, *chart.naive)), default=1)
        _draw_points(axes, chart.naive, most, c.TARGET, "s", _SIMPLE)
        _draw_points(axes, chart.ours, most, c.LINE, "o", "solid")
        _draw_key(figure, chart, size)
        return c.save(figure, file_format, chart.title)


def _draw_axes(axes: Axes, size: _Size) -> None:
    axes.set_xlim(-4, 104)
    axes.set_ylim(-4, 104)
    for set_ticks in (axes.set_xticks, axes.set_yticks):
        set_ticks(_TICKS, [f"{tick} %" for tick in _TICKS])
    c.style_axes(axes, size.text)
    axes.set_xlabel("Chance we gave", fontsize=size.text * c.POINTS, color=c.INK)
    axes.set_ylabel("How often it happened", fontsize=size.text * c.POINTS, color=c.INK)
    axes.plot([0, 100], [0, 100], color=c.GREY, linewidth=1.2, linestyle=c.MIDDLE, zorder=2)


def _draw_points(
    axes: Axes,
    points: Sequence[ReliabilityPoint],
    most: int,
    color: str,
    marker: str,
    style: c.Style,
) -> None:
    """Dots by number of forecasts, joined in the order of what was said."""
    ordered = sorted(points, key=lambda one: one.said)
    said = [100 * one.said for one in ordered]
    happened = [100 * one.happened for one in ordered]
    axes.plot(said, happened, color=color, linewidth=1.6, linestyle=style, zorder=3)
    for x, y, one in zip(said, happened, ordered, strict=True):
        across = _SMALLEST + (_LARGEST - _SMALLEST) * (one.count / most) ** 0.5
        axes.plot(x, y, marker, markersize=across, color=color, markeredgecolor=c.PAPER, zorder=4)


def _draw_key(figure: Figure, chart: Reliability, size: _Size) -> None:
    handles = [
        Line2D([], [], color=c.GREY, linewidth=1.2, linestyle=c.MIDDLE, label="As said"),
    ]
    if chart.ours:
        handles.append(Line2D([], [], color=c.LINE, linewidth=1.6, marker="o", label="Ours"))
    if chart.naive:
        handles.append(
            Line2D(
                *([], []),
                color=c.TARGET,
                linewidth=1.6,
                linestyle=_SIMPLE,
                marker="s",
                label="Simple method",
            )
        )
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.004, 1.0),
        ncols=size.key_columns,
        frameon=False,
        fontsize=size.text * c.POINTS,
        labelcolor=c.INK,
        handlelength=2.2,
        columnspacing=1.3,
        borderpad=0.4,
    )
