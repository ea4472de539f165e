"""Files of lists: stamped, complete, and without a live formula."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from forms.cells import to_csv
from forms.exports import Export, ExportColumn, write_export

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "＝1+1"]


def make_export(rows: list[tuple[object, ...]]) -> Export:
    return Export(
        name="reviews-all",
        title="All reviews",
        asked="Burnley; sorted by case (lowest number first)",
        made_at=datetime(2016, 1, 20, 9, tzinfo=UTC),
        made_by="Alex Example",
        columns=(ExportColumn("Case"), ExportColumn("Due"), ExportColumn("Points")),
        rows=rows,
    )


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_a_csv_can_act_as_a_formula(text: str) -> None:
    assert next(csv.reader(io.StringIO(to_csv([[text]]), newline="")))[0] == f"'{text}"


def test_numbers_in_a_csv_stay_numbers_even_below_zero() -> None:
    assert to_csv([[-1, 2.5, None]]) == "-1,2.5,\r\n"


def test_a_csv_says_above_its_table_what_was_asked_for_and_when() -> None:
    out = io.BytesIO()
    count = write_export(out, make_export([("=1", date(2016, 2, 1), 6)]), "csv")
    lines = out.getvalue().decode("utf-8-sig").splitlines()

    assert count == 1
    assert lines == [
        "# All reviews",
        "# Burnley; sorted by case (lowest number first)",
        "# Made 20 January 2016 at 9:00 by Alex Example.",
        "Case,Due,Points",
        "'=1,2016-02-01,6",
    ]


def test_a_workbook_holds_the_same_and_no_formula() -> None:
    out = io.BytesIO()
    rows: list[tuple[object, ...]] = [(text, date(2016, 2, 1), -1.5) for text in DANGEROUS]
    count = write_export(out, make_export(rows), "xlsx")
    sheet = openpyxl.load_workbook(out)["reviews-all"]

    assert count == len(DANGEROUS)
    assert sheet["A2"].value == "Burnley; sorted by case (lowest number first)"
    assert [cell.value for cell in sheet[5]] == ["Case", "Due", "Points"]
    assert {cell.data_type for row in sheet.iter_rows(min_row=6) for cell in row} == {"s", "d", "n"}
