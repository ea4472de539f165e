"""`cin report`: the same figures again, recounted from the CSVs, and nothing small in any of them."""

import csv
import io
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from flows import operations
from flows.cli import main
from flows.demo.simulation import Simulation
from flows.reports import Written, write_report
from flows.runtime import Runtime, open_runtime, operator
from forms.report import files as report_files
from forms.report.files import pdf_of
from tests.factories import make_actor
from workflow.calendar import at_local
from workflow.demo.files import ANNEX_A, CENSUS
from workflow.errors import InvalidInputError
from workflow.programme_changes import change_dates
from workflow.states import Role

START, DAY, LATER = date(2016, 1, 20), date(2016, 2, 2), date(2016, 2, 4)
HIDDEN = "c"
CASES = 60 + 2 * 14
"""Fourteen join on each Monday."""
Files = dict[str, bytes]


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """No PDF but in its own test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_files, "can_make_pdf", lambda: False)
        yield


@pytest.fixture(scope="module")
def worked(
    council_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Runtime, Files]]:
    """A small council worked through to `LATER`, and the report of `DAY` as it was made that evening.

    On the last day its target is moved.
    """
    folder = tmp_path_factory.mktemp("worked")
    early: Files = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIN_DATABASE_URL", f"sqlite:///{folder / 'cin.db'}")
        patch.setenv("CIN_DATA_FOLDER", str(folder))
        runtime = open_runtime()
        for name in (ANNEX_A, CENSUS):
            operations.import_file(runtime, council_files / name, actor=operator(), as_of=START)
        operations.take_roster(runtime, council_files / "roster.xlsx", actor=operator())
        with runtime.read() as at:
            days = at.programme.calendar.working_days(START, LATER)

        def report_on(day: date) -> None:
            if day == DAY:
                early.update(read(write_report(runtime, folder / "early", as_of=DAY).files))

        Simulation(runtime, seed=7, folder=folder, on_day=report_on).run(days)
        with runtime.write() as at:
            change_dates(
                at.session,
                programme=at.programme,
                target_on=date(2016, 4, 29),
                scope_cut_off_on=at.programme.scope_cut_off_on,
                reason="The Board agreed to a later day",
                actor=make_actor(Role.ADMINISTRATOR),
                now=at_local(LATER),
            )
        yield runtime, early
        runtime.database.close()


@pytest.fixture(scope="module")
def written(worked: tuple[Runtime, Files], tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The report of `DAY`, made when more had happened."""
    return write_report(worked[0], tmp_path_factory.mktemp("report"), as_of=DAY)


@pytest.fixture(scope="module")
def report(written: Written) -> Files:
    """The files of the later report."""
    return read(written.files)


def read(files: tuple[Path, ...]) -> Files:
    return {file.name: file.read_bytes() for file in files}


def table(files: Files, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode())))


def figures(files: Files) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["report.json"])["figures"]
    return found


def test_what_happens_later_changes_no_past_report(
    worked: tuple[Runtime, Files], report: Files
) -> None:
    _, early = worked
    assert json.loads(report["report.json"]) == json.loads(early["report.json"])


TERM = re.compile(
    r"(?P<sign>[+-]) (?P<how>sum|only|count) (?P<table>\w+)\.(?P<column>\w+)"
    r"(?: where (?P<where>.+?))?(?= [+-] (?:sum|only|count) |$)"
)


def recount(files: Files, said: str) -> str | float:
    """What `figures.csv` says of a figure, done by hand."""
    values: list[str | float] = []
    for term in TERM.finditer(f"+ {said}"):
        conditions = [one.split(" = ") for one in (term["where"] or "").split(" and ") if one]
        rows = [
            row
            for row in table(files, term["table"])
            if all(row[column] == value for column, value in conditions)
        ]
        cells = [row[term["column"]] for row in rows]
        if term["how"] == "only":
            assert len(cells) == 1, said
            return cells[0]
        found = sum(map(float, cells)) if term["how"] == "sum" else sum(map(bool, cells))
        values.append(-found if term["sign"] == "-" else found)
    assert values, said
    return sum(map(float, values))


def test_every_figure_is_recounted_from_the_csvs_beside_it(report: Files) -> None:
    said = {row["name"]: row for row in table(report, "figures")}
    assert len(said) > 40
    assert said.keys() == figures(report).keys()
    for name, value in figures(report).items():
        found = recount(report, said[name]["recounted_by"])
        assert found == value or str(found) == str("" if value is None else value), name


