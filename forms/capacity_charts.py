"""Burn-downs of vacant posts and of carried cases as values: picture, sentence, rows and CSV."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from forms.cells import to_csv
from forms.charts import FileFormat, Width
from forms.wording import chance_in_words, long_date, plural
from workflow.capacity import BurnDown

CAPACITY_SIZES: dict[Width, tuple[int, int]] = {"wide": (960, 360), "narrow": (380, 380)}
"""Width and height of the picture as shown on a page, in pixels."""

Register = Literal["vacant_posts", "carried_cases"]
NOUNS: dict[Register, tuple[str, str]] = {
    "vacant_posts": ("vacant post", "Vacant posts"),
    "carried_cases": ("case carried by Practice Managers", "Cases carried by Practice Managers"),
}
_MANY: dict[Register, str] = {
    "vacant_posts": "vacant posts",
    "carried_cases": "cases carried by Practice Managers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityChart:
    """What is left of one register: counted, planned and forecast."""

    register: Register
    burn_down: BurnDown
    target: date

    @property
    def title(self) -> str:
        """What the picture shows."""
        return NOUNS[self.register][1]


@lru_cache(maxsize=16)
def capacity_picture(chart: CapacityChart, *, width: Width, file_format: FileFormat) -> bytes:
    """The picture: what was counted, the dates given, and the forecast with its 80 % range.

    The same chart gives the same bytes.
    """
    from forms.pictures.left_over import draw  # noqa: PLC0415 - matplotlib takes a second to load

    return draw(chart, width=width, file_format=file_format)


def capacity_sentence(chart: CapacityChart) -> str:
    """What the picture says: how many, by when, and how likely by the target."""
    left = chart.burn_down
    count = plural(left.left, NOUNS[chart.register][0], _MANY[chart.register])
    if not left.left:
        return f"There are no {_MANY[chart.register]} any more."
    planned = next((point.day for point in left.planned if point.left <= 0), None)
    if left.undated:
        plan = f"{left.undated:,} of them {'has' if left.undated == 1 else 'have'} no date yet"
    elif planned:
        plan = f"by the dates given none is left from {long_date(planned)}"
    else:
        plan = "the dates given lie further ahead than the forecast looks"
    chance = chance_in_words(left.p_done_by_target)
    return (
        f"There {'is' if left.left == 1 else 'are'} {count}; {plan}. The chance that none is left "
        f"by {long_date(chart.target)} is {chance}; the 80 % sure date is {left.p80}."
    )


class CapacityRow(NamedTuple):
    """What the picture shows of one working day."""

    day: date
    basis: Literal["counted", "forecast"]
    counted: float | None = None
    planned: float | None = None
    low80: float | None = None
    mid: float | None = None
    high80: float | None = None


def capacity_rows(chart: CapacityChart) -> list[CapacityRow]:
    """Every number of the picture, the oldest day first."""
    left = chart.burn_down
    planned = {point.day: point.left for point in left.planned}
    return [
        *(CapacityRow(point.day, "counted", point.left) for point in left.past),
        *(
            CapacityRow(
                day=band.day,
                basis="forecast",
                planned=round(planned[band.day], 1),
                low80=round(band.low80, 1),
                mid=round(band.mid, 1),
                high80=round(band.high80, 1),
            )
            for band in left.bands
        ),
    ]


def capacity_csv(chart: CapacityChart) -> str:
    """`capacity_rows` as CSV with ISO dates."""
    return to_csv([CapacityRow._fields, *capacity_rows(chart)])
