"""Small multiples: one little burn-down per district, all on one scale, the least likely first."""

from dataclasses import dataclass
from datetime import date

from matplotlib.axes import Axes

from forms.charts import (
    GRIDS,
    DistrictBurnDown,
    FileFormat,
    SmallMultiples,
    Width,
    small_multiples_size,
)
from forms.pictures import canvas as c
from forms.wording import day_and_month
from workflow.forecast.words import percentage


@dataclass(frozen=True, slots=True)
class _Size:
    """One of the two widths; lengths in pixels as shown on a page."""

    plot_height: int
    text: float
    """Height of the letters."""
    box: c.Box
    """Around each plot; its top holds the district's name, its bottom the dates and the chance."""


_SIZES = {
    "wide": _Size(104, 14, c.Box(42, 30, 14, 56)),
    "narrow": _Size(84, 12.5, c.Box(38, 28, 8, 50)),
}


@dataclass(frozen=True, slots=True)
class _Scale:
    """What all plots share."""

    first: date
    last: date
    top: float
    """Highest number shown, as a share of its district's total."""


def draw(chart: SmallMultiples, *, width: Width, file_format: FileFormat) -> bytes:
    """Draw the picture; see `forms.charts.small_multiples`."""
    size, grid = _SIZES[width], GRIDS[width]
    districts = chart.by_risk
    across, height = small_multiples_size(chart, width)
    cell = across / grid.columns
    figure = c.new_figure(across, height)
    scale = _scale(chart)
    with c.one_at_a_time:
        for number, district in enumerate(districts):
            row, column = divmod(number, grid.columns)
            axes = figure.add_axes(
                (
                    (column * cell + size.box.left) / across,
                    1 - (row * grid.row_height + size.box.top + size.plot_height) / height,
                    (cell - size.box.left - size.box.right) / across,
                    size.plot_height / height,
                )
            )
            _draw_district(axes, district, chart.target, scale, size)
        return c.save(figure, file_format, chart.title)


def _scale(chart: SmallMultiples) -> _Scale:
    days, shares = [chart.target], [1.0]
    for one in chart.districts:
        days += [day for day, _ in one.history] + [band.on for band in one.bands]
        counts = [n for _, n in one.history] + [band.high95 for band in one.bands]
        shares += [n / max(one.total, 1) for n in counts]
    return _Scale(min(days), max(days), max(shares) * 1.06)


def _draw_district(
    axes: Axes, district: DistrictBurnDown, target: date, scale: _Scale, size: _Size
) -> None:
    total = max(district.total, 1)
    axes.set_xlim(c.place(scale.first - c.DAY), c.place(scale.last + c.DAY))
    axes.set_ylim(0, total * scale.top)
    axes.set_yticks([0, total / 2, total], ["0", "50", "100 %"])
    shown = [scale.first, target]
    axes.set_xticks([c.place(day) for day in shown], [day_and_month(day) for day in shown])
    c.style_axes(axes, size.text * 0.9)
    if district.history and district.bands:
        start = district.history[-1]
        c.draw_bands(axes, start, district.bands)
        middle = c.forecast_line(start, district.bands, "mid")
        c.line(axes, c.to_first_zero(middle), c.LINE, 1.4, c.MIDDLE)
    c.line(axes, district.history, c.LINE, 2.2, "solid", layer=4)
    place = c.place(target)
    axes.axvline(place, color=c.TARGET, linewidth=1.4, linestyle=c.TARGET_STYLE, zorder=4)
    _write(axes, district, size)


def _write(axes: Axes, district: DistrictBurnDown, size: _Size) -> None:
    text = size.text * c.POINTS
    axes.annotate(
        district.name,
        (0, 1),
        parse_math=False,  # a name is text, whatever it contains
        xycoords="axes fraction",
        xytext=(0, 6),
        textcoords="offset points",
        color=c.INK,
        fontsize=text,
        fontweight="bold",
    )
    axes.annotate(
        f"{percentage(district.chance)} chance, {district.open:,} open",
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -2.4 * size.text * c.POINTS),
        textcoords="offset points",
        va="top",
        color=c.INK,
        fontsize=text,
    )
