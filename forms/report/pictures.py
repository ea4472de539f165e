"""Draws the report's pictures and carries them in the page itself, so that it is one file."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace

from forms.capacity_charts import (
    CapacityChart,
    capacity_picture,
    capacity_sentence,
)
from forms.charts import (
    FileFormat,
    burn_down,
    burn_down_sentence,
    read_burn_down,
    read_small_multiples,
    small_multiples,
)
from forms.funnels import funnel_picture
from forms.report.words import funnel_chart
from workflow.reporting import BoardReport

DRAWN_FUNNELS = ("inadequate", "lessen")
_DISTRICTS = (
    "Counted, then forecast with its 50, 80 and 95 % ranges; the broken line is the target."
)
_FUNNEL = "Each mark is a district."
_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One picture of the report."""

    title: str
    words: str
    """What it says."""
    alternative: str
    """For those who do not see it."""
    source: str
    """The picture itself, as a data address."""
    table: str
    """Name of the table that holds its numbers."""


def _drawn(title: str, words: str, picture: bytes, file_format: FileFormat, table: str) -> Drawn:
    source = f"data:{_TYPES[file_format]};base64,{b64encode(picture).decode()}"
    alternative = f"Chart: {title}. The numbers stand in {table}.csv."
    return Drawn(title=title, words=words, alternative=alternative, source=source, table=table)


def burn_down_picture(report: BoardReport, file_format: FileFormat) -> Drawn:
    """Reviews still open, counted and forecast."""
    chart = read_burn_down(report.forecast, report.calendar)
    picture = burn_down(chart, width="wide", file_format=file_format)
    return _drawn(chart.title, burn_down_sentence(chart), picture, file_format, "burn_down")


def districts_picture(report: BoardReport, file_format: FileFormat) -> Drawn | None:
    """A small burn-down for each district whose numbers are published; None without any."""
    chart = read_small_multiples(report.forecast, report.district_names)
    shown = tuple(one for one in chart.districts if one.name in report.shown_districts)
    if not shown:
        return None
    chart = replace(chart, districts=shown)
    picture = small_multiples(chart, width="wide", file_format=file_format)
    return _drawn(chart.title, _DISTRICTS, picture, file_format, "districts")


def funnel_pictures(report: BoardReport, file_format: FileFormat) -> Iterator[Drawn]:
    """The funnels of grades and of outcomes, from published counts alone."""
    for one in report.funnels:
        chart = funnel_chart(one)
        if one.measure in DRAWN_FUNNELS and chart is not None:
            picture = funnel_picture(chart, width="wide", file_format=file_format)
            yield _drawn(chart.title, _FUNNEL, picture, file_format, "variation")


def capacity_pictures(report: BoardReport, file_format: FileFormat) -> Iterator[Drawn]:
    """Vacant posts, and cases Practice Managers carry."""
    for register, left in report.burn_downs.items():
        if not left.past and not left.left:
            continue
        chart = CapacityChart(register=register, burn_down=left, target=report.target)
        picture = capacity_picture(chart, width="wide", file_format=file_format)
        yield _drawn(
            chart.title, capacity_sentence(chart), picture, file_format, f"{register}_by_week"
        )
