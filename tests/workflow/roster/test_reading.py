"""What a roster file says, and what is said about a bad one."""

from datetime import date, datetime, time

import pytest

from tests.workflow.roster.files import HEADINGS, found, read, reviewer, roster, workbook
from workflow.geography import load_geography
from workflow.intake.rows import Severity
from workflow.models import ConflictKind
from workflow.roster import LeaveRow, ReviewerRow, read_roster

find_district = load_geography().find_district

CSV_HEADINGS = "reference,name,agency,points_per_day,leave,conflicts"


class TestASoundFile:
    def test_gives_a_reviewer_with_every_column(self):
        content = roster(
            reviewer(
                Available_to=datetime.combine(date(2016, 3, 31), time()), Pattern="mon tue wed"
            )
        )
        extract = read(content, find_district=find_district)
        assert extract.findings == ()
        assert extract.reviewers == (
            ReviewerRow(
                line=2,
                reference="R001",
                name="Avery Ashworth",
                agency="council",
                team="Burnley 1",
                district="E07000117",
                available_from=date(2016, 1, 20),
                available_to=date(2016, 3, 31),
                points_per_day=12,
                pattern=(1, 1, 1, 0, 0, 0, 0),
                qualification="social_worker",
                skills=("domestic_abuse", "missing"),
                roles=("reviewer",),
            ),
        )

    def test_gives_leave_conflicts_and_vacancies(self):
        extract = read(
            roster(
                reviewer(),
                leave=[
                    ["R001", "15/02/2016", date(2016, 2, 19), "Annual leave"],
                    ["r001", "2016-03-01"],
                ],
                conflicts=[["R001", "Family", "F123", "worked with them"]],
                vacancies=[["V1", "Reviewer", "LCC", "Preston", "2016-01-04", "15/02/2016", 10]],
            ),
            find_district=find_district,
        )
        assert extract.findings == ()
        assert [(leave.first_on.day, leave.last_on.day, leave.kind) for leave in extract.leave] == [
            (15, 19, "leave"),
            (1, 1, "leave"),
        ]
        assert {leave.reference for leave in extract.leave} == {"R001"}
        [conflict] = extract.conflicts
        assert (conflict.kind, conflict.subject) == (ConflictKind.FAMILY, "F123")
        [vacancy] = extract.vacancies
        assert (vacancy.agency, vacancy.district) == ("council", "E07000123")
        assert vacancy.expected_on == date(2016, 2, 15)

    def test_may_spell_sheets_and_headings_its_own_way_below_a_title(self):
        content = workbook(
            {
                "STAFF": [
                    ["Reviewers in January"],
                    [],
                    ["Collar number", "Full name", "Organisation", "PointsPerDay", "MONDAY", "Fri"],
                    [1234.0, "Billie Booth", "Lancashire Constabulary", "8", "half", 1],
                ],
                "annual_leave": [
                    ["collar no", "first day", "last day"],
                    [1234, "2016-02-15", None],
                ],
            }
        )
        extract = read(content)
        assert extract.findings == ()
        [row] = extract.reviewers
        assert (row.line, row.reference, row.agency) == (4, "1234", "constabulary")
        assert row.pattern == (0.5, 0, 0, 0, 1, 0, 0)
        assert [leave.last_on for leave in extract.leave] == [date(2016, 2, 15)]

    def test_as_csv_holds_leave_and_conflicts_in_columns(self):
        extract = read(
            f"{CSV_HEADINGS}\n"
            "R1,Avery,council,12,2016-02-15 to 2016-02-19; 01/03/2016,"
            "family F123; case CIN-00012; team Burnley 1\n",
            "roster.csv",
        )
        assert extract.findings == ()
        assert extract.leave == (
            LeaveRow(line=2, reference="R1", first_on=date(2016, 2, 15), last_on=date(2016, 2, 19)),
            LeaveRow(line=2, reference="R1", first_on=date(2016, 3, 1), last_on=date(2016, 3, 1)),
        )
        assert [(row.kind, row.subject) for row in extract.conflicts] == [
            (ConflictKind.FAMILY, "F123"),
            (ConflictKind.CASE, "CIN-00012"),
            (ConflictKind.TEAM, "Burnley 1"),
        ]

    @pytest.mark.parametrize("separator", [";", "\t", "|"])
    def test_as_csv_may_use_other_separators(self, separator):
        text = "reference,name,agency,points\nR1,Zoë,police,8\n".replace(",", separator)
        extract = read(text.encode("utf-8-sig"))
        assert extract.findings == ()
        assert [row.name for row in extract.reviewers] == ["Zoë"]

    def test_as_csv_in_utf_16_is_understood(self):
        extract = read("reference,name,agency,points\nR1,Zoë,police,8\n".encode("utf-16"))
        assert [row.name for row in extract.reviewers] == ["Zoë"]

    def test_says_which_fields_it_speaks_for(self):
        extract = read("reference,name,agency,points,mon\nR1,Avery,council,12,1\n")
        assert extract.provides >= {"name", "agency", "points_per_day", "pattern"}
        assert not extract.provides & {"skills", "leave", "district"}

    def test_is_read_the_same_from_disk(self, tmp_path):
        path = tmp_path / "roster.xlsx"
        path.write_bytes(roster(reviewer()))
        assert read_roster(path) == read(path.read_bytes())


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("mon tue wed", (1, 1, 1, 0, 0, 0, 0)),
        ("Monday, Friday", (1, 0, 0, 0, 1, 0, 0)),
        ("Mon - Thu", (1, 1, 1, 1, 0, 0, 0)),
        ("0.6", (0.6, 0.6, 0.6, 0.6, 0.6, 0, 0)),
        ("60%", (0.6, 0.6, 0.6, 0.6, 0.6, 0, 0)),
        (0.5, (0.5, 0.5, 0.5, 0.5, 0.5, 0, 0)),
        ("1 1 1 1 0.5", (1, 1, 1, 1, 0.5, 0, 0)),
        ("0 0 0 0 0 1 1", (0, 0, 0, 0, 0, 1, 1)),
        (None, (1, 1, 1, 1, 1, 0, 0)),
        ("n/a", (1, 1, 1, 1, 1, 0, 0)),
    ],
)
def test_a_working_pattern_can_be_written_in_several_ways(text, pattern):
    extract = read(roster(reviewer(Pattern=text)))
    assert extract.findings == ()
    assert extract.reviewers[0].pattern == pytest.approx(pattern)


