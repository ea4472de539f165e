"""The written files: real formats, the same bytes for the same seed, and readable without an error."""

import csv
import os
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path

import openpyxl
import pytest
from defusedxml import ElementTree

from workflow.demo import (
    DemoCaseload,
    DemoFiles,
    make_caseload,
    make_newcomers,
    make_roster,
    write_caseload,
    write_newcomers,
    write_roster,
)
from workflow.demo.annex_a import EXTRA_HEADINGS, HEADINGS
from workflow.demo.files import PLACES_MAPPING
from workflow.geography import Geography
from workflow.intake import (
    DEFAULT_RULES,
    CaseRow,
    Extract,
    Vocabulary,
    decide_cohort,
    load_mapping,
    read_file,
)

TODAY = date(2016, 1, 20)
NAME_WORDS = ("name", "surname", "forename", "address", "postcode")
CIN_DETAILS = (
    *("CINreferralDate", "ReferralSource", "PrimaryNeedCode", "CINclosureDate"),
    *("ReasonForClosure", "Assessments", "Section47", "ReferralNFA", "ChildProtectionPlans"),
)
"""In the order of the schema."""


def read(path: Path, geography: Geography, **options: object) -> Extract:
    vocabulary = Vocabulary.shipped()
    return read_file(path, vocabulary=vocabulary, geography=geography, today=TODAY, **options)


def all_paths(files: DemoFiles) -> list[Path]:
    return [files.census, files.places, files.mapping, files.annex_a]


def test_the_same_seed_gives_the_same_bytes_in_any_process(
    files: DemoFiles, small: DemoCaseload, geography: Geography, tmp_path: Path
) -> None:
    write_roster(make_roster(small, geography, seed=1, reviewers=9), tmp_path / "roster.xlsx")
    program = """
import sys
from pathlib import Path
from workflow.demo import make_caseload, make_roster, write_caseload, write_roster
from workflow.geography import load_geography
geography, folder = load_geography(), Path(sys.argv[1])
caseload = make_caseload(geography, seed=int(sys.argv[2]), cases=120)
write_caseload(caseload, geography, folder)
write_roster(make_roster(caseload, geography, seed=1, reviewers=9), folder / "roster.xlsx")
"""
    again = tmp_path / "again"
    subprocess.run(
        [sys.executable, "-c", program, str(again), str(small.seed)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "USER": "somebody"},
    )
    for path in [*all_paths(files), tmp_path / "roster.xlsx"]:
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_iterating_gives_the_files_to_import(files: DemoFiles) -> None:
    assert list(files) == [files.annex_a, files.census]


def test_every_text_file_says_synthetic(files: DemoFiles) -> None:
    for path in (files.census, files.places, files.mapping):
        assert "SYNTHETIC" in path.read_text("utf-8")[:400], path.name


def test_the_workbook_says_synthetic_on_its_first_sheet(files: DemoFiles) -> None:
    book = openpyxl.load_workbook(files.annex_a)
    assert "SYNTHETIC" in str(book.worksheets[0]["A1"].value)


def test_the_census_has_the_structure_of_2016(files: DemoFiles, small: DemoCaseload) -> None:
    message = ElementTree.parse(files.census).getroot()
    assert message.tag == "Message"
    assert message.findtext("Header/CollectionDetails/Year") == "2016"
    assert message.findtext("Header/Source/LEA") == "888"
    assert message.find(".//CINPlanDates") is None
    children = message.findall("Children/Child")
    assert len(children) == len({row.child_id for row in small.rows})
    for details in message.iter("CINdetails"):
        order = [CIN_DETAILS.index(element.tag) for element in details]
        assert order == sorted(order)


def test_no_file_has_room_for_a_name(files: DemoFiles) -> None:
    tags = {element.tag for element in ElementTree.parse(files.census).iter()}
    with files.places.open(newline="", encoding="utf-8") as file:
        headings = list(csv.reader(file))[1]
    for word in (*tags, *headings, *HEADINGS):
        assert not any(part in word.casefold() for part in NAME_WORDS), word


def test_the_places_file_has_one_line_for_each_child(files: DemoFiles, small: DemoCaseload) -> None:
    with files.places.open(newline="", encoding="utf-8") as file:
        _, headings, *lines = csv.reader(file)
    assert headings == list(PLACES_MAPPING.columns)
    assert [line[0] for line in lines] == sorted({row.child_id for row in small.rows})


def test_annex_a_has_the_headings_of_the_inspectors_and_real_dates(files: DemoFiles) -> None:
    sheet = openpyxl.load_workbook(files.annex_a)["List 6 Children in need"]
    headings, first, *_ = sheet.iter_rows(values_only=True)
    assert headings[: len(HEADINGS)] == HEADINGS
    assert headings[len(HEADINGS) :] == EXTRA_HEADINGS
    assert first[6].date() < TODAY
    assert {str(row[11])[:2] for row in sheet.iter_rows(min_row=2, values_only=True)} == {
        *("a)", "b)", "c)", "d)", "e)")
    }


