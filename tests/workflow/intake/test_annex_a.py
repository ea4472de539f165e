"""Annex A list 6 in workbooks: the sheet, the headings and the cells, however they are dressed."""

from datetime import date, datetime

import pytest

from tests.workflow.intake.files import ANNEX_A, ANNEX_ROW, read, rules, workbook
from workflow.intake import CaseStatus


def list_6(tmp_path, *rows, headings=ANNEX_A, title="List 6"):
    return workbook(tmp_path / "annex.xlsx", {title: [list(headings), *map(list, rows)]})


def changed(**values):
    cells = dict(zip(ANNEX_A, ANNEX_ROW, strict=True))
    cells.update({name.replace("_", " "): value for name, value in values.items()})
    return list(cells.values())


class TestClean:
    def test_a_clean_list_gives_its_rows_and_no_finding(self, tmp_path):
        extract = read(list_6(tmp_path, ANNEX_ROW))
        assert extract.findings == ()
        assert extract.kind == "annex-a"
        (found,) = extract.rows
        assert (found.line, found.child_id) == (2, "0042")
        assert (found.gender, found.ethnicity) == ("female", "WBRI")
        assert (found.birth_on, found.episode_start) == (date(2009, 2, 3), date(2015, 9, 14))
        assert (found.primary_need, found.disabilities) == ("N1", ())
        assert found.status is CaseStatus.CHILD_IN_NEED_PLAN
        assert (found.last_seen_on, found.closed_on) == (date(2016, 3, 1), None)
        assert (found.team, found.worker) == ("Preston CIN", "W. Worker")

    @pytest.mark.parametrize(
        ("raw", "status"),
        [
            ("a) Looked after child", CaseStatus.LOOKED_AFTER),
            ("b) Child Protection plan", CaseStatus.CHILD_PROTECTION_PLAN),
            ("c) Child in need plan", CaseStatus.CHILD_IN_NEED_PLAN),
            ("d) Open assessment", CaseStatus.OPEN_ASSESSMENT),
        ],
    )
    def test_every_case_status_is_known(self, tmp_path, raw, status):
        extract = read(list_6(tmp_path, changed(Case_Status=raw)))
        assert extract.findings == ()
        assert extract.rows[0].status is status

    def test_a_closed_episode_has_its_reason(self, tmp_path):
        closed = changed(
            Case_Status="e) Closed episode",
            CIN_Closure_Date=date(2016, 2, 1),
            Reason_for_Closure="h) Child not in need after assessment",
        )
        extract = read(list_6(tmp_path, closed))
        assert extract.findings == ()
        assert extract.rows[0].closure_reason == "RC8"

    def test_titles_above_and_extra_columns_are_no_matter(self, tmp_path):
        path = workbook(
            tmp_path / "annex.xlsx",
            {
                "Cover": [["Annex A"], ["Lancashire"]],
                "6 CIN": [
                    ["List 6: children in need"],
                    [None, "Run on", datetime.fromisoformat("2016-04-01T09:30")],
                    [],
                    [*ANNEX_A[:4], "Age of Child (Years)", *ANNEX_A[5:], "Family ID", "District"],
                    [*ANNEX_ROW, "F1", "Ribble Valley"],
                ],
            },
        )
        extract = read(path)
        assert extract.findings == ()
        assert extract.rows[0].line == 5
        assert (extract.rows[0].family, extract.rows[0].district) == ("F1", "E07000124")

    def test_of_several_lists_the_one_of_children_in_need_is_read(self, tmp_path):
        path = workbook(
            tmp_path / "annex.xlsx",
            {
                "List_1": [["Child Unique ID", "Gender", "Date of Contact"], ["9", "Male", "x"]],
                "List_3": [
                    ["Child Unique ID", "Gender", "Ethnicity", "Date of Referral"],
                    ["9", "Male", "WBRI", date(2015, 1, 1)],
                ],
                "List_6": [list(ANNEX_A), ANNEX_ROW],
            },
        )
        assert [found.child_id for found in read(path).rows] == ["0042"]

    @pytest.mark.parametrize(
        "cell",
        [
            date(2015, 9, 14),
            datetime.fromisoformat("2015-09-14T13:45"),
            42261,
            42261.5,
            "14/09/2015",
            "14 Sep 2015",
        ],
    )
    def test_a_date_is_read_whatever_kind_of_cell_it_is(self, tmp_path, cell):
        extract = read(list_6(tmp_path, changed(CIN_Start_Date=cell)))
        assert extract.findings == ()
        assert extract.rows[0].episode_start == date(2015, 9, 14)

    def test_a_number_for_an_id_is_that_number(self, tmp_path):
        extract = read(list_6(tmp_path, changed(Child_Unique_ID=1234567.0)))
        assert extract.rows[0].child_id == "1234567"

    def test_a_ticked_cell_is_a_yes(self, tmp_path):
        headings = [*ANNEX_A, "Looked After", "Worker Qualified"]
        (found,) = read(list_6(tmp_path, [*ANNEX_ROW, False, True], headings=headings)).rows
        assert (found.looked_after, found.worker_qualified) == (False, True)

    @pytest.mark.parametrize("cell", ["#N/A", "\u00a0", "", None, "N/A"])
    def test_empty_cells_may_be_dressed_up(self, tmp_path, cell):
        extract = read(list_6(tmp_path, changed(CIN_Closure_Date=cell, Reason_for_Closure=cell)))
        assert extract.findings == ()
        assert extract.rows[0].closed_on is None

    def test_blank_rows_and_totals_are_passed_over(self, tmp_path):
        extract = read(list_6(tmp_path, ANNEX_ROW, [], ["Total", 1], ["End of report"]))
        assert rules(extract) == ["footer-row", "footer-row"]
        assert len(extract.rows) == 1

    def test_a_workbook_can_be_a_supplement(self, tmp_path):
        path = list_6(tmp_path, ["0042", "Wyre", "F2"], headings=("Child ID", "District", "Family"))
        extract = read(path)
        assert extract.findings == ()
        assert extract.supplements[0].values == {"district": "E07000128", "family": "F2"}


class TestFaults:
    def test_the_row_and_the_heading_are_named(self, tmp_path):
        extract = read(
            list_6(tmp_path, ANNEX_ROW, changed(Child_Unique_ID="7", Case_Status="z) Other"))
        )
        (finding,) = extract.findings
        assert (finding.line, finding.field, finding.value) == (3, "Case Status", "z) Other")
        assert finding.rule == "value-unmapped"

    def test_a_workbook_without_the_list_says_so(self, tmp_path):
        path = workbook(tmp_path / "other.xlsx", {"Budget": [["Month", "Spent"], ["May", 12]]})
        extract = read(path)
        assert rules(extract) == ["workbook-no-list"]
        assert extract.rows == ()

    def test_headings_without_rows_are_an_error(self, tmp_path):
        assert rules(read(list_6(tmp_path))) == ["file-no-rows"]

    def test_a_list_without_its_start_dates_is_an_error(self, tmp_path):
        headings = ["Began" if name == "CIN Start Date" else name for name in ANNEX_A]
        extract = read(list_6(tmp_path, ANNEX_ROW, headings=headings))
        assert rules(extract) == ["header-missing-column"]
