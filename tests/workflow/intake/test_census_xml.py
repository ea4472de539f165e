"""The census return: what a clean one gives, and every rule found where it was broken."""

from datetime import date
from pathlib import Path

import pytest

from tests.workflow.intake.files import (
    GEOGRAPHY,
    TODAY,
    VOCABULARY,
    assessment,
    census,
    child,
    details,
    elements,
    enquiry,
    group,
    header,
    line_of,
    plan,
    protection_plan,
    read,
    read_bytes,
    read_census,
    rules,
)
from workflow.geography import parse_geography
from workflow.intake import Severity, UnmappedValue

SAMPLE = Path(__file__).parents[2] / "data" / "census_2022_one_child.xml"


class TestClean:
    def test_the_sample_file_is_clean_for_its_own_authority(self):
        authority = parse_geography(
            '[authority]\ncode = "201"\nname = "City of London"\n'
            '[[district]]\ncode = "E09000001"\nname = "City"\nlatitude = 51\nlongitude = 0\n'
        )
        extract = read(SAMPLE, geography=authority)
        assert extract.findings == ()
        assert extract.unmapped == ()
        assert (extract.collection_year, extract.reference_date) == (2022, date(2022, 3, 31))

    def test_the_sample_file_gives_its_one_row_in_full(self):
        (found,) = read(SAMPLE).rows
        assert (found.child_id, found.episode_start) == ("DfEX0000001", date(1970, 10, 6))
        assert found.gender == "male"
        assert found.disabilities == ("HAND", "HEAR")
        assert found.factors == ("2A", "2B")
        assert (found.closed_on, found.closure_reason) == (date(1971, 2, 27), "RC1")
        assert found.section_47_open is False
        assert found.protection_plan_open is False
        assert found.plan_ended_on == date(1971, 1, 26)
        assert found.line == line_of(SAMPLE.read_text("utf-8"), "<CINdetails>")

    def test_for_another_authority_only_the_header_is_doubted(self):
        (finding,) = read(SAMPLE).findings
        assert (finding.rule, finding.severity) == ("header-authority", Severity.WARNING)
        assert (finding.field, finding.value) == ("Source/LEA", "201")

    @pytest.mark.parametrize("year", range(2016, 2027))
    def test_a_clean_return_of_each_collection_year_has_no_finding(self, tmp_path, year):
        gender = {"GenderCurrent": None, "Sex": "F"} if year >= 2025 else {"GenderCurrent": "2"}
        plans = [plan(f"{year - 1}-08-01")] if year >= 2022 else []
        episode = details(
            assessment(f"{year - 1}-06-10", f"{year - 1}-07-20", "3B", "16A"),
            *plans,
            enquiry(f"{year - 1}-06-20", not_required="true"),
            CINreferralDate=f"{year - 1}-06-01",
        )
        extract = read_census(tmp_path, child(episode, identifiers=gender), year=str(year))
        assert extract.findings == ()
        assert extract.rows[0].gender == "female"
        assert extract.rows[0].factors == ("16A", "3B")
        assert ("plan_started_on" in extract.provides) == (year >= 2022)

    def test_what_is_not_in_the_file_is_not_provided(self, tmp_path):
        extract = read_census(tmp_path)
        assert not {"district", "family", "status", "last_seen_on"} & extract.provides
        assert extract.rows[0].district is None

    def test_an_unborn_child_is_welcome(self, tmp_path):
        unborn = {
            "PersonBirthDate": None,
            "ExpectedPersonBirthDate": "2016-07-01",
            "GenderCurrent": "0",
            "UPN": None,
        }
        extract = read_census(
            tmp_path, child(details(CINreferralDate="2016-02-01"), identifiers=unborn)
        )
        assert extract.findings == ()
        assert extract.rows[0].expected_birth_on == date(2016, 7, 1)

    def test_of_several_assessments_and_plans_the_latest_counts(self, tmp_path):
        episode = details(
            assessment("2015-06-05", "2015-07-01", "1B"),
            assessment("2016-01-05", None, "3A"),
            plan("2015-07-02", "2015-12-01"),
            plan("2016-01-10"),
            protection_plan("2015-08-01", "2015-11-01"),
            enquiry("2016-02-01"),
        )
        (found,) = read_census(
            tmp_path, child(episode), head=header("2022", ReferenceDate="2016-03-31")
        ).rows
        assert (found.assessment_started_on, found.assessment_authorised_on) == (
            date(2016, 1, 5),
            None,
        )
        assert found.factors == ("3A",)
        assert (found.plan_started_on, found.plan_ended_on) == (date(2016, 1, 10), None)
        assert (found.protection_plan_open, found.protection_plan_ended_on) == (
            False,
            date(2015, 11, 1),
        )
        assert found.section_47_open is True

    def test_an_open_protection_plan_is_seen(self, tmp_path):
        (found,) = read_census(tmp_path, child(details(protection_plan("2015-08-01")))).rows
        assert found.protection_plan_open is True


