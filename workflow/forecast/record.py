"""How good our forecasts have been: kept forecasts against what came true."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from workflow.forecast.scores import Reliability, crps_of_quantiles

LOW, HIGH, MIDDLE = 0.1, 0.9, 0.5
LUCK = (0.05, 0.95)
"""Quantiles between which the number inside the range lies by luck, 9 times in 10."""
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Quantiles that the reliability picture shows."""
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
    reliability: tuple[Reliability, ...] = ()
    """For each of `LEVELS`: the chance given to "at most so many", and how often that came."""

    @property
    def by_luck(self) -> tuple[int, int]:
        """How many of `n` fall inside a true 80 % range, 9 times in 10.

        Forecasts of overlapping days share their luck, so that only every fifth (tenth) counts.
        """
        from scipy.stats import binom  # noqa: PLC0415 - slow to import

        independent = max(round(self.n / self.working_days), 1)
        low, high = (int(binom.ppf(level, independent, HIGH - LOW)) for level in LUCK)
        return self.n * low // independent, self.n * high // independent

    @property
    def cover_in_words(self) -> str:
        """One sentence on the 80 % range."""
        days = NUMBER_WORDS.get(self.working_days, str(self.working_days))
        if not self.n:
            return f"No {days}-day-ahead forecast has come due yet."
        low, high = self.by_luck
        return (
            f"Of the last {self.n} {days}-day-ahead forecasts, {self.inside80} fell inside our "
            f"80 % range ({low} to {high} would be ordinary luck)."
        )

    @property
    def skill_in_words(self) -> str:
        """One sentence on our errors against those of the simple method."""
        if self.skill is None:
            return "There is nothing to compare with the simple method by yet."
        side = "smaller" if self.skill >= 0 else "larger"
        return (
            f"Our errors have been {abs(self.skill):.0%} {side} than those of resampling past days."
        ).replace("%", " %")

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
        """The fields and the three sentences."""
        return {
            **asdict(self),
            "by_luck": list(self.by_luck),
            "cover": self.cover_in_words,
            "skill_words": self.skill_in_words,
            "bias_words": self.bias_in_words,
        }


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
        inside80=sum(_inside(one) for one in chosen),
        skill=1.0 - ours / naive if naive else None,
        bias=error / done if done > 0 else None,
        reliability=_reliability(chosen),
    )


def _reliability(chosen: Sequence[Resolved]) -> tuple[Reliability, ...]:
    return tuple(
        Reliability(
            said=level,
            happened=sum(one.truth <= _quantile(one, level) for one in chosen) / len(chosen),
            n=len(chosen),
        )
        for level in LEVELS
        if chosen
    )


def _quantile(one: Resolved, level: float) -> float:
    return float(np.interp(level, list(one.quantiles), list(one.quantiles.values())))


def _inside(one: Resolved) -> bool:
    return one.quantiles[LOW] <= one.truth <= one.quantiles[HIGH]
