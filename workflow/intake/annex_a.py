"""Annex A list 6 (children in need) and like lists in workbooks, read as values and as a stream.

The sheet and its headings are found by name, with any number of title rows above and any extra
columns. Archives are inspected before anything in them is unpacked.
"""

import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import openpyxl

from workflow.intake.columns import ColumnMapping, field_of
from workflow.intake.extracts import Reading, Stopped
from workflow.intake.limits import (
    BLANK_ROWS,
    COLUMNS,
    HEADER_WITHIN,
    MEGABYTE,
    ROWS,
    UNPACKED_BYTES,
    UNPACKED_RATIO,
    WORKBOOK_BYTES,
    WORKBOOK_PARTS,
)
from workflow.intake.rows import Extract
from workflow.intake.tables import Line, Table, find_header, read_table
from workflow.intake.text import clean

WORKBOOK_PART = "xl/workbook.xml"
_ENCRYPTED = 0x1


class _Sheet(Protocol):
    title: str

    def iter_rows(self, *, max_col: int, values_only: bool) -> Iterable[tuple[Any, ...]]: ...

    def reset_dimensions(self) -> None: ...


def read_annex_a(reading: Reading, mapping: ColumnMapping | None = None) -> Extract:
    """The rows or supplements of a workbook.

    Raises:
        Stopped: the file is refused.
    """
    inspect_archive(reading.path)
    return read_table(reading, "annex-a", _open(reading.path, mapping), mapping)


def inspect_archive(path: Path) -> None:
    """Refuse a workbook that is encrypted, unsafe or unpacks to too much, from its directory alone.

    Raises:
        Stopped: naming which.
    """
    if path.stat().st_size > WORKBOOK_BYTES:
        found = f"{path.stat().st_size:,} bytes"
        raise Stopped("file-too-large", found=found, limit=f"{WORKBOOK_BYTES:,}")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise Stopped("workbook-broken") from problem
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Stopped("file-encrypted")
    if any(".." in Path(part.filename).parts or part.filename.startswith("/") for part in parts):
        raise Stopped("zip-unsafe-name")
    if len(parts) > WORKBOOK_PARTS:
        raise Stopped("zip-bomb", found=f"{len(parts):,} parts", limit=f"{WORKBOOK_PARTS:,}")
    if WORKBOOK_PART not in {part.filename for part in parts}:
        raise Stopped("file-is-zip")
    _refuse_bomb(parts)


def _refuse_bomb(parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED_BYTES:
        raise Stopped("zip-bomb", found=f"{unpacked:,} bytes", limit=f"{UNPACKED_BYTES:,}")
    for part in parts:
        ratio = part.file_size // max(part.compress_size, 1)
        if part.file_size > MEGABYTE and ratio > UNPACKED_RATIO:
            limit = f"{UNPACKED_RATIO} times its size"
            raise Stopped(
                "zip-bomb", value=part.filename, found=f"{ratio} times its size", limit=limit
            )


def _open(path: Path, mapping: ColumnMapping | None) -> Table:
    try:
        with path.open("rb") as stream, warnings.catch_warnings():
            # Styles and extensions openpyxl does not know are none of our business.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            with closing(book):
                return _best_table(book.worksheets, mapping)
    except Stopped:
        raise
    except Exception as problem:
        # A damaged part makes the library raise nearly anything; the answer is the same.
        raise Stopped("workbook-broken") from problem


def _best_table(sheets: Iterable[_Sheet], mapping: ColumnMapping | None) -> Table:
    best: tuple[tuple[bool, int, bool], _Sheet, int, int] | None = None
    for sheet in sheets:
        top = list(islice(_lines(sheet), HEADER_WITHIN))
        position, known = find_header(top, mapping)
        if position < 0:
            continue
        has_start = mapping is not None or "episode_start" in map(field_of, top[position][1])
        score = has_start, known, "need" in sheet.title.casefold()
        if best is None or score > best[0]:
            line, headings = top[position]
            best = score, sheet, line, _width(headings)
    if best is None:
        raise Stopped("workbook-no-list")
    return _read_sheet(*best[1:])


def _width(headings: Sequence[str]) -> int:
    return max((i + 1 for i, cell in enumerate(headings) if cell), default=0)


def _read_sheet(sheet: _Sheet, line: int, width: int) -> Table:
    lines = _lines(sheet, width)  # what stands right of the headings is nobody's
    headings = next(cells for number, cells in lines if number == line)
    rows: list[Line] = []
    for number, cells in lines:
        if len(rows) >= ROWS:
            raise Stopped("file-too-large", found=f"more than {ROWS:,} rows", limit=f"{ROWS:,}")
        rows.append((number, cells))
    return Table(tuple(clean(cell) for cell in headings), line, rows)


def _lines(sheet: _Sheet, width: int = COLUMNS) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, as text, until the sheet is blank for long."""
    # A sheet may claim a million rows; only what is there counts.
    sheet.reset_dimensions()
    last = 0
    for number, values in enumerate(sheet.iter_rows(max_col=width, values_only=True), start=1):
        if any(value is not None for value in values):
            last = number
            cells = [_cell_text(value) for value in values]
            yield number, cells + [""] * (width - len(cells))
        elif number - last > BLANK_ROWS:
            return


def _cell_text(value: Any) -> str:
    """A cell as it would be typed: dates in ISO form, whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value)