class TestShape:
    """What is forgiven in the shape of the file."""

    def test_the_order_of_the_parts_does_not_matter(self, tmp_path):
        plain = read_census(tmp_path)
        one = child()
        reordered = group(
            "Message",
            group(
                "Children",
                group(
                    "Child",
                    details(),
                    one[one.index("  <ChildCh") : one.index("  <CINd")],
                    one[one.index("  <ChildId") : one.index("  <ChildCh")],
                ),
            ),
            header(),
        )
        extract = read_bytes(tmp_path, reordered.encode(), "reordered.xml")
        assert extract.findings == ()
        assert extract.collection_year == 2016
        assert [r.child_id for r in extract.rows] == [r.child_id for r in plain.rows]
        assert extract.rows[0].ethnicity == plain.rows[0].ethnicity

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: f'<?xml version="1.0" encoding="UTF-8"?>\n{text}',
            lambda text: f'\n  \n<?xml version="1.0"?>\n{text}',
            lambda text: f"\ufeff{text}",
            lambda text: text.replace("<Message>", '<Message xmlns="http://example.org/cin">'),
            lambda text: (
                text.replace("<", "<c:")
                .replace("<c:/", "</c:")
                .replace("<c:Message>", '<c:Message xmlns:c="http://example.org/cin">')
            ),
            lambda text: text.replace("LAchildID", "LAChildID"),
            lambda text: text.replace("<Ethnicity>", "<!-- checked -->\n<Ethnicity>"),
            lambda text: text.replace("WBRI", "<![CDATA[WBRI]]>"),
            lambda text: text.replace("false", "0"),
            lambda text: text.replace("<LAchildID>", "<LAchildID>\n   ").replace(
                "</LAchildID>", "\u00a0\n</LAchildID>"
            ),
        ],
        ids=[
            *("declared", "blank-first", "bom", "namespace", "prefix", "case", "comment"),
            *("cdata", "zero", "spaces"),
        ],
    )
    def test_harmless_differences_are_read_without_a_word(self, tmp_path, change):
        extract = read_bytes(tmp_path, change(census()).encode(), "census.xml")
        assert extract.findings == ()
        (found,) = extract.rows
        assert (found.child_id, found.ethnicity, found.primary_need) == ("C1", "WBRI", "N1")

    def test_utf_16_is_read(self, tmp_path):
        text = f'<?xml version="1.0" encoding="UTF-16"?>\n{census()}'
        extract = read_bytes(tmp_path, text.encode("utf-16"), "census.xml")
        assert extract.findings == ()
        assert len(extract.rows) == 1

    def test_lines_count_from_the_first_line_of_the_file(self, tmp_path):
        text = f'\n\n<?xml version="1.0"?>\n{census(child(details(PrimaryNeedCode="N77")))}'
        (finding,) = read_bytes(tmp_path, text.encode(), "census.xml").findings
        assert finding.line == line_of(text, "N77")

    def test_windows_text_without_a_declaration_is_read_with_a_warning(self, tmp_path):
        text = census(child(identifiers={"LAchildID": "Ren\u00e9e-1"}))
        extract = read_bytes(tmp_path, text.encode("cp1252"), "census.xml")
        assert rules(extract) == ["file-encoding-assumed"]
        assert "Windows-1252" in extract.findings[0].message
        assert extract.rows[0].child_id == "Ren\u00e9e-1"

    def test_stray_text_is_reported_and_left_out(self, tmp_path):
        text = census().replace("<ReferralSource>", "oops\n    <ReferralSource>")
        extract = read_bytes(tmp_path, text.encode(), "census.xml")
        (finding,) = extract.findings
        assert (finding.rule, finding.field, finding.value) == ("stray-text", "CINdetails", "oops")
        assert extract.rows[0].referral_source == "6"

    def test_a_value_with_elements_inside_cannot_be_read(self, tmp_path):
        text = census().replace("<Ethnicity>WBRI", "<Ethnicity>WB<b>R</b>I")
        extract = read_bytes(tmp_path, text.encode(), "census.xml")
        assert set(rules(extract)) == {"mixed-content", "4220"}
        assert extract.rows[0].ethnicity is None

    def test_an_unknown_element_is_reported_once(self, tmp_path):
        odd = details(elements(PrimaryNeed="N1"))
        extract = read_census(tmp_path, child(odd), child(odd, identifiers={"LAchildID": "C2"}))
        (finding,) = extract.findings
        assert (finding.rule, finding.field) == ("element-unknown", "CINdetails/PrimaryNeed")

    def test_of_a_value_given_twice_the_first_counts(self, tmp_path):
        twice = details(elements(PrimaryNeedCode="N5") + elements(ReferralSource="6"))
        extract = read_census(tmp_path, child(twice))
        (finding,) = extract.findings
        assert (finding.rule, finding.value) == ("element-repeated", "N5")
        assert extract.rows[0].primary_need == "N1"

    def test_parts_of_later_returns_are_passed_over(self, tmp_path):
        later = group("PreProceedingsandFGDM", elements(PPStartDate="2015-07-01", PPOutcome="1"))
        assert read_census(tmp_path, child(details(later))).findings == ()

    def test_an_empty_element_is_missing_where_it_stands(self, tmp_path):
        text = census(child(details(PrimaryNeedCode="")))
        (finding,) = read_bytes(tmp_path, text.encode(), "census.xml").findings
        assert (finding.rule, finding.line) == ("8610", line_of(text, "PrimaryNeedCode"))
        assert finding.value is None

    def test_a_file_without_children_is_an_error(self, tmp_path):
        text = group("Message", header(), "<Children/>")
        extract = read_bytes(tmp_path, text.encode(), "census.xml")
        assert rules(extract) == ["file-no-rows"]

    def test_the_day_first_is_understood_with_a_warning(self, tmp_path):
        extract = read_census(tmp_path, child(details(CINreferralDate="13/06/2015")))
        assert rules(extract) == ["date-not-iso"]
        assert extract.rows[0].episode_start == date(2015, 6, 13)


