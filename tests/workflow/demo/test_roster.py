"""The synthetic roster: readable, role-named, and as able as was asked for."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.calendar import WorkCalendar
from workflow.demo import DemoCaseload, DemoRoster, make_caseload, make_roster, write_roster
from workflow.demo.calibration import EASTER_LEAVE, HALF_TERM
from workflow.demo.roster import points_needed
from workflow.geography import Geography, load_geography
from workflow.models import Leave, Reviewer
from workflow.roster import RosterExtract, capacity_by_day, read_roster
from workflow.roster.rows import ReviewerRow

START, TARGET = date(2016, 1, 20), date(2016, 3, 31)
LANCASHIRE = load_geography()
FEW = make_caseload(LANCASHIRE, seed=1, cases=60)


def of_agency(roster: DemoRoster, agency: str) -> list[ReviewerRow]:
    return [person for person in roster.reviewers if person.agency == agency]


def written(roster: DemoRoster, folder: Path) -> RosterExtract:
    path = write_roster(roster, folder / "roster.xlsx")
    return read_roster(path, find_district=LANCASHIRE.find_district)


def capacity(roster: RosterExtract | DemoRoster) -> float:
    """Review points of all reviewers over the programme, reckoned by the product."""
    calendar = WorkCalendar()
    days = calendar.working_days(START, TARGET)
    total = 0.0
    for row in roster.reviewers:
        person = Reviewer(
            programme_id=1,
            reference=row.reference,
            name=row.name,
            agency=row.agency,
            available_from=row.available_from or START,
            available_to=row.available_to,
            points_per_day=row.points_per_day,
            pattern=list(row.pattern),
        )
        away = [
            Leave(reviewer_id=1, first_on=period.first_on, last_on=period.last_on)
            for period in roster.leave
            if period.reference == row.reference
        ]
        total += sum(capacity_by_day(person, away, days, calendar))
    return total


def test_the_workbook_reads_back_as_it_was_made_without_a_finding(
    roster: DemoRoster, tmp_path: Path
) -> None:
    extract = written(roster, tmp_path)
    assert extract.findings == ()
    assert extract.reviewers == roster.reviewers
    assert extract.leave == roster.leave
    assert extract.conflicts == roster.conflicts
    assert extract.vacancies == roster.vacancies


def test_the_workbook_says_synthetic_above_its_headings(roster: DemoRoster, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_roster(roster, tmp_path / "roster.xlsx"))
    assert book.sheetnames == ["Reviewers", "Leave", "Conflicts", "Vacancies"]
    assert all("SYNTHETIC" in str(sheet["A1"].value) for sheet in book)


def test_the_same_seed_gives_the_same_roster_and_another_seed_another(
    caseload: DemoCaseload, geography: Geography, roster: DemoRoster
) -> None:
    assert make_roster(caseload, geography, seed=2016) == roster
    assert make_roster(caseload, geography, seed=2017) != roster


@pytest.mark.parametrize("ratio", [0.8, 1.15])
def test_together_they_can_give_the_points_asked_for(
    caseload: DemoCaseload, geography: Geography, ratio: float
) -> None:
    roster = make_roster(caseload, geography, seed=3, capacity_ratio=ratio)
    assert capacity(roster) / points_needed(caseload) == pytest.approx(ratio, rel=0.01)


def test_seven_in_ten_are_the_councils(roster: DemoRoster) -> None:
    assert len(of_agency(roster, "council")) == 42
    assert len(of_agency(roster, "constabulary")) == 18


def test_names_are_roles_with_numbers(roster: DemoRoster) -> None:
    titles = Counter(re.sub(r" \d\d$", "", person.name) for person in roster.reviewers)
    assert set(titles) == {
        *("Practice manager", "Independent reviewing officer", "Agency reviewer"),
        *("Quality officer", "Officer"),
    }


def test_practice_managers_give_little_and_lead_a_team_of_their_own(
    roster: DemoRoster, caseload: DemoCaseload
) -> None:
    places = {(row.district, row.team) for row in caseload.cohort}
    managers = [person for person in roster.reviewers if "manager" in person.roles]
    assert len({person.team for person in managers}) == len(managers) == 20
    assert {(person.district, person.team) for person in managers} <= places
    others = [person for person in roster.reviewers if "manager" not in person.roles]
    assert all(person.team is None for person in others)
    assert max(person.points_per_day for person in managers) < min(
        person.points_per_day for person in others
    )


def test_officers_start_late_or_leave_early_in_the_shares_expected(roster: DemoRoster) -> None:
    officers = of_agency(roster, "constabulary")
    late = [p for p in officers if p.available_from and p.available_from.month == 2]
    leaving = [p for p in officers if p.available_to and p.available_to < TARGET]
    assert (len(late), len(leaving)) == (7, 5)
    assert all(person.qualification == "police_officer" for person in officers)


def test_qualified_reviewers_are_most_of_the_council(roster: DemoRoster) -> None:
    council = of_agency(roster, "council")
    qualified = sum(person.qualification == "social_worker" for person in council)
    assert 0.8 < qualified / len(council) < 1


def test_some_are_away_at_half_term_and_some_around_easter(roster: DemoRoster) -> None:
    periods = Counter((period.first_on, period.last_on) for period in roster.leave)
    assert 10 <= periods[HALF_TERM] <= 32
    assert 8 <= sum(periods[period] for period in EASTER_LEAVE) <= 28


def test_nobody_takes_leave_before_they_come_or_after_they_have_gone(roster: DemoRoster) -> None:
    people = {person.reference: person for person in roster.reviewers}
    for period in roster.leave:
        person = people[period.reference]
        assert period.last_on >= (person.available_from or START)
        assert period.first_on <= (person.available_to or TARGET)


def test_conflicts_name_families_and_children_of_the_cohort(
    roster: DemoRoster, caseload: DemoCaseload
) -> None:
    known = {row.family for row in caseload.cohort} | {row.child_id for row in caseload.cohort}
    assert 15 < len(roster.conflicts) < 80
    assert {conflict.subject for conflict in roster.conflicts} <= known
    assert {conflict.kind.value for conflict in roster.conflicts} == {"family", "child"}


def test_ten_vacancies_are_to_be_filled_in_the_middle_of_february(roster: DemoRoster) -> None:
    assert len(roster.vacancies) == 10
    for vacancy in roster.vacancies:
        assert date(2016, 2, 8) <= (vacancy.expected_on or START) <= date(2016, 2, 19)
        assert vacancy.since_on is not None
        assert vacancy.since_on < START
        assert vacancy.filled_on is None


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), reviewers=st.integers(1, 25))
def test_a_roster_of_any_size_reads_back_without_a_finding(
    tmp_path_factory: pytest.TempPathFactory, seed: int, reviewers: int
) -> None:
    roster = make_roster(FEW, LANCASHIRE, seed=seed, reviewers=reviewers)
    extract = written(roster, tmp_path_factory.mktemp("roster"))
    assert extract.findings == ()
    assert len(extract.reviewers) == reviewers
    assert all(person.points_per_day >= 0.5 for person in extract.reviewers)
