"""Who is told what, in the transaction of what happened."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.factories import (
    as_actor,
    make_actor,
    make_case,
    make_form,
    make_review,
    make_reviewer,
)
from workflow import reviews
from workflow.accounts import create_account
from workflow.allocation.applying import apply_proposal
from workflow.allocation.inputs import read_inputs
from workflow.allocation.runs import solved
from workflow.allocation.undoing import undo_allocation
from workflow.calendar import at_local
from workflow.db import Database
from workflow.escalations import acknowledge_escalation, raise_escalation
from workflow.models import (
    Account,
    Case,
    Delivery,
    EscalationKind,
    Notification,
    NotificationKind,
    Programme,
    Review,
    Sending,
    Signal,
    SignalKind,
)
from workflow.policy import Policy, TrackingPolicy
from workflow.states import Action, Role
from workflow.tracking import sweep

COORDINATOR = make_actor(Role.COORDINATOR)
MANAGER = make_actor(Role.MANAGER)
FULL_TIME = [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]


def make_account(session: Session, programme: Programme, *roles: Role, **values: Any) -> Account:
    account = create_account(
        session,
        programme=programme,
        user_name=values.pop("user_name", "-".join(roles)),
        name="Alex Example",
        roles=roles,
        actor=make_actor(Role.ADMINISTRATOR),
        now=at_local(date(2016, 1, 20)),
        **values,
    )
    session.flush()
    return account


def told(session: Session) -> list[tuple[str, str, list[str]]]:
    """Kind, recipient and references of every message, in the order they were written."""
    return [
        (one.kind.value, one.recipient, references(one))
        for one in session.exec(select(Notification).order_by(Notification.id))
    ]


def signals(session: Session) -> list[SignalKind]:
    return [one.kind for one in session.exec(select(Signal).order_by(Signal.id))]


def here(session: Session, programme: Programme) -> Programme:
    return session.get_one(Programme, programme.key)


def references(message: Notification) -> list[str]:
    return sorted(itertools.chain.from_iterable(message.content.values()))


def give(session: Session, review: Review, reviewer_id: int, now: datetime) -> None:
    reviews.allocate(
        session,
        review=review,
        reviewer_id=reviewer_id,
        due_on=None,
        actor=COORDINATOR,
        now=now,
        reason="because",
    )


def test_who_gets_a_review_and_who_loses_it_are_told(session, programme, now) -> None:
    first, second = (make_reviewer(session, programme) for _ in range(2))
    review = make_review(session, programme, reference="CIN-00001")
    give(session, review, first.key, now)
    give(session, review, second.key, now)
    reviews.release(session, review_id=review.key, actor=COORDINATOR, now=now, reason="leave")

    assert told(session) == [
        ("allocated", first.reference, ["CIN-00001"]),
        ("allocated", second.reference, ["CIN-00001"]),
        ("moved_away", first.reference, ["CIN-00001"]),
        ("moved_away", second.reference, ["CIN-00001"]),
    ]


def test_whoever_declines_is_not_told_of_it(session, programme, now) -> None:
    reviewer = make_reviewer(session, programme)
    review = make_review(session, programme)
    give(session, review, reviewer.key, now)
    reviews.decline(
        session, review_id=review.key, actor=as_actor(reviewer), now=now, reason="unwell"
    )

    assert [kind for kind, _, _ in told(session)] == ["allocated"]


def test_a_run_tells_each_reviewer_once_and_its_undoing_too(session, programme, now) -> None:
    programme = here(session, programme)
    for _ in range(2):
        make_reviewer(session, programme, pattern=FULL_TIME)
    for _ in range(4):
        make_review(session, programme)
    inputs = read_inputs(session, programme=programme, policy=Policy(), as_of=date(2016, 1, 20))
    run = apply_proposal(
        session,
        solved(inputs),
        programme=programme,
        policy=Policy(),
        actor=COORDINATOR,
        now=now,
    )
    given = told(session)
    undo_allocation(session, run.key, programme=programme, actor=COORDINATOR, now=now)

    assert {kind for kind, _, _ in given} == {"allocated"}
    assert len({recipient for _, recipient, _ in given}) == len(given)
    assert sum(len(named) for _, _, named in given) == 4
    taken = told(session)[len(given) :]
    assert [("moved_away", who, what) for _, who, what in given] == taken
    assert signals(session) == [SignalKind.ALLOCATION_APPLIED]
    (signal,) = session.exec(select(Signal)).all()
    assert signal.payload == {"run": run.key}


def test_a_returned_review_is_told_to_its_holder_and_a_submission_to_the_flows(
    session, programme, now
) -> None:
    reviewer = make_reviewer(session, programme)
    review = make_review(session, programme, reference="CIN-00002")
    give(session, review, reviewer.key, now)
    who = as_actor(reviewer)
    reviews.act(session, review_id=review.key, action=Action.START, actor=who, now=now)
    reviews.submit(
        session,
        review_id=review.key,
        form=make_form(),
        actor=who,
        now=now,
        programme=programme,
        policy=Policy(),
    )
    reviews.act(
        session,
        review_id=review.key,
        action=Action.RETURN,
        actor=MANAGER,
        now=now,
        reason="Say more.",
    )

    assert told(session)[-1] == ("returned", reviewer.reference, ["CIN-00002"])
    assert signals(session) == [SignalKind.ALLOCATION_APPLIED, SignalKind.REVIEWS_SUBMITTED]


def escalate(session: Session, programme: Programme, now: datetime, **who: Any) -> Any:
    return raise_escalation(
        session,
        review=make_review(session, programme, reference="CIN-00003"),
        kind=EscalationKind.IMMEDIATE,
        reason="because",
        actor=who.get("actor", make_actor(Role.REVIEWER)),
        now=now,
        calendar=programme.calendar,
        policy=TrackingPolicy(),
    )


def test_everybody_on_duty_gets_one_copy_of_an_escalation(session, programme, now) -> None:
    both = make_account(session, programme, Role.MANAGER, Role.COORDINATOR)
    one = make_account(session, programme, Role.MANAGER, user_name="second@example.org")
    make_account(session, programme, Role.AUDITOR)
    escalate(session, programme, now)

    copies = {row.account_id: row.sending for row in session.exec(select(Delivery))}
    assert copies == {both.key: Sending.NONE, one.key: Sending.WAITING}


def test_whoever_raises_an_escalation_is_not_told_of_it(session, programme, now) -> None:
    manager = make_account(session, programme, Role.MANAGER)
    escalate(session, programme, now, actor=make_actor(Role.MANAGER, name=manager.user_name))
    assert session.exec(select(Delivery)).all() == []


def test_an_escalation_past_its_time_is_told_once_at_any_hour(session, programme, now) -> None:
    programme = here(session, programme)
    raised = escalate(session, programme, now)
    late = raised.acknowledge_by + timedelta(minutes=1)
    days: dict[str, Any] = {"programme": programme, "policy": Policy(), "actor": COORDINATOR}
    for hours in (0, 24 * 4 + 3):  # the second one at night
        at = late + timedelta(hours=hours)
        sweep(session, now=at, as_of=at.date(), **days)
    acknowledge_escalation(session, escalation_id=raised.key, actor=MANAGER, now=late)

    kinds = [(kind, to) for kind, to, _ in told(session) if kind == "escalation_late"]
    assert kinds == [("escalation_late", "manager"), ("escalation_late", "coordinator")]


@pytest.mark.parametrize(
    ("hour", "day", "messages"),
    [
        (5, date(2016, 2, 4), 0),
        (6, date(2016, 2, 4), 1),
        (12, date(2016, 2, 6), 0),  # a Saturday
    ],
)
def test_the_message_of_the_day_comes_on_working_mornings(
    session, programme, hour: int, day: date, messages: int
) -> None:
    programme = here(session, programme)
    reviewer = make_reviewer(session, programme)
    review = make_review(session, programme)
    give(session, review, reviewer.key, at_local(date(2016, 1, 20)))
    at = at_local(day) + timedelta(hours=hour - 9)
    for _ in range(2):
        sweep(session, programme=programme, policy=Policy(), actor=COORDINATOR, now=at, as_of=day)

    assert [kind for kind, _, _ in told(session)].count("chase") == messages


def test_managers_hear_each_morning_what_waits_for_them(session, programme, now) -> None:
    programme = here(session, programme)
    reviewer = make_reviewer(session, programme)
    review = make_review(session, programme, reference="CIN-00004")
    give(session, review, reviewer.key, now)
    who = as_actor(reviewer)
    reviews.act(session, review_id=review.key, action=Action.START, actor=who, now=now)
    reviews.submit(
        session,
        review_id=review.key,
        form=make_form(),
        actor=who,
        now=now,
        programme=programme,
        policy=Policy(),
    )
    at = now + timedelta(days=1)
    sweep(
        session,
        programme=programme,
        policy=Policy(),
        actor=COORDINATOR,
        now=at,
        as_of=at.date(),
    )

    (message,) = session.exec(
        select(Notification).where(Notification.kind == NotificationKind.CHASE)
    ).all()
    assert (message.recipient, message.content) == ("manager", {"submitted": ["CIN-00004"]})


def test_nobody_is_told_of_what_was_rolled_back(
    database: Database, programme: Programme, now: datetime
) -> None:
    def fail() -> None:
        with database.write() as session:
            reviewer = make_reviewer(session, programme)
            give(session, make_review(session, programme), reviewer.key, now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as session:
        assert session.exec(select(Notification)).all() == []
        assert session.exec(select(Signal)).all() == []


def test_no_word_about_a_child_is_in_a_message(session, programme, now) -> None:
    secret = {"child_id": "SECRET", "family": "SECRET", "facts": {"name": "SECRET"}}
    case = make_case(session, programme, reference="CIN-00005", **secret)
    (review,) = reviews.open_reviews(
        session, cases=[case], actor=COORDINATOR, now=now, opened_on=now.date()
    )
    give(session, review, make_reviewer(session, programme).key, now)
    escalate(session, programme, now)

    for one in session.exec(select(Notification)):
        assert all(reference.startswith("CIN-") for reference in references(one))
    assert session.exec(select(Case).where(Case.child_id == "SECRET")).one()


def test_somebody_who_gets_an_account_finds_what_was_told_before(session, programme, now) -> None:
    reviewer = make_reviewer(session, programme)
    give(session, make_review(session, programme), reviewer.key, now)
    account = make_account(session, programme, Role.REVIEWER, reviewer=reviewer)

    (copy,) = session.exec(select(Delivery)).all()
    assert (copy.account_id, copy.sending) == (account.key, Sending.NONE)


def test_a_new_message_of_the_day_puts_the_older_ones_away(session, programme, now) -> None:
    programme = here(session, programme)
    reviewer = make_reviewer(session, programme)
    make_account(session, programme, Role.REVIEWER, reviewer=reviewer, user_name="alex@example.org")
    give(session, make_review(session, programme), reviewer.key, now)
    days = [at_local(date(2016, 2, day)) for day in (4, 5)]
    for at in days:
        sweep(
            session,
            programme=programme,
            policy=Policy(),
            actor=COORDINATOR,
            now=at,
            as_of=at.date(),
        )
    session.expire_all()

    copies = session.exec(select(Delivery).order_by(Delivery.id)).all()
    assert [one.read_at for one in copies] == [None, days[1], None]
    assert [one.sending for one in copies] == [Sending.WAITING, Sending.EXPIRED, Sending.WAITING]
