"""Lays the report out: sections with their sentences, pictures and tables, everything worded. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forms.charts import FileFormat
from forms.pages import Tile
from forms.report import words
from forms.report.pictures import (
    Drawn,
    burn_down_picture,
    capacity_pictures,
    districts_picture,
    funnel_pictures,
)
from forms.wording import long_date
from workflow.board import Rag
from workflow.reporting import BoardReport, Column, Table

_LEVERS = (
    "Each line changes one thing and leaves everything else as it is; the numbers are what that change "
    "alone would add. Fewer futures are played here than for the headline, so that the chance as it is "
    "may differ from it by a point."
)
_FUNNELS = (
    "A funnel shows whether a district differs by more than chance explains. Inside the dashed lines "
    "nothing can be said of it; outside the full ones it is worth finding out why."
)
_DATA = (
    "Every figure of this report can be recounted from the CSV files beside it; figures.csv says how. "
    "The same data give the same figures again."
)
SYNTHETIC = "SYNTHETIC demonstration: every child, family and reviewer in this report is made up."


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintTable:
    """A table for print: every cell worded."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    empty: str
    is_wide: bool = False
    """It needs small letters."""
    styles: tuple[str, ...]
    """Class of each column's cells."""
    totals: tuple[str, ...] = ("All", "Reviews complete")
    """Headings of the rows that stand for everything."""
    marks: Mapping[str, str]
    """Text of a cell → the colour beside it."""

    @property
    def is_short(self) -> bool:
        """It stays on one page."""
        return len(self.rows) <= _SHORT


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintSection:
    """A numbered part of the report."""

    number: int
    title: str
    sentences: tuple[str, ...]
    pictures: tuple[Drawn, ...] = ()
    tables: tuple[PrintTable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The whole report."""

    title: str
    authority: str
    programme: str
    as_of: str
    until: str
    version: str
    notice: str
    headline: tuple[str, str, str]
    dates: str
    tiles: tuple[Tile, ...]
    points: tuple[tuple[str, str], ...]
    sections: tuple[PrintSection, ...]


def report_page(report: BoardReport, file_format: FileFormat) -> ReportPage:
    """The report as print shows it.

    Args:
        file_format: of the pictures; a PDF keeps raster pictures more faithfully.
    """
    parts = (
        _progress(report, file_format),
        _levers(report),
        _districts(report, file_format),
        _findings(report),
        _variation(report, file_format),
        _quality(report),
        _following(report),
        _capacity(report, file_format),
        _register(report),
        _data(report),
        _definitions(report),
    )
    return ReportPage(
        title="Report to the Improvement Board",
        authority=report.authority,
        programme=report.programme,
        as_of=long_date(report.as_of),
        until=long_date(report.basis.until),
        version=report.version,
        notice=SYNTHETIC if report.is_demo else "",
        headline=words.chance_sentence(report),
        dates=words.dates_sentence(report),
        tiles=_tiles(report),
        points=words.points(report),
        sections=tuple(_numbered(parts)),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    title: str
    sentences: Sequence[str]
    pictures: Sequence[Drawn] = ()
    tables: Sequence[PrintTable] = ()


def _numbered(parts: Iterable[_Part]) -> Iterable[PrintSection]:
    for number, part in enumerate(parts, start=1):
        yield PrintSection(
            number=number,
            title=part.title,
            sentences=tuple(filter(None, part.sentences)),
            pictures=tuple(part.pictures),
            tables=tuple(part.tables),
        )


def _tiles(report: BoardReport) -> tuple[Tile, ...]:
    values = report.values
    return (
        Tile(words.figure(values["reviews.complete"]), "reviews complete"),
        Tile(words.figure(values["reviews.open"]), "reviews open"),
        Tile(words.figure(values["reviews.overdue"]), "overdue"),
        Tile(words.figure(values["safe.made_safe"]), "cases made safe"),
        Tile(words.figure(values.get("escalations.raised", 0)), "escalations raised"),
        Tile(words.figure(values["days.left"]), "working days left"),
    )


def _progress(report: BoardReport, file_format: FileFormat) -> _Part:
    return _Part(
        "Progress and the chance of finishing",
        (words.progress_point(report), words.pace_point(report), *words.forecast_sentences(report)),
        (burn_down_picture(report, file_format),),
        (table_of(report, "outlook"),),
    )


def _levers(report: BoardReport) -> _Part:
    return _Part(
        "What would change it",
        (_LEVERS,),
        tables=(
            table_of(
                report,
                "what_would_change_it",
                "change",
                "chance_before",
                "chance_after",
                "more_complete",
                "more_low80",
                "more_high80",
                "sure_by",
            ),
        ),
    )


def _districts(report: BoardReport, file_format: FileFormat) -> _Part:
    picture = districts_picture(report, file_format)
    return _Part(
        "Districts",
        (words.districts_point(report),),
        (picture,) if picture else (),
        (table_of(report, "districts"),),
    )


def _findings(report: BoardReport) -> _Part:
    return _Part(
        "What the reviews find",
        (words.findings_point(report),),
        tables=(
            table_of(report, "outcomes"),
            table_of(report, "grades"),
            table_of(report, "outcomes_by_agency"),
            table_of(report, "outcomes_by_area"),
            table_of(report, "by_week"),
        ),
    )


def _variation(report: BoardReport, file_format: FileFormat) -> _Part:
    return _Part(
        "Local variation",
        (
            _FUNNELS,
            *(f"{label}: {found}" for label, found in words.funnel_lines(report)),
        ),
        tuple(funnel_pictures(report, file_format)),
        (table_of(report, "grades_by_district"),),
    )


def _quality(report: BoardReport) -> _Part:
    return _Part(
        "Quality assurance and escalations",
        (words.escalations_point(report),),
        tables=(
            table_of(report, "escalations"),
            table_of(report, "sample"),
            table_of(report, "agreement"),
        ),
    )


def _following(report: BoardReport) -> _Part:
    return _Part(
        "Follow-through: cases made safe, and where children go next",
        (words.actions_point(report),),
        tables=(
            table_of(report, "made_safe"),
            table_of(report, "actions"),
            table_of(report, "step_downs"),
            table_of(report, "step_ups"),
        ),
    )


def _capacity(report: BoardReport, file_format: FileFormat) -> _Part:
    return _Part(
        "Vacant posts and Practice Managers who carry cases",
        (words.capacity_point(report),),
        tuple(capacity_pictures(report, file_format)),
        (
            table_of(report, "capacity"),
            table_of(report, "vacant_posts"),
            table_of(report, "practice_managers"),
        ),
    )


def _register(report: BoardReport) -> _Part:
    return _Part(
        "Commitments",
        (words.register_point(report),),
        tables=(
            table_of(
                report,
                "commitments",
                "reference",
                "title",
                "owner",
                "due",
                "slip",
                "status",
                "evidence",
            ),
            table_of(report, "decisions"),
        ),
    )


def _data(report: BoardReport) -> _Part:
    return _Part(
        "The data this report stands on",
        (_DATA,),
        tables=tuple(
            table_of(report, name) for name in ("basis", "files", "left_out", "data_quality")
        ),
    )


def _definitions(report: BoardReport) -> _Part:
    return _Part("Definitions", (), tables=(table_of(report, "definitions"),))


_SHORT = 22
_WIDE = 7
"""Columns from which on a table is set in small letters."""
_SMALL = frozenset({"files", "basis", "commitments"})


def table_of(report: BoardReport, name: str, *columns: str) -> PrintTable:
    """A table of the report, or some of its columns, worded."""
    return print_table(report.table(name), *columns)


def print_table(table: Table, *columns: str) -> PrintTable:
    """Every cell as print shows it."""
    places = [
        place for place, column in enumerate(table.columns) if not columns or column.name in columns
    ]
    chosen = tuple(table.columns[place] for place in places)
    return PrintTable(
        caption=table.title,
        columns=chosen,
        rows=tuple(
            tuple(words.said(row[place], table.columns[place], str(row[0])) for place in places)
            for row in table.rows
        ),
        note=table.note if table.rows else "",
        empty=table.empty,
        is_wide=len(chosen) >= _WIDE or table.name in _SMALL,
        marks=_MARKS if table.name == "commitments" else {},
        styles=tuple(_STYLES.get(column.name, _STYLES.get(column.kind, "n")) for column in chosen),
    )


_MARKS = {
    Rag.RED.words: "red",
    Rag.AMBER.words: "amber",
    Rag.GREEN.words: "green",
    Rag.MET.words: "green",
}
_STYLES = {"text": "", "date": "d", "sha256": "code", "value": "code"}
"""Kind or name of a column → class of its cells; numbers stand to the right."""
