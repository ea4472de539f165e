"""CSV files: what comes in, how dates and encodings are settled, supplements, saved mappings."""

from datetime import date

import pytest

from tests.workflow.intake.files import (
    CSV_HEADINGS,
    CSV_ROW,
    VOCABULARY,
    csv_text,
    read_bytes,
    read_csv,
    row,
    rules,
)
from workflow.intake import CaseStatus, Severity, UnmappedValue, load_mapping


class TestRows:
    def test_a_clean_file_gives_its_rows_and_no_finding(self, tmp_path):
        extract = read_csv(tmp_path)
        (found,) = extract.rows
        assert extract.findings == ()
        assert extract.kind == "csv"
        assert (found.line, found.child_id) == (2, "00123")
        assert (found.episode_start, found.birth_on) == (date(2015, 6, 13), date(2010, 5, 4))
        assert (found.gender, found.primary_need) == ("female", "N1")
        assert found.status is CaseStatus.CHILD_IN_NEED_PLAN
        assert (found.district, found.team, found.family) == ("E07000117", "East 1", "F7")

    def test_only_the_columns_of_the_file_are_provided(self, tmp_path):
        assert read_csv(tmp_path).provides == frozenset(
            {
                *("child_id", "episode_start", "birth_on", "gender", "primary_need", "closed_on"),
                *("closure_reason", "status", "district", "team", "family"),
            }
        )

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_any_usual_delimiter_is_found(self, tmp_path, delimiter):
        text = csv_text(row(Team="North, East; West"), delimiter=delimiter)
        extract = read_bytes(tmp_path, text.encode())
        assert extract.findings == ()
        assert extract.rows[0].team == "North, East; West"

    @pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
    def test_any_line_ending_is_read_and_counted(self, tmp_path, ending):
        text = csv_text(CSV_ROW, row(Child_ID="2")).replace("\r\n", ending)
        extract = read_bytes(tmp_path, text.encode())
        assert [found.line for found in extract.rows] == [2, 3]

    def test_a_record_over_several_lines_stands_where_it_begins(self, tmp_path):
        extract = read_csv(tmp_path, row(Team="East\nof the river"), row(Child_ID="2"))
        assert [found.line for found in extract.rows] == [2, 4]
        assert extract.rows[0].team == "East of the river"

    @pytest.mark.parametrize(
        ("heading", "variant"),
        [
            ("Child ID", "Child Unique ID"),
            ("Child ID", "  child_id "),
            ("Child ID", "LAchildID"),
            ("CIN Start Date", "CINreferralDate"),
            ("CIN Start Date", "Referral\u00a0Date"),
            ("Date of Birth", "D.O.B."),
            ("Family ID", "sibling group"),
            ("Team", "Allocated Team"),
        ],
    )
    def test_headings_are_known_by_their_usual_names(self, tmp_path, heading, variant):
        headings = tuple(variant if name == heading else name for name in CSV_HEADINGS)
        extract = read_bytes(tmp_path, csv_text(headings=headings).encode())
        assert extract.findings == ()
        assert extract.rows == read_csv(tmp_path).rows

    def test_extra_columns_are_nobodys_business(self, tmp_path):
        text = csv_text((*CSV_ROW, "7", "blue"), headings=(*CSV_HEADINGS, "Age", "Colour"))
        assert read_bytes(tmp_path, text.encode()).findings == ()

    def test_a_slip_in_a_heading_is_pointed_out(self, tmp_path):
        text = csv_text().replace("District", "Distirct")
        (finding,) = read_bytes(tmp_path, text.encode()).findings
        assert (finding.rule, finding.field) == ("column-unrecognised", "Distirct")
        assert "District" in finding.message

    def test_of_two_columns_for_one_field_the_better_known_counts(self, tmp_path):
        text = csv_text((*CSV_ROW, "West"), headings=(*CSV_HEADINGS, "Allocated Team"))
        extract = read_bytes(tmp_path, text.encode())
        assert extract.rows[0].team == "West"
        (finding,) = extract.findings
        assert (finding.rule, finding.field) == ("column-ambiguous", "Team")

    def test_numbers_of_other_systems_beside_the_childs_are_no_matter(self, tmp_path):
        text = csv_text((*CSV_ROW, "99"), headings=(*CSV_HEADINGS, "Case ID"))
        extract = read_bytes(tmp_path, text.encode())
        assert extract.findings == ()
        assert extract.rows[0].child_id == "00123"

    def test_titles_above_the_headings_are_skipped(self, tmp_path):
        text = f"Children in need,,\nrun on,1/4/2016,\n\n{csv_text()}"
        extract = read_bytes(tmp_path, text.encode())
        assert extract.findings == ()
        assert extract.rows[0].line == 5

    @pytest.mark.parametrize("nothing", ["", " ", "#N/A", "N/A", "NULL", "-", "\u00a0", "nan"])
    def test_the_ways_to_say_nothing_are_understood(self, tmp_path, nothing):
        extract = read_csv(tmp_path, row(CIN_Closure_Date=nothing, Reason_for_Closure=nothing))
        assert extract.findings == ()
        assert extract.rows[0].closed_on is None

    def test_any_cell_may_say_nothing_in_words(self, tmp_path):
        headings = (*CSV_HEADINGS, "Assessment Factors", "Disability")
        cells = (*row(District="n/a", Gender="null"), "N/A", "-")
        (found,) = read_bytes(tmp_path, csv_text(cells, headings=headings).encode()).rows
        assert (found.district, found.gender, found.factors, found.disabilities) == (None,) * 4

    def test_an_id_may_not_say_nothing(self, tmp_path):
        assert rules(read_csv(tmp_path, row(Child_ID="null"))) == ["8500"]

    def test_assessments_and_plans_in_columns_are_checked_like_any(self, tmp_path):
        headings = (
            *CSV_HEADINGS,
            *("Assessment Start Date", "Assessment Authorised"),
            *("CIN Plan Start Date", "CIN Plan End Date"),
        )
        cells = (*CSV_ROW, "12/06/2015", "11/06/2015", "20/07/2015", "19/07/2015")
        extract = read_bytes(tmp_path, csv_text(cells, headings=headings).encode())
        assert rules(extract) == ["1103", "8608", "4011"]
        assert extract.rows[0].plan_started_on == date(2015, 7, 20)

    def test_a_team_may_be_called_none(self, tmp_path):
        assert read_csv(tmp_path, row(Team="None")).rows[0].team == "None"
        assert read_csv(tmp_path, row(Team="#N/A")).rows[0].team is None

    def test_invisible_characters_are_taken_out(self, tmp_path):
        extract = read_csv(tmp_path, row(Child_ID="00\u200b12\u202e3\ufeff", Team="East\u00a01"))
        assert (extract.rows[0].child_id, extract.rows[0].team) == ("00123", "East 1")

    def test_a_formula_is_text(self, tmp_path):
        formula = '=HYPERLINK("http://example.org")'
        assert read_csv(tmp_path, row(Team=formula)).rows[0].team == formula

    def test_lists_of_codes_are_taken_apart(self, tmp_path):
        text = csv_text(
            (*CSV_ROW, "3A; 16A, 1B", "LD|Hearing"),
            headings=(*CSV_HEADINGS, "Assessment Factors", "Disability"),
        )
        (found,) = read_bytes(tmp_path, text.encode()).rows
        assert found.factors == ("16A", "1B", "3A")
        assert found.disabilities == ("HEAR", "LD")

    def test_no_disability_is_an_empty_list(self, tmp_path):
        text = csv_text((*CSV_ROW, "b) No"), headings=(*CSV_HEADINGS, "Disability"))
        assert read_bytes(tmp_path, text.encode()).rows[0].disabilities == ()


