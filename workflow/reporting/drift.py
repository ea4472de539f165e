"""Whether agencies and areas find the same, and whether that changes from week to week. Pure."""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from workflow.policy import QualityPolicy
from workflow.quality.measures import FINDINGS, Agreement, agreement
from workflow.quality.suppression import TOTAL, Cell, Protected, cell, protect, tabulate
from workflow.reporting.findings import AGENCY_LABELS
from workflow.reporting.protecting import Published
from workflow.reporting.values import HIDDEN, Column, Section, Table, Value, rounded, share_of

_BY = {"agency": "agency of the author", "area": "area"}
_FOLLOWED = {"lessen": "support ends or lessens", "inadequate": "graded inadequate"}
"""Measures whose weeks are published by agency and by area."""


def drift_section(published: Published) -> Section:
    """Outcomes and grades by agency and by area: all weeks together, then each of them."""
    return Section(
        tables=(
            *(_together(published, by) for by in _BY),
            *(_by_week(published, by, measure) for measure in _FOLLOWED for by in _BY),
        )
    )


def _together(published: Published, by: str) -> Table:
    return Table(
        name=f"found_by_{by}",
        title=f"What reviews found, by {_BY[by]}",
        columns=(
            Column(by, by.capitalize()),
            Column("reviews", "Reviews", "count"),
            Column("lessen", "Support ends or lessens", "count"),
            Column("lessen_share", "Share", "share"),
            Column("inadequate", "Graded inadequate", "count"),
            Column("inadequate_share", "Share", "share"),
        ),
        rows=tuple(
            (
                AGENCY_LABELS.get(place, place),
                published.of(cell(**{by: place})),
                *_hits_and_share(published, "lessen", **{by: place}),
                *_hits_and_share(published, "inadequate", **{by: place}),
            )
            for place in published.board.values_of(by)
        ),
    )


def _by_week(published: Published, by: str, measure: str) -> Table:
    places = published.board.values_of(by)
    return Table(
        name=f"{measure}_by_week_and_{by}",
        title=f"Share whose {_FOLLOWED[measure]}, by week and {_BY[by]}"
        if measure == "lessen"
        else f"Share {_FOLLOWED[measure]}, by week and {_BY[by]}",
        columns=(
            Column("week", "Week of", "date"),
            *(Column(place, AGENCY_LABELS.get(place, place), "share") for place in places),
        ),
        rows=tuple(
            (
                date.fromisoformat(week),
                *(
                    _hits_and_share(published, measure, week=week, **{by: place})[1]
                    for place in places
                ),
            )
            for week in published.board.values_of("week")
        ),
    )


def _hits_and_share(published: Published, measure: str, **of: str) -> tuple[Value, Value]:
    """Both hidden unless both of the counts it is made of are shown."""
    hits = published.of(cell(**of, **{measure: "yes"}))
    others = published.of(cell(**of, **{measure: "no"}))
    if not isinstance(hits, int) or not isinstance(others, int):
        return hits, HIDDEN
    return hits, share_of(hits, hits + others)


def agency_agreement(pairs: pd.DataFrame, policy: QualityPolicy) -> Table:
    """How far moderators agree with each agency's reviewers; small groups are not shown.

    Args:
        pairs: as `workflow.quality.reading.rated_pairs` gives them.
    """
    return Table(
        name="agreement_by_agency",
        title="Agreement by the agency of the first reviewer",
        columns=(
            Column("finding", "Finding"),
            Column("agency", "Agency"),
            Column("pairs", "Pairs", "count", "reviews with this finding in both"),
            Column("share", "The same", "share"),
            Column("ac", "Gwet’s AC", "number"),
            Column("ac_low", "AC, 95 % from", "number"),
            Column("ac_high", "AC, 95 % to", "number"),
        ),
        rows=tuple(_agency_rows(agreement(pairs, policy, by="agency"), policy)),
        empty="No review has had a second look yet.",
    )


def _agency_rows(agreements: list[Agreement], policy: QualityPolicy) -> Iterator[tuple[Value, ...]]:
    for finding in FINDINGS:
        groups = [one for one in agreements if one.finding == finding]
        counts = _protected(groups, policy)
        for one in groups:
            yield (
                FINDINGS[finding].label,
                AGENCY_LABELS.get(one.group, one.group),
                *_agency_row(one, counts),
            )


def _protected(groups: list[Agreement], policy: QualityPolicy) -> Protected:
    """The pairs of one finding, protected beside the totals that stand in the table of all agencies."""
    records = [
        {"agency": one.group, "same": same}
        for one in groups
        for same, count in (("yes", one.same), ("no", one.pairs - one.same))
        for _ in range(count)
    ]
    totals = frozenset({TOTAL, cell(same="yes"), cell(same="no")})
    return protect(tabulate(records, (("agency", "same"),)), policy, known=totals)


def _agency_row(one: Agreement, counts: Protected) -> tuple[Value, ...]:
    if not one.pairs:
        return (0, *[None] * 4)
    cells = [Cell({("agency", one.group)})]
    cells += [cells[0] | {("same", same)} for same in ("yes", "no")]
    if counts.exposed or any(one in counts.hidden for one in cells):
        return tuple([HIDDEN] * 5)
    ac = one.ac
    known = ac.value is not None
    return (
        one.pairs,
        rounded(one.same / one.pairs),
        round(ac.value, 2) if ac.value is not None else None,
        round(ac.low, 2) if known else None,
        round(ac.high, 2) if known else None,
    )
