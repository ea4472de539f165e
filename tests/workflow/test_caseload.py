"""Files come in: whole or not at all, once, and with the cohort following, on both databases."""

from dataclasses import fields, replace
from datetime import date, datetime

import pytest
from sqlmodel import Session, func, select

from tests.factories import make_actor
from workflow.caseload import ImportResult, import_caseload
from workflow.cases import NewCase
from workflow.cohort import change_cohort_rules, cohort_counts
from workflow.errors import InvalidInputError
from workflow.intake.rows import (
    CaseRow,
    Extract,
    Finding,
    Severity,
    Supplement,
    UnmappedValue,
)
from workflow.models import Case, Event, ImportRun, Programme, Review
from workflow.policy import Policy
from workflow.states import ReviewState, Role
from workflow.vocabulary import map_value, unmapped_values

AS_OF = date(2016, 1, 20)
SAID = frozenset({"birth_on", "primary_need", "closed_on", "protection_plan_open", "factors"})


def row(number: int, **facts: object) -> CaseRow:
    values = {"birth_on": date(2009, 3, 1), "primary_need": "N1", "factors": ()} | facts
    return CaseRow(
        line=number,
        child_id=f"SYN{number:07}",
        episode_start=values.pop("episode_start", date(2015, 6, 1)),
        **values,
    )


def extract(*rows: CaseRow, **parts: object) -> Extract:
    values = {"file": "caseload.csv", "kind": "csv", "sha256": "0" * 64, "provides": SAID} | parts
    return Extract(rows=rows, **values)


class Desk:
    """Imports into one programme with short names."""

    def __init__(self, session: Session, programme: Programme, now: datetime):
        self.session, self.now = session, now
        self.programme = session.get_one(Programme, programme.key)
        self.how = {
            "programme": self.programme,
            "policy": Policy(),
            "actor": make_actor(Role.COORDINATOR),
            "now": now,
            "as_of": AS_OF,
        }

    def take(self, *rows: CaseRow, skip_bad_rows: bool = False, **parts: object) -> ImportResult:
        result = import_caseload(
            self.session, extract=extract(*rows, **parts), skip_bad_rows=skip_bad_rows, **self.how
        )
        self.session.flush()
        return result

    def states(self) -> list[ReviewState]:
        return sorted(self.session.exec(select(Review.state)).all())

    def events(self) -> int:
        return self.session.exec(select(func.count()).select_from(Event)).one()


@pytest.fixture
def desk(session: Session, programme: Programme, now: datetime) -> Desk:
    return Desk(session, programme, now)


def test_every_case_of_the_cohort_gets_a_review_that_waits(desk: Desk) -> None:
    result = desk.take(row(1), row(2), row(3, protection_plan_open=True))
    assert (result.created, result.in_cohort, result.opened) == (3, 2, 2)
    assert result.excluded == {"child_protection_plan": 1}
    assert desk.states() == [ReviewState.UNALLOCATED] * 2


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    rows = [row(number) for number in range(1, 6)]
    desk.take(*rows)
    events = desk.events()
    again = desk.take(*reversed(rows))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 5)
    assert desk.events() == events
    assert len(desk.session.exec(select(ImportRun)).all()) == 1


def test_three_changed_rows_change_three(desk: Desk) -> None:
    rows = [row(number) for number in range(1, 9)]
    desk.take(*rows)
    changed = [replace(r, primary_need="N5") if r.line in (2, 4, 6) else r for r in rows]
    result = desk.take(*changed)
    assert (result.created, result.updated, result.unchanged) == (0, 3, 5)


def test_a_file_split_in_two_gives_the_same_caseload(desk: Desk) -> None:
    desk.take(*(row(number) for number in (1, 2, 3)))
    desk.take(*(row(number) for number in (4, 5)))
    references = desk.session.exec(select(Case.reference).order_by(Case.child_id)).all()
    assert references == [f"CIN-{number:05}" for number in range(1, 6)]


