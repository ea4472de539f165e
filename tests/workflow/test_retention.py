"""What is kept, what may go, and that nothing goes without a trace, on both databases."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from tests.factories import make_actor, make_case
from tests.workflow.followup.desk import MANAGER, NOON, complete, reopen
from workflow import audit, retention
from workflow.calendar import at_local
from workflow.db import Database
from workflow.errors import ConflictError, GuardNotMetError, InvalidInputError, NotPermittedError
from workflow.models import (
    Case,
    Draft,
    Escalation,
    Event,
    FollowOnAction,
    Programme,
    PurgedCase,
    Review,
    Submission,
)
from workflow.retention.schedule import years_after
from workflow.states import Role
from workflow.subject_file import subject_file, tables_held

ADMINISTRATOR = make_actor(Role.ADMINISTRATOR)
CLOSED = {"birth_on": "2008-05-01", "closed_on": "2016-03-30"}
OVER = at_local(date(2029, 5, 2))
PRIVATE = "SYNTHETIC words about this child"


def rule(session: Session, programme: Programme, **how):
    values = {
        "in_force_from": date(2016, 1, 1),
        "years_after_closure": 6,
        "years_after_eighteenth": 3,
        "source": "Schedule 2016",
        "actor": ADMINISTRATOR,
        "now": NOON,
    }
    return retention.set_rule(session, programme=programme, **values | how)


def closed_review(session: Session, programme: Programme, **case) -> Review:
    return complete(
        session,
        programme,
        "transfer",
        answers={"reasons": PRIVATE},
        **{"facts": CLOSED, "family": "F1"} | case,
    )


def name(session: Session, review: Review) -> str:
    return session.get_one(Case, review.case_id).reference


def purge(session: Session, programme: Programme, *references: str, now: datetime = OVER, **how):
    values = {"actor": ADMINISTRATOR} | how
    return retention.purge(session, programme=programme, references=references, now=now, **values)


def due(session: Session, programme: Programme, on: date = date(2029, 5, 2)) -> dict:
    found = retention.purge_due(session, programme, on)
    return {one.case.reference: (one.due_on, one.kept_because) for one in found}


def test_nothing_may_go_while_the_national_inquiry_runs(session, programme):
    closed_review(session, programme, facts={"closed_on": "1980-01-01", "birth_on": "1970-01-01"})
    assert due(session, programme, date(2016, 3, 31)) == {}
    assert retention.keeping_on(session, programme, date(2016, 3, 31)).years_after_closure is None
    assert retention.keeping_on(session, programme, date(2029, 5, 2)).years_after_closure == 6


def test_the_rule_in_force_is_the_latest_that_has_begun(session, programme):
    rule(session, programme, in_force_from=date(2016, 1, 1), years_after_closure=6)
    rule(session, programme, in_force_from=date(2020, 1, 1), years_after_closure=10)
    years = [
        retention.keeping_on(session, programme, date(year, 6, 1)).years_after_closure
        for year in (2015, 2016, 2020)
    ]
    assert years == [None, 6, 10]


def test_a_case_is_due_when_both_its_closure_and_its_childhood_are_long_over(session, programme):
    rule(session, programme)
    review = closed_review(session, programme)
    assert due(session, programme, date(2029, 4, 30)) == {}
    assert due(session, programme) == {name(session, review): (date(2029, 5, 1), None)}


def test_an_open_case_is_never_due(session, programme):
    rule(session, programme)
    complete(session, programme, facts={"birth_on": "1970-01-01"})
    assert due(session, programme, date(2099, 1, 1)) == {}


@pytest.mark.parametrize(
    ("facts", "why"),
    [({"closed_on": "2016-03-30"}, "no date of birth"), (CLOSED | {"reopen": True}, "still open")],
)
def test_what_must_stay_says_why_and_cannot_be_purged(session, programme, facts, why):
    rule(session, programme)
    review = closed_review(session, programme, facts=facts)
    if facts.get("reopen"):
        reopen(session, review)
    ((_, kept),) = due(session, programme).values()
    assert why in kept
    with pytest.raises(GuardNotMetError, match="stays"):
        purge(session, programme, name(session, review))


def test_a_legal_hold_keeps_a_case_until_it_is_lifted(session, programme):
    rule(session, programme)
    review = closed_review(session, programme)
    retention.place_hold(
        session, case_id=review.case_id, reason="Claim 12", actor=MANAGER, now=NOON
    )
    with pytest.raises(GuardNotMetError, match="legal hold"):
        purge(session, programme, name(session, review))
    with pytest.raises(ConflictError):
        retention.place_hold(
            session, case_id=review.case_id, reason="Again", actor=MANAGER, now=NOON
        )
    retention.lift_hold(session, case_id=review.case_id, reason="Settled", actor=MANAGER, now=NOON)
    assert len(purge(session, programme, name(session, review))) == 1
    kinds = session.exec(select(Event.kind).where(Event.case_id == review.case_id)).all()
    assert {"legal_hold_placed", "legal_hold_lifted", "case_purged"} <= set(kinds)


def test_holds_and_rules_need_a_reason_and_the_right_role(session, programme):
    review = closed_review(session, programme)
    with pytest.raises(InvalidInputError):
        retention.place_hold(session, case_id=review.case_id, reason=" ", actor=MANAGER, now=NOON)
    with pytest.raises(NotPermittedError):
        rule(session, programme, actor=MANAGER)
    with pytest.raises(InvalidInputError):
        rule(session, programme, years_after_closure=-1)
    with pytest.raises(ConflictError):
        retention.lift_hold(
            session, case_id=review.case_id, reason="None there", actor=MANAGER, now=NOON
        )


def test_a_purge_removes_the_content_and_leaves_the_frame(session, programme):
    rule(session, programme)
    review = closed_review(session, programme)
    reference = name(session, review)
    session.add(
        Draft(
            review_id=review.key,
            reviewer_id=review.author_id,
            form_id="cin_review",
            form_version=1,
            answers={"reasons": PRIVATE},
            saved_at=NOON,
        )
    )
    session.add(
        Escalation(
            programme_id=programme.key,
            review_id=review.key,
            kind="same_day",
            reason=PRIVATE,
            raised_by="R1",
            raised_at=NOON,
            acknowledge_by=NOON,
        )
    )
    session.flush()
    child = session.get_one(Case, review.case_id).child_id
    purge(session, programme, reference)
    session.flush()
    session.expire_all()
    left = str(subject_file(session, programme=programme, case_reference=reference, markings={}))
    assert PRIVATE not in left
    assert child not in left
    assert session.exec(select(Submission.answers)).one() == {}
    assert session.exec(select(Submission.outcome)).one() == "transfer"
    assert session.exec(select(Review.state)).one() == "complete"
    assert session.exec(select(FollowOnAction.result)).all() == [retention.PURGED] * 2
    assert due(session, programme) == {}
    assert audit.verify(session, programme.key).ok


def test_the_words_of_reasons_go_and_the_record_still_fits(database: Database, programme):
    with database.write() as session:
        rule(session, programme)
        review = closed_review(session, programme)
        for case_id, review_id in ((review.case_id, None), (None, review.key), (None, None)):
            audit.record(
                session,
                programme_id=programme.key,
                kind="something_happened",
                actor=MANAGER,
                at=NOON,
                case_id=case_id,
                review_id=review_id,
                reason=PRIVATE,
            )
        purge(session, programme, name(session, review))
    with database.read() as session:
        told = select(Event.reason).where(Event.kind == "something_happened").order_by(Event.seq)
        assert session.exec(told).all() == [None, None, PRIVATE]
        assert audit.verify(session, programme.key).ok


@pytest.mark.parametrize("reason", ["NULL", "'another'"])
def test_the_reason_of_a_case_that_stays_cannot_be_changed(database: Database, programme, reason):
    with database.write() as session:
        closed_review(session, programme)
    statement = sa.text(f"UPDATE event SET reason = {reason}")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.write() as session:
        session.connection().execute(statement)


def test_one_case_that_may_not_go_keeps_all_of_a_purge_back(database: Database, programme):
    with database.write() as session:
        rule(session, programme)
        review = closed_review(session, programme)
        other = make_case(session, programme)
        names = (name(session, review), other.reference)
    with pytest.raises(GuardNotMetError, match="not due"), database.write() as session:
        purge(session, programme, *names)
    with database.read() as session:
        assert session.exec(select(PurgedCase)).all() == []
        assert session.exec(select(Submission.answers)).one() != {}


def test_only_an_administrator_purges(session, programme):
    with pytest.raises(NotPermittedError):
        purge(session, programme, "CIN-1", actor=MANAGER)


@pytest.fixture
def purged(database: Database, programme: Programme) -> int:
    """The number of a submission whose review was purged."""
    with database.write() as session:
        rule(session, programme)
        review = closed_review(session, programme)
        purge(session, programme, name(session, review))
        return session.exec(select(Submission)).one().key


@pytest.mark.parametrize(
    "values",
    [{"answers": {"reasons": "better"}}, {"answers": {}, "grade": "outstanding"}, {"number": 9}],
)
def test_a_purged_submission_can_only_be_empty(database: Database, purged: int, values):
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.write() as session:
        session.exec(sa.update(Submission).where(col(Submission.id) == purged).values(**values))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE submission SET answers = '{}'",
        "DELETE FROM submission",
        "UPDATE submission SET review_id = review_id",
    ],
)
def test_without_the_mark_of_a_purge_a_submission_stays_as_it_is(
    database: Database, programme, statement
):
    with database.write() as session:
        closed_review(session, programme)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.write() as session:
        session.connection().execute(sa.text(statement))


@pytest.mark.parametrize("statement", ["DELETE FROM purgedcase", "DELETE FROM submission"])
def test_the_trace_of_a_purge_cannot_be_removed(database: Database, purged, statement):
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.write() as session:
        session.connection().execute(sa.text(statement))


def test_a_purge_behind_the_products_back_is_found(session, programme):
    review = closed_review(session, programme)
    assert retention.unexplained_purges(session, programme) == []
    session.add(
        PurgedCase(
            case_id=review.case_id, review_id=review.key, purged_by="somebody", purged_at=NOON
        )
    )
    session.flush()
    session.exec(sa.update(Submission).values(answers={}))
    assert retention.unexplained_purges(session, programme) == [review.case_id]


def test_a_purge_has_its_event(session, programme, database):
    rule(session, programme)
    review = closed_review(session, programme)
    purge(session, programme, name(session, review))
    assert retention.unexplained_purges(session, programme) == []


def test_every_table_of_a_case_says_what_a_purge_does_to_it():
    kept = {"review", "event", "purgedcase", "samplereplacement"}
    settled = {"case", "draft", "seconddraft", "legalhold"} | kept
    emptied = {model.__tablename__ for model in retention.purging._CONTENT}
    assert {table.name for table in tables_held()} == settled | emptied


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(0, 40))
def test_years_later_is_never_before_the_same_day(day: date, years: int):
    later = years_after(day, years)
    assert later.year == day.year + years
    assert abs((later.month, later.day) != (day.month, day.day)) <= (
        (day.month, day.day) == (2, 29)
    )
