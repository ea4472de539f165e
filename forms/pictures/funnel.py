"""The funnel plot: each unit's share by its number of reviews, and the limits chance sets around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from forms.charts import FileFormat, Width
from forms.funnels import FUNNEL_SIZES, FunnelChart, percent
from forms.pictures import canvas as c
from workflow.quality.funnel import FunnelPoint, Place, smooth_limits


@dataclass(frozen=True, slots=True)
class _Size:
    """One of the two widths; lengths in pixels as shown on a page."""

    text: float
    """Height of the letters."""
    box: c.Box
    """Its top holds the key."""
    key_columns: int
    most_totals: int
    """Labels the axis of totals has room for."""
    named: frozenset[Place]
    """Units that carry their names in the picture."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """How a unit is drawn; shape and filling differ, so that colour is never the only cue."""

    label: str
    shape: str
    color: str
    filled: bool
    size: float


_SIZES = {
    "wide": _Size(15, c.Box(64, 44, 24, 56), 6, 9, frozenset({Place.WARNING, Place.ALARM})),
    "narrow": _Size(13.5, c.Box(54, 84, 14, 52), 2, 5, frozenset({Place.ALARM})),
}
_MARKS = {
    Place.WITHIN: _Mark("Within both", "o", c.LINE, filled=True, size=7),
    Place.WARNING: _Mark("Beyond 95 %", "^", c.TARGET, filled=False, size=10),
    Place.ALARM: _Mark("Beyond 99.8 %", "D", c.TARGET, filled=True, size=9),
}
_WARNING_STYLE: c.Style = (0, (4, 2))
_MOST_STEPS = 500
"""Totals for which limits are worked out; larger axes are thinned to so many."""
_HEADROOM = 1.12


def draw(chart: FunnelChart, *, width: Width, file_format: FileFormat) -> bytes:
    """Draw the picture; see `forms.funnels.funnel_picture`."""
    size, box = _SIZES[width], _SIZES[width].box
    across, down = FUNNEL_SIZES[width]
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
        _draw_limits(axes, chart)
        _draw_points(axes, chart, size)
        _draw_key(figure, chart, size)
        return c.save(figure, file_format, chart.title)


def _most(chart: FunnelChart) -> int:
    return max([point.total for point in chart.funnel.points], default=1)


def _draw_axes(axes: Axes, chart: FunnelChart, size: _Size) -> None:
    points = chart.funnel.points
    shares = [point.share for point in points]
    ends = [point.alarm.high / point.total for point in points]
    top = min(max([0.05, *shares, *ends]) * _HEADROOM, 1.02)
    axes.set_xlim(0, _most(chart) * 1.06)
    axes.set_ylim(-0.02 * top, top)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=size.most_totals, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(max(value, 0.0))))
    axes.set_xlabel(
        f"Reviews in the {chart.unit}", fontsize=size.text * c.POINTS, color=c.GREY, labelpad=6
    )
    c.style_axes(axes, size.text)


def _draw_limits(axes: Axes, chart: FunnelChart) -> None:
    """Both pairs of limits at every total, and the share of the whole."""
    policy, share = chart.policy, chart.funnel.share
    most = int(_most(chart) * 1.06) + 1
    totals = range(1, most + 1, max(most // _MOST_STEPS, 1))
    styles = (
        (policy.warning_level, c.OUTLINE, _WARNING_STYLE, 1.2),
        (policy.alarm_level, c.LINE, "solid", 1.4),
    )
    for level, color, style, width in styles:
        for ends in smooth_limits(totals, share, level):
            axes.plot(totals, ends, color=color, linewidth=width, linestyle=style, zorder=2)
    axes.axhline(share, color=c.INK, linewidth=1.2, zorder=2)


def _draw_points(axes: Axes, chart: FunnelChart, size: _Size) -> None:
    for point in chart.funnel.points:
        mark = _MARKS[point.place]
        axes.plot(
            point.total,
            point.share,
            linestyle="none",
            clip_on=False,
            zorder=5,
            **_look(mark),
        )
        if point.place in size.named:
            _name(axes, point, size, most=_most(chart))


def _look(mark: _Mark) -> dict[str, Any]:
    return {
        "marker": mark.shape,
        "markersize": mark.size,
        "markerfacecolor": mark.color if mark.filled else c.PAPER,
        "markeredgecolor": c.PAPER if mark.filled else mark.color,
        "markeredgewidth": 0.8 if mark.filled else 1.8,
    }


def _name(axes: Axes, point: FunnelPoint, size: _Size, *, most: int) -> None:
    """Outliers carry their names, on the side that has room."""
    is_right = point.total > most * 0.7
    axes.annotate(
        point.name,
        (point.total, point.share),
        parse_math=False,  # a name is text, whatever it contains
        xytext=(-9 if is_right else 9, 6 if point.above else -6),
        textcoords="offset points",
        ha="right" if is_right else "left",
        va="bottom" if point.above else "top",
        color=c.INK,
        fontsize=size.text * c.POINTS,
        fontweight="bold",
        zorder=4,  # under the marks, so that no name hides one
        bbox={"facecolor": c.PAPER, "edgecolor": "none", "pad": 0.8},
    )


def _key(chart: FunnelChart) -> Iterator[Line2D]:
    """One handle for each thing this chart really shows."""
    share = percent(chart.funnel.share)
    yield Line2D([], [], color=c.INK, linewidth=1.2, label=f"All together: {share}")
    yield Line2D(
        [], [], color=c.OUTLINE, linewidth=1.2, linestyle=_WARNING_STYLE, label="95 % limits"
    )
    yield Line2D([], [], color=c.LINE, linewidth=1.4, label="99.8 % limits")
    shown = {point.place for point in chart.funnel.points}
    for place in Place:
        if place in shown:
            mark = _MARKS[place]
            yield Line2D([], [], linestyle="none", label=mark.label, **_look(mark))


def _draw_key(figure: Figure, chart: FunnelChart, size: _Size) -> None:
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
