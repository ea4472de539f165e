"""What all pictures share: colours, sizes, lines, the layers of a burn-down, and saving as bytes."""

import io
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forms.charts import Band, FileFormat

# Set once, when this module is loaded: a drawing reads them and never changes them. Text stays text
# in SVG: it is sharper, smaller, and takes the reader's own Arial or Helvetica (same widths).
mpl.rcParams.update(
    {
        "svg.hashsalt": "forms",
        "svg.fonttype": "none",
        "font.sans-serif": ["Liberation Sans", "Arial", "Helvetica", "DejaVu Sans"],
        "hatch.linewidth": 0.7,
        "axes.unicode_minus": False,
    }
)
one_at_a_time = threading.Lock()
"""Held while drawing: matplotlib's font and text caches are shared between threads."""

# Colours of the Government Analysis Function; each band also has an outline, for greyscale.
INK, GREY, RULE, PAPER, HATCH = "#0b0c0c", "#505a5f", "#d9dcde", "#ffffff", "#8a9296"
LINE, TARGET, OUTLINE = "#12436d", "#801650", "#2073bc"
FILLS = {"95": "#e3eef9", "80": "#bcd8f2", "50": "#6bace6"}
"""Outermost first, so that the inner ranges lie on top."""

Style = Literal["solid"] | tuple[float, Sequence[float]]
OUTLINES: dict[str, Style] = {"95": (0, (3, 2)), "80": "solid", "50": "solid"}
"""The outermost outline is dashed, so that the bands differ without colour."""
MIDDLE: Style = (0, (4, 1.6))
TARGET_STYLE: Style = (0, (6, 2, 1, 2))

PER_INCH = 100
POINTS = 72 / PER_INCH
"""Points in a pixel."""
DAY = timedelta(1)

Points = Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True)
class Box:
    """Margins around the plots, in pixels as shown on a page."""

    left: int
    top: int
    right: int
    bottom: int


def new_figure(width: int, height: int) -> Figure:
    """An empty figure of so many pixels."""
    return Figure(figsize=(width / PER_INCH, height / PER_INCH), dpi=PER_INCH, facecolor=PAPER)


def place(day: date) -> float:
    """Where a day stands on the horizontal axis."""
    return float(day.toordinal())


def style_axes(axes: Axes, text: float) -> None:
    """Only the base line and thin rules across; `text` is the letters' height in pixels."""
    axes.tick_params(labelsize=text * POINTS, labelcolor=GREY, color=GREY, length=4)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("left", "top", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GREY)


def line(
    axes: Axes, points: Points, color: str, width: float, style: Style, *, layer: float = 3
) -> None:
    """A line through points; higher layers lie on top."""
    axes.plot(
        [place(day) for day, _ in points],
        [n for _, n in points],
        color=color,
        linewidth=width,
        linestyle=style,
        solid_joinstyle="round",
        zorder=layer,
    )


def draw_bands(
    axes: Axes, start: tuple[date, float], bands: Sequence[Band], resting: Sequence[date] = ()
) -> None:
    """The three ranges with their outlines, from where the forecast starts."""
    for name, fill in FILLS.items():
        low = forecast_line(start, bands, f"low{name}", resting)
        high = forecast_line(start, bands, f"high{name}", resting)
        days = [place(day) for day, _ in low]
        axes.fill_between(days, [n for _, n in low], [n for _, n in high], color=fill, linewidth=0)
        for edge in (low, high):
            line(axes, to_first_zero(edge), OUTLINE, 0.9, OUTLINES[name])


def forecast_line(
    start: tuple[date, float], bands: Sequence[Band], quantile: str, resting: Sequence[date] = ()
) -> Points:
    """One quantile from the last counted day on, level through the days in `resting`."""
    return held_level([start, *((band.on, getattr(band, quantile)) for band in bands)], resting)


def held_level(points: Points, closed: Sequence[date]) -> Points:
    """The points with the level held through closed days: nothing is completed on them."""
    held: list[tuple[date, float]] = []
    shut = set(closed)
    for day, number in points:
        if held and day - DAY in shut:
            held.append((day - DAY, held[-1][1]))
        held.append((day, number))
    return held


def to_first_zero(points: Points) -> Points:
    """A line ends where nothing is left."""
    ends = next((n for n, (_, number) in enumerate(points) if number <= 0), len(points))
    return points[: ends + 1]


def mondays(first: date, last: date) -> Iterator[date]:
    """Every Monday from `first` to `last`."""
    day = first + (-first.weekday() % 7) * DAY
    while day <= last:
        yield day
        day += 7 * DAY


def save(figure: Figure, file_format: FileFormat, title: str) -> bytes:
    """The figure as bytes without a date or a program's name in them; PNG at twice the size."""
    out = io.BytesIO()
    nothing = {"Date": None, "Creator": None} if file_format == "svg" else {"Software": None}
    figure.savefig(out, format=file_format, dpi=2 * PER_INCH, metadata={"Title": title, **nothing})
    return out.getvalue()