FAULTS = {
    "no reference": ({"Reference": None}, "Reference", "reference-missing"),
    "no name": ({"Name": " "}, "Name", "name-missing"),
    "no agency": ({"Agency": None}, "Agency", "agency-missing"),
    "no points": ({"Points_per_day": None}, "Points per day", "points-per-day-missing"),
    "agency nobody knows": ({"Agency": "Navy"}, "Agency", "agency-unknown"),
    "points of zero": ({"Points_per_day": 0}, "Points per day", "points-out-of-range"),
    "points below zero": ({"Points_per_day": -3}, "Points per day", "points-out-of-range"),
    "points above 40": ({"Points_per_day": 41}, "Points per day", "points-out-of-range"),
    "points that are no number": (
        {"Points_per_day": "inf"},
        "Points per day",
        "points-out-of-range",
    ),
    "a broken formula": ({"Points_per_day": "#REF!"}, "Points per day", "formula-error"),
    "a day that is not": ({"Available_from": "30/02/2016"}, "Available from", "date-impossible"),
    "a year of two digits": ({"Available_from": "20/01/16"}, "Available from", "date-impossible"),
    "a year long past": ({"Available_from": "0210-01-20"}, "Available from", "date-impossible"),
    "dates reversed": ({"Available_to": "2016-01-19"}, "Available to", "dates-reversed"),
    "a share above 1": ({"Pattern": "1.5"}, "Pattern", "pattern-out-of-range"),
    "a share below 0": ({"Pattern": "1 1 -1 1 1"}, "Pattern", "pattern-out-of-range"),
    "no pattern": ({"Pattern": "mon someday"}, "Pattern", "pattern-unknown"),
    "six shares": ({"Pattern": "1 1 1 1 1 1"}, "Pattern", "pattern-unknown"),
    "text without end": ({"Team": "x" * 501}, "Team", "text-too-long"),
    "an unprintable character": ({"Team": "a\x7fb"}, "Team", "control-character"),
}
DOUBTS = {
    "a district nobody knows": ({"District": "Atlantis"}, "District", "district-unknown"),
    "a skill nobody knows": ({"Skills": "missing; flying"}, "Skills", "skill-unknown"),
    "a role a file cannot give": ({"Roles": "administrator"}, "Roles", "role-unknown"),
    "a qualification nobody knows": (
        {"Qualification": "wizard"},
        "Qualification",
        "qualification-unknown",
    ),
    "an officer who is a social worker": (
        {"Agency": "constabulary"},
        "Qualification",
        "qualification-unlikely",
    ),
}