HEADERS = [
    (header(Collection="CLA"), "header-collection", "CollectionDetails/Collection"),
    (header("2031"), "header-year", "CollectionDetails/Year"),
    (header("20XX", ReferenceDate="2016-03-31"), "header-year", "CollectionDetails/Year"),
    (header("2015", ReferenceDate="2016-03-31"), "header-year", "CollectionDetails/Year"),
    (header("2017", ReferenceDate="2016-03-31"), "header-reference-date", None),
    (header(LEA="909"), "header-authority", "Source/LEA"),
    (header(LEA=None), "header-missing", "Header/LEA"),
    (header(Collection=None), "header-missing", "Header/Collection"),
]


@pytest.mark.parametrize(("head", "rule", "field"), HEADERS)
def test_a_doubtful_header_is_a_warning_and_the_children_come_in(tmp_path, head, rule, field):
    extract = read_census(tmp_path, head=head)
    assert rules(extract) == [rule]
    assert extract.findings[0].severity is Severity.WARNING
    assert field in {None, extract.findings[0].field}
    assert len(extract.rows) == 1


def test_without_a_header_the_children_still_come_in(tmp_path):
    extract = read_census(tmp_path, head="")
    assert set(rules(extract)) == {"header-missing"}
    assert len(extract.rows) == 1
    assert extract.collection_year is None