class TestDates:
    @pytest.mark.parametrize(
        "written",
        [
            *("13/06/2015", "13-06-2015", "13.06.2015", "13/6/2015", "2015-06-13", "20150613"),
            *("13/06/2015 00:00", "2015-06-13T09:30:00", "2015-06-13 09:30:00.000", "13 Jun 2015"),
            *("13-Jun-2015", "13 June 2015", "Saturday 13 June 2015", "13th June 2015"),
            *("June 13, 2015", "42168", "42168.0", "2015/06/13"),
        ],
    )
    def test_a_date_is_read_however_it_is_written(self, tmp_path, written):
        extract = read_csv(tmp_path, row(CIN_Start_Date=written))
        assert extract.findings == ()
        assert extract.rows[0].episode_start == date(2015, 6, 13)

    @pytest.mark.parametrize(("written", "year"), [("13/06/15", 2015), ("13-Jun-98", 1998)])
    def test_two_digit_years_are_read_with_one_warning_for_the_column(
        self, tmp_path, written, year
    ):
        rows = [row(Child_ID=str(n), CIN_Start_Date=written) for n in range(3)]
        extract = read_csv(tmp_path, *rows)
        assert [found.episode_start for found in extract.rows] == [date(year, 6, 13)] * 3
        assert rules(extract).count("date-two-digit-year") == 1

    def test_a_column_that_could_be_either_is_read_day_first(self, tmp_path):
        extract = read_csv(tmp_path, row(CIN_Start_Date="03/04/2015"))
        assert extract.findings == ()
        assert extract.rows[0].episode_start == date(2015, 4, 3)

    def test_a_column_of_both_orders_is_refused(self, tmp_path):
        extract = read_csv(
            tmp_path,
            row(CIN_Start_Date="25/04/2015"),
            row(Child_ID="2", CIN_Start_Date="04/25/2015"),
        )
        assert extract.rows == ()
        (finding,) = extract.findings
        assert (finding.rule, finding.line, finding.value) == ("date-order-mixed", 3, "04/25/2015")

    def test_a_column_that_cannot_be_told_is_refused(self, tmp_path):
        extract = read_csv(
            tmp_path,
            row(CIN_Start_Date="03/04/2015"),
            row(Child_ID="2", CIN_Start_Date="04/25/2015"),
        )
        assert rules(extract) == ["date-order-unclear"]
        assert extract.rows == ()

    def test_a_column_wholly_month_first_is_read_so_with_a_warning(self, tmp_path):
        extract = read_csv(tmp_path, row(CIN_Start_Date="06/13/2015"))
        assert rules(extract) == ["date-order-month-first"]
        assert extract.rows[0].episode_start == date(2015, 6, 13)

    def test_a_lone_slip_among_many_is_an_impossible_date_of_its_row(self, tmp_path):
        rows = [row(Child_ID=str(n), Date_of_Birth=f"{n}/01/2010") for n in range(13, 25)]
        extract = read_csv(tmp_path, *rows, row(Date_of_Birth="01/25/2010"))
        (finding,) = extract.findings
        assert (finding.rule, finding.line, finding.field) == (
            "date-impossible",
            14,
            "Date of Birth",
        )
        assert len(extract.rows) == 13

    def test_a_declared_format_settles_it(self, tmp_path):
        mapping = load_mapping(
            "[columns]\n'Child ID' = 'child_id'\n'CIN Start Date' = 'episode_start'\n"
            "[dates]\nepisode_start = 'mm/dd/yyyy'\n"
        )
        extract = read_csv(tmp_path, row(CIN_Start_Date="03/04/2015"), mapping=mapping)
        assert extract.findings == ()
        assert extract.rows[0].episode_start == date(2015, 3, 4)

    @pytest.mark.parametrize("written", ["29/02/2015", "31/11/2015", "yesterday", "99999"])
    def test_a_start_that_cannot_be_stops_its_row_alone(self, tmp_path, written):
        extract = read_csv(tmp_path, row(CIN_Start_Date=written), row(Child_ID="2"))
        (finding,) = extract.findings
        assert (finding.rule, finding.severity) == ("date-impossible", Severity.ERROR)
        assert (finding.line, finding.field, finding.value) == (2, "CIN Start Date", written)
        assert [found.child_id for found in extract.rows] == ["2"]

    def test_another_date_that_cannot_be_is_a_warning(self, tmp_path):
        extract = read_csv(tmp_path, row(Date_of_Birth="29/02/2015"))
        assert rules(extract) == ["date-impossible"]
        assert extract.errors == ()
        assert extract.rows[0].birth_on is None