@pytest.mark.parametrize(("changes", "heading", "rule"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_reviewer_is_found_at_its_cell(changes, heading, rule):
    extract = read(roster(reviewer(Reference="R000"), reviewer(**changes)))
    assert found(extract) == [(3, f"Reviewers/{heading}", rule)]
    assert extract.findings[0].severity is Severity.ERROR
    assert [row.reference for row in extract.reviewers] == ["R000"]


@pytest.mark.parametrize(("changes", "heading", "rule"), DOUBTS.values(), ids=DOUBTS)
def test_a_doubt_about_a_reviewer_keeps_the_row(changes, heading, rule):
    extract = read(roster(reviewer(**changes)), find_district=find_district)
    assert found(extract) == [(2, f"Reviewers/{heading}", rule)]
    assert extract.errors == ()
    assert [row.reference for row in extract.reviewers] == ["R001"]


def test_a_finding_says_what_was_found_and_what_to_do():
    [finding] = read(roster(reviewer(Agency="Navy"))).findings
    assert (finding.file, finding.value) == ("roster.xlsx", "Navy")
    assert finding.message == "'Navy' is not an agency this programme knows."
    assert finding.fix == "Use one of: council, constabulary."


def test_a_programme_may_take_reviewers_of_other_agencies():
    extract = read(roster(reviewer(Agency="Health")), agencies=("council", "health"))
    assert [row.agency for row in extract.reviewers] == ["health"]
    refused = read(roster(reviewer(Agency="police")), agencies=("council", "health"))
    assert [finding.rule for finding in refused.errors] == ["agency-unknown"]


def test_a_reference_given_twice_is_an_error_whatever_its_case():
    extract = read(roster(reviewer(), reviewer(Reference="r001")))
    assert found(extract) == [(3, "Reviewers/Reference", "reference-duplicate")]


def test_faults_of_the_other_sheets_are_found_at_their_cells():
    extract = read(
        roster(
            reviewer(),
            leave=[
                ["R009", "2016-02-01", "2016-02-05"],
                ["R001", "2016-02-05", "2016-02-01"],
                ["R001", "soon", "2016-02-01"],
                ["R001", "2016-02-08", "2016-02-08", "chemotherapy"],
            ],
            conflicts=[
                ["R009", "family", "F1"],
                ["R001", "friend", "F1"],
                ["R001", "family", None],
            ],
            vacancies=[
                ["V1", None, "council", None, "2016-02-01", "2016-01-01", 10],
                ["V2", None, "Navy", None, None, None, 0],
                ["V3", None, "council", None, None, None, 10],
                ["v3", None, "council", None, None, None, 10],
            ],
        )
    )
    assert found(extract) == [
        (2, "Leave/Reference", "reviewer-unknown"),
        (3, "Leave/To", "dates-reversed"),
        (4, "Leave/From", "date-impossible"),
        (5, "Leave/Kind", "leave-kind-unknown"),
        (2, "Conflicts/Reference", "reviewer-unknown"),
        (3, "Conflicts/Kind", "conflict-kind-unknown"),
        (4, "Conflicts/Subject", "subject-missing"),
        (2, "Vacancies/Expected on", "dates-reversed"),
        (3, "Vacancies/Agency", "agency-unknown"),
        (3, "Vacancies/Points per day", "points-out-of-range"),
        (5, "Vacancies/Reference", "reference-duplicate"),
    ]
    assert [leave.kind for leave in extract.leave] == ["other"]


def test_leave_of_a_reviewer_whose_own_row_is_wrong_is_not_called_unknown():
    extract = read(roster(reviewer(Agency="Navy"), leave=[["R001", "2016-02-01", "2016-02-05"]]))
    assert [finding.rule for finding in extract.findings] == ["agency-unknown"]


def test_overlapping_leave_is_a_warning_even_behind_a_shorter_one():
    extract = read(
        roster(
            reviewer(),
            reviewer(Reference="R002"),
            leave=[
                ["R001", "2016-02-01", "2016-02-29"],
                ["R001", "2016-02-02", "2016-02-03"],
                ["R001", "2016-02-10", "2016-02-11"],
                ["R001", "2016-03-01", "2016-03-02"],
                ["R002", "2016-02-10", "2016-02-11"],
            ],
        )
    )
    assert found(extract) == [
        (3, "Leave/From", "leave-overlap"),
        (4, "Leave/From", "leave-overlap"),
    ]
    assert extract.errors == ()


class TestTheColumnsOfACsv:
    @pytest.mark.parametrize(
        ("cells", "heading", "rule"),
        [
            ("R1,Avery,council,12,2016-02-19 to 2016-02-15,", "leave", "dates-reversed"),
            ("R1,Avery,council,12,half term,", "leave", "date-impossible"),
            ("R1,Avery,council,12,,friend F1", "conflicts", "conflict-kind-unknown"),
            ("R1,Avery,council,12,,F1", "conflicts", "conflict-unreadable"),
            ("R1,Avery,council,12,,family F1,more", None, "row-width"),
        ],
    )
    def test_are_checked_cell_by_cell(self, cells, heading, rule):
        assert found(read(f"{CSV_HEADINGS}\n{cells}\n")) == [(2, heading, rule)]

    def test_count_lines_of_the_file_not_rows(self):
        text = f'{CSV_HEADINGS}\n\nR1,"Avery\nAshworth",council,12,,\nR2,Billie,Navy,12,,\n'
        assert found(read(text)) == [(5, "agency", "agency-unknown")]

    def test_have_their_encoding_named_when_it_is_not_utf_8(self):
        extract = read(f"{CSV_HEADINGS}\nR1,Renée,council,12,,\n".encode("cp1252"))
        assert [row.name for row in extract.reviewers] == ["Renée"]
        assert found(extract) == [(None, None, "file-encoding-assumed")]

    def test_must_have_their_quotation_marks_closed(self):
        assert found(read(f'{CSV_HEADINGS}\nR1,"Avery,council,12,,\n')) == [
            (2, None, "quote-unclosed")
        ]


class TestHeadings:
    def test_that_are_needed_and_lacking_are_named(self):
        extract = read(workbook({"Reviewers": [["Reference", "Name"], ["R1", "Avery"]]}))
        assert found(extract) == [
            (1, "Reviewers/agency", "column-missing"),
            (1, "Reviewers/points_per_day", "column-missing"),
        ]

    def test_given_twice_are_an_error(self):
        extract = read(workbook({"Reviewers": [[*HEADINGS, "Staff number"], reviewer()]}))
        assert found(extract) == [(1, "Reviewers/Staff number", "column-duplicate")]

    def test_nobody_knows_are_a_warning(self):
        extract = read(workbook({"Reviewers": [[*HEADINGS, "Shoe size"], [*reviewer(), 42]]}))
        assert found(extract) == [(1, "Reviewers/Shoe size", "column-unknown")]
        assert extract.errors == ()

    def test_may_be_left_out_over_notes_in_a_workbook(self):
        extract = read(workbook({"Reviewers": [[None, *HEADINGS], ["new here", *reviewer()]]}))
        assert extract.findings == ()
        assert len(extract.reviewers) == 1

    def test_must_be_there(self):
        assert found(read("just,some\nother,table\n")) == [(None, None, "headings-missing")]


class TestSheets:
    def test_need_one_of_reviewers_and_a_misspelt_one_is_named(self):
        extract = read(
            workbook({"Reviewer list": [HEADINGS, reviewer()], "Leave": [["Reference"]]})
        )
        assert found(extract) == [
            (None, "Reviewer list", "sheet-unknown"),
            (None, None, "sheet-missing"),
            (None, "Leave", "headings-missing"),
        ]

    def test_of_one_part_may_not_come_twice(self):
        rows = [HEADINGS, reviewer()]
        extract = read(workbook({"Reviewers": rows, "Staff": rows}))
        assert found(extract) == [(None, "Staff", "sheet-duplicate")]

    def test_alone_are_the_reviewers_whatever_the_name(self):
        extract = read(workbook({"Sheet1": [HEADINGS, reviewer()]}))
        assert extract.findings == ()
        assert len(extract.reviewers) == 1
