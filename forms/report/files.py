"""Turns a report into files: page, CSVs, workbook, figures as JSON, and PDF where it can be made."""

import importlib
import importlib.util
from collections.abc import Iterator
from typing import NamedTuple

from forms.cells import to_csv
from forms.charts import FileFormat
from forms.render import render
from forms.report.pages import report_page
from forms.report.workbook import FIGURE_COLUMNS, FIGURES, figure_rows, workbook_of
from workflow.errors import InvalidInputError
from workflow.reporting import BoardReport, Table

NO_PDF = "A PDF needs the optional part `pdf` (WeasyPrint): pip install cin-review[pdf]."


class ReportFile(NamedTuple):
    """One file of the report."""

    name: str
    content: bytes


def report_files(report: BoardReport) -> Iterator[ReportFile]:
    """Every file that can be made here: the PDF only where WeasyPrint is installed."""
    yield ReportFile("report.html", report_html(report).encode())
    yield ReportFile("report.json", report.to_json().encode())
    yield ReportFile("report.xlsx", workbook_of(report))
    for table in report.tables:
        yield ReportFile(f"{table.name}.csv", csv_of(table).encode())
    yield ReportFile(f"{FIGURES}.csv", figures_csv(report).encode())
    if can_make_pdf():
        yield ReportFile("report.pdf", pdf_of(report))


def report_html(report: BoardReport, file_format: FileFormat = "svg") -> str:
    """The report as one page that needs no other file."""
    return render("report/report.html", page=report_page(report, file_format))


def csv_of(table: Table) -> str:
    """A table as CSV with ISO dates; no cell can act as a formula in a spreadsheet."""
    return to_csv([[column.name for column in table.columns], *table.rows])


def figures_csv(report: BoardReport) -> str:
    """Every figure of the text, and how anybody gets it from the other CSVs."""
    return to_csv([FIGURE_COLUMNS, *figure_rows(report)])


def can_make_pdf() -> bool:
    """Whether the optional part is installed."""
    return importlib.util.find_spec("weasyprint") is not None


def pdf_of(report: BoardReport) -> bytes:
    """The report as tagged PDF (PDF/UA).

    Raises:
        InvalidInputError: the optional part is not installed, or lacks the system's libraries.
    """
    try:
        weasyprint = importlib.import_module("weasyprint")
    except (ImportError, OSError) as missing:
        raise InvalidInputError(NO_PDF) from missing
    page = weasyprint.HTML(string=report_html(report, "png"))
    made: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    return made