FAULTS = [
    # identifiers, characteristics
    ("8500", "error", child(identifiers={"LAchildID": None}), "<Child>"),
    ("8500", "error", child(identifiers={"LAchildID": ""}), "LAchildID"),
    ("upn-pattern", "warning", child(identifiers={"UPN": "12345"}), "12345"),
    ("8520", "warning", child(identifiers={"PersonBirthDate": "2016-04-01"}), "2016-04-01"),
    ("8525", "warning", child(identifiers={"PersonBirthDate": None}), "<Child>"),
    ("8606", "warning", child(identifiers={"PersonBirthDate": "2016-03-25"}), "2016-03-25"),
    ("8775Q", "warning", child(identifiers={"PersonBirthDate": "1990-01-01"}), "1990-01-01"),
    ("8535Q", "warning", child(identifiers={"PersonDeathDate": "2009-01-01"}), "2009-01-01"),
    ("8555Q", "warning", child(identifiers={"PersonDeathDate": "2014-01-01"}), "2015-06-01"),
    ("date-implausible", "warning", child(identifiers={"PersonBirthDate": "0210-05-04"}), "0210"),
    ("date-impossible", "warning", child(identifiers={"PersonBirthDate": "2015-02-29"}), "02-29"),
    ("4180", "warning", child(identifiers={"GenderCurrent": "7"}), ">7<"),
    ("4180", "warning", child(identifiers={"GenderCurrent": None}), "<Child>"),
    (
        "sex-gender-disagree",
        "warning",
        child(identifiers={"GenderCurrent": "1", "Sex": "F"}),
        "<Sex>",
    ),
    ("4220", "warning", child(ethnicity="ZZZZ"), "ZZZZ"),
    ("4220", "warning", child(ethnicity=None), "<Child>"),
    ("8540", "warning", child(disabilities=("FOO",)), "FOO"),
    ("8540", "warning", child(disabilities=()), "<Child>"),
    ("8790", "warning", child(disabilities=("NONE", "LD")), "NONE"),
    # referral
    ("8600", "error", child(details(CINreferralDate=None)), "<CINdetails>"),
    ("8600", "error", child(details(CINreferralDate="")), "CINreferralDate"),
    ("date-impossible", "error", child(details(CINreferralDate="2015-11-31")), "2015-11-31"),
    ("date-impossible", "error", child(details(CINreferralDate="soon")), "soon"),
    ("date-implausible", "error", child(details(CINreferralDate="1215-06-15")), "1215"),
    ("8600", "warning", child(details(CINreferralDate="2016-04-02")), "2016-04-02"),
    ("8866", "warning", child(details(ReferralSource="5Z")), "5Z"),
    ("8866", "warning", child(details(ReferralSource=None)), "<CINdetails>"),
    ("8610", "warning", child(details(PrimaryNeedCode=None)), "<CINdetails>"),
    ("8650", "warning", child(details(PrimaryNeedCode="N77")), "N77"),
    ("8568", "warning", child(details(ReferralNFA="maybe")), "maybe"),
    ("8568", "warning", child(details(ReferralNFA=None)), "<CINdetails>"),
    ("code-not-in-year", "warning", child(details(ReferralSource="5D")), "5D"),
    ("8590", "warning", child("<!-- none -->"), "<Child>"),
    # closure
    (
        "8620",
        "warning",
        child(details(CINclosureDate="2016-04-05", ReasonForClosure="RC7")),
        "2016-04-05",
    ),
    (
        "8630",
        "warning",
        child(details(CINclosureDate="2015-05-01", ReasonForClosure="RC7")),
        "2015-05-01",
    ),
    (
        "8640",
        "warning",
        child(details(CINclosureDate="2016-01-05", ReasonForClosure="RC99")),
        "RC99",
    ),
    (
        "code-not-in-year",
        "warning",
        child(details(CINclosureDate="2016-01-05", ReasonForClosure="RC9")),
        "RC9",
    ),
    ("8805", "warning", child(details(CINclosureDate="2016-01-05")), "<CINdetails>"),
    ("8810", "warning", child(details(ReasonForClosure="RC7")), "RC7"),
    (
        "8867",
        "warning",
        child(
            details(assessment("2015-07-01"), CINclosureDate="2016-01-05", ReasonForClosure="RC7")
        ),
        "2015-07-01",
    ),
    (
        "8868",
        "warning",
        child(details(enquiry("2015-07-02"), CINclosureDate="2016-01-05", ReasonForClosure="RC7")),
        "2015-07-02",
    ),
    (
        "8565",
        "warning",
        child(
            details(
                assessment("2015-07-01", "2016-02-06"),
                CINclosureDate="2016-01-05",
                ReasonForClosure="RC7",
            )
        ),
        "2016-02-06",
    ),
    # activity
    ("8831", "warning", child(details(assessment("2015-07-01"), ReferralNFA="true")), "2015-07-01"),
    (
        "8832",
        "warning",
        child(details(protection_plan("2015-07-01"), ReferralNFA="true")),
        "2015-07-01",
    ),
    ("1103", "warning", child(details(assessment("2015-05-30"))), "2015-05-30"),
    ("1104", "warning", child(details(DateOfInitialCPC="2015-05-30")), "2015-05-30"),
    ("1104", "warning", child(details(enquiry("2015-07-01", "2015-05-30"))), "2015-05-30"),
    ("1105", "warning", child(details(protection_plan("2015-05-30"))), "2015-05-30"),
    ("8608", "warning", child(details(assessment("2015-09-01", "2015-08-01"))), "2015-08-01"),
    ("8925", "warning", child(details(protection_plan("2015-09-01", "2015-08-01"))), "2015-08-01"),
    ("start-missing", "warning", child(details(assessment(None, "2015-08-01"))), "2015-08-01"),
    ("date-future", "warning", child(details(enquiry("2016-04-20"))), "2016-04-20"),
    ("value-unmapped", "warning", child(details(assessment("2015-09-01", None, "99Z"))), "99Z"),
    ("code-not-in-year", "warning", child(details(assessment("2015-09-01", None, "24A"))), "24A"),
    ("8869", "warning", child(details(assessment("2015-09-01", None, "21", "3A"))), ">21<"),
    ("element-not-in-year", "warning", child(details(plan("2015-07-01"))), "2015-07-01"),
]