class TestFaults:
    @pytest.mark.parametrize(
        ("changes", "rule", "field"),
        [
            ({"Child_ID": ""}, "8500", "Child ID"),
            ({"Child_ID": "#N/A"}, "8500", "Child ID"),
            ({"Child_ID": "1.2E+05"}, "id-mangled", "Child ID"),
            ({"CIN_Start_Date": ""}, "8600", "CIN Start Date"),
        ],
    )
    def test_a_row_that_cannot_be_identified_is_an_error(self, tmp_path, changes, rule, field):
        extract = read_csv(tmp_path, row(**changes), row(Child_ID="2"))
        (finding,) = extract.errors
        assert (finding.rule, finding.line, finding.field) == (rule, 2, field)
        assert [found.child_id for found in extract.rows] == ["2"]

    @pytest.mark.parametrize(
        ("changes", "rule", "field"),
        [
            ({"Child_ID": "12345678.0"}, "id-number", "Child ID"),
            ({"Gender": "purple"}, "value-unmapped", "Gender"),
            ({"Primary_Need_Code": "Trilogy of Risk"}, "value-unmapped", "Primary Need Code"),
            ({"Primary_Need_Code": ""}, "8610", "Primary Need Code"),
            ({"Date_of_Birth": ""}, "8525", "Date of Birth"),
            ({"Date_of_Birth": "01/05/2016"}, "8520", "Date of Birth"),
            ({"CIN_Start_Date": "01/05/2016"}, "8600", "CIN Start Date"),
            ({"District": "Atlantis"}, "district-unknown", "District"),
            ({"District": "Blackpool"}, "district-neighbour", "District"),
            ({"Reason_for_Closure": "RC7"}, "8810", "Reason for Closure"),
            ({"Case_Status": "e) Closed episode"}, "status-closure-disagree", "Case Status"),
        ],
    )
    def test_anything_else_is_a_warning_and_the_row_comes_in(self, tmp_path, changes, rule, field):
        extract = read_csv(tmp_path, row(**changes))
        (finding,) = extract.findings
        assert (finding.rule, finding.line, finding.field) == (rule, 2, field)
        assert finding.severity is Severity.WARNING
        assert len(extract.rows) == 1

    def test_what_no_code_fits_is_on_the_list(self, tmp_path):
        extract = read_csv(tmp_path, row(Primary_Need_Code="Trilogy", District="Atlantis"))
        assert set(extract.unmapped) == {
            UnmappedValue("primary_need", "Trilogy", 2),
            UnmappedValue("district", "Atlantis", 2),
        }

    def test_what_was_taught_is_known(self, tmp_path):
        taught = VOCABULARY.learn("district", "Atlantis", "E07000117")
        extract = read_csv(tmp_path, row(District="ATLANTIS "), vocabulary=taught)
        assert extract.findings == ()
        assert extract.rows[0].district == "E07000117"

    def test_repeated_rows_stay_once_and_contradictions_stay_out(self, tmp_path):
        extract = read_csv(
            tmp_path, row(), row(), row(Child_ID="2"), row(Child_ID="2", Team="Other")
        )
        assert [(f.rule, f.line) for f in extract.findings] == [
            ("duplicate-row", 3),
            ("duplicate-contradicts", 5),
        ]
        assert [found.child_id for found in extract.rows] == ["00123"]


