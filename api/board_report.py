"""Makes the Board report for the web: facts once for the record as it stands, files when asked for."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date

from api.moments import Moment
from api.remembered import remembered
from forms.report.files import csv_of, figures_csv, pdf_of, report_html
from forms.report.workbook import FIGURES, workbook_of
from workflow.calendar import local_date
from workflow.db import Database
from workflow.programme_changes import as_it_was
from workflow.programmes import policy_of
from workflow.reporting import BoardReport, report_facts

READ_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The report carries its styles and pictures in itself; it may do that and nothing else."""
_ALWAYS = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, so that the same report gives the same bytes."""


def make_report(database: Database, at: Moment, day: date) -> BoardReport:
    """The report of the morning of a day, by the settings of that day.

    Raises:
        InvalidInputError: the day lies ahead or before the programme, or there is no review yet.
    """

    def gather() -> BoardReport:
        programme = as_it_was(at.session, at.programme, day)
        return report_facts(
            at.session,
            programme=programme,
            policy=policy_of(programme),
            as_of=day,
            today=today_of(at),
        )

    return remembered(database, at, "report", gather, day)


def make_file(database: Database, at: Moment, day: date, kind: str) -> bytes:
    """One file of the report; `kind` is a key of `forms.board_meetings.KINDS`.

    Raises:
        InvalidInputError: see `make_report`; or a PDF is asked for where none can be made.
    """
    report = make_report(database, at, day)
    return remembered(database, at, kind, lambda: _MAKERS[kind](report), day)


def today_of(at: Moment) -> date:
    """The last day a report can speak of: today, or the day a demonstration pretends it is."""
    return at.programme.demo_today or local_date(at.clock)


def _zip(report: BoardReport) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in report.tables:
            _pack(archive, f"{table.name}.csv", csv_of(table))
        _pack(archive, f"{FIGURES}.csv", figures_csv(report))
    return packed.getvalue()


def _pack(archive: zipfile.ZipFile, name: str, content: str) -> None:
    entry = zipfile.ZipInfo(name, _ALWAYS)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


_MAKERS: Mapping[str, Callable[[BoardReport], bytes]] = {
    "html": lambda report: report_html(report).encode(),
    "pdf": pdf_of,
    "xlsx": workbook_of,
    "zip": _zip,
    "json": lambda report: report.to_json().encode(),
}
