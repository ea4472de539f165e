"""The sweep, told on both databases: what it finds, what it does, and that it does it once."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests.factories import as_actor, make_actor, make_form, make_review, make_reviewer
from workflow import reviews
from workflow.calendar import at_local
from workflow.drafts import FormVersion, Typed, save_draft
from workflow.errors import ConflictError
from workflow.models import (
    Alert,
    AlertKind,
    Leave,
    Notification,
    NotificationKind,
    Programme,
    Review,
    Reviewer,
    Sweep,
)
from workflow.policy import ModerationPolicy, Policy
from workflow.states import Action, ReviewState, Role
from workflow.tracking import open_alerts, sweep

COORDINATOR = make_actor(Role.COORDINATOR)
POLICY = Policy(moderation=ModerationPolicy(share=0, first_reviews=0))


class Watch:
    """A programme with one allocated review, and a sweep on any day."""

    def __init__(self, session: Session, programme: Programme, now: datetime):
        self.session, self.now = session, now
        self.programme = session.get_one(Programme, programme.key)
        self.reviewer: Reviewer = make_reviewer(session, self.programme)
        self.review: Review = make_review(session, self.programme)
        self.allocate()

    def allocate(self, due_on: date = date(2016, 2, 3)) -> None:
        reviews.allocate(
            self.session,
            review=self.review,
            reviewer_id=self.reviewer.key,
            due_on=due_on,
            actor=COORDINATOR,
            now=self.now,
        )
        self.session.flush()

    def act(self, action: Action, reason: str | None = None) -> None:
        reviews.act(
            self.session,
            review_id=self.review.key,
            action=action,
            actor=as_actor(self.reviewer),
            now=self.now,
            reason=reason,
        )
        self.session.flush()

    def submit(self, **form: object) -> None:
        reviews.submit(
            self.session,
            review_id=self.review.key,
            form=make_form(**form),
            actor=as_actor(self.reviewer),
            now=self.now,
            programme=self.programme,
            policy=POLICY,
        )
        self.session.flush()

    def sweep(self, as_of: date) -> Sweep:
        return sweep(
            self.session,
            programme=self.programme,
            policy=POLICY,
            actor=COORDINATOR,
            now=at_local(as_of),
            as_of=as_of,
        )

    def alerts(self) -> set[AlertKind]:
        return {alert.kind for alert, _, _ in open_alerts(self.session, self.programme)}


@pytest.fixture
def watch(session: Session, programme: Programme, now: datetime) -> Watch:
    return Watch(session, programme, now)


def test_a_fresh_allocation_needs_no_chasing(watch: Watch) -> None:
    assert watch.sweep(date(2016, 1, 21)).opened == {}
    assert watch.alerts() == set()


def test_a_review_is_due_soon_three_working_days_ahead(watch: Watch) -> None:
    watch.act(Action.START)
    watch.sweep(date(2016, 1, 28))
    assert AlertKind.DUE_SOON not in watch.alerts()
    watch.sweep(date(2016, 1, 29))
    assert AlertKind.DUE_SOON in watch.alerts()


def test_a_review_is_overdue_from_the_day_after_it_was_due(watch: Watch) -> None:
    watch.act(Action.START)
    watch.sweep(date(2016, 2, 3))
    assert AlertKind.OVERDUE not in watch.alerts()
    watch.sweep(date(2016, 2, 4))
    assert AlertKind.OVERDUE in watch.alerts()


def test_submitting_clears_what_was_overdue(watch: Watch) -> None:
    watch.act(Action.START)
    watch.sweep(date(2016, 2, 4))
    watch.submit()
    done = watch.sweep(date(2016, 2, 4))
    assert done.cleared == {AlertKind.OVERDUE: 1, AlertKind.STALE_DRAFT: 1}


def test_a_review_nobody_started_is_chased_after_five_working_days(watch: Watch) -> None:
    watch.sweep(date(2016, 1, 27))
    assert AlertKind.NOT_STARTED not in watch.alerts()
    watch.sweep(date(2016, 1, 28))
    assert AlertKind.NOT_STARTED in watch.alerts()


def test_a_draft_nobody_touches_goes_stale_and_typing_freshens_it(watch: Watch) -> None:
    watch.act(Action.START)
    watch.sweep(date(2016, 1, 28))
    assert AlertKind.STALE_DRAFT in watch.alerts()
    watch.now = at_local(date(2016, 1, 28))
    save_draft(
        watch.session,
        review_id=watch.review.key,
        typed=Typed(section="outcome", answers={"reasons": "half a sen"}),
        newest=FormVersion("cin_review", 1, ("outcome",)),
        actor=as_actor(watch.reviewer),
        now=watch.now,
    )
    watch.session.flush()
    watch.sweep(date(2016, 1, 29))
    assert AlertKind.STALE_DRAFT not in watch.alerts()


def test_a_submission_waits_three_working_days_before_managers_are_chased(watch: Watch) -> None:
    watch.act(Action.START)
    watch.submit()
    watch.sweep(date(2016, 1, 25))
    assert watch.alerts() == set()
    watch.sweep(date(2016, 1, 26))
    assert watch.alerts() == {AlertKind.AWAITING_CONFIRMATION}


def test_an_escalation_past_its_hour_is_reported_whatever_the_state(watch: Watch) -> None:
    watch.act(Action.START)
    watch.submit(safety="immediate_risk")
    assert watch.sweep(date(2016, 1, 20)).opened == {}
    assert watch.sweep(date(2016, 1, 21)).opened == {AlertKind.UNACKNOWLEDGED: 1}


def test_a_leavers_reviews_go_back_to_the_coordinator_once(watch: Watch) -> None:
    watch.act(Action.START)
    watch.reviewer.available_to = date(2016, 1, 22)
    first, second = watch.sweep(date(2016, 1, 25)), watch.sweep(date(2016, 1, 25))
    assert (first.released, second.released) == (1, 0)
    assert watch.review.state is ReviewState.UNALLOCATED
    assert watch.alerts() == {AlertKind.HOLDER_LEFT}


def test_the_leavers_alert_clears_when_somebody_else_takes_over(watch: Watch) -> None:
    watch.reviewer.available_to = date(2016, 1, 22)
    watch.sweep(date(2016, 1, 25))
    watch.reviewer = make_reviewer(watch.session, watch.programme)
    watch.now = at_local(date(2016, 1, 25))
    watch.allocate()
    watch.sweep(date(2016, 1, 26))
    assert watch.alerts() == set()


def test_somebody_away_for_long_puts_their_reviews_on_the_coordinators_list(watch: Watch) -> None:
    watch.act(Action.START)
    watch.session.add(
        Leave(
            reviewer_id=watch.reviewer.key,
            first_on=date(2016, 1, 21),
            last_on=date(2016, 2, 5),
        )
    )
    watch.sweep(date(2016, 1, 21))
    assert watch.alerts() == {AlertKind.HOLDER_ABSENT}
    assert watch.review.state is ReviewState.IN_PROGRESS


def test_sweeping_twice_on_a_day_does_nothing_the_second_time(watch: Watch) -> None:
    watch.sweep(date(2016, 2, 4))
    again = watch.sweep(date(2016, 2, 4))
    assert (again.opened, again.cleared, again.released, again.notified) == ({}, {}, 0, 0)
    assert len(watch.session.exec(select(Sweep)).all()) == 2


def test_a_reviewer_gets_one_message_a_day_with_references_only(watch: Watch) -> None:
    for _ in range(2):
        watch.sweep(date(2016, 2, 4))
    chased = select(Notification).where(Notification.kind == NotificationKind.CHASE)
    (message,) = watch.session.exec(chased).all()
    assert message.recipient == watch.reviewer.reference
    assert set(message.content) == {AlertKind.OVERDUE, AlertKind.NOT_STARTED}
    assert all(ref.startswith("CIN-") for refs in message.content.values() for ref in refs)


def test_an_alert_keeps_the_day_it_opened(watch: Watch) -> None:
    watch.sweep(date(2016, 2, 4))
    watch.sweep(date(2016, 2, 4) + timedelta(1))
    opened = watch.session.exec(select(Alert).where(Alert.kind == AlertKind.OVERDUE)).one()
    assert (opened.opened_on, opened.cleared_on) == (date(2016, 2, 4), None)


def test_a_day_before_one_that_was_swept_is_refused(watch: Watch) -> None:
    watch.sweep(date(2016, 2, 4))
    before = [alert.cleared_on for alert in watch.session.exec(select(Alert))]
    with pytest.raises(ConflictError, match="tracked for 2016-02-04 already"):
        watch.sweep(date(2016, 2, 1))
    assert [alert.cleared_on for alert in watch.session.exec(select(Alert))] == before
    watch.sweep(date(2016, 2, 4))
