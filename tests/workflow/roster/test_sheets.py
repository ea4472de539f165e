"""Files that are no roster, or were damaged on the way: refused with a reason, never a crash."""

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.roster.files import HEADINGS, read, reviewer, roster
from workflow.roster import read_roster


def _zip(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


FILES = {
    "empty": (b"", "file-empty"),
    "blank": (b" \r\n ", "file-empty"),
    "headings only": (b"reference,name,agency,points\n", "file-no-rows"),
    "a web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "file-is-html"),
    "locked": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file-encrypted"),
    "half a workbook": (roster(reviewer())[:2000], "workbook-broken"),
    "an archive": (_zip("roster.csv", b"reference,name\n"), "file-is-zip"),
    "a bomb": (_zip("[Content_Types].xml", bytes(50_000_001)), "file-too-large"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "headings-missing"),
    "a field without end": (
        b"reference,name,agency,points\nR1," + b"x" * 200_000 + b",council,12\n",
        "quote-unclosed",
    ),
}


@pytest.mark.parametrize(("content", "rule"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_roster_is_refused_with_the_reason(content, rule):
    extract = read(content)
    assert [finding.rule for finding in extract.errors] == [rule]
    assert extract.reviewers == ()


def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path):
    missing = read_roster(tmp_path / "nowhere.xlsx")
    assert [finding.rule for finding in missing.errors] == ["file-unreadable"]
    assert missing.errors[0].message == "The file cannot be opened: No such file or directory."
    assert read_roster(tmp_path).errors[0].rule == "file-unreadable"


def test_a_file_over_ten_megabytes_is_refused(tmp_path: Path):
    path = tmp_path / "huge.csv"
    path.write_bytes(b"x" * 10_000_001)
    assert [finding.rule for finding in read_roster(path).errors] == ["file-too-large"]


def test_a_sheet_of_too_many_rows_is_refused():
    text = "reference,name,agency,points\n" + "R1,Avery,council,12\n" * 20_001
    assert [finding.rule for finding in read(text).errors] == ["file-too-large"]


def test_a_sheet_whose_stated_size_is_wrong_is_read_whole():
    content = roster(reviewer(), reviewer(Reference="R002"))
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with source, zipfile.ZipFile(target, "w") as copy:
        for part in source.infolist():
            copy.writestr(part, source.read(part).replace(b'ref="A1:L3"', b'ref="A1"'))
    assert openpyxl.load_workbook(target, read_only=True).active.max_row == 1
    assert len(read(target.getvalue()).reviewers) == 2


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20),
    st.sampled_from(["R001", "2016-02-15", "mon-", "-", "1e9", "to", "family", "#N/A", "%", "٣"]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(cells, min_size=12, max_size=14), min_size=1, max_size=4))
def test_no_content_of_cells_makes_reading_fail(rows):
    text = "\n".join(";".join(str(cell) for cell in row) for row in rows)
    for extract in (
        read(roster(reviewer(), *rows, leave=rows, conflicts=rows, vacancies=rows)),
        read(";".join([*HEADINGS, "leave", "conflicts"]) + "\n" + text),
    ):
        assert all(0 < row.points_per_day <= 40 for row in extract.reviewers)
        assert all(leave.first_on <= leave.last_on for leave in extract.leave)
        for finding in extract.findings:
            assert len(finding.value or "") <= 80
            assert finding.message.endswith(".")
            assert finding.fix


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_workbook_makes_reading_fail(data):
    content = bytearray(_SOUND_WORKBOOK)
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    extract = read(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert extract.reviewers or extract.errors


_SOUND_WORKBOOK = roster(reviewer(), leave=[["R001", "2016-02-01", "2016-02-05"]])
