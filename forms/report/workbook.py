"""The report's tables as a workbook: cover, definitions, figures, then one table a sheet.

Nothing in it is a formula: a cell that begins with an equals sign stays text.
"""

import io
from datetime import date, datetime, time
from typing import Any

import pandas as pd

from forms.cells import TEXT_ONLY
from workflow.reporting import BoardReport, Column, Table
from workflow.reporting.values import Value

FIGURES = "figures"
"""Name of the table that says how each figure is recounted."""
FIGURE_COLUMNS = ("name", "label", "value", "recounted_by")
_FIGURES_TABLE = tuple(
    Column(name, label)
    for name, label in zip(
        FIGURE_COLUMNS, ("Figure", "What it is", "Value", "Recounted by"), strict=True
    )
)
_LONGEST_SHEET_NAME = 31
_WIDEST, _NARROWEST = 60, 11
_TABLE_ROW = 3
"""Sheet row of a table's headings, counted from 0; its title and its note stand above."""
_FORMATS: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"},
    "title": {"bold": True, "font_size": 14},
    "note": {"italic": True},
    "text": {"text_wrap": True, "valign": "top"},
    "date": {"num_format": "d mmm yyyy", "align": "left"},
    "share": {"num_format": "0.0%", "align": "right"},
    "chance": {"num_format": "0%", "align": "right"},
    "count": {"num_format": "#,##0", "align": "right"},
    "number": {"num_format": "#,##0.##", "align": "right"},
}


def figure_rows(report: BoardReport) -> list[tuple[Value, ...]]:
    """Every figure of the text, with what it is, and how anybody gets it from the tables."""
    return [
        (figure.name, figure.label, figure.value, figure.recounted_by) for figure in report.figures
    ]


def workbook_of(report: BoardReport) -> bytes:
    """The workbook as bytes; the same figures make the same file."""
    out = io.BytesIO()
    with pd.ExcelWriter(out, engine="xlsxwriter", engine_kwargs={"options": TEXT_ONLY}) as writer:
        sheets = _Sheets(writer)
        sheets.book.set_properties(
            {
                "title": f"Report to the Improvement Board, {report.as_of}",
                "company": report.authority,
                "created": datetime.combine(report.as_of, time()),
            }
        )
        sheets.cover(report)
        sheets.add(report.table("definitions"))
        sheets.add(_figures(report))
        for table in report.tables:
            if table.name != "definitions":
                sheets.add(table)
    return out.getvalue()


def _figures(report: BoardReport) -> Table:
    return Table(
        name=FIGURES,
        title="Figures of the report, and how each is recounted",
        columns=_FIGURES_TABLE,
        rows=tuple(figure_rows(report)),
    )


class _Sheets:
    """Writes sheets that look alike."""

    def __init__(self, writer: pd.ExcelWriter) -> None:
        self._writer = writer
        book: Any = writer.book
        self.book = book
        self._formats = {name: book.add_format(look) for name, look in _FORMATS.items()}

    def cover(self, report: BoardReport) -> None:
        """What this is, of which day, and what is in it."""
        sheet = self.book.add_worksheet("cover")
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 70)
        sheet.write_string(0, 0, "Report to the Improvement Board", self._formats["title"])
        for row, (name, text) in enumerate(_cover_lines(report), start=2):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, text)

    def add(self, table: Table) -> None:
        """A table on a sheet of its own, its headings frozen."""
        name = table.name[:_LONGEST_SHEET_NAME]
        frame = pd.DataFrame(
            [
                [_plain(value, column) for value, column in zip(row, table.columns, strict=True)]
                for row in table.rows
            ],
            columns=[column.label for column in table.columns],
            dtype=object,
        )
        frame.to_excel(
            self._writer, sheet_name=name, index=False, header=False, startrow=_TABLE_ROW + 1
        )
        sheet = self._writer.sheets[name]
        sheet.write_string(0, 0, table.title, self._formats["title"])
        sheet.write_string(1, 0, table.note if table.rows else table.empty, self._formats["note"])
        for place, column in enumerate(table.columns):
            sheet.write_string(_TABLE_ROW, place, column.label, self._formats["head"])
            sheet.set_column(place, place, _width(table, place), self._formats[column.kind])
            if column.meaning:
                sheet.write_comment(_TABLE_ROW, place, column.meaning)
        sheet.freeze_panes(_TABLE_ROW + 1, 0)


def _cover_lines(report: BoardReport) -> list[tuple[str, str]]:
    contents = ", ".join(table.name for table in report.tables)
    return [
        ("Council", report.authority),
        ("Programme", report.programme),
        ("As it stood on the morning of", report.as_of.isoformat()),
        ("Work counts to the end of", report.basis.until.isoformat()),
        ("Version of the figures", report.version),
        ("Filters", "None: the whole programme."),
        ("Small numbers", "c: too small to publish, or it would give such a number away."),
        ("Sheets", f"definitions, {FIGURES}, {contents}"),
    ]


def _plain(value: Value, column: Column) -> Value:
    """Dates that came as text, as dates, so that a spreadsheet can sort by them."""
    if column.kind == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _width(table: Table, place: int) -> int:
    texts = [table.columns[place].label[:18], *(str(row[place]) for row in table.rows)]
    return min(max(_NARROWEST, *(len(text) for text in texts)), _WIDEST)
