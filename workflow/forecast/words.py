"""How a forecast's numbers are said: whole days, whole per cents, never 0 % or 100 %."""

from dataclasses import dataclass
from datetime import date

ALMOST_NEVER, ALMOST_CERTAIN = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class DateQuantile:
    """The working day by which something is done with a stated chance.

    When `beyond` is set the horizon was too short: it is done on `date` at the earliest, or never.
    """

    date: date
    beyond: bool = False

    @property
    def json(self) -> str | None:
        """ISO date, or None when nothing more than "not before" is known."""
        return None if self.beyond else self.date.isoformat()

    def __str__(self) -> str:
        """In words, e.g. "12 April 2016" or "not before 1 July 2016"."""
        said = f"{self.date.day} {self.date:%B %Y}"
        return f"not before {said}" if self.beyond else said


def percentage(probability: float) -> str:
    """A whole percentage that never claims certainty: "<1 %", "62 %", ">99 %"."""
    rounded = round(100 * probability)
    if rounded < 1:
        return "<1 %"
    return ">99 %" if rounded > 99 else f"{rounded} %"  # noqa: PLR2004 - the end of the scale


def chance_in_words(probability: float) -> str:
    """A percentage with its frequency beside it.

    >>> chance_in_words(0.62)
    '62 % (about 6 in 10)'
    """
    said = percentage(probability)
    if said.startswith(("<", ">")):
        return said
    if probability < ALMOST_NEVER:
        return f"{said} (fewer than 1 in 20)"
    if probability > ALMOST_CERTAIN:
        return f"{said} (more than 19 in 20)"
    return f"{said} (about {min(max(round(10 * probability), 1), 9)} in 10)"