def test_references_do_not_depend_on_the_order_of_rows(desk: Desk) -> None:
    desk.take(row(3), row(1), row(2))
    cases = desk.session.exec(select(Case).order_by(Case.reference)).all()
    assert [case.child_id for case in cases] == ["SYN0000001", "SYN0000002", "SYN0000003"]


def test_a_file_with_an_error_is_refused_whole(desk: Desk) -> None:
    wrong = Finding("caseload.csv", 2, "Child ID", None, "8500", "No child id.", "Add it.")
    result = desk.take(row(1), findings=(wrong,))
    assert result.refused
    assert desk.session.exec(select(Case)).all() == []


def test_good_rows_can_be_taken_and_the_errors_stay_on_record(desk: Desk) -> None:
    wrong = Finding("caseload.csv", 2, "Child ID", None, "8500", "No child id.", "Add it.")
    result = desk.take(row(1), findings=(wrong,), skip_bad_rows=True)
    assert (result.refused, result.created) == (False, 1)
    assert desk.session.exec(select(ImportRun)).one().findings[0]["rule"] == "8500"


def test_rules_that_leave_nobody_are_an_error_and_not_a_success(desk: Desk) -> None:
    result = desk.take(row(1, closed_on=date(2015, 12, 1)))
    assert result.refused
    assert [finding.rule for finding in result.findings] == ["cohort-empty"]
    assert "closed" in result.findings[0].message


def test_a_case_that_closes_leaves_the_programme_visibly_and_comes_back_when_corrected(
    desk: Desk,
) -> None:
    desk.take(row(1), row(2))
    gone = desk.take(row(1, closed_on=date(2016, 1, 18)))
    assert (gone.withdrawn, desk.states()) == (1, [ReviewState.UNALLOCATED, ReviewState.WITHDRAWN])
    back = desk.take(row(1))
    assert (back.reinstated, desk.states()) == (1, [ReviewState.UNALLOCATED] * 2)


def test_extra_columns_fill_in_what_the_census_does_not_hold(desk: Desk) -> None:
    desk.take(row(1))
    extra = Supplement(2, "SYN0000001", {"district": "E07000117", "family": "F1"})
    result = desk.take(supplements=(extra,))
    case = desk.session.exec(select(Case)).one()
    assert (result.updated, case.district, case.family) == (1, "E07000117", "F1")
    assert case.facts["primary_need"] == "N1"


def test_a_census_does_not_wipe_out_what_another_file_said(desk: Desk) -> None:
    desk.take(row(1))
    desk.take(supplements=(Supplement(2, "SYN0000001", {"district": "E07000117"}),))
    desk.take(row(1, primary_need="N5"))
    assert desk.session.exec(select(Case)).one().district == "E07000117"


def test_extra_columns_of_an_unknown_child_are_reported(desk: Desk) -> None:
    desk.take(row(1))
    result = desk.take(supplements=(Supplement(2, "SYN9", {"district": "E07000117"}),))
    assert [(f.rule, f.severity) for f in result.findings] == [("child-unknown", Severity.WARNING)]


def test_an_unmapped_value_waits_on_the_list_and_is_put_right_when_it_is_taught(
    desk: Desk,
) -> None:
    odd = UnmappedValue("primary_need", "Trilogy of Risk", 1)
    desk.take(row(1, primary_need=None), row(2), unmapped=(odd,))
    (waiting,) = unmapped_values(desk.session, desk.programme)
    assert (waiting.raw, waiting.seen) == ("Trilogy of Risk", 1)
    count = map_value(
        desk.session, field="primary_need", raw="Trilogy of Risk", code="N1", **desk.how
    )
    desk.session.flush()
    case = desk.session.exec(select(Case).where(Case.child_id == "SYN0000001")).one()
    assert (count, case.facts["primary_need"]) == (1, "N1")
    assert unmapped_values(desk.session, desk.programme) == []


def test_a_code_that_does_not_exist_cannot_be_taught(desk: Desk) -> None:
    odd = UnmappedValue("primary_need", "Trilogy of Risk", 1)
    desk.take(row(1, primary_need=None), unmapped=(odd,))
    with pytest.raises(InvalidInputError, match="N77"):
        map_value(desk.session, field="primary_need", raw="Trilogy of Risk", code="N77", **desk.how)


