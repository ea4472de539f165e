"""Nothing that somebody typed works as a formula in a file we make."""

import csv
import io

import pytest

from forms.cells import cell, to_csv

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\xa0=1", "＝1", "＋1", "－1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_looks_like_a_formula_is_kept_from_being_one(text: str) -> None:
    assert cell(text) == f"'{text}"
    ((written,),) = csv.reader(io.StringIO(to_csv([[text]]), newline=""))
    assert not written.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("value", ["Ann", "a=b", "", 1, -1.5, None, "'=1"])
def test_anything_else_stays_as_it_is(value: object) -> None:
    assert cell(value) == value