@pytest.mark.parametrize(("rule", "severity", "faulty", "needle"), FAULTS)
def test_a_planted_fault_is_found_on_its_line(tmp_path, rule, severity, faulty, needle):
    text = census(faulty)
    extract = read_bytes(tmp_path, text.encode(), "census.xml")
    found = [finding for finding in extract.findings if finding.rule == rule]
    assert [(finding.line, finding.severity) for finding in found] == [
        (line_of(text, needle), severity)
    ]
    assert found[0].file == "census.xml"
    assert found[0].message.endswith(".")
    assert found[0].fix.endswith(".")
    assert found[0].field
    assert len(extract.rows) == (0 if severity == "error" or rule == "8590" else 1)


PLAN_FAULTS = [
    ("4011", plan("2021-09-01", "2021-08-01"), {}, "2021-08-01"),
    ("4015", plan("2021-05-30"), {}, "2021-05-30"),
    ("4000", plan("2021-09-01"), {"ReferralNFA": "true"}, "2021-09-01"),
]


@pytest.mark.parametrize(("rule", "part", "values", "needle"), PLAN_FAULTS)
def test_faults_of_plans_are_found_from_2022_on(tmp_path, rule, part, values, needle):
    text = census(child(details(part, CINreferralDate="2021-06-01", **values)), year="2022")
    (finding,) = read_bytes(tmp_path, text.encode(), "census.xml").findings
    assert (finding.rule, finding.line) == (rule, line_of(text, needle))


def test_what_is_wrong_with_a_child_is_said_once_for_all_its_episodes(tmp_path):
    closed = details(
        CINreferralDate="2014-01-01", CINclosureDate="2015-05-01", ReasonForClosure="RC7"
    )
    extract = read_census(tmp_path, child(details(), closed, identifiers={"UPN": "12"}))
    assert rules(extract) == ["upn-pattern"]
    assert len(extract.rows) == 2


def test_both_sex_and_gender_that_agree_are_no_conflict(tmp_path):
    both = {"GenderCurrent": "2", "Sex": "F"}
    extract = read_census(tmp_path, child(identifiers=both))
    assert rules(extract) == ["element-not-in-year"]
    assert extract.rows[0].gender == "female"


