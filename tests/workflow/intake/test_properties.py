"""What holds for any file: nothing raises, order does not matter, what is written is read back."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import examples
from tests.workflow.intake.files import (
    ANNEX_A,
    ANNEX_ROW,
    CSV_HEADINGS,
    GEOGRAPHY,
    assessment,
    census,
    child,
    csv_text,
    details,
    enquiry,
    protection_plan,
    read,
    read_bytes,
    row,
    workbook,
)
from workflow.intake import CaseRow, CaseStatus, Extract, Severity

GOOD_XML = census(
    child(
        details(
            assessment("2015-06-05", "2015-07-01", "1B", "16A"),
            enquiry("2015-06-20", "2015-07-03"),
            protection_plan("2015-07-03", "2015-12-01"),
        )
    ),
    child(identifiers={"LAchildID": "C2"}),
).encode()
GOOD_CSV = csv_text(*(row(Child_ID=str(n)) for n in range(6))).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("properties")


@pytest.fixture(scope="module")
def good_workbook(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "annex.xlsx"
    return workbook(path, {"List 6": [list(ANNEX_A), ANNEX_ROW]}).read_bytes()


def assert_sound(extract: Extract) -> None:
    """Whatever the file: findings can be shown, rows can be used."""
    for finding in extract.findings:
        assert finding.rule
        assert finding.message.endswith(".")
        assert finding.fix.endswith(".")
        assert finding.line is None or finding.line > 0
        assert len(finding.value or "") <= 80
    lines = {f.line for f in extract.errors if f.rule not in {"duplicate-contradicts", "8500"}}
    keys = [(found.child_id, found.episode_start) for found in extract.rows]
    assert len(keys) == len(set(keys))
    for found in extract.rows:
        assert found.child_id
        assert isinstance(found.episode_start, date)
        assert extract.kind == "census-xml" or found.line not in lines


@st.composite
def edits(draw, length):
    """A few places of a file and what to put there."""
    spots = draw(st.lists(st.integers(0, length - 1), min_size=1, max_size=4))
    return [
        (spot, draw(st.integers(0, 40)), draw(st.binary(max_size=12) | st.sampled_from(SNIPPETS)))
        for spot in spots
    ]


SNIPPETS = [
    *(b"<", b"</Child>", b"<Child>", b"&amp;", b"<!--", b"]]>", b'"', b",", b"\n", b"\r", b"\0"),
    *(b"<!DOCTYPE a>", b"\xff\xfe", b"2015-02-30", b"31/11/2015", b";;;;", b"#N/A", b"\xe9"),
]


def edited(content: bytes, changes) -> bytes:
    for spot, width, new in changes:
        content = content[:spot] + new + content[spot + width :]
    return content


@given(changes=edits(len(GOOD_XML)))
@settings(max_examples=examples(60), deadline=None)
def test_an_edited_census_never_raises(folder, changes):
    assert_sound(read_bytes(folder, edited(GOOD_XML, changes), "census.xml"))


@given(changes=edits(len(GOOD_CSV)))
@settings(max_examples=examples(60), deadline=None)
def test_an_edited_table_never_raises(folder, changes):
    assert_sound(read_bytes(folder, edited(GOOD_CSV, changes), "list.csv"))


@given(changes=edits(4500))
@settings(max_examples=examples(20), deadline=None)
def test_an_edited_workbook_never_raises(folder, good_workbook, changes):
    assert_sound(read_bytes(folder, edited(good_workbook, changes), "annex.xlsx"))


@given(content=st.binary(max_size=400))
@settings(max_examples=examples(30), deadline=None)
def test_any_bytes_at_all_never_raise(folder, content):
    assert_sound(read_bytes(folder, content, "anything"))


CELLS = st.text(max_size=8) | st.sampled_from(
    ["#N/A", "31/11/2015", "04/25/2015", "42168", "N1", "Burnley", "c) Child in need plan", "1E5"]
)


@given(rows=st.lists(st.tuples(*[CELLS] * len(CSV_HEADINGS)), max_size=6))
@settings(max_examples=examples(40), deadline=None)
def test_any_cells_at_all_never_raise(folder, rows):
    assert_sound(read_bytes(folder, csv_text(*rows).encode("utf-8", "replace"), "cells.csv"))


TODAY = date(2016, 4, 15)
DAYS = st.dates(date(2012, 1, 1), TODAY)
NAMES = st.text("ABC abc'\u00e9-", min_size=1, max_size=8).map(lambda t: " ".join(t.split()))
CASE_ROWS = st.lists(
    st.builds(
        CaseRow,
        line=st.just(0),
        child_id=st.from_regex(r"[A-Z]?0?[1-9]\d{0,4}", fullmatch=True),
        episode_start=DAYS,
        birth_on=DAYS,
        gender=st.sampled_from(["male", "female", "unknown"]),
        primary_need=st.sampled_from(["N1", "N5", "N9"]),
        status=st.just(CaseStatus.CHILD_IN_NEED_PLAN),
        district=st.sampled_from(sorted(GEOGRAPHY.districts)),
        team=NAMES.filter(bool),
        family=NAMES.filter(lambda text: text not in {"", "-"}),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda found: found.child_id,
)


def as_csv(rows: list[CaseRow], delimiter: str = ",") -> bytes:
    """The rows as an English export would have them."""
    cells = (
        (
            found.child_id,
            f"{found.episode_start:%d/%m/%Y}",
            f"{found.birth_on:%d/%m/%Y}",
            f"a) {found.gender}".title(),
            f"{found.primary_need}",
            "",
            "#N/A",
            "c) Child in need plan",
            GEOGRAPHY.name_of(found.district or "").upper(),
            found.team or "",
            found.family or "",
        )
        for found in rows
    )
    return csv_text(*cells, delimiter=delimiter).encode()


def without_lines(rows) -> set[CaseRow]:
    return {replace(found, line=0) for found in rows}


@given(rows=CASE_ROWS, delimiter=st.sampled_from(",;\t|"))
@settings(max_examples=examples(30), deadline=None)
def test_what_is_written_is_read_back(folder, rows, delimiter):
    extract = read_bytes(folder, as_csv(rows, delimiter), "round.csv")
    assert not extract.errors
    assert without_lines(extract.rows) == set(rows)
    assert [found.line for found in extract.rows] == list(range(2, len(rows) + 2))


@given(rows=CASE_ROWS, seed=st.randoms(use_true_random=False))
@settings(max_examples=examples(20), deadline=None)
def test_the_order_of_the_rows_does_not_matter(folder, rows, seed):
    shuffled = rows[:]
    seed.shuffle(shuffled)
    one = read_bytes(folder, as_csv(rows), "one.csv")
    other = read_bytes(folder, as_csv(shuffled), "other.csv")
    assert without_lines(one.rows) == without_lines(other.rows)


@given(rows=CASE_ROWS, cut=st.integers(0, 8))
@settings(max_examples=30, deadline=None)
def test_a_file_split_in_two_gives_the_same_rows(folder, rows, cut):
    parts = [part for part in (rows[:cut], rows[cut:]) if part]
    read_parts = [read_bytes(folder, as_csv(part), "part.csv").rows for part in parts]
    whole = read_bytes(folder, as_csv(rows), "whole.csv").rows
    assert set().union(*map(without_lines, read_parts)) == without_lines(whole)


def test_shuffled_children_of_a_census_give_the_same_rows(folder):
    children = [
        child(
            details(CINreferralDate=(date(2015, 4, 1) + timedelta(n)).isoformat()),
            identifiers={"LAchildID": f"C{n}"},
        )
        for n in range(30)
    ]
    one = read_bytes(folder, census(*children).encode(), "one.xml")
    random.Random(2016).shuffle(children)
    other = read_bytes(folder, census(*children).encode(), "other.xml")
    assert len(one.rows) == 30
    assert without_lines(one.rows) == without_lines(other.rows)


def test_reading_twice_gives_the_same_extract(folder):
    path = folder / "twice.xml"
    path.write_bytes(GOOD_XML)
    assert read(path) == read(path)
    assert all(finding.severity is Severity.WARNING for finding in read(path).findings)