def test_counts_that_stand_in_several_tables_agree(report: Files) -> None:
    values = figures(report)
    last = [row for row in table(report, "burn_down") if row["basis"] == "counted"][-1]
    by_day = table(report, "reviews_by_day")[-1]
    assert int(last["open"]) == int(by_day["open"]) == values["reviews.open"]
    for name in ("outcomes.total", "safe.complete"):
        assert values[name] in {HIDDEN, values["reviews.complete"]}
    assert values["reviews.total"] == values["reviews.open"] + values["reviews.complete"] == CASES


CHILDREN = {
    "districts": ("reviews", "complete", "open"),
    "outcomes": ("reviews",),
    "outcomes_by_agency": ("council", "constabulary"),
    "outcomes_by_area": ("Central", "East", "North"),
    "by_week": ("lessen", "of_outcomes", "inadequate", "of_graded"),
    "grades": ("reviews",),
    "grades_by_district": ("inadequate", "requires_improvement", "good_or_outstanding"),
    "variation": ("hits", "reviews"),
    "sample": ("decided", "drawn"),
    "agreement": ("pairs", "same"),
    "escalations": ("raised", "in_time", "late", "waiting", "still_open"),
    "made_safe": ("reviews",),
    "actions": ("overdue", "open", "done", "cancelled", "all"),
    "step_downs": ("so_far",),
    "left_out": ("cases",),
    "data_quality": ("findings",),
}


def test_no_small_number_of_children_is_printed(report: Files) -> None:
    hidden = 0
    for name, columns in CHILDREN.items():
        for row in table(report, name):
            cells = [row[column] for column in columns if column in row]
            assert not [cell for cell in cells if cell not in {HIDDEN, ""} and 0 < int(cell) < 5]
            hidden += cells.count(HIDDEN)
    assert hidden > 20


def test_the_page_is_one_file_that_asks_for_nothing_else(report: Files) -> None:
    page = report["report.html"].decode()
    assert "SYNTHETIC" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)[^"']*""", page)
    assert "url(" not in page
    assert page.count("data:image/svg+xml;base64,") >= 3


def test_the_pdf_is_tagged_for_screen_readers(written: Written) -> None:
    pytest.importorskip("weasyprint", exc_type=ImportError)
    pdf = pdf_of(written.report)
    assert pdf.startswith(b"%PDF-")
    packed = re.findall(rb"stream\r?\n(x.*?)\r?\nendstream", pdf, re.DOTALL)
    objects = b"".join(zlib.decompressobj().decompress(stream) for stream in packed)
    assert b"/StructTreeRoot" in objects
    assert b"/Lang" in objects


def test_the_workbook_has_a_cover_definitions_and_no_formula(report: Files) -> None:
    book = openpyxl.load_workbook(io.BytesIO(report["report.xlsx"]))
    assert book.sheetnames[:3] == ["cover", "definitions", "figures"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert len(book.sheetnames) > 25


@pytest.fixture
def cin(
    worked: tuple[Runtime, Files],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str]]:
    """Calls the command on the worked council; gives the exit code and all that was said."""
    monkeypatch.setenv("CIN_DATABASE_URL", str(worked[0].database.engine.url))

    def call(*words: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["cin", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out + said.err

    return call


def test_a_report_made_again_is_the_same_to_the_byte(cin, report: Files, tmp_path: Path) -> None:
    code, said = cin("report", "--out", tmp_path, "--as-of", DAY, "--json")
    document = json.loads(said)
    assert code == 0
    assert document["figures"]["reviews.total"] == CASES
    assert read(tuple(map(Path, document["files"]))) == report


@pytest.mark.parametrize(
    ("day", "why"), [("2016-01-04", "began on"), ("2999-01-01", "before it has come")]
)
def test_a_day_outside_the_programme_is_refused(cin, tmp_path: Path, day: str, why: str) -> None:
    code, said = cin("report", "--out", tmp_path, "--as-of", day)
    assert code == 1
    assert why in said


def test_before_any_review_there_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIN_DATABASE_URL", f"sqlite:///{tmp_path / 'cin.db'}")
    runtime = open_runtime()
    with runtime.database.write() as session:
        runtime.ensure_programme(session, operator())
    with pytest.raises(InvalidInputError, match="import a caseload"):
        write_report(runtime, tmp_path, as_of=START)
    runtime.database.close()
