"""Cells of the files we make: no text can act as a formula in a spreadsheet.

This is the one place that knows how: every CSV goes through `cell`, every workbook takes `TEXT_ONLY`.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Options of a workbook in which text stays text."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets take the wide forms for the plain ones."""


def to_csv(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV with CRLF, as spreadsheets expect; text that looks like a formula is quoted."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: object) -> object:
    """A value as a CSV has it: an apostrophe keeps a text from being worked out."""
    if isinstance(value, str) and value.lstrip(" \xa0").startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value.isoformat() if isinstance(value, date) else value
