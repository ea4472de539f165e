"""Lists as files, CSV and workbook: written row by row, and stamped with what was asked for and when."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Literal, TextIO

import xlsxwriter

from forms.case_file import moment
from forms.cells import TEXT_ONLY, cell

Format = Literal["csv", "xlsx"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LONGEST_CELL = 32_767
"""Characters a workbook's cell holds."""
_STAMP_ROWS = 4


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column; `width` is in characters."""

    heading: str
    width: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A list to be written into a file."""

    name: str
    """Start of the file's name, and the sheet's."""
    title: str
    asked: str
    """The filter and the sort in words."""
    made_at: datetime
    made_by: str
    columns: tuple[ExportColumn, ...]
    rows: Iterable[Sequence[object]]
    """Texts, numbers, days and None; read once."""

    @property
    def stamp(self) -> tuple[str, str, str]:
        """What stands above the table: what it is, what was asked for, when and by whom it was made."""
        made = f"Made {moment(self.made_at)} by {self.made_by}."
        return self.title, self.asked, made

    def file_name(self, kind: Format) -> str:
        """The name it is saved under; it holds the day it was made."""
        return f"{self.name}-{self.made_at.date().isoformat()}.{kind}"


def write_export(out: IO[bytes], export: Export, kind: Format) -> int:
    """Write the file and give the number of its rows; memory does not grow with it."""
    if kind == "xlsx":
        return _write_xlsx(out, export)
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    count = write_csv(text, export)
    text.detach()
    return count


def write_csv(out: TextIO, export: Export) -> int:
    """The list as CSV; the stamp stands above it in lines that begin with `#`."""
    writer = csv.writer(out)
    writer.writerows([f"# {line}"] for line in export.stamp)
    writer.writerow([column.heading for column in export.columns])
    count = 0
    for row in export.rows:
        writer.writerow([cell(value) for value in row])
        count += 1
    return count


def _write_xlsx(out: IO[bytes], export: Export) -> int:
    options = {**TEXT_ONLY, "constant_memory": True, "remove_timezone": True}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(export.name[:31])
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "d mmm yyyy"})
        for place, column in enumerate(export.columns):
            sheet.set_column(place, place, column.width)
        for row, line in enumerate(export.stamp):
            sheet.write_string(row, 0, line, bold if row == 0 else None)
        for place, column in enumerate(export.columns):
            sheet.write_string(_STAMP_ROWS, place, column.heading, bold)
        sheet.freeze_panes(_STAMP_ROWS + 1, 1)
        return sum(_write_rows(sheet, export.rows, day))


def _write_rows(sheet: Any, rows: Iterable[Sequence[object]], day: Any) -> Iterator[int]:
    """Write the rows below the headings; gives 1 for each."""
    for number, row in enumerate(rows, start=_STAMP_ROWS + 1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, value[:_LONGEST_CELL])
            elif isinstance(value, date):
                sheet.write_datetime(number, place, value, day)
            elif value is not None:
                sheet.write_number(number, place, value)
        yield 1
