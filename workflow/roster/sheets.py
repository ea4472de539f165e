"""Opens a roster file, whatever it turns out to be, as sheets of cells.

Knows file formats only. Nothing here raises anything but `FileRefusedError`.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import openpyxl

from workflow.intake.limits import COLUMNS
from workflow.roster.cells import plain

MAX_BYTES = 10_000_000
MAX_UNPACKED_BYTES = 50_000_000
"""A workbook that unpacks to more is taken for a bomb."""
MAX_ROWS = 20_000
"""Rows with anything in them, per sheet: twenty for each of a thousand reviewers."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS = (",", ";", "\t", "|")

Line = tuple[int, list[object]]
"""Number of the line or row (1 = first), and its cells."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook, or a CSV (which has no name); empty rows are left out."""

    name: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file holds."""

    sheets: tuple[Sheet, ...]
    assumed_encoding: str | None = None
    """The encoding of a text that is not UTF-8, taken on trust."""


class FileRefusedError(ValueError):
    """The file cannot be used at all."""

    def __init__(self, rule: str, message: str, fix: str, line: int | None = None) -> None:
        """Hold the parts of the finding."""
        super().__init__(message)
        self.rule, self.message, self.fix, self.line = rule, message, fix, line


_SAVE_ANEW = "Open the roster in the spreadsheet program and save it as .xlsx or .csv."


def open_sheets(content: bytes) -> Opened:
    """The sheets of a workbook or CSV, told apart by their first bytes and not by their name.

    Raises:
        FileRefusedError: empty, too large, broken, locked, or no table at all.
    """
    if not content.strip():
        raise FileRefusedError(
            "file-empty", "The file is empty.", "Send the file that holds the roster."
        )
    if len(content) > MAX_BYTES:
        raise _too_large()
    if content.startswith(_ZIP):
        return Opened(_read_workbook(content))
    if content.startswith(_OLE):
        raise FileRefusedError(
            "file-encrypted",
            "The workbook is protected with a password, or has the format of Excel before 2007.",
            "Save it without a password as .xlsx and send that copy.",
        )
    text, assumed = _decode(content)
    if text.lstrip().startswith("<"):
        raise FileRefusedError(
            "file-is-html",
            "This is a web page, often a sign-in page saved under the name of the file.",
            "Sign in, download the roster again and send that file.",
        )
    return Opened((Sheet(None, _filled(_csv_lines(text))),), assumed)


def _read_workbook(content: bytes) -> tuple[Sheet, ...]:
    try:
        _check_archive(content)
        return _worksheets(content)
    except FileRefusedError:
        raise
    except Exception as problem:  # openpyxl lets through whatever it stumbles over
        raise FileRefusedError(
            "workbook-broken", "The workbook is damaged and cannot be opened.", _SAVE_ANEW
        ) from problem


def _check_archive(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _too_large()
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise FileRefusedError(
            "file-is-zip",
            "This is an archive, not a workbook.",
            "Unpack it and send the roster inside.",
        )


def _worksheets(content: bytes) -> tuple[Sheet, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and drawings, which no roster needs
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = []
        for worksheet in workbook.worksheets:
            worksheet.reset_dimensions()  # other programs state them wrongly
            rows: Iterator[tuple[object, ...]] = worksheet.iter_rows(values_only=True)
            lines = ((number, list(cells[:COLUMNS])) for number, cells in enumerate(rows, start=1))
            sheets.append(Sheet(worksheet.title, _filled(lines)))
        workbook.close()
    return tuple(sheets)


def _decode(content: bytes) -> tuple[str, str | None]:
    if content.startswith(_UTF16):
        return content.decode("utf-16", errors="replace"), None
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "Windows-1252"


def _csv_lines(text: str) -> Iterator[Line]:
    heading = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, list(cells)
            number = reader.line_num + 1
    except csv.Error as problem:
        raise FileRefusedError(
            "quote-unclosed",
            f"A quotation mark is not closed or stands in the wrong place ({problem}).",
            "Correct the quotation marks of this row.",
            number,
        ) from problem


def _filled(lines: Iterator[Line]) -> tuple[Line, ...]:
    filled: list[Line] = []
    for number, cells in lines:
        if not any(plain(cell) for cell in cells):
            continue
        if len(filled) > MAX_ROWS:
            raise _too_large()
        filled.append((number, cells))
    return tuple(filled)


def _too_large() -> FileRefusedError:
    return FileRefusedError(
        "file-too-large",
        f"The file is too large for a roster: over {MAX_BYTES // 1_000_000} MB or {MAX_ROWS:,} rows.",
        "Send the sheets of the roster alone.",
    )
