"""Is a district's or team's share more than chance explains? Exact binomial limits. Pure.

Source: D. J. Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in Medicine
24 (2005): limits at 95 and 99.8 %, no ranking. Units are judged by the binomial's exact quantiles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import chdtrc

from workflow.policy import QualityPolicy


class Place(StrEnum):
    """Where a unit lies in the funnel."""

    WITHIN = "within"
    """Chance alone explains it."""
    WARNING = "warning"
    """Beyond the inner limits: one unit in twenty is, by chance."""
    ALARM = "alarm"
    """Beyond the outer limits: worth finding out why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The counts that chance explains of so many, both ends counted."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One unit: how many of its reviews the measure counts, and where that lies."""

    name: str
    hits: int
    total: int
    warning: Limits
    alarm: Limits
    place: Place
    above: bool
    """Higher than the whole's share (or as high)."""

    @property
    def share(self) -> float:
        """Hits of the total, 0 to 1."""
        return self.hits / self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """All units of one measure around the share of the whole."""

    share: float
    """Of the whole, 0 to 1."""
    total: int
    points: tuple[FunnelPoint, ...]
    """Units with at least one review, by name: the order is no ranking."""
    dispersion: float
    """Mean squared distance from the whole in standard deviations: 1 when chance is all there is."""
    overdispersed: bool
    """The units differ more than chance explains (99 %): limits alone do not single anybody out."""

    @property
    def outside(self) -> tuple[FunnelPoint, ...]:
        """Units beyond the outer limits."""
        return tuple(point for point in self.points if point.place is Place.ALARM)


_OVERDISPERSED_AT = 0.01


def limits(total: int, share: float, level: float) -> Limits:
    """Counts between the binomial's quantiles at (1 - level) / 2 and (1 + level) / 2."""
    from scipy.stats import binom  # noqa: PLC0415 - slow to import

    low, high = binom.ppf([(1 - level) / 2, (1 + level) / 2], total, share)
    # The quantile of a total that cannot vary is its one value; SciPy says -1 for the lowest.
    return Limits(max(int(low), 0), int(high))


def smooth_limits(
    totals: Sequence[int], share: float, level: float
) -> tuple[list[float], list[float]]:
    """The lower and upper limit at each total as shares, interpolated between counts.

    Lines to draw, not to judge by. Source: Spiegelhalter 2005, appendix A.1.1.
    """
    from scipy.stats import binom  # noqa: PLC0415 - slow to import

    n = np.asarray(totals)
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        count = binom.ppf(tail, n, share)
        up_to, below = binom.cdf(count, n, share), binom.cdf(count - 1, n, share)
        step = up_to - below
        excess = np.divide(up_to - tail, step, out=np.zeros(len(n)), where=step > 0)
        ends.append(np.clip((count - excess) / n, 0, 1).tolist())
    return ends[0], ends[1]


def funnel(
    counts: Mapping[str, tuple[int, int]],
    policy: QualityPolicy,
    *,
    whole: tuple[int, int] | None = None,
) -> Funnel:
    """The funnel of a measure.

    Args:
        counts: unit → (hits, total); units without a review are left out.
        whole: hits and total of the whole, where not every unit is among the counts.
    """
    real = {name: pair for name, pair in sorted(counts.items()) if pair[1]}
    all_hits, total = whole or (
        sum(hits for hits, _ in real.values()),
        sum(n for _, n in real.values()),
    )
    share = all_hits / total if total else 0.0
    points = tuple(_point(name, hits, n, share, policy) for name, (hits, n) in real.items())
    squares = _squares(points, share)
    return Funnel(
        share=share,
        total=total,
        points=points,
        dispersion=sum(squares) / max(len(squares), 1),
        overdispersed=len(squares) > 1
        and float(chdtrc(len(squares) - 1, sum(squares))) < _OVERDISPERSED_AT,
    )


def _point(name: str, hits: int, total: int, share: float, policy: QualityPolicy) -> FunnelPoint:
    warning = limits(total, share, policy.warning_level)
    alarm = limits(total, share, policy.alarm_level)
    place = Place.WITHIN
    if not warning.low <= hits <= warning.high:
        place = Place.WARNING
    if not alarm.low <= hits <= alarm.high:
        place = Place.ALARM
    return FunnelPoint(name, hits, total, warning, alarm, place, hits >= share * total)


def _squares(points: Iterable[FunnelPoint], share: float) -> list[float]:
    spread = share * (1 - share)
    if not spread:
        return []
    return [(point.share - share) ** 2 * point.total / spread for point in points]
