"""Workbooks that depend on nothing but their contents."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter


def open_workbook(path: Path, title: str, written_on: date) -> xlsxwriter.Workbook:
    """An empty workbook with nothing of the clock in it: equal contents give equal bytes."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "in_memory": True})
    created = datetime(written_on.year, written_on.month, written_on.day)  # noqa: DTZ001 - the format has no zone
    book.set_properties({"title": title, "created": created})
    return book


def write_lines(sheet: Any, lines: list[tuple[object, ...]], dates: Any, *, top: int = 0) -> None:
    """Write lines of cells from row `top` (0 = first) on, dates as real dates."""
    sheet.freeze_panes(top + 1, 0)
    for row, cells in enumerate(lines, start=top):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(row, column, cell, dates)
            elif isinstance(cell, (int, float)):
                sheet.write_number(row, column, cell)
            elif cell:
                sheet.write_string(row, column, cell)
