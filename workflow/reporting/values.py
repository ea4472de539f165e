"""What a report is made of: tables of values, and figures that can be recounted from them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

HIDDEN: Final = "c"
"""Stands for a number too small to publish, or one that would give such a number away."""

Value = str | int | float | date | None
"""What a cell holds; None where there is nothing to say."""
Kind = Literal["text", "date", "count", "number", "share", "chance"]
"""`share` is a part of what was counted, `chance` one of what may come, both 0 to 1."""
How = Literal["sum", "only", "count"]
"""Sum of a column, its one value, or the number of its rows that hold something."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    """Heading in the CSV."""
    label: str
    """Heading for people."""
    kind: Kind = "text"
    meaning: str = ""
    """What exactly is counted, where the label does not say it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the report, and one CSV beside it."""

    name: str
    """Name of the CSV, without its ending."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""
    """What a reader must know before using the numbers."""
    empty: str = "There is nothing to show yet."
    """What is said in place of no row."""

    def column(self, name: str) -> list[Value]:
        """The values of one column, from the top."""
        place = [column.name for column in self.columns].index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a recount."""

    how: How
    table: str
    column: str
    where: tuple[tuple[str, str], ...] = ()
    """Columns and what they hold in the rows that count; all rows without it."""
    sign: Literal[1, -1] = 1

    def __str__(self) -> str:
        """As the file of figures says it: "- sum days.reopened where day = 2016-02-01"."""
        rows = " and ".join(f"{column} = {value}" for column, value in self.where)
        said = f"{'+' if self.sign > 0 else '-'} {self.how} {self.table}.{self.column}"
        return f"{said} where {rows}" if rows else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the report's text, and how anybody gets it from the CSVs."""

    name: str
    label: str
    value: Value
    recount: tuple[Term, ...]

    @property
    def recounted_by(self) -> str:
        """The recount in words a program reads too: terms with their signs, the first one added."""
        return " ".join(map(str, self.recount)).removeprefix("+ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Tables and figures that belong together."""

    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()


def looked_up(name: str, label: str, value: Value, table: str, column: str, **where: str) -> Figure:
    """A figure that stands in one cell of a table."""
    return Figure(
        name=name,
        label=label,
        value=value,
        recount=(Term("only", table, column, tuple(where.items())),),
    )


def counted(name: str, label: str, value: int, *terms: Term) -> Figure:
    """A figure that is summed up from rows."""
    return Figure(name=name, label=label, value=value, recount=terms)


def named_values(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[Value, ...], ...]:
    """Mappings with the same keys, as rows in that order."""
    return tuple(tuple(row.values()) for row in rows)


def rounded(share: float | None) -> float | None:
    """A share or chance as it is kept: four places, so that no machine's last digit shows."""
    return None if share is None else round(float(share), 4)


def share_of(part: Value, whole: Value) -> Value:
    """One count of another; hidden as soon as one of them is."""
    if HIDDEN in (part, whole):
        return HIDDEN
    if not isinstance(part, int) or not isinstance(whole, int) or not whole:
        return None
    return rounded(part / whole)


def shown(count: int | None) -> int | str:
    """A count as it is published."""
    return HIDDEN if count is None else count
