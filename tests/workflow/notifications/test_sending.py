"""Claiming, trying again, giving up; and never twice."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from workflow.db import Database
from workflow.models import Delivery, Notification, Programme, Sending, Signal, SignalKind
from workflow.notifications.outbox import signal
from workflow.notifications.sending import (
    EMAILS,
    SIGNALS,
    SendingPolicy,
    claim,
    forget,
    send_again,
    settle_failed,
    settle_sent,
)


@pytest.fixture
def outbox(database: Database, programme: Programme, now: datetime) -> Database:
    """Three signals that wait."""
    with database.write() as session:
        for number in range(3):
            signal(
                session,
                SignalKind.REVIEWS_SUBMITTED,
                programme_id=programme.key,
                now=now + timedelta(seconds=number),
                payload={"review": number},
            )
    return database


def take(database: Database, mark: str, now: datetime) -> list[Signal]:
    with database.write() as session:
        return claim(session, Signal, mark=mark, now=now, policy=SIGNALS)


def states(database: Database) -> list[tuple[Sending, int]]:
    with database.read() as session:
        rows = session.exec(select(Signal).order_by(Signal.id)).all()
        return [(row.sending, row.attempts) for row in rows]


def test_what_one_sender_has_in_hand_no_other_gets(outbox: Database, now: datetime) -> None:
    later = now + timedelta(minutes=1)
    assert len(take(outbox, "a", later)) == 3
    assert take(outbox, "b", later) == []


def test_what_is_sent_is_never_claimed_again(outbox: Database, now: datetime) -> None:
    later = now + timedelta(minutes=1)
    mine = take(outbox, "a", later)
    with outbox.write() as session:
        settle_sent(session, mine, now=later)

    assert take(outbox, "b", later + timedelta(days=1)) == []
    assert states(outbox) == [(Sending.SENT, 1)] * 3


def test_the_claim_of_a_sender_that_died_lapses(outbox: Database, now: datetime) -> None:
    later = now + timedelta(minutes=1)
    lost = take(outbox, "a", later)
    again = take(outbox, "b", later + SIGNALS.lease + timedelta(seconds=1))
    assert [one.key for one in again] == [one.key for one in lost]

    with outbox.write() as session:  # the first one was only slow
        settle_failed(session, lost[0], error="too late", now=later)
        settle_sent(session, again, now=later)
    assert states(outbox) == [(Sending.SENT, 2)] * 3


def test_a_failure_waits_longer_each_time_until_somebody_must_look(
    outbox: Database, now: datetime
) -> None:
    at, pauses = now + timedelta(minutes=1), []
    for number in range(SIGNALS.attempts):
        first, *others = take(outbox, f"{number}", at)
        with outbox.write() as session:
            settle_sent(session, others, now=at)
            gives_up = settle_failed(session, first, error="refused", now=at, policy=SIGNALS)
            stored = session.get_one(Signal, first.key)
        assert gives_up is (number == SIGNALS.attempts - 1)
        pauses.append(stored.next_try_at - at)
        assert take(outbox, "early", stored.next_try_at - timedelta(seconds=1)) == []
        at = stored.next_try_at

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (SIGNALS.first_pause, SIGNALS.longest_pause)
    assert states(outbox)[0] == (Sending.FAILED, SIGNALS.attempts)
    assert take(outbox, "never", at + timedelta(days=9)) == []


def test_what_was_given_up_can_be_sent_again(
    outbox: Database, programme: Programme, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    with outbox.write() as session:
        for mine in claim(session, Signal, mark="a", now=later, policy=SIGNALS):
            settle_failed(session, mine, error="no", now=later, is_final=True)
        assert send_again(session, programme_id=programme.key + 1, now=later) == 0
        assert send_again(session, programme_id=programme.key, now=later) == 3

    assert len(take(outbox, "b", later)) == 3


def test_old_news_is_not_sent_but_old_signals_are(outbox: Database, now: datetime) -> None:
    impatient = SendingPolicy(news_for=timedelta(hours=1))
    assert EMAILS.news_for is not None
    with outbox.write() as session:
        later = now + timedelta(hours=2)
        assert claim(session, Signal, mark="a", now=later, policy=impatient) == []
    assert states(outbox) == [(Sending.EXPIRED, 0)] * 3


def test_so_many_are_claimed_at_once_the_oldest_first(outbox: Database, now: datetime) -> None:
    with outbox.write() as session:
        later = now + timedelta(minutes=1)
        few = claim(session, Signal, mark="a", now=later, policy=SendingPolicy(at_once=2))
    assert [one.payload["review"] for one in few] == [0, 1]


def test_what_nobody_needs_any_more_is_forgotten(
    outbox: Database, programme: Programme, now: datetime
) -> None:
    with outbox.write() as session:
        later = now + timedelta(days=1)
        assert forget(session, programme_id=programme.key, before=now) == 0
        assert forget(session, programme_id=programme.key, before=later) == 3
        for model in (Signal, Delivery, Notification):
            assert session.exec(select(model)).all() == []