def test_every_file_is_read_without_an_error_or_an_unknown_value(
    files: DemoFiles, geography: Geography
) -> None:
    for path in (files.census, files.places, files.annex_a):
        extract = read(path, geography)
        assert extract.errors == (), path.name
        assert extract.unmapped == (), path.name
        assert len(extract.rows) + len(extract.supplements) > 120


def test_what_there_is_to_look_at_is_what_was_planted(
    files: DemoFiles, small: DemoCaseload, geography: Geography
) -> None:
    twice = ["8815"] * small.kept_out["duplicate_open_episode"]
    elsewhere = ["district-neighbour"] * small.kept_out["outside_area"]
    for path, planted in (
        (files.census, twice),
        (files.places, elsewhere),
        (files.annex_a, twice + elsewhere),
    ):
        found = [finding.rule for finding in read(path, geography).findings]
        assert sorted(found) == planted, path.name


def test_the_saved_mapping_says_what_the_headings_say(
    files: DemoFiles, geography: Geography
) -> None:
    mapping = load_mapping(files.mapping.read_text("utf-8"))
    assert mapping == PLACES_MAPPING
    assert tomllib.loads(files.mapping.read_text("utf-8"))["columns"]
    mapped = read(files.places, geography, mapping=mapping)
    assert mapped.supplements == read(files.places, geography).supplements


def merged(files: DemoFiles, geography: Geography) -> list[CaseRow]:
    """The rows of the census with the extra columns of their children, as a caseload holds them."""
    census, places = read(files.census, geography), read(files.places, geography)
    extra = {item.child_id: item.values for item in places.supplements}
    return [replace(row, line=0, **extra[row.child_id]) for row in census.rows]


def test_census_and_places_together_give_back_every_episode(
    files: DemoFiles, small: DemoCaseload, geography: Geography
) -> None:
    assert merged(files, geography) == list(small.rows)


def test_importing_census_and_places_leaves_exactly_the_cohort(
    files: DemoFiles, small: DemoCaseload, geography: Geography
) -> None:
    rows = merged(files, geography)
    decisions = decide_cohort(rows, DEFAULT_RULES, small.as_of, geography)
    included = {decision.key for decision in decisions if decision.included}
    assert included == {(row.child_id, row.episode_start) for row in small.cohort}


def test_importing_annex_a_leaves_exactly_the_cohort(
    files: DemoFiles, small: DemoCaseload, geography: Geography
) -> None:
    rows = read(files.annex_a, geography).rows
    decisions = decide_cohort(rows, DEFAULT_RULES, small.as_of, geography)
    included = {decision.key for decision in decisions if decision.included}
    assert included == {(row.child_id, row.episode_start) for row in small.cohort}


def test_annex_a_and_the_census_say_the_same_of_every_episode_both_have(
    files: DemoFiles, small: DemoCaseload, geography: Geography
) -> None:
    annex = read(files.annex_a, geography)
    fields = annex.provides - {"disabilities"}
    made = {(row.child_id, row.episode_start): row for row in small.rows}
    assert len(annex.rows) == sum(not row.no_further_action for row in small.rows)
    for found in annex.rows:
        row = made[found.child_id, found.episode_start]
        assert {name: getattr(found, name) for name in fields} == {
            name: getattr(row, name) for name in fields
        }
        assert bool(found.disabilities) == bool(row.disabilities)


def test_children_with_two_open_episodes_stand_in_the_census_once(files: DemoFiles) -> None:
    children = ElementTree.parse(files.census).getroot().findall("Children/Child")
    ids = [child.findtext("ChildIdentifiers/LAchildID") for child in children]
    assert len(ids) == len(set(ids))
    assert max(len(child.findall("CINdetails")) for child in children) == 2


def test_newcomers_are_read_without_an_error(geography: Geography, tmp_path: Path) -> None:
    rows = make_newcomers(geography, seed=1, cases=30, as_of=date(2016, 2, 8))
    path = write_newcomers(rows, geography, tmp_path / "week" / "new_cases.csv")
    extract = read_file(
        path, vocabulary=Vocabulary.shipped(), geography=geography, today=date(2016, 2, 8)
    )
    assert extract.errors == ()
    assert [(row.child_id, row.episode_start, row.district) for row in extract.rows] == [
        (row.child_id, row.episode_start, row.district) for row in rows
    ]
    assert path.read_bytes() == write_newcomers(rows, geography, tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize("cases", [1, 7])
def test_a_handful_of_cases_is_a_sound_caseload_too(
    geography: Geography, tmp_path: Path, cases: int
) -> None:
    caseload = make_caseload(geography, seed=cases, cases=cases)
    files = write_caseload(caseload, geography, tmp_path)
    ids = [row.child_id for row in caseload.rows]
    assert len(read(files.census, geography).rows) == len(ids)
    assert len(read(files.places, geography).supplements) == len(list(groupby(ids)))
