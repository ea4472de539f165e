"""From a table of text to rows or supplements, whether it came from a workbook or a CSV file.

A table without the start of the episode, but with a child id and something like district, team or
family, is a supplement: it speaks of children already in the caseload.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from workflow.intake.checks import check
from workflow.intake.columns import (
    CHILD_FIELDS,
    SUPPLEMENT_FIELDS,
    ColumnMapping,
    count_known,
    field_of,
    guess_mapping,
)
from workflow.intake.dates import Order, decide_order, has_short_year, parse_date
from workflow.intake.decode import KINDS, Decoder
from workflow.intake.episodes import ROW_FIELDS, Episode, Span, Value, row_value, to_row
from workflow.intake.extracts import Reading, Stopped, extract_of, settle, settle_supplements
from workflow.intake.faults import Notebook
from workflow.intake.limits import HEADER_WITHIN
from workflow.intake.offences import Yardstick
from workflow.intake.rows import CaseRow, Extract, Kind, Supplement
from workflow.intake.text import clean

_FOOTER = re.compile(
    r"(grand |sub-? ?)?totals?\b|count\b|number of\b|end of\b|report\b|generated\b|printed\b|"
    r"produced\b|notes?:|source:|\*|page \d",
    re.IGNORECASE,
)
Line = tuple[int, Sequence[str]]
"""A row's line number in the file (1 = first) and its cells."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows under it."""

    headings: tuple[str, ...]
    """Cleaned; empty where a column has none."""
    line: int
    """Where the headings stand."""
    rows: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Column:
    """One column in use."""

    index: int
    heading: str
    field: str


def find_header(top: Iterable[Line], mapping: ColumnMapping | None = None) -> tuple[int, int]:
    """(position, fields known) of the row that looks most like headings; (-1, 0) when none does.

    Titles and notes above it do not count; a row must at least give a child id, or what a mapping
    calls one.
    """
    best, known = -1, 0
    for position, (_, cells) in enumerate(top):
        if position >= HEADER_WITHIN:
            break
        cleaned = [clean(cell) for cell in cells]
        if mapping is None:
            found = count_known(cleaned) if "child_id" in map(field_of, cleaned) else 0
        else:
            found = sum(heading in mapping.columns for heading in cleaned)
        if found > known:
            best, known = position, found
    return best, known


def read_table(
    reading: Reading, kind: Kind, table: Table, mapping: ColumnMapping | None
) -> Extract:
    """The rows or supplements of a table; without a mapping, headings are known by their usual names.

    Raises:
        Stopped: a column is missing, doubled or cannot be read: the file is refused.
    """
    notes = reading.notes
    mapping = mapping or _guessed(table, notes)
    columns = _columns(table, mapping)
    provides = frozenset({*(column.field for column in columns), *mapping.constants})
    is_supplement = _is_supplement(provides, table)
    table = replace(table, rows=list(_body(table, columns, notes)))
    if not table.rows:
        raise Stopped("file-no-rows", line=table.line)
    vocabulary = reading.vocabulary.learn_all(mapping.lessons())
    decoder = Decoder(replace(reading, vocabulary=vocabulary))
    for column in columns:
        if KINDS[column.field] == "date":
            _decide_dates(column, table.rows, mapping, decoder)
    reader = _TableReader(columns, mapping, decoder, provides, table.line)
    headings = {column.field: column.heading for column in columns}
    stored = frozenset("gender" if name == "sex" else name for name in provides) & ROW_FIELDS
    if is_supplement:
        found = settle_supplements(reader.supplements(table.rows), notes, headings["child_id"])
        return extract_of(reading, kind, supplements=found, provides=stored)
    rows = settle(reader.rows(table.rows), notes, headings.get("episode_start", "episode_start"))
    return extract_of(reading, kind, rows=rows, provides=stored)


def _guessed(table: Table, notes: Notebook) -> ColumnMapping:
    guess = guess_mapping(table.headings)
    for heading, name in guess.ambiguous.items():
        # Numbers of other systems beside the child's are usual, and no reason to doubt.
        if name == "child_id":
            continue
        notes.add("column-ambiguous", line=table.line, field=heading, detail=name.replace("_", " "))
    for heading, known in guess.lookalikes.items():
        notes.add("column-unrecognised", line=table.line, field=heading, detail=known)
    return guess.mapping


def _columns(table: Table, mapping: ColumnMapping) -> list[Column]:
    counts = Counter(table.headings)
    for heading in mapping.columns:
        if counts[heading] > 1:
            raise Stopped("header-duplicate", line=table.line, field=heading)
        if not counts[heading]:
            raise Stopped("mapping-column-missing", line=table.line, field=heading)
    return [
        Column(table.headings.index(heading), heading, name)
        for heading, name in mapping.columns.items()
    ]


def _is_supplement(provides: frozenset[str], table: Table) -> bool:
    if "child_id" not in provides:
        raise Stopped("header-missing-column", line=table.line, field="child_id", detail="child id")
    if "episode_start" in provides:
        return False
    if provides <= SUPPLEMENT_FIELDS | CHILD_FIELDS and provides & SUPPLEMENT_FIELDS:
        return True
    raise Stopped(
        "header-missing-column",
        line=table.line,
        field="episode_start",
        detail="start of the episode (CIN Start Date or referral date)",
    )