def test_an_unmapped_value_is_on_the_list_under_the_line_of_its_row(tmp_path):
    text = census(child(details(PrimaryNeedCode="Trilogy of risk")))
    extract = read_bytes(tmp_path, text.encode(), "census.xml")
    (found,) = extract.rows
    assert extract.unmapped == (UnmappedValue("primary_need", "Trilogy of risk", found.line),)
    assert found.primary_need is None
    assert extract.findings[0].line == line_of(text, "Trilogy")


def test_an_unmapped_value_of_a_child_is_on_the_list_for_each_of_its_episodes(tmp_path):
    closed = details(
        CINreferralDate="2014-01-01", CINclosureDate="2015-05-01", ReasonForClosure="RC7"
    )
    extract = read_census(tmp_path, child(details(), closed, ethnicity="Martian"))
    assert rules(extract) == ["4220"]
    assert extract.unmapped == tuple(
        UnmappedValue("ethnicity", "Martian", found.line) for found in extract.rows
    )


def test_a_value_somebody_has_taught_is_understood(tmp_path):
    taught = VOCABULARY.learn("primary_need", "Trilogy of Risk", "N1")
    faulty = child(details(PrimaryNeedCode="trilogy  of risk"))
    extract = read_census(tmp_path, faulty, vocabulary=taught)
    assert extract.findings == ()
    assert extract.rows[0].primary_need == "N1"


def test_every_referral_without_further_action_is_still_read(tmp_path):
    children = [
        child(details(ReferralNFA="true"), identifiers={"LAchildID": f"C{n}"}) for n in range(3)
    ]
    extract = read_census(tmp_path, *children)
    assert extract.findings == ()
    assert [found.no_further_action for found in extract.rows] == [True] * 3


class TestDuplicates:
    def test_the_same_child_twice_is_reported_and_kept_once(self, tmp_path):
        text = census(child(), child())
        extract = read_bytes(tmp_path, text.encode(), "census.xml")
        assert rules(extract) == ["8510", "duplicate-row"]
        assert extract.errors == ()
        assert len(extract.rows) == 1

    def test_a_contradiction_about_one_episode_is_an_error_and_neither_row_stays(self, tmp_path):
        extract = read_census(tmp_path, child(), child(details(PrimaryNeedCode="N5")))
        assert [finding.rule for finding in extract.errors] == ["duplicate-contradicts"]
        assert extract.rows == ()

    def test_two_open_episodes_are_reported_at_the_earlier_one(self, tmp_path):
        text = census(child(details(), details(CINreferralDate="2015-12-01")))
        extract = read_bytes(tmp_path, text.encode(), "census.xml")
        (finding,) = extract.findings
        assert (finding.rule, finding.value) == ("8815", "2015-06-01")
        assert len(extract.rows) == 2

    def test_an_open_episode_before_a_closed_one_is_reported(self, tmp_path):
        later = details(
            CINreferralDate="2015-12-01", CINclosureDate="2016-01-05", ReasonForClosure="RC7"
        )
        extract = read_census(tmp_path, child(details(), later))
        assert rules(extract) == ["8816"]


def test_the_order_of_events_no_longer_matters_once_they_are_history(tmp_path):
    def closed_in(year):
        return child(
            details(
                assessment(f"{year - 1}-05-30", f"{year + 1}-01-01", "1A"),
                CINreferralDate=f"{year - 1}-06-01",
                CINclosureDate=f"{year}-02-01",
                ReasonForClosure="RC7",
            ),
            identifiers={"PersonBirthDate": f"{year - 6}-01-01"},
        )

    assert rules(read_census(tmp_path, closed_in(1985))) == []
    assert rules(read_census(tmp_path, closed_in(2014))) == ["1103", "8565"]


def test_a_leap_day_is_a_fine_reference_date(tmp_path):
    head = header("2016", ReferenceDate="2016-02-29")
    assert read_census(tmp_path, head=head).findings == ()


def test_the_day_of_reading_is_the_horizon_when_the_file_names_none(tmp_path):
    episode = child(details(assessment("2016-04-16")))
    later = read_census(tmp_path, episode, head=header(None, ReferenceDate=None))
    assert "date-future" in rules(later)
    assert later.reference_date is None
    assert date(2016, 4, 16) > TODAY
    assert GEOGRAPHY.authority_code == "888"
