"""Importing a roster, declaring conflicts and recording leave, on both databases."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from tests.factories import as_actor, make_actor, make_programme, make_reviewer
from tests.workflow.roster.files import HEADINGS, read, reviewer, roster, workbook
from workflow import audit
from workflow.db import Database
from workflow.errors import InvalidInputError, NotPermittedError
from workflow.models import (
    Conflict,
    ConflictKind,
    Event,
    Leave,
    Programme,
    Reviewer,
    Vacancy,
)
from workflow.roster import RosterResult, declare_conflict, import_roster, record_leave, roster_of
from workflow.states import Actor, Role


@pytest.fixture
def bring_in(session: Session, programme: Programme, coordinator: Actor, now):
    """Import a file's content into the programme."""

    def bring(content: bytes | str) -> RosterResult:
        return import_roster(
            session, programme=programme, extract=read(content), actor=coordinator, now=now
        )

    return bring


@pytest.fixture
def stored(session: Session, programme: Programme) -> Reviewer:
    """A reviewer who is there already."""
    return make_reviewer(session, programme)


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(Event.kind).order_by(col(Event.seq))))


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


FOUR = [reviewer(Reference=f"R{number}") for number in range(1, 5)]
LEAVE = [["R1", "2016-02-15", "2016-02-19", "leave"], ["R2", "2016-03-01", "2016-03-04", "sick"]]
CONFLICTS = [["R1", "family", "F123", "worked with them"]]
VACANCIES = [["V1", "reviewer", "council", None, "2016-01-04", "2016-02-15", 10]]
FULL = roster(*FOUR, leave=LEAVE, conflicts=CONFLICTS, vacancies=VACANCIES)


