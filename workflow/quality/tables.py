"""The tables and funnels of quality as a Board may see them: small numbers hidden in all at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from workflow.policy import QualityPolicy
from workflow.quality.funnel import Funnel, funnel
from workflow.quality.measures import MEASURES, Measure
from workflow.quality.suppression import TOTAL, Cell, Protected, protect, tabulate

BOARD_TABLES: tuple[tuple[str, ...], ...] = (
    ("district", "direction"),
    ("district", "grade_band"),
    ("district", "late"),
    ("district", "returned"),
    ("area", "outcome"),
    ("agency", "outcome"),
    ("area", "week", "direction"),
    ("area", "week", "grade_band"),
    ("agency", "week", "direction"),
    ("agency", "week", "grade_band"),
)
"""What is crossed with what; protected together, because the tables share their totals."""
TEAM_TABLES: tuple[tuple[str, ...], ...] = (
    ("team", "direction"),
    ("team", "grade_band"),
    ("team", "late"),
    ("team", "returned"),
)
"""The same by team, for who publishes these too."""
NESTED = {"team": "district", "district": "area", "outcome": "direction"}
PRECIOUS = frozenset(
    {
        ("grade_band", "inadequate"),
        ("direction", "lessen"),
        ("direction", "rise"),
        ("late", "yes"),
        ("returned", "yes"),
    }
)
"""What a Board looks for: hidden for another count's sake only when nothing else will do."""
NO_VALUE = "none"
"""What a table calls a review that has no such value, e.g. no due date."""


@dataclass(frozen=True, slots=True)
class BoardTables:
    """All published tables of a day."""

    protected: Protected

    def shown(self, **values: str) -> int | None:
        """One count by what it is of; None when it is hidden."""
        return self.protected.shown(Cell(values.items()))

    def values_of(self, dimension: str) -> list[str]:
        """Every value of a dimension that occurs, in order."""
        single = (one for one in self.protected.tables.counts if len(one) == 1)
        return sorted(value for one in single for name, value in one if name == dimension)

    def table(self, rows: str, columns: str) -> pd.DataFrame:
        """One table with its totals.

        Returns:
            Indexed by the rows' values, then `Total`; a column for each value, then `Total`; counts as
            int, None where hidden.
        """
        down = {value: Cell({(rows, value)}) for value in self.values_of(rows)}
        across = {value: Cell({(columns, value)}) for value in self.values_of(columns)}
        return pd.DataFrame(
            [
                [self.protected.shown(row | column) for column in [*across.values(), TOTAL]]
                for row in [*down.values(), TOTAL]
            ],
            index=pd.Index([*down, "Total"], name=rows),
            columns=pd.Index([*across, "Total"], name=columns),
            dtype=object,
        )


def board_tables(
    frame: pd.DataFrame,
    policy: QualityPolicy,
    *,
    tables: Sequence[tuple[str, ...]] = BOARD_TABLES,
    known: frozenset[Cell] = frozenset(),
) -> BoardTables:
    """The tables of confirmed reviews, protected as one.

    Args:
        frame: as `reading.confirmed_reviews` gives it.
        tables: the dimensions of each table, columns of the frame. Whatever else is published of the
            same reviews must be among them.
        known: cells that are published elsewhere as they are.
    """
    dimensions = sorted({name for table in tables for name in table})
    texts = {name: [_text(value) for value in frame[name]] for name in dimensions}
    records = [{name: texts[name][number] for name in dimensions} for number in range(len(frame))]
    counted = tabulate(records, tables, nested=NESTED)
    return BoardTables(protect(counted, policy, known=known, precious=PRECIOUS))


def _text(value: object) -> str:
    return NO_VALUE if pd.isna(value) else str(value)  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class BoardFunnel:
    """A funnel made of shown counts alone."""

    measure: str
    """Code in `MEASURES`."""
    funnel: Funnel | None
    """None when the whole's own share is hidden."""
    left_out: tuple[str, ...]
    """Units whose counts are hidden, by name."""


def board_funnel(
    board: BoardTables, measure: str, policy: QualityPolicy, *, by: str
) -> BoardFunnel:
    """The funnel of a measure as far as its counts are shown.

    Args:
        by: `district` or `team`; the board must hold the table of it and the measure's column.
    """
    wanted = MEASURES[measure]
    units = board.values_of(by)
    whole = _counts(board, wanted, TOTAL)
    found = {unit: _counts(board, wanted, Cell({(by, unit)})) for unit in units}
    shown = {unit: counts for unit, counts in found.items() if counts is not None}
    hidden = tuple(unit for unit in units if unit not in shown)
    if whole is None:
        return BoardFunnel(measure, None, tuple(units))
    return BoardFunnel(measure, funnel(shown, policy, whole=whole), hidden)


def _counts(board: BoardTables, measure: Measure, of: Cell) -> tuple[int, int] | None:
    """Hits and total of a unit, from shown cells only."""
    values = set(board.values_of(measure.column))
    hits = _sum(board, of, measure.column, values & set(measure.hits))
    rest = _sum(board, of, measure.column, values & set(measure.asked) - set(measure.hits))
    others = _sum(board, of, measure.column, values - set(measure.asked))
    everything = board.protected.shown(of)
    if hits is None:
        return None
    if rest is not None:
        return hits, hits + rest
    if everything is None or others is None:
        return None
    return hits, everything - others


def _sum(board: BoardTables, of: Cell, column: str, values: set[str]) -> int | None:
    counts = [board.protected.shown(of | {(column, value)}) for value in values]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
