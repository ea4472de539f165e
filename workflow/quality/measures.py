"""What is measured of confirmed reviews and of pairs of reviews: shares, drift by week, agreement. Pure.

Frames are those of `workflow.quality.reading`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from workflow.policy import QualityPolicy
from workflow.quality.agreement import Estimate, Scheme, gwet_ac, weighted_kappa
from workflow.quality.funnel import Funnel, funnel, limits
from workflow.quality.levels import (
    DIRECTION_OF,
    DIRECTIONS,
    GRADE_BANDS,
    GRADES,
    OUTCOMES,
    OUTCOMES_OF,
    SAFETY,
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A yes-or-no question about a confirmed review, to count its share by."""

    label: str
    column: str
    """Where the answer stands."""
    asked: tuple[str, ...]
    """Answers of reviews that the question can be asked of."""
    hits: tuple[str, ...]
    """Of these, the ones that mean yes."""


_YES_NO = ("yes", "no")
MEASURES: dict[str, Measure] = {
    "close": Measure("Outcome: close", "outcome", OUTCOMES, ("close",)),
    "lessen": Measure("Outcome: close or step down", "outcome", OUTCOMES, OUTCOMES_OF["lessen"]),
    "remain": Measure("Outcome: remain Child in Need", "outcome", OUTCOMES, OUTCOMES_OF["remain"]),
    "rise": Measure("Outcome: step up or edge of care", "outcome", OUTCOMES, OUTCOMES_OF["rise"]),
    "inadequate": Measure("Practice graded inadequate", "grade_band", GRADE_BANDS, ("inadequate",)),
    "late": Measure("Submitted after the due date", "late", _YES_NO, ("yes",)),
    "returned": Measure("Returned for changes at least once", "returned", _YES_NO, ("yes",)),
}
"""Code → measure, in the order they are shown."""


def answers(frame: pd.DataFrame, measure: str) -> "pd.Series[str]":
    """Each review's answer to a measure: `yes`, `no`, or `none` where it cannot be asked."""
    wanted = MEASURES[measure]
    column = frame[wanted.column]
    said = column.isin(wanted.hits).map({True: "yes", False: "no"}).astype(object)
    return said.where(column.isin(wanted.asked), "none")


def measure_counts(frame: pd.DataFrame, measure: str, by: str) -> dict[str, tuple[int, int]]:
    """Unit → (reviews the measure is true of, reviews it can be asked of), by the unit's name."""
    said = answers(frame, measure)
    asked = said[said != "none"]
    return {
        str(unit): (int((asked[rows] == "yes").sum()), len(rows))
        for unit, rows in sorted(asked.groupby(frame.loc[asked.index, by]).groups.items())
    }


def measure_funnel(frame: pd.DataFrame, measure: str, by: str, policy: QualityPolicy) -> Funnel:
    """The funnel of a measure over the values of a column (`district`, `team`, `area`, `reviewer`)."""
    return funnel(measure_counts(frame, measure, by), policy)


def drift(
    frame: pd.DataFrame, what: str, policy: QualityPolicy, *, by: str | None = None
) -> pd.DataFrame:
    """The mix of outcomes, directions or grades week by week, and where it leaves its usual range.

    Args:
        what: column whose mix is followed.
        by: column to follow it within (`agency`, `area`); None: everybody together.

    Returns:
        One row per week, group and value that occurs in the group, in that order: `week` date, `group`
        str (`all` without `by`), `value` str, `n` and `total` int, `share` float, `usual` (the group's
        share over all weeks) float, `unusual` bool (beyond the outer binomial limits around it).
    """
    known = frame[frame[what].notna()]
    groups = known[by].astype(str) if by else pd.Series("all", index=known.index)
    rows = [
        row
        for group, part in known.groupby(groups)
        for row in _weeks_of(part, str(group), what, policy)
    ]
    columns = ["week", "group", "value", "n", "total", "share", "usual", "unusual"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["week", "group", "value"], ignore_index=True
    )


def _weeks_of(
    part: pd.DataFrame, group: str, what: str, policy: QualityPolicy
) -> Iterator[tuple[object, ...]]:
    usual = {str(value): n / len(part) for value, n in part[what].value_counts().items()}
    for week, rows in part.groupby("week"):
        total, counts = len(rows), rows[what].value_counts()
        for value, expected in sorted(usual.items()):
            n = int(counts.get(value, 0))
            range_ = limits(total, expected, policy.alarm_level)
            unusual = not range_.low <= n <= range_.high
            yield week, group, value, n, total, n / total, expected, unusual


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement that first and second reviews are compared by."""

    label: str
    categories: tuple[str, ...]
    weights: Scheme


FINDINGS: dict[str, Finding] = {
    "outcome": Finding("Outcome", OUTCOMES, "identity"),
    "direction": Finding("Lessen, remain or rise", DIRECTIONS, "linear"),
    "grade": Finding("Grade of practice", GRADES, "linear"),
    "safety": Finding("Safety of the child", SAFETY, "linear"),
}
"""Code → finding. Ordered ones count a near miss in part: one step off of two is worth a half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far first and second reviews agree on one finding, within one group."""

    finding: str
    """Code in `FINDINGS`."""
    group: str
    """`all`, or the value of the column the pairs were grouped by."""
    pairs: int
    """Reviews with this finding in both."""
    same: int
    """Of these, with the very same one."""
    kappa: Estimate
    ac: Estimate


def agreement(
    pairs: pd.DataFrame, policy: QualityPolicy, *, by: str | None = None
) -> list[Agreement]:
    """Agreement on every finding, by group, in the order of `FINDINGS`.

    Args:
        pairs: as `reading.rated_pairs` gives them.
        by: column to group by (`agency`, `reviewer`, `moderator`); None: all pairs together.
    """
    if by is None:
        return [_agreement(pairs, finding, "all", policy) for finding in FINDINGS]
    groups = [(str(group), part) for group, part in pairs.groupby(by)]
    return [
        _agreement(part, finding, group, policy) for finding in FINDINGS for group, part in groups
    ]


def _agreement(pairs: pd.DataFrame, code: str, group: str, policy: QualityPolicy) -> Agreement:
    finding = FINDINGS[code]
    ratings = [
        (_known(first, finding), _known(second, finding)) for first, second in _views(pairs, code)
    ]
    both = [(first, second) for first, second in ratings if first and second]
    weights, level = finding.weights, policy.interval_level
    return Agreement(
        finding=code,
        group=group,
        pairs=len(both),
        same=sum(first == second for first, second in both),
        kappa=weighted_kappa(ratings, finding.categories, weights=weights, level=level),
        ac=gwet_ac(ratings, finding.categories, weights=weights, level=level),
    )


def _views(pairs: pd.DataFrame, code: str) -> Iterator[tuple[str | None, str | None]]:
    column = "outcome" if code == "direction" else code
    for first, second in zip(pairs[column], pairs[f"second_{column}"], strict=True):
        if code == "direction":
            yield DIRECTION_OF.get(first), DIRECTION_OF.get(second)
        else:
            yield first, second


def _known(rating: str | None, finding: Finding) -> str | None:
    """A case that could not be graded, or has no direction, was not rated."""
    return rating if rating in finding.categories else None
