"""The tables and funnels of quality as a Board may see them: small numbers hidden in all at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from workflow.policy import QualityPolicy
from workflow.quality.funnel import Funnel, funnel
from workflow.quality.measures import answers
from workflow.quality.suppression import TOTAL, Cell, Protected, Tables, protect, tabulate

_BY_PLACE = ("lessen", "rise", "inadequate", "late", "returned")
BOARD_TABLES: tuple[tuple[str, ...], ...] = (
    *(("district", measure) for measure in _BY_PLACE),
    ("district", "grade_band"),
    ("area", "outcome"),
    ("agency", "outcome"),
    ("area", "week", "lessen"),
    ("area", "week", "inadequate"),
    ("agency", "week", "lessen"),
    ("agency", "week", "inadequate"),
)
"""What is crossed with what; protected together, because the tables share their totals."""
TEAM_TABLES: tuple[tuple[str, ...], ...] = tuple(("team", measure) for measure in _BY_PLACE)
"""The same by team, for who publishes these too."""
_NESTED = (
    ("team", "district"),
    ("district", "area"),
    ("grade_band", "inadequate"),
    ("outcome", "lessen"),
    ("outcome", "rise"),
)
PRECIOUS = frozenset((measure, "yes") for measure in _BY_PLACE)
"""What a Board looks for: hidden for another count's sake only when nothing else will do."""
NO_VALUE = "none"
"""What a table calls a review that has no such value, e.g. no due date."""


@dataclass(frozen=True, slots=True)
class BoardTables:
    """All published tables of a day."""

    protected: Protected
    crossed: tuple[tuple[str, ...], ...]
    """The dimensions of each table."""

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


def counted(frame: pd.DataFrame, tables: Sequence[tuple[str, ...]]) -> Tables:
    """The tables of confirmed reviews as they are, not protected.

    Args:
        frame: as `reading.confirmed_reviews` gives it.
        tables: the dimensions of each table: columns of the frame, or codes in `MEASURES` (whose values
            are `yes`, `no` and `none`). Whatever else is published of these reviews must be among them.
    """
    dimensions = sorted({name for table in tables for name in table})
    texts = {name: _texts(frame, name) for name in dimensions}
    records = [{name: texts[name][number] for name in dimensions} for number in range(len(frame))]
    return tabulate(records, tables, nested=_NESTED)


def team_tables(frame: pd.DataFrame, published: Protected, policy: QualityPolicy) -> BoardTables:
    """The tables by team, for who works with them; nothing that a Board may not see follows from them.

    They are protected together with what is published already. Where that cannot be done without
    hiding some of it after all, no team is shown.

    Args:
        published: everything that is shown of the same reviews elsewhere.
    """
    by_team = counted(frame, (*BOARD_TABLES, *TEAM_TABLES))
    joined = Tables(
        {**published.tables.counts, **by_team.counts},
        tuple(dict.fromkeys((*published.tables.relations, *by_team.relations))),
    )
    shown = published.tables.counts.keys() - published.hidden
    again = protect(joined, policy, known=frozenset(shown), precious=PRECIOUS)
    hidden = published.hidden | again.hidden
    if again.exposed - published.exposed:
        hidden |= joined.counts.keys() - published.tables.counts.keys()
    primary = published.primary | again.primary
    protected = Protected(tables=joined, primary=primary, secondary=hidden - primary)
    return BoardTables(protected, TEAM_TABLES)


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    column = frame[name] if name in frame else answers(frame, name)
    return [str(value) for value in column.astype(object).where(column.notna(), NO_VALUE)]


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
        by: `district` or `team`.

    Raises:
        KeyError: the board has no table of the two.
    """
    if not any({by, measure} <= set(table) for table in board.crossed):
        raise KeyError(by, measure)
    units = board.values_of(by)
    found = {unit: _counts(board, measure, Cell({(by, unit)})) for unit in units}
    shown = {unit: counts for unit, counts in found.items() if counts is not None}
    whole = _counts(board, measure, TOTAL)
    if whole is None:
        return BoardFunnel(measure, None, tuple(units))
    hidden = tuple(unit for unit in units if unit not in shown)
    return BoardFunnel(measure, funnel(shown, policy, whole=whole), hidden)


def _counts(board: BoardTables, measure: str, of: Cell) -> tuple[int, int] | None:
    """Hits and total of a unit, from shown cells only; None when one of them is hidden."""
    found = {
        answer: board.protected.shown(of | {(measure, answer)})
        for answer in board.values_of(measure)
        if answer != NO_VALUE
    }
    hits, others = found.get("yes", 0), found.get("no", 0)
    return None if hits is None or others is None else (hits, hits + others)
