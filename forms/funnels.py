"""Funnel plots as values: what a picture shows, and the same in a sentence, in rows and as CSV.

The drawing itself is `forms.pictures.funnel`, loaded with the first picture.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from forms.cells import to_csv
from forms.charts import FileFormat, Width
from forms.wording import number, plural
from workflow.policy import QualityPolicy
from workflow.quality.funnel import Funnel, FunnelPoint, Place

FUNNEL_SIZES: dict[Width, tuple[int, int]] = {"wide": (960, 500), "narrow": (380, 440)}
"""Width and height of the funnel as shown on a page, in pixels."""

_WHERE = {
    Place.WITHIN: "within what chance explains",
    Place.WARNING: "beyond the 95 % limits",
    Place.ALARM: "beyond the 99.8 % limits",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelChart:
    """Shares of a measure by unit, around the whole's; no case, only counts."""

    measure: str
    """What is counted, e.g. `Practice graded inadequate`."""
    unit: str = "district"
    """What a point is, in the singular."""
    funnel: Funnel
    policy: QualityPolicy = field(default_factory=QualityPolicy)
    left_out: tuple[str, ...] = ()
    """Units whose numbers are too small to be published."""

    @property
    def title(self) -> str:
        """The finding, not the chart: who is beyond the outer limits."""
        outside = self.funnel.outside
        if not outside:
            return f"{self.measure}: no {self.unit} beyond what chance explains"
        return f"{self.measure}: {_listed(outside)} what chance explains"


@lru_cache(maxsize=16)
def funnel_picture(chart: FunnelChart, *, width: Width, file_format: FileFormat) -> bytes:
    """The picture: each unit by its number of reviews and its share, with both pairs of limits.

    The same chart gives the same bytes.
    """
    from forms.pictures.funnel import draw  # noqa: PLC0415 - matplotlib takes a second to load

    return draw(chart, width=width, file_format=file_format)


def funnel_sentence(chart: FunnelChart) -> str:
    """What the picture says, in a few sentences."""
    funnel = chart.funnel
    if not funnel.points:
        return f"{chart.measure}: there is nothing to show yet."
    said = [
        f"{chart.measure}: {percent(funnel.share)} of {plural(funnel.total, 'review')} in all.",
        _outside_sentence(chart),
    ]
    if funnel.overdispersed:
        said.append(
            f"The {chart.unit}s differ from one another more than chance explains, so look for what "
            "they do not share before singling one out."
        )
    if chart.left_out:
        said.append(f"Not shown, because the numbers are small: {_and(chart.left_out)}.")
    return " ".join(said)


def _outside_sentence(chart: FunnelChart) -> str:
    points = [point for point in chart.funnel.points if point.place is not Place.WITHIN]
    if not points:
        return f"Every {chart.unit} is within what chance explains."
    return " ".join(
        f"{point.name} lies {'above' if point.above else 'below'} it, at {percent(point.share)}: "
        f"{_WHERE[point.place]}."
        for point in points
    )


class FunnelRow(NamedTuple):
    """One unit of the picture."""

    unit: str
    hits: int
    total: int
    share: float
    """0 to 1."""
    low95: int
    high95: int
    low998: int
    high998: int
    """Counts, both ends explained by chance."""
    place: Literal["within", "warning", "alarm"]


def funnel_rows(chart: FunnelChart) -> list[FunnelRow]:
    """Every number of the picture, by the unit's name: the order is no ranking."""
    return [
        FunnelRow(
            unit=point.name,
            hits=point.hits,
            total=point.total,
            share=round(point.share, 4),
            low95=point.warning.low,
            high95=point.warning.high,
            low998=point.alarm.low,
            high998=point.alarm.high,
            place=point.place.value,
        )
        for point in chart.funnel.points
    ]


def funnel_csv(chart: FunnelChart) -> str:
    """`funnel_rows` as CSV; no cell can act as a formula in a spreadsheet."""
    return to_csv([(chart.unit, *FunnelRow._fields[1:]), *funnel_rows(chart)])


def percent(share: float) -> str:
    """A share as a percentage with one place below ten.

    >>> percent(0.043), percent(0.43)
    ('4.3 %', '43 %')
    """
    value = 100 * share
    return f"{number(value, 1 if 0 < value < _SMALL else 0)} %"


_SMALL = 9.95


def _listed(points: tuple[FunnelPoint, ...]) -> str:
    above = [point.name for point in points if point.above]
    below = [point.name for point in points if not point.above]
    parts = [
        f"{_and(names)} {side}" for names, side in ((above, "above"), (below, "below")) if names
    ]
    return " and ".join(parts)


def _and(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
