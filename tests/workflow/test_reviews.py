"""A review's way through the use cases, told on both databases."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from tests.factories import as_actor, make_actor, make_form, make_review, make_reviewer
from workflow import audit, reviews
from workflow.db import Database
from workflow.errors import (
    ConflictError,
    GuardNotMetError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
)
from workflow.escalations import acknowledge_escalation, close_escalation, open_escalations
from workflow.models import (
    Case,
    Conflict,
    ConflictKind,
    Escalation,
    EscalationKind,
    Event,
    Programme,
    Review,
    Reviewer,
    Submission,
)
from workflow.policy import ModerationPolicy, Policy
from workflow.quality.second_reviews import submit_second_review
from workflow.states import Action, Actor, ReviewState, Role

NO_SAMPLE = Policy(moderation=ModerationPolicy(share=0, first_reviews=0))
ALL_SAMPLED = Policy(moderation=ModerationPolicy(share=1))
MANAGER = make_actor(Role.MANAGER, name="manager-1")
MODERATOR = make_actor(Role.MODERATOR, name="moderator-1")


class Desk:
    """One review with its reviewer, and short names for what people do with it."""

    def __init__(self, session: Session, programme: Programme, now: datetime, **case: object):
        self.session, self.programme, self.now = session, programme, now
        self.reviewer: Reviewer = make_reviewer(session, programme)
        self.review: Review = make_review(session, programme, **case)
        self.coordinator = make_actor(Role.COORDINATOR)

    @property
    def author(self) -> Actor:
        return as_actor(self.reviewer)

    def allocate(self, **how: object) -> Review:
        return reviews.allocate(
            self.session,
            review=self.review,
            reviewer_id=how.pop("reviewer_id", self.reviewer.key),
            due_on=date(2016, 2, 10),
            actor=self.coordinator,
            now=self.now,
            **how,
        )

    def act(self, action: Action, actor: Actor, reason: str | None = None) -> Review:
        return reviews.act(
            self.session,
            review_id=self.review.key,
            action=action,
            actor=actor,
            now=self.now,
            reason=reason,
        )

    def submit(self, actor: Actor | None = None, **form: object) -> Submission:
        return reviews.submit(
            self.session,
            review_id=self.review.key,
            form=make_form(**form),
            actor=actor or self.author,
            now=self.now,
            programme=self.programme,
            policy=NO_SAMPLE,
        )

    def confirm(self, actor: Actor = MANAGER, policy: Policy = NO_SAMPLE) -> Review:
        return reviews.confirm(
            self.session,
            review_id=self.review.key,
            actor=actor,
            now=self.now,
            programme=self.programme,
            policy=policy,
        )

    def second_review(self, moderator: Actor = MODERATOR) -> None:
        submit_second_review(
            self.session,
            review_id=self.review.key,
            form=make_form(),
            actor=moderator,
            now=self.now,
            programme=self.programme,
            policy=NO_SAMPLE,
        )

    def to_submitted(self, **form: object) -> None:
        self.allocate()
        self.act(Action.START, self.author)
        self.submit(**form)


@pytest.fixture
def desk(session: Session, programme: Programme, now: datetime) -> Desk:
    return Desk(session, programme, now)


def test_a_review_goes_from_allocation_to_a_confirmed_outcome(desk: Desk) -> None:
    desk.to_submitted(outcome="close", grade="good")
    review = desk.confirm()
    assert (review.state, review.outcome, review.grade) == (ReviewState.COMPLETE, "close", "good")
    assert review.completed_at == desk.now


def test_every_change_writes_one_event_that_replays_to_the_stored_state(desk: Desk) -> None:
    desk.to_submitted()
    desk.act(Action.RETURN, MANAGER, "The plan is not described")
    desk.session.flush()
    events = audit.timeline(desk.session, desk.review.key)
    assert [event.kind for event in events] == [
        "review_opened",
        "review_allocated",
        "review_started",
        "review_submitted",
        "review_returned",
    ]
    replayed = audit.replay(events)
    assert (replayed.state, replayed.reviewer_id) == (ReviewState.RETURNED, desk.reviewer.key)


def test_a_drawn_review_waits_for_a_moderator_and_completes_when_they_agree(desk: Desk) -> None:
    desk.to_submitted()
    assert desk.confirm(policy=ALL_SAMPLED).state is ReviewState.IN_MODERATION
    desk.second_review()
    assert desk.act(Action.AGREE, MODERATOR).state is ReviewState.COMPLETE


def test_a_review_is_moderated_once_and_then_confirmed(desk: Desk) -> None:
    desk.to_submitted()
    desk.confirm(policy=ALL_SAMPLED)
    desk.second_review()
    desk.act(Action.DISAGREE, MODERATOR, "The level looks too low")
    assert desk.confirm(policy=ALL_SAMPLED).state is ReviewState.COMPLETE


def test_the_confirming_manager_cannot_moderate_the_same_review(desk: Desk) -> None:
    both = make_actor(Role.MANAGER, Role.MODERATOR, name="both")
    desk.to_submitted()
    desk.confirm(actor=both, policy=ALL_SAMPLED)
    with pytest.raises(GuardNotMetError, match="also moderate"):
        desk.act(Action.AGREE, both)


def test_nobody_confirms_their_own_review(desk: Desk) -> None:
    desk.to_submitted()
    with pytest.raises(GuardNotMetError, match="their own"):
        desk.confirm(actor=as_actor(desk.reviewer, Role.MANAGER))


def test_a_police_officer_with_the_managers_role_still_cannot_confirm(desk: Desk) -> None:
    desk.to_submitted()
    with pytest.raises(GuardNotMetError, match="council manager"):
        desk.confirm(actor=make_actor(Role.MANAGER, agency="constabulary"))


def test_a_former_holder_cannot_submit_after_a_re_allocation(desk: Desk) -> None:
    desk.allocate()
    desk.act(Action.START, desk.author)
    other = make_reviewer(desk.session, desk.programme)
    desk.allocate(reviewer_id=other.key, reason="Off sick")
    desk.act(Action.START, as_actor(other))
    with pytest.raises(GuardNotMetError, match="somebody else"):
        desk.submit(actor=desk.author)


def test_a_reviewer_who_declares_a_conflict_cannot_start(desk: Desk) -> None:
    desk.allocate()
    case = desk.session.get(Case, desk.review.case_id)
    desk.session.add(
        Conflict(
            reviewer_id=desk.reviewer.key,
            kind=ConflictKind.CASE,
            subject=case.reference,
            declared_at=desk.now,
        )
    )
    desk.session.flush()
    with pytest.raises(GuardNotMetError, match="conflict"):
        desk.act(Action.START, desk.author)


def test_re_allocating_asks_for_a_reason(desk: Desk) -> None:
    desk.allocate()
    with pytest.raises(InvalidInputError, match="reason"):
        desk.allocate(reviewer_id=desk.reviewer.key)


def test_a_reviewer_cannot_allocate(desk: Desk) -> None:
    desk.coordinator = desk.author
    with pytest.raises(NotPermittedError, match="Only coordinator may allocate"):
        desk.allocate()


def test_declining_needs_a_reason_and_gives_the_review_back(desk: Desk) -> None:
    desk.allocate()
    review = reviews.decline(
        desk.session,
        review_id=desk.review.key,
        actor=desk.author,
        now=desk.now,
        reason="I know the family",
    )
    assert (review.state, review.reviewer_id) == (ReviewState.UNALLOCATED, None)


def test_a_stale_version_is_refused(desk: Desk) -> None:
    desk.allocate()
    with pytest.raises(ConflictError, match="changed by somebody else"):
        reviews.act(
            desk.session,
            review_id=desk.review.key,
            action=Action.START,
            actor=desk.author,
            now=desk.now,
            version=desk.review.version - 1,
        )


def test_a_missing_review_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="No review 999999"):
        reviews.locked(desk.session, 999_999)


def test_an_immediate_risk_opens_an_escalation_at_once(desk: Desk) -> None:
    desk.to_submitted(safety="immediate_risk")
    desk.session.flush()
    (escalation,) = open_escalations(desk.session, desk.programme.key)
    assert escalation.kind is EscalationKind.IMMEDIATE
    assert escalation.acknowledge_by == desk.now + timedelta(hours=1)


def test_an_escalation_is_acknowledged_once_and_closed_with_an_outcome(desk: Desk) -> None:
    desk.to_submitted(safety="immediate_risk")
    desk.session.flush()
    escalation = desk.session.exec(select(Escalation)).one()
    how = {"escalation_id": escalation.key, "actor": MANAGER, "now": desk.now}
    with pytest.raises(InvalidInputError, match="Acknowledge"):
        close_escalation(desk.session, outcome="Strategy discussion held", **how)
    acknowledge_escalation(desk.session, **how)
    with pytest.raises(ConflictError, match="already acknowledged"):
        acknowledge_escalation(desk.session, **how)
    close_escalation(desk.session, outcome="Strategy discussion held", **how)
    assert open_escalations(desk.session, desk.programme.key) == []


def test_a_reviewer_cannot_acknowledge_an_escalation(desk: Desk) -> None:
    desk.to_submitted(safety="immediate_risk")
    desk.session.flush()
    escalation = desk.session.exec(select(Escalation)).one()
    with pytest.raises(NotPermittedError):
        acknowledge_escalation(
            desk.session, escalation_id=escalation.key, actor=desk.author, now=desk.now
        )


@pytest.mark.parametrize("statement", ["UPDATE event SET actor = 'x'", "DELETE FROM event"])
def test_the_database_refuses_to_change_an_event(
    database: Database, programme: Programme, now: datetime, statement: str
) -> None:
    with database.write() as session:
        Desk(session, programme, now)
    with (
        pytest.raises(sa.exc.DBAPIError, match="append-only"),
        database.write() as session,
    ):
        session.connection().execute(sa.text(statement))


def test_sqlite_cannot_slip_a_replaced_event_past_the_triggers(
    database: Database, programme: Programme, now: datetime
) -> None:
    if not database.is_sqlite:
        pytest.skip("INSERT OR REPLACE is SQLite's own")
    with database.write() as session:
        Desk(session, programme, now)
    replace = "INSERT OR REPLACE INTO event SELECT * FROM event"
    with (
        pytest.raises(sa.exc.DBAPIError, match="append-only"),
        database.write() as session,
    ):
        session.connection().execute(sa.text(replace))


def test_the_chain_holds_over_several_transactions(
    database: Database, programme: Programme, now: datetime
) -> None:
    for _ in range(3):
        with database.write() as session:
            Desk(session, programme, now).to_submitted()
    with database.read() as session:
        verification = audit.verify(session, programme.key)
    assert (verification.ok, verification.events) == (True, 12)


@pytest.mark.parametrize(
    ("tampering", "first_bad"),
    [
        ("UPDATE event SET reason = 'other' WHERE seq = 2", 2),
        ("DELETE FROM event WHERE seq = 3", 3),
        ("DELETE FROM event WHERE seq = 4", 4),
        ("UPDATE event SET at = '2016-01-19 00:00:00' WHERE seq = 1", 1),
    ],
)
def test_a_change_behind_the_programs_back_is_found(
    database: Database, programme: Programme, now: datetime, tampering: str, first_bad: int
) -> None:
    with database.write() as session:
        Desk(session, programme, now).to_submitted()
    disarm = (
        "DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete"
        if database.is_sqlite
        else "DROP TRIGGER event_append_only ON event"
    )
    with database.engine.begin() as connection:
        for statement in disarm.split(";"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(tampering)
    with database.read() as session:
        assert audit.verify(session, programme.key).first_bad == first_bad


def test_events_are_ordered_without_gaps(desk: Desk) -> None:
    desk.to_submitted()
    desk.session.flush()
    sequence = [event.seq for event in desk.session.exec(select(Event).order_by(Event.seq))]
    assert sequence == list(range(1, len(sequence) + 1))
