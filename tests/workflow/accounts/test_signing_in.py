import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import argon2
import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from tests.workflow.accounts.people import (
    ADMINISTRATOR,
    HOME,
    MORNING,
    PHRASE,
    later,
    make_account,
    token_of,
    try_in,
)
from workflow import audit
from workflow.accounts import (
    admit,
    check,
    claim,
    disable,
    find_session,
    passwords,
    sign_in,
    sign_out,
    signing_in,
)
from workflow.accounts.passwords import needs_rehash
from workflow.db import Database
from workflow.models import Event, Programme, SignInAttempt, WebSession
from workflow.states import Role

WRONG = "a password that is wrong"


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(Event.kind).order_by(col(Event.seq))))


def test_the_right_password_opens_a_session(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    result = try_in(session, account)
    assert (result.refusal, result.needs_code) == ("", False)
    found = find_session(session, token=result.token or "", now=MORNING)
    assert found is not None
    assert found[1] == account
    assert account.last_signed_in_at == MORNING


def test_the_user_name_may_be_typed_in_capitals_and_with_spaces(
    session: Session, programme: Programme
) -> None:
    make_account(session, programme, user_name="Jane.Smith@Example.org")
    assert try_in(session, "  JANE.smith@example.ORG ").token


def test_every_session_has_a_token_of_its_own_that_is_not_stored(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    first, second = token_of(session, account), token_of(session, account)
    assert first != second
    assert len(first) >= 43
    stored = session.exec(select(WebSession.token_hash)).all()
    assert not {first, second} & set(stored)


def refused(session: Session, name: str, **values: Any) -> tuple[str, str | None, bool]:
    result = try_in(session, name, **values)
    assert result.account is None
    return (result.refusal, result.token, result.needs_code)


def test_whoever_is_refused_learns_nothing_about_the_account(
    session: Session, programme: Programme
) -> None:
    known = make_account(session, programme)
    disabled = make_account(session, programme)
    disable(session, account=disabled, actor=ADMINISTRATOR, now=MORNING)
    invited = make_account(session, programme, has_password=False)
    answers = {
        refused(session, known.user_name, password=WRONG),
        refused(session, "nobody@example.org"),
        refused(session, disabled.user_name),
        refused(session, invited.user_name),
        refused(session, "no user name at all \0 \ud800"),
    }
    assert answers == {(signing_in.WRONG, None, False)}


def test_an_unknown_name_costs_one_hash_like_a_known_one(
    session: Session, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    real = passwords._HASHER

    class Counting:
        def verify(self, stored: str, password: bytes) -> bool:
            checked.append(stored)
            return real.verify(stored, password)

        check_needs_rehash = staticmethod(real.check_needs_rehash)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    account = make_account(session, programme)
    for name in (account.user_name, "nobody@example.org", "not a name"):
        try_in(session, name, password=WRONG)
    assert checked == [account.password_hash, passwords._NOBODYS, passwords._NOBODYS]


def test_known_and_unknown_names_leave_the_same_traces(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    before = len(kinds(session))
    try_in(session, account, password=WRONG)
    try_in(session, "nobody@example.org", password=WRONG)
    assert kinds(session)[before:] == ["sign_in_refused", "sign_in_refused"]
    assert len(session.exec(select(SignInAttempt)).all()) == 2


def test_after_ten_failures_even_the_right_password_is_refused_for_five_minutes(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    for number in range(10):
        try_in(session, account, password=WRONG, address=f"192.0.2.{number}")
    refusal = try_in(session, account, address="198.51.100.7").refusal
    assert refusal == "Too many attempts failed. Wait 5 minutes, then try again."
    assert not try_in(session, account, now=later(minutes=4, seconds=59)).token
    assert try_in(session, account, now=later(minutes=5)).token


def test_ten_failures_from_one_address_close_it_to_all_names(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    for number in range(10):
        try_in(session, f"guess-{number}@example.org", password=WRONG)
    assert "Too many" in try_in(session, account).refusal
    assert try_in(session, account, address="198.51.100.7").token


def test_an_unknown_name_is_limited_like_a_known_one(
    session: Session, programme: Programme
) -> None:
    for number in range(10):
        try_in(session, "nobody@example.org", address=f"192.0.2.{number}")
    assert "Too many" in try_in(session, "nobody@example.org", address="198.51.100.7").refusal


def test_two_hundred_guesses_get_ten_hashes(
    session: Session, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = []
    monkeypatch.setattr(
        signing_in, "verify_password", lambda *tried: hashes.append(tried) is not None
    )
    account = make_account(session, programme)
    for number in range(200):
        try_in(session, account, password=f"guess {number}", now=later(seconds=number))
    assert len(hashes) == 10


def test_addresses_of_one_ipv6_network_are_one(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    for number in range(10):
        try_in(session, f"guess-{number}", address=f"2001:db8:1:2::{number}")
    assert "Too many" in try_in(session, account, address="2001:db8:1:2:ffff::1").refusal
    assert try_in(session, account, address="2001:db8:1:3::1").token


def test_people_who_sign_in_well_do_not_close_their_shared_address(
    session: Session, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "verify_password", lambda *_: True)
    people = [make_account(session, programme) for _ in range(15)]
    assert all(try_in(session, one).token for one in people)


def test_attempts_hold_neither_names_nor_addresses(session: Session, programme: Programme) -> None:
    try_in(session, "jane@example.org", password=WRONG)
    attempt = session.exec(select(SignInAttempt)).one()
    assert "jane" not in attempt.model_dump_json()
    assert HOME not in attempt.model_dump_json()


def test_attempts_are_forgotten_after_a_day(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    try_in(session, account, password=WRONG)
    try_in(session, account, now=later(days=1, seconds=1))
    assert [one.succeeded for one in session.exec(select(SignInAttempt))] == [True]


@pytest.mark.usefixtures("slow_passwords")
def test_a_hash_with_old_parameters_is_replaced_at_sign_in(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    account.password_hash = argon2.PasswordHasher(1, 1024, 1).hash(PHRASE)
    session.flush()
    assert try_in(session, account).token
    assert account.password_hash
    assert not needs_rehash(account.password_hash)
    assert try_in(session, account).token


def test_a_password_changed_while_it_is_checked_lets_nobody_in(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    who = claim(session, user_name=account.user_name, address=HOME, now=MORNING)
    checked = check(who, PHRASE)
    account.password_hash = passwords.hash_password("another one entirely")
    session.flush()
    assert not admit(session, claim=who, checked=checked, now=MORNING).token


def test_an_account_disabled_while_its_password_is_checked_lets_nobody_in(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    who = claim(session, user_name=account.user_name, address=HOME, now=MORNING)
    checked = check(who, PHRASE)
    disable(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    assert admit(session, claim=who, checked=checked, now=MORNING).refusal == signing_in.WRONG


def test_signing_in_and_out_are_events_of_the_chain(session: Session, programme: Programme) -> None:
    account = make_account(session, programme, Role.REVIEWER)
    token = token_of(session, account)
    found = find_session(session, token=token, now=MORNING)
    assert found is not None
    sign_out(session, web_session=found[0], now=MORNING)
    sign_out(session, web_session=found[0], now=MORNING)
    assert kinds(session) == ["account_created", "signed_in", "signed_out"]
    session.flush()
    assert audit.verify(session, programme.key).ok


def test_a_refused_attempt_is_kept_when_the_callers_session_ends(
    database: Database, programme: Programme
) -> None:
    with database.write() as session:
        account = make_account(session, programme)
    with database.write() as session:
        assert not try_in(session, account, password=WRONG).token
    with database.read() as session:
        assert session.exec(select(SignInAttempt)).one().succeeded is False


@pytest.mark.both_databases
def test_parallel_guesses_count_each_other(
    database: Database, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, lock = [], threading.Lock()

    def hashing(*guess: object) -> bool:
        with lock:
            tried.append(guess)
        return False

    monkeypatch.setattr(signing_in, "verify_password", hashing)
    with database.write() as session:
        account = make_account(session, programme)

    def guess(number: int) -> str:
        with database.write() as session:
            return try_in(session, account, password=f"guess {number}").refusal

    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(guess, range(24)))
    assert len(tried) == 10
    assert sum("Too many" in refusal for refusal in refusals) == 14


@pytest.mark.both_databases
def test_parallel_guesses_in_three_steps_count_each_other(
    database: Database, programme: Programme
) -> None:
    def guess(_: int) -> bool:
        with database.write() as session:
            return not claim(
                session, user_name="jane@example.org", address=HOME, now=MORNING
            ).refusal

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(24))) == 10


@pytest.mark.both_databases
def test_people_can_sign_in_at_the_same_time(database: Database, programme: Programme) -> None:
    with database.write() as session:
        people = [make_account(session, programme) for _ in range(8)]

    def enter(number: int) -> str | None:
        with database.write() as session:
            return sign_in(
                session,
                user_name=people[number].user_name,
                password=PHRASE,
                address=f"192.0.2.{number}",
                now=MORNING + timedelta(seconds=number),
            ).token

    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(enter, range(8)))
    assert None not in tokens
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(WebSession)).one() == 8
        assert audit.verify(session, programme.key).ok


def test_no_table_holds_a_password_or_a_token(database: Database, programme: Programme) -> None:
    with database.write() as session:
        token = token_of(session, make_account(session, programme))
    with database.engine.connect() as connection:
        rows = [
            str(row)
            for table in sa.inspect(connection).get_table_names()
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"'))
        ]
    assert not [row for row in rows if PHRASE in row or token in row]
