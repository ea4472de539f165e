"""Hides small numbers in all of a report's counts of children at once. Pure.

The tables of quality are protected as the quality pages show them. What the report counts beside them
(open reviews by district, cases made safe, step-downs by early help area) hangs on the same totals, so
it is protected together with them. How many reviews are complete and open in all is the headline and
always known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workflow.followup.demand import STEP_DOWN
from workflow.policy import QualityPolicy
from workflow.quality.suppression import (
    TOTAL,
    Cell,
    Protected,
    Relation,
    Tables,
    cell,
    hide_all,
    protect,
    tabulate,
)
from workflow.quality.tables import BOARD_TABLES, PRECIOUS, BoardTables, counted
from workflow.reporting.values import HIDDEN, Value, shown

ALL_REVIEWS, ALL_OPEN = cell(work="all"), cell(work="open")
_HEADLINE = frozenset({TOTAL, ALL_REVIEWS, ALL_OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Counts that hang on the totals of the quality tables."""

    districts: Mapping[str, tuple[int, int]]
    """Name → reviews complete and reviews open."""
    made_safe: int
    """Of the reviews complete."""
    step_downs: Mapping[str, int]
    """Early help area → reviews confirmed as step-downs to early help."""


@dataclass(frozen=True, slots=True)
class Published:
    """Every count of reviews the report shows."""

    board: BoardTables
    has_districts: bool
    """False: so few reviews are open in all that no district's number can be shown."""

    def of(self, one: Cell) -> Value:
        """A count as it may be shown; 0 for what never occurs."""
        if one not in self.board.protected.tables.counts:
            return 0
        return shown(self.board.protected.shown(one))

    def open_in(self, district: str) -> Value:
        """Open reviews of a district."""
        return self.of(_open(district)) if self.has_districts else HIDDEN

    def all_in(self, district: str) -> Value:
        """Reviews of a district in the programme."""
        return self.of(_all(district)) if self.has_districts else HIDDEN


def publish(confirmed: pd.DataFrame, beside: Beside, policy: QualityPolicy) -> Published:
    """Protect the quality tables of confirmed reviews and what stands beside them.

    Where the headline gives small numbers away, fewer counts are published: none of open reviews by
    district, or nothing but the headline.

    Args:
        confirmed: as `workflow.quality.reading.confirmed_reviews` gives it.
    """
    quality = counted(confirmed, BOARD_TABLES)
    n_open = sum(still for _, still in beside.districts.values())
    tries = (True, False) if n_open == 0 or n_open >= policy.smallest_published else (False,)
    for with_districts in tries:
        tables = _joined(quality, beside, with_districts=with_districts)
        protected = protect(tables, policy, known=_HEADLINE, precious=PRECIOUS)
        if not protected.exposed:
            return Published(BoardTables(protected, BOARD_TABLES), with_districts)
    bare = hide_all(tables, policy, known=_HEADLINE)
    return Published(BoardTables(bare, BOARD_TABLES), has_districts=False)


def _joined(quality: Tables, beside: Beside, *, with_districts: bool) -> Tables:
    """The quality tables with the counts beside them, tied together by the totals they share."""
    counts = dict(quality.counts)
    sums = list(quality.relations)
    complete = counts[TOTAL]
    safe = {cell(safe="yes"): beside.made_safe, cell(safe="no"): complete - beside.made_safe}
    downs = {_step_down(area): n for area, n in sorted(beside.step_downs.items())}
    counts |= safe | downs
    sums.append(Relation(TOTAL, tuple(safe)))
    if downs:
        whole = cell(outcome=STEP_DOWN)
        counts.setdefault(whole, sum(downs.values()))
        sums.append(Relation(whole, tuple(downs)))
    if with_districts:
        _tie_districts(counts, sums, beside.districts)
    return Tables(counts, tuple(sums))


def _tie_districts(
    counts: dict[Cell, int], sums: list[Relation], districts: Mapping[str, tuple[int, int]]
) -> None:
    for name, (_, still_open) in districts.items():
        done = cell(district=name)
        parts = (done, _open(name)) if done in counts else (_open(name),)
        counts |= {_open(name): still_open, _all(name): counts.get(done, 0) + still_open}
        sums.append(Relation(_all(name), parts))
    counts[ALL_OPEN] = sum(still for _, still in districts.values())
    counts[ALL_REVIEWS] = counts[TOTAL] + counts[ALL_OPEN]
    sums.append(Relation(ALL_OPEN, tuple(map(_open, districts))))
    sums.append(Relation(ALL_REVIEWS, tuple(map(_all, districts))))
    sums.append(Relation(ALL_REVIEWS, (TOTAL, ALL_OPEN)))


def _open(district: str) -> Cell:
    return cell(district=district, work="open")


def _all(district: str) -> Cell:
    return cell(district=district, work="all")


def _step_down(area: str) -> Cell:
    return cell(early_help=area, outcome=STEP_DOWN)


def step_downs_in(published: Published, area: str) -> Value:
    """Step-downs to one early help area that are confirmed."""
    return published.of(_step_down(area))


@dataclass(frozen=True, slots=True)
class Crossed:
    """A small table of its own, its small numbers hidden."""

    protected: Protected

    def of(self, **values: str) -> Value:
        """One count; without values the count of everything."""
        one = Cell(values.items())
        if one not in self.protected.tables.counts:
            return 0
        return shown(self.protected.shown(one))


def cross(
    records: Iterable[Mapping[str, str]], tables: Sequence[tuple[str, ...]], policy: QualityPolicy
) -> Crossed:
    """Count records of another kind, e.g. escalations, into linked tables of their own."""
    return Crossed(protect(tabulate(records, tables), policy))