def _body(table: Table, columns: list[Column], notes: Notebook) -> Iterable[Line]:
    """The rows that speak of children: no blank lines, repeated headings or totals."""
    width = len(table.headings)
    start = next((c.index for c in columns if c.field == "episode_start"), None)
    for line, cells in table.rows:
        cleaned = tuple(map(clean, cells))
        filled = [text for text in cleaned if text]
        if not filled:
            continue
        if cleaned == table.headings:
            notes.add("header-repeated", line=line, field=None, value=filled[0])
        elif _is_note(cells, filled, start):
            notes.add("footer-row", line=line, field=None, value=filled[0])
        elif (len(cells) > width and any(cell.strip() for cell in cells[width:])) or len(
            cells
        ) < width:
            notes.add("row-width", line=line, found=len(cells), limit=width)
        elif any("\0" in cell for cell in cells):
            bad = next(cell for cell in cells if "\0" in cell)
            notes.add("control-character", line=line, value=bad)
        else:
            yield line, cells


def _is_note(cells: Sequence[str], filled: list[str], start: int | None) -> bool:
    """Whether a row begins like a total or a note, and has no date where an episode would start."""
    if not _FOOTER.match(filled[0]):
        return False
    text = clean(cells[start]) if start is not None and start < len(cells) else ""
    return parse_date(text, Order.DAY_FIRST, date.max) is None


def _decide_dates(
    column: Column, rows: Sequence[Line], mapping: ColumnMapping, decoder: Decoder
) -> None:
    """Settle how the column's dates are read; refuse it when that cannot be told."""
    texts = [clean(cells[column.index]) for _, cells in rows]
    declared = mapping.order(column.field)
    decision = decide_order(texts)
    decoder.orders[column.field] = declared or decision.order
    short = next((i for i, text in enumerate(texts) if has_short_year(text)), None)
    if short is not None:
        first = decoder.reading.today.year - 98
        decoder.reading.notes.add(
            "date-two-digit-year",
            line=rows[short][0],
            field=column.heading,
            value=texts[short],
            detail=f"{first} to {first + 99}",
        )
    if declared or decision.rule is None:
        return
    line, text = rows[decision.example][0], texts[decision.example]
    if decision.rule == "date-order-month-first":
        decoder.reading.notes.add(decision.rule, line=line, field=column.heading, value=text)
    else:
        raise Stopped(decision.rule, line=line, field=column.heading, value=text)


class _TableReader:
    """Decodes rows column by column."""

    def __init__(
        self,
        columns: list[Column],
        mapping: ColumnMapping,
        decoder: Decoder,
        provides: frozenset[str],
        line: int,
    ) -> None:
        self._columns, self._decoder, self._provides = columns, decoder, provides
        self._reading = decoder.reading
        self._names = {column.field: column.heading for column in columns}
        self._constants = {
            name: value
            for name, raw in mapping.constants.items()
            if (value := decoder.read(name, raw, name, line))
        }

    def rows(self, lines: Iterable[Line]) -> list[CaseRow]:
        yardstick = Yardstick(self._reading.today, self._reading.geography, provides=self._provides)
        found: list[CaseRow] = []
        for line, cells in lines:
            facts = self._facts(line, cells)
            episode = Episode(
                line=line,
                names=self._names,
                facts=facts,
                assessments=self._spans(
                    facts, "assessment_started_on", "assessment_authorised_on", "factors"
                ),
                plans=self._spans(facts, "plan_started_on", "plan_ended_on"),
            )
            if check(episode, yardstick, self._reading.notes):
                found.append(to_row(episode))
        return found

    def supplements(self, lines: Iterable[Line]) -> list[Supplement]:
        yardstick = Yardstick(
            self._reading.today, self._reading.geography, provides=frozenset({"child_id"})
        )
        found: list[Supplement] = []
        for line, cells in lines:
            facts = self._facts(line, cells)
            episode = Episode(line=line, names=self._names, facts=facts)
            check(episode, yardstick, self._reading.notes)
            if episode.on("child_id"):
                found.append(Supplement(line, episode.on("child_id"), _supplied(facts)))
        return found

    def _facts(self, line: int, cells: Sequence[str]) -> dict[str, Value]:
        facts = dict(self._constants)
        for column in self._columns:
            value = self._decoder.read(column.field, cells[column.index], column.heading, line)
            if value:
                facts[column.field] = value
        return facts

    def _spans(self, facts: dict[str, Value], start: str, *rest: str) -> tuple[Span, ...]:
        if start not in self._provides or not facts.keys() & {start, rest[0]}:
            return ()
        return (Span(facts.get(start), *(facts.get(name) for name in rest)),)


def _supplied(facts: dict[str, Value]) -> dict[str, object]:
    """What a supplement says: cells that are empty or could not be read say nothing."""
    values: dict[str, object] = {}
    for name, value in facts.items():
        stored = "gender" if name == "sex" else name
        if stored in ROW_FIELDS and stored != "child_id" and value.value is not None:
            values.setdefault(stored, row_value(name, value.value))
    return values