class TestAnImport:
    def test_stores_everything_the_file_says(self, session, programme, bring_in):
        result = bring_in(FULL)
        assert (result.reviewers, result.created, result.updated, result.unchanged) == (4, 4, 0, 0)
        assert (result.leave, result.conflicts, result.vacancies) == (2, 1, 1)
        everybody = roster_of(session, programme.key)
        first = everybody.reviewers[0]
        assert (first.reference, first.pattern, first.roles) == (
            "R1",
            [1, 1, 1, 1, 1, 0, 0],
            ["reviewer"],
        )
        assert first.skills == ["domestic_abuse", "missing"]
        assert [leave.first_on for leave in everybody.leave_by_reviewer[first.key]] == [
            date(2016, 2, 15)
        ]
        assert [row.subject for row in everybody.conflicts_by_reviewer[first.key]] == ["F123"]
        assert everybody.leave_by_reviewer[everybody.reviewers[3].key] == ()
        assert [vacancy.expected_on for vacancy in everybody.vacancies] == [date(2016, 2, 15)]

    def test_writes_one_event_for_itself_and_one_for_each_reviewer(
        self, session, programme, bring_in
    ):
        bring_in(FULL)
        assert kinds(session) == ["roster_imported"] + ["reviewer_changed"] * 4
        assert audit.verify(session, programme.key).ok

    def test_writes_no_names_and_no_subjects_into_events(self, session, bring_in):
        bring_in(FULL)
        payloads = json.dumps(list(session.exec(select(Event.payload))))
        assert "Avery" not in payloads
        assert "F123" not in payloads

    def test_of_the_same_file_again_changes_nothing(self, session, bring_in):
        bring_in(FULL)
        events = kinds(session)
        again = bring_in(FULL)
        assert not again.is_change
        assert (again.unchanged, again.leave, again.conflicts, again.vacancies) == (4, 0, 0, 0)
        assert kinds(session) == events
        assert (count(session, Leave), count(session, Conflict)) == (2, 1)

    def test_of_three_changed_rows_changes_three(self, session, programme, bring_in):
        bring_in(roster(*FOUR))
        before = len(kinds(session))
        result = bring_in(
            roster(
                reviewer(Reference="R1", Points_per_day=6),
                reviewer(Reference="R2", Pattern="mon tue"),
                reviewer(Reference="R3", Available_to="2016-02-29", Team="Pendle 2"),
                reviewer(Reference="R4"),
            )
        )
        assert (result.created, result.updated, result.unchanged) == (0, 3, 1)
        events = session.exec(select(Event).order_by(col(Event.seq))).all()[before:]
        assert [event.payload.get("changed") for event in events] == [
            None,
            ["points_per_day"],
            ["pattern"],
            ["team", "available_to"],
        ]
        assert roster_of(session, programme.key).reviewers[2].available_to == date(2016, 2, 29)

    def test_counts_a_reviewer_whose_leave_alone_changed_as_updated(self, session, bring_in):
        bring_in(FULL)
        result = bring_in(roster(*FOUR, leave=LEAVE[:1], conflicts=CONFLICTS))
        assert (result.updated, result.unchanged, result.leave) == (1, 3, 1)
        assert count(session, Leave) == 1
        newest = session.exec(select(Event).order_by(col(Event.seq).desc())).first()
        assert newest.payload["changed"] == ["leave"]

    def test_that_is_silent_about_leave_leaves_it_alone(self, session, bring_in):
        bring_in(FULL)
        assert not bring_in(roster(*FOUR)).is_change
        assert count(session, Leave) == 2

    def test_that_is_silent_about_a_column_leaves_it_alone(self, session, programme, bring_in):
        bring_in(FULL)
        rows = [["Reference", "Name", "Agency", "Points"], ["R1", "Avery A", "council", 12]]
        assert bring_in(workbook({"Reviewers": rows})).updated == 1
        first = roster_of(session, programme.key).reviewers[0]
        assert (first.name, first.qualification) == ("Avery A", "social_worker")
        assert first.team == "Burnley 1"

    def test_never_removes_a_conflict(self, session, bring_in):
        bring_in(FULL)
        result = bring_in(roster(*FOUR, conflicts=[["R1", "team", "Burnley 2"]]))
        assert (result.conflicts, result.updated) == (1, 1)
        subjects = session.exec(select(Conflict.subject).order_by(Conflict.subject))
        assert list(subjects) == ["Burnley 2", "F123"]

    def test_takes_a_conflict_given_twice_once(self, session, bring_in):
        assert bring_in(roster(*FOUR, conflicts=CONFLICTS * 2)).conflicts == 1
        assert count(session, Conflict) == 1

    def test_leaves_people_missing_from_the_file_and_names_them(self, session, bring_in):
        gone = reviewer(Reference="R5", Available_to="2016-01-20")
        left = reviewer(Reference="R6", Available_from="2016-01-04", Available_to="2016-01-19")
        bring_in(roster(*FOUR, gone, left))
        result = bring_in(roster(*FOUR[:3]))
        assert result.not_in_file == ("R4", "R5")
        assert not result.is_change
        assert count(session, Reviewer) == 6

    def test_lets_a_reviewer_without_a_first_day_begin_with_the_programme(
        self, session, programme, bring_in
    ):
        bring_in(roster(reviewer(Available_from=None)))
        [only] = roster_of(session, programme.key).reviewers
        assert only.available_from == programme.starts_on

    def test_knows_a_reference_whatever_its_case(self, session, bring_in):
        bring_in(roster(reviewer(Reference="R001")))
        assert bring_in(roster(reviewer(Reference="r001"))).unchanged == 1
        assert count(session, Reviewer) == 1

    def test_changes_vacancies_and_keeps_what_the_file_has_no_column_for(self, session, bring_in):
        bring_in(FULL)
        rows = [["Reference", "Agency", "Points", "Filled on"], ["v1", "council", 10, "2016-02-20"]]
        content = workbook({"Reviewers": [HEADINGS, *FOUR], "Vacancies": rows})
        result = bring_in(content)
        assert (result.vacancies, result.updated) == (1, 0)
        [vacancy] = session.exec(select(Vacancy))
        assert (vacancy.filled_on, vacancy.expected_on) == (date(2016, 2, 20), date(2016, 2, 15))
        assert not bring_in(content).is_change

    def test_with_an_error_is_refused_and_stores_nothing(self, session, bring_in):
        result = bring_in(roster(*FOUR, reviewer(Agency="Navy")))
        assert result.refused
        assert [finding.rule for finding in result.findings] == ["agency-unknown"]
        assert (count(session, Reviewer), kinds(session)) == (0, [])

    def test_with_warnings_alone_is_taken(self, bring_in):
        result = bring_in(roster(reviewer(Skills="flying")))
        assert not result.refused
        assert [finding.rule for finding in result.findings] == ["skill-unknown"]
        assert result.created == 1

    def test_can_be_printed_as_json(self, bring_in):
        printed = json.loads(json.dumps(bring_in(roster(reviewer(Skills="flying"))).to_json()))
        assert (printed["created"], printed["refused"], printed["not_in_file"]) == (1, False, [])
        [finding] = printed["findings"]
        assert (finding["line"], finding["field"], finding["rule"], finding["severity"]) == (
            2,
            "Reviewers/Skills",
            "skill-unknown",
            "warning",
        )

    def test_touches_no_other_programme(self, session, bring_in):
        other = make_programme(name="Another")
        session.add(other)
        session.flush()
        make_reviewer(session, other, reference="R1", name="Somebody else")
        bring_in(FULL)
        [only] = roster_of(session, other.key).reviewers
        assert only.name == "Somebody else"

    def test_is_for_coordinators_and_administrators(self, session, programme, now):
        for role in set(Role) - {Role.COORDINATOR, Role.ADMINISTRATOR}:
            with pytest.raises(NotPermittedError, match="coordinator or administrator"):
                import_roster(
                    session,
                    programme=programme,
                    extract=read(FULL),
                    actor=make_actor(role),
                    now=now,
                )
        assert count(session, Reviewer) == 0

    def test_rolled_back_is_a_dry_run(self, database: Database, programme, coordinator, now):
        with database.write() as session:
            result = import_roster(
                session, programme=programme, extract=read(FULL), actor=coordinator, now=now
            )
            session.rollback()
        assert result.created == 4
        with database.read() as session:
            assert (count(session, Reviewer), count(session, Event)) == (0, 0)

    @pytest.mark.both_databases
    def test_twice_at_the_same_time_creates_each_reviewer_once(
        self, database: Database, programme, coordinator, now
    ):
        def bring_in(_: int) -> int:
            with database.write() as session:
                return import_roster(
                    session, programme=programme, extract=read(FULL), actor=coordinator, now=now
                ).created

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(bring_in, range(2))) == [0, 4]
        with database.read() as session:
            assert audit.verify(session, programme.key).ok

    def test_is_the_same_after_the_database_was_closed_and_opened(
        self, database: Database, programme, coordinator, now
    ):
        for changes in (True, False):
            with database.write() as session:
                result = import_roster(
                    session, programme=programme, extract=read(FULL), actor=coordinator, now=now
                )
            assert result.is_change is changes