def test_a_change_of_rules_opens_and_withdraws_reviews(desk: Desk) -> None:
    desk.take(row(1), row(2, protection_plan_open=True))
    change = change_cohort_rules(desk.session, rules_on=frozenset({"closed"}), **desk.how)
    assert (change.in_cohort, change.opened) == (2, 1)
    change = change_cohort_rules(
        desk.session, rules_on=frozenset({"closed", "child_protection_plan"}), **desk.how
    )
    assert (change.in_cohort, change.withdrawn) == (1, 1)


def test_rules_that_would_leave_nobody_are_refused(desk: Desk) -> None:
    desk.take(row(1, birth_on=date(1990, 1, 1)))
    with pytest.raises(InvalidInputError, match="nobody would be left"):
        change_cohort_rules(desk.session, rules_on=frozenset({"over_18"}), **desk.how)


def test_an_unknown_rule_is_refused_with_the_rules_there_are(desk: Desk) -> None:
    with pytest.raises(InvalidInputError, match="no cohort rule teapot"):
        change_cohort_rules(desk.session, rules_on=frozenset({"teapot"}), **desk.how)


def test_a_new_case_after_the_cut_off_stays_out(desk: Desk) -> None:
    desk.take(row(1))
    desk.programme.scope_cut_off_on = date(2016, 1, 19)
    desk.session.flush()
    result = desk.take(row(2))
    assert (result.in_cohort, result.excluded) == (1, {"after_cut_off": 1})
    assert cohort_counts(desk.session, desk.programme).in_cohort == 1


def test_the_cut_off_goes_by_the_day_the_file_speaks_of(desk: Desk) -> None:
    desk.programme.scope_cut_off_on = date(2016, 1, 19)
    desk.session.flush()
    assert desk.take(row(1), reference_date=date(2016, 1, 18)).in_cohort == 1
    late = desk.take(row(2), reference_date=date(2016, 3, 31))
    assert late.excluded == {"after_cut_off": 1}


def test_a_file_of_an_earlier_day_cannot_move_the_caseload_back(desk: Desk) -> None:
    desk.take(row(1, closed_on=date(2016, 1, 20)), row(2))
    desk.how["as_of"] = date(2016, 1, 19)
    assert desk.take(row(2)).unchanged == 1, "it may repeat what is known"
    refused = desk.take(row(1))
    assert refused.refused
    assert [finding.rule for finding in refused.findings] == ["file-older"]


def test_an_older_file_of_the_same_kind_cannot_either(desk: Desk) -> None:
    desk.take(row(1, primary_need="N2"), reference_date=date(2016, 1, 12))
    refused = desk.take(row(1, primary_need="N1"), reference_date=date(2016, 1, 5))
    assert [finding.rule for finding in refused.findings] == ["file-older"]


def test_a_case_that_leaves_after_its_review_is_complete_leaves_an_event(desk: Desk) -> None:
    desk.take(row(1), row(2))
    review = desk.session.exec(select(Review).order_by(Review.id)).first()
    review.state = ReviewState.COMPLETE
    desk.session.flush()
    desk.take(row(1, closed_on=date(2016, 1, 20)))
    desk.take(row(1))
    assert review.state is ReviewState.COMPLETE
    query = select(Event).where(Event.review_id == review.key, Event.kind != "review_opened")
    told = [(event.kind, event.payload) for event in desk.session.exec(query.order_by(Event.seq))]
    assert told == [("case_excluded", {"rule": "closed"}), ("case_included", {})]


def test_an_exclusion_is_on_record_with_its_rule(desk: Desk) -> None:
    desk.take(row(1), row(2, protection_plan_open=True))
    event = desk.session.exec(select(Event).where(Event.kind == "case_excluded")).one()
    assert event.payload == {"rule": "child_protection_plan"}


def test_a_new_case_has_every_column_of_a_stored_one() -> None:
    assert {one.name for one in fields(NewCase)} == set(Case.model_fields)