class TestSupplements:
    HEADINGS = ("Child ID", "District", "Team", "Family ID", "Last seen")

    def test_a_file_without_the_start_of_the_episode_is_a_supplement(self, tmp_path):
        text = csv_text(("00123", "Pendle", "#N/A", "F9", "01/04/2016"), headings=self.HEADINGS)
        extract = read_bytes(tmp_path, text.encode())
        assert extract.findings == ()
        assert extract.rows == ()
        (found,) = extract.supplements
        assert (found.child_id, found.line) == ("00123", 2)
        assert found.values == {
            "district": "E07000122",
            "family": "F9",
            "last_seen_on": date(2016, 4, 1),
        }
        assert extract.provides == {"child_id", "district", "team", "family", "last_seen_on"}

    def test_a_supplement_that_contradicts_itself_is_an_error(self, tmp_path):
        text = csv_text(
            ("1", "Pendle", "A", "F9", ""),
            ("1", "Wyre", "A", "F9", ""),
            ("2", "Wyre", "A", "F9", ""),
            ("2", "Wyre", "A", "F9", ""),
            headings=self.HEADINGS,
        )
        extract = read_bytes(tmp_path, text.encode())
        assert rules(extract) == ["duplicate-contradicts", "duplicate-row"]
        assert [found.child_id for found in extract.supplements] == ["2"]

    def test_a_supplement_without_an_id_is_an_error(self, tmp_path):
        text = csv_text(("", "Pendle", "A", "F9", ""), headings=self.HEADINGS)
        extract = read_bytes(tmp_path, text.encode())
        assert rules(extract) == ["8500"]
        assert extract.supplements == ()

    def test_a_caseload_that_lost_its_start_column_is_no_supplement(self, tmp_path):
        text = csv_text().replace("CIN Start Date", "Something")
        extract = read_bytes(tmp_path, text.encode())
        assert rules(extract) == ["header-missing-column"]
        assert "start of the episode" in extract.findings[0].message


class TestMappings:
    MAPPING = load_mapping(
        """
        [columns]
        "Ref" = "child_id"
        "Opened" = "episode_start"
        "Category" = "primary_need"
        [dates]
        "*" = "dd/mm/yyyy"
        [constants]
        status = "c) Child in need plan"
        [values.primary_need]
        "Trilogy" = "N1"
        [file]
        delimiter = ";"
        encoding = "cp1252"
        """
    )

    def test_a_saved_mapping_reads_any_headings(self, tmp_path):
        content = "Ref;Opened;Category;Team\n7;25/12/2015;trilogy;caf\u00e9\n".encode("cp1252")
        extract = read_bytes(tmp_path, content, mapping=self.MAPPING)
        assert extract.findings == ()
        (found,) = extract.rows
        assert (found.child_id, found.primary_need) == ("7", "N1")
        assert found.status is CaseStatus.CHILD_IN_NEED_PLAN
        assert found.team is None
        assert extract.provides == {"child_id", "episode_start", "primary_need", "status"}

    def test_a_declared_encoding_that_does_not_fit_is_an_error(self, tmp_path):
        content = "Ref;Opened;Category\n7;25/12/2015;\x81\n".encode("latin-1")
        assert rules(read_bytes(tmp_path, content, mapping=self.MAPPING)) == ["file-encoding"]

    def test_a_column_the_mapping_wants_must_be_there(self, tmp_path):
        extract = read_bytes(tmp_path, b"Ref;Opened\n7;25/12/2015\n", mapping=self.MAPPING)
        (finding,) = extract.findings
        assert (finding.rule, finding.field) == ("mapping-column-missing", "Category")