class TestDeclaringAConflict:
    def declare(self, session, stored, actor, now, **changes):
        values = {"kind": ConflictKind.FAMILY, "subject": "F123", "reason": "neighbours"}
        return declare_conflict(session, reviewer=stored, actor=actor, now=now, **values | changes)

    def test_is_recorded_without_its_subject(self, session, stored, now):
        conflict = self.declare(session, stored, as_actor(stored), now, subject=" F123 ")
        assert (conflict.subject, conflict.declared_at) == ("F123", now)
        [event] = session.exec(select(Event))
        assert event.kind == "conflict_declared"
        assert event.payload == {
            "reviewer_id": stored.key,
            "conflict_id": conflict.key,
            "kind": "family",
        }

    def test_again_changes_nothing(self, session, stored, now):
        first = self.declare(session, stored, as_actor(stored), now)
        again = self.declare(session, stored, as_actor(stored), now + timedelta(1), reason="kin")
        assert again is first
        assert (again.reason, kinds(session)) == ("neighbours", ["conflict_declared"])

    def test_needs_a_subject(self, session, stored, now):
        with pytest.raises(InvalidInputError, match="which case"):
            self.declare(session, stored, as_actor(stored), now, subject="  ")

    def test_for_somebody_else_is_for_coordinators_and_managers(
        self, session, programme, stored, coordinator, now
    ):
        colleague = as_actor(make_reviewer(session, programme))
        with pytest.raises(NotPermittedError, match="for somebody else"):
            self.declare(session, stored, colleague, now)
        assert self.declare(session, stored, coordinator, now).reviewer_id == stored.key

    def test_survives_the_next_file(self, session, stored, bring_in, now):
        self.declare(session, stored, as_actor(stored), now)
        bring_in(roster(reviewer(Reference=stored.reference), conflicts=[]))
        assert count(session, Conflict) == 1


class TestRecordingLeave:
    def record(self, session, stored, actor, now, **changes):
        values = {"first_on": date(2016, 2, 15), "last_on": date(2016, 2, 19)}
        return record_leave(session, reviewer=stored, actor=actor, now=now, **values | changes)

    def test_is_recorded_without_its_kind(self, session, stored, now):
        leave = self.record(session, stored, as_actor(stored), now, kind="sickness")
        [event] = session.exec(select(Event))
        assert event.kind == "leave_recorded"
        assert event.payload == {
            "reviewer_id": stored.key,
            "leave_id": leave.key,
            "first_on": "2016-02-15",
            "last_on": "2016-02-19",
        }

    def test_again_changes_nothing(self, session, stored, now):
        first = self.record(session, stored, as_actor(stored), now)
        assert self.record(session, stored, as_actor(stored), now) is first
        assert kinds(session) == ["leave_recorded"]

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"last_on": date(2016, 2, 14)}, "before the first"),
            ({"kind": "chemotherapy"}, "Leave is one of"),
        ],
    )
    def test_must_make_sense(self, session, stored, now, changes, sentence):
        with pytest.raises(InvalidInputError, match=sentence):
            self.record(session, stored, as_actor(stored), now, **changes)

    def test_for_somebody_else_is_for_coordinators_and_managers(self, session, stored, now):
        stranger = replace(as_actor(stored), reviewer_id=None)
        with pytest.raises(NotPermittedError, match="for somebody else"):
            self.record(session, stored, stranger, now)
        manager = make_actor(Role.MANAGER)
        assert self.record(session, stored, manager, now).kind == "leave"


def test_a_roster_is_read_in_four_queries(database: Database, programme, coordinator, now):
    with database.write() as session:
        import_roster(session, programme=programme, extract=read(FULL), actor=coordinator, now=now)
    statements: list[str] = []
    sa.event.listen(
        database.engine,
        "before_cursor_execute",
        lambda *arguments: statements.append(arguments[2]),
    )
    with database.read() as session:
        roster_of(session, programme.key)
    reads = [text for text in statements if text.startswith("SELECT") and "FROM" in text]
    assert len(reads) == 4
