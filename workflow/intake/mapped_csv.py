"""CSV files, read strictly: exact widths, closed quotes, a named encoding; then as any table.

Python's `csv` in strict mode, never a data frame: a frame shifts columns in silence when rows are too
long, and takes web pages and archives for empty lists.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import islice

from workflow.intake.columns import DELIMITERS, ColumnMapping
from workflow.intake.extracts import Reading, Stopped
from workflow.intake.faults import Notebook
from workflow.intake.limits import (
    COLUMNS,
    FIELD_CHARACTERS,
    HEADER_WITHIN,
    RECORD_CHARACTERS,
    ROWS,
    TABLE_BYTES,
)
from workflow.intake.rows import Extract
from workflow.intake.tables import Line, Table, find_header, read_table
from workflow.intake.text import clean

_LINE = re.compile(r"[^\r\n]++(?:\r\n|\r|\n)?|\r\n|\r|\n")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WIDE_SHARE = 0.3
"""Share of NUL bytes from which text without a mark is taken for UTF-16."""


def read_mapped_csv(reading: Reading, mapping: ColumnMapping | None = None) -> Extract:
    """The rows or supplements of a CSV file.

    Commas, semicolons, tabs and bars separate; UTF-8 is expected, UTF-16 and Windows-1252 are
    understood with a warning.

    Raises:
        Stopped: the file is refused.
    """
    size = reading.path.stat().st_size
    if size > TABLE_BYTES:
        raise Stopped("file-too-large", found=f"{size:,} bytes", limit=f"{TABLE_BYTES:,}")
    encoding = mapping.encoding if mapping else None
    text = decode_text(reading.path.read_bytes(), reading.notes, encoding)
    return read_table(reading, "csv", _table(text, mapping), mapping)


def decode_text(data: bytes, notes: Notebook, declared: str | None = None) -> str:
    """The text of a file, from its declared encoding or the first one that fits.

    Raises:
        Stopped: none fits.
    """
    if declared:
        return _decode(data, declared)
    if data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8)
    elif data.startswith(_UTF16) or _is_wide(data):
        notes.add("file-encoding-assumed", detail="UTF-16")
        guess = "utf-16" if data.startswith(_UTF16) else _wide_order(data)
        return _decode(data, guess)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        notes.add("file-encoding-assumed", detail="Windows-1252")
        return _decode(data, "cp1252")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError) as problem:
        raise Stopped("file-encoding", detail=f"tried {encoding}") from problem


def _is_wide(data: bytes) -> bool:
    start = data[:4096]
    return start.count(0) > len(start) * _WIDE_SHARE


def _wide_order(data: bytes) -> str:
    return "utf-16-le" if data[1:4096:2].count(0) > data[0:4096:2].count(0) else "utf-16-be"


def _table(text: str, mapping: ColumnMapping | None) -> Table:
    delimiter = (mapping.delimiter if mapping else None) or _sniff(text, mapping)
    rows: list[Line] = []
    for row in _records(text, delimiter):
        rows.append(row)
        if len(rows) > ROWS:
            raise Stopped("file-too-large", found=f"more than {ROWS:,} rows", limit=f"{ROWS:,}")
    position, _ = find_header(rows, mapping)
    if position < 0:
        line = next((line for line, cells in rows if any(cells)), None)
        if line is None:
            raise Stopped("file-empty")
        raise Stopped("header-missing-column", line=line, field="child_id", detail="child id")
    line, headings = rows[position]
    table = Table(tuple(clean(cell) for cell in headings), line, rows[position + 1 :])
    _refuse_shifted(table)
    return table


def _sniff(text: str, mapping: ColumnMapping | None) -> str:
    """The delimiter under which the top of the file shows the most known headings."""

    def score(delimiter: str) -> tuple[int, int]:
        try:
            top = list(islice(_records(text, delimiter), HEADER_WITHIN))
        except Stopped:
            # What is wrong with the file is found when it is read; its first line is enough here.
            first = next(_lines(text))[:FIELD_CHARACTERS]
            top = [(1, next(csv.reader([first], delimiter=delimiter), []))]
        return find_header(top, mapping)[1], max((len(cells) for _, cells in top), default=0)

    return max(DELIMITERS, key=score)


def _records(text: str, delimiter: str) -> Iterator[Line]:
    """Every record with the line it begins on.

    Raises:
        Stopped: quotation marks do not close, a value or a record is too long, or a row too wide.
    """
    line, length = 1, 0

    def counted() -> Iterator[str]:
        nonlocal length
        for one in _lines(text):
            length += len(one)
            if length > RECORD_CHARACTERS:
                raise Stopped("value-too-long", line=line, limit=RECORD_CHARACTERS)
            yield one

    reader = csv.reader(counted(), delimiter=delimiter, strict=True)
    while True:
        line, length = reader.line_num + 1, 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            if "field limit" in str(problem):
                raise Stopped("value-too-long", line=line, limit=FIELD_CHARACTERS) from problem
            raise Stopped("quote-unclosed", line=line, detail=str(problem)) from problem
        if len(cells) > COLUMNS:
            raise Stopped("table-too-wide", line=line, limit=COLUMNS)
        yield line, cells


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, one at a time: a copy of the text would take four times its memory."""
    return (match[0] for match in _LINE.finditer(text))


def _refuse_shifted(table: Table) -> None:
    """Refuse a table all of whose rows have the same wrong width: the headings are not theirs."""
    widths = {len(cells) for _, cells in table.rows if any(cell.strip() for cell in cells)}
    if len(widths) != 1 or len(table.headings) in widths:
        return
    (found,) = widths
    extra = any(cell.strip() for _, cells in table.rows for cell in cells[len(table.headings) :])
    if extra or found < len(table.headings):
        line = next(line for line, cells in table.rows if any(cell.strip() for cell in cells))
        raise Stopped("row-width", line=line, found=found, limit=len(table.headings))
