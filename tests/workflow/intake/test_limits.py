"""Files beyond the caps are refused at once, in words that name the cap."""

import pytest

from tests.workflow.intake.files import (
    ANNEX_A,
    ANNEX_ROW,
    CSV_ROW,
    census,
    child,
    csv_text,
    read,
    read_bytes,
    row,
    rules,
    workbook,
)
from workflow.intake import annex_a, mapped_csv, reading, xml_stream

LIST_6 = {"List 6": [list(ANNEX_A), ANNEX_ROW, ["7", *ANNEX_ROW[1:]], ["8", *ANNEX_ROW[1:]]]}


@pytest.fixture
def lower(monkeypatch):
    def set_cap(module, name, value):
        monkeypatch.setattr(module, name, value)

    return set_cap


def test_a_file_may_have_so_many_bytes(tmp_path, lower):
    lower(reading, "XML_BYTES", 100)
    extract = read_bytes(tmp_path, census().encode(), "census.xml")
    assert rules(extract) == ["file-too-large"]
    assert "the limit is 100" in extract.findings[0].message


def test_a_table_may_have_so_many_bytes_and_rows(tmp_path, lower):
    content = csv_text(CSV_ROW, row(Child_ID="2"), row(Child_ID="3")).encode()
    lower(mapped_csv, "ROWS", 2)
    assert rules(read_bytes(tmp_path, content)) == ["file-too-large"]
    lower(mapped_csv, "TABLE_BYTES", 100)
    assert rules(read_bytes(tmp_path, content)) == ["file-too-large"]


def test_a_workbook_may_have_so_many_bytes_and_rows(tmp_path, lower):
    path = workbook(tmp_path / "annex.xlsx", LIST_6)
    lower(annex_a, "ROWS", 2)
    assert rules(read(path)) == ["file-too-large"]
    lower(annex_a, "WORKBOOK_BYTES", 100)
    assert rules(read(path)) == ["file-too-large"]


def test_a_workbook_may_unpack_to_so_much(tmp_path, lower):
    path = workbook(tmp_path / "annex.xlsx", LIST_6)
    lower(annex_a, "UNPACKED_BYTES", 1000)
    assert rules(read(path)) == ["zip-bomb"]


def test_a_census_may_have_so_many_elements(tmp_path, lower):
    lower(xml_stream, "XML_ELEMENTS", 40)
    children = [child(identifiers={"LAchildID": f"C{n}"}) for n in range(5)]
    extract = read_bytes(tmp_path, census(*children).encode(), "census.xml")
    assert rules(extract) == ["xml-too-many-elements"]
    assert extract.rows == ()


def test_a_child_may_have_so_many_elements(tmp_path, lower):
    lower(xml_stream, "XML_CHILD_ELEMENTS", 40)
    children = [child(identifiers={"LAchildID": f"C{n}"}) for n in range(5)]
    assert len(read_bytes(tmp_path, census(*children).encode(), "census.xml").rows) == 5
    empty = b"<Message>" + b"<a/>" * 41
    extract = read_bytes(tmp_path, empty, "census.xml")
    assert [finding.rule for finding in extract.errors] == ["xml-too-many-elements"]


def test_a_sheet_ends_where_it_stays_blank(tmp_path, lower):
    lower(annex_a, "BLANK_ROWS", 3)
    rows = [list(ANNEX_A), ANNEX_ROW, *[[]] * 6, ["9", *ANNEX_ROW[1:]]]
    extract = read(workbook(tmp_path / "annex.xlsx", {"List 6": rows}))
    assert [found.child_id for found in extract.rows] == ["0042"]
