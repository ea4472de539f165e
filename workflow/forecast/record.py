"""How good our forecasts have been: kept forecasts against what came true."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from workflow.forecast.scores import crps_of_quantiles

LOW, HIGH, MIDDLE = 0.1, 0.9, 0.5
NUMBER_WORDS = {5: "five", 10: "ten"}
SMALL_BIAS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One kept forecast whose day has come: completed reviews from level to value, and the truth.

    `start` is what was complete when the forecast was made, so that the score is about the change.
    """

    working_days: int
    start: float
    quantiles: Mapping[float, float]
    naive: Mapping[float, float] | None
    truth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """The last forecasts of one look-ahead, together."""

    working_days: int
    n: int
    inside80: int
    """How many truths fell inside the 80 % range. By chance about 8 in 10 do."""
    skill: float | None
    """1 - our CRPS / the naive one's: 0 no better, 1 perfect; None while nothing can be compared."""
    bias: float | None
    """Mean of (forecast - truth) / truth of what was to be completed; above 0 is too optimistic."""

    @property
    def cover_in_words(self) -> str:
        """One sentence on the 80 % range."""
        days = NUMBER_WORDS.get(self.working_days, str(self.working_days))
        if not self.n:
            return f"No {days}-day-ahead forecast has come due yet."
        return (
            f"Of the last {self.n} {days}-day-ahead forecasts, {self.inside80} fell inside our "
            "80 % range."
        )

    @property
    def bias_in_words(self) -> str:
        """One sentence on the direction of the errors."""
        if self.bias is None:
            return "There is nothing to judge the direction of our errors by yet."
        if abs(self.bias) < SMALL_BIAS:
            return "On average we have been neither too optimistic nor too pessimistic."
        side = "optimistic" if self.bias > 0 else "pessimistic"
        return f"On average we have been {abs(self.bias):.0%} too {side}.".replace("%", " %")

    def to_json(self) -> dict[str, Any]:
        """The fields and the two sentences."""
        return {**asdict(self), "cover": self.cover_in_words, "bias_words": self.bias_in_words}


def track_record(resolved: Sequence[Resolved], working_days: int, last: int = 20) -> TrackRecord:
    """Judge the last forecasts of one look-ahead, oldest first in `resolved`."""
    chosen = [one for one in resolved if one.working_days == working_days][-last:]
    paired = [one for one in chosen if one.naive is not None]
    ours = sum(crps_of_quantiles(one.quantiles, one.truth) for one in paired)
    naive = sum(crps_of_quantiles(one.naive or {}, one.truth) for one in paired)
    done = sum(one.truth - one.start for one in chosen)
    error = sum(one.quantiles[MIDDLE] - one.truth for one in chosen)
    return TrackRecord(
        working_days=working_days,
        n=len(chosen),
        inside80=int(np.sum([_inside(one) for one in chosen])),
        skill=1.0 - ours / naive if naive else None,
        bias=error / done if done > 0 else None,
    )


def _inside(one: Resolved) -> bool:
    return one.quantiles[LOW] <= one.truth <= one.quantiles[HIGH]
