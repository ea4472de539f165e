import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from xml.etree import ElementTree as ET

import pyotp
import pytest
from sqlmodel import Session, col, select

from tests.factories import make_actor
from tests.workflow.accounts.people import (
    ADMINISTRATOR,
    MORNING,
    PHRASE,
    later,
    make_account,
    token_of,
    try_in,
)
from workflow.accounts import (
    Account,
    actor_of,
    confirm,
    enrol,
    find_session,
    pending_enrolment,
    renew_recovery_codes,
    reset_second_factor,
    signing_in,
    verify_code,
)
from workflow.db import Database
from workflow.errors import GuardNotMetError, InvalidInputError, NotPermittedError
from workflow.models import Event, Programme, RecoveryCode
from workflow.states import Role

WRONG = "a password that is wrong"


def code_at(secret: str, now: datetime) -> str:
    return pyotp.TOTP(secret).at(now)


def protect(session: Session, account: Account) -> tuple[str, tuple[str, ...]]:
    """Set a second factor up; gives its secret and the recovery codes."""
    secret = enrol(session, account=account, password=PHRASE, now=MORNING).secret
    codes = confirm(session, account=account, code=code_at(secret, MORNING), now=MORNING)
    return secret, codes


@pytest.fixture
def account(session: Session, programme: Programme) -> Account:
    return make_account(session, programme)


def test_an_authenticator_gives_the_codes_the_account_then_asks_for(
    session: Session, account: Account
) -> None:
    secret, _ = protect(session, account)
    now = later(minutes=1)
    asked = try_in(session, account, now=now)
    assert (asked.token, asked.needs_code, asked.refusal) == (None, True, signing_in.CODE_MISSING)
    assert try_in(session, account, code=code_at(secret, now), now=now).token


def test_a_code_is_not_asked_for_before_the_password_is_right(
    session: Session, account: Account
) -> None:
    secret, _ = protect(session, account)
    now = later(minutes=1)
    refused = try_in(session, account, password=WRONG, code=code_at(secret, now), now=now)
    assert (refused.refusal, refused.needs_code) == (signing_in.WRONG, False)
    assert try_in(session, account, code=code_at(secret, now), now=now).token


def test_a_code_works_once(session: Session, account: Account) -> None:
    secret, _ = protect(session, account)
    now = later(minutes=1)
    code = code_at(secret, now)
    assert try_in(session, account, code=code, now=now).token
    again = try_in(session, account, code=code, now=now)
    assert (again.token, again.needs_code, again.refusal) == (None, True, signing_in.CODE_WRONG)


def test_no_code_from_before_the_last_used_one_works(session: Session, account: Account) -> None:
    secret, _ = protect(session, account)
    now = later(minutes=2)
    assert verify_code(session, account=account, code=code_at(secret, now), now=now)
    older = code_at(secret, later(minutes=1, seconds=30))
    assert not verify_code(session, account=account, code=older, now=now)


def test_the_code_that_confirmed_the_authenticator_does_not_sign_in(
    session: Session, account: Account
) -> None:
    secret, _ = protect(session, account)
    assert not try_in(session, account, code=code_at(secret, MORNING)).token


@pytest.mark.parametrize(("seconds", "right"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_wrong(
    session: Session, account: Account, seconds: int, right: bool
) -> None:
    secret, _ = protect(session, account)
    code = code_at(secret, later(minutes=10, seconds=seconds))
    assert verify_code(session, account=account, code=code, now=later(minutes=10)) is right


@pytest.mark.parametrize(
    "code", ["12345", "1234567", "abcdef", "١٢٣٤٥٦", "", "\0" * 6, "\ud800" * 6]
)
def test_what_is_no_code_is_wrong_and_nothing_more(
    session: Session, account: Account, code: str
) -> None:
    protect(session, account)
    assert not verify_code(session, account=account, code=code, now=later(minutes=1))


def test_a_code_may_be_typed_with_a_space(session: Session, account: Account) -> None:
    secret, _ = protect(session, account)
    code = code_at(secret, later(minutes=1))
    spaced = f" {code[:3]} {code[3:]} "
    assert verify_code(session, account=account, code=spaced, now=later(minutes=1))


def test_five_wrong_codes_close_the_account_for_five_minutes(
    session: Session, account: Account
) -> None:
    secret, _ = protect(session, account)
    now = later(minutes=1)
    for _ in range(5):
        assert try_in(session, account, code="000 00", now=now).refusal == signing_in.CODE_WRONG
    refused = try_in(session, account, code=code_at(secret, now), now=now)
    assert (refused.token, refused.needs_code) == (None, True)
    assert "Too many" in refused.refusal
    then = later(minutes=7)
    assert try_in(session, account, code=code_at(secret, then), now=then).token


def test_twenty_wrong_codes_close_the_account_for_an_hour(
    session: Session, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = protect(session, account)
    monkeypatch.setattr(signing_in, "verify_password", lambda *_: True)
    for number in range(20):
        try_in(session, account, code="wrong", now=later(minutes=2 * number))
    now = later(minutes=50)
    assert "Too many" in try_in(session, account, code=code_at(secret, now), now=now).refusal


def test_each_of_ten_recovery_codes_stands_in_once(session: Session, account: Account) -> None:
    _, codes = protect(session, account)
    assert len(set(codes)) == 10
    for code in codes:
        assert try_in(session, account, code=code.lower().replace("-", " ")).token
    assert not verify_code(session, account=account, code=codes[0], now=MORNING)


def test_recovery_codes_are_stored_as_hashes_only(session: Session, account: Account) -> None:
    _, codes = protect(session, account)
    stored = "".join(session.exec(select(RecoveryCode.code_hash)))
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]


def test_a_recovery_code_is_good_for_its_own_account_only(
    session: Session, programme: Programme, account: Account
) -> None:
    _, codes = protect(session, account)
    other = make_account(session, programme)
    protect(session, other)
    assert not verify_code(session, account=other, code=codes[0], now=MORNING)


def test_new_recovery_codes_replace_the_old_ones(session: Session, account: Account) -> None:
    _, old = protect(session, account)
    new = renew_recovery_codes(session, account=account, password=PHRASE, now=MORNING)
    assert not verify_code(session, account=account, code=old[0], now=MORNING)
    assert verify_code(session, account=account, code=new[0], now=MORNING)


def test_recovery_codes_stand_in_for_an_authenticator_only(
    session: Session, account: Account
) -> None:
    with pytest.raises(GuardNotMetError):
        renew_recovery_codes(session, account=account, password=PHRASE, now=MORNING)


def test_an_authenticator_counts_only_once_confirmed(session: Session, account: Account) -> None:
    enrolment = enrol(session, account=account, password=PHRASE, now=MORNING)
    assert not account.has_second_factor
    assert pending_enrolment(session, account=account) == enrolment
    with pytest.raises(InvalidInputError) as refused:
        confirm(session, account=account, code="000000x", now=MORNING)
    assert refused.value.field == "code"
    assert try_in(session, account).token


def test_nothing_can_be_confirmed_before_it_is_begun(session: Session, account: Account) -> None:
    with pytest.raises(GuardNotMetError):
        confirm(session, account=account, code="123456", now=MORNING)


def test_the_old_authenticator_stays_until_the_new_one_is_confirmed(
    session: Session, account: Account
) -> None:
    old, _ = protect(session, account)
    new = enrol(session, account=account, password=PHRASE, now=MORNING).secret
    now = later(minutes=1)
    assert verify_code(session, account=account, code=code_at(old, now), now=now)
    confirm(session, account=account, code=code_at(new, now), now=now)
    then = later(minutes=2)
    assert not verify_code(session, account=account, code=code_at(old, then), now=then)
    assert verify_code(session, account=account, code=code_at(new, then), now=then)


def test_an_authenticator_cannot_be_set_up_at_a_browser_left_open(
    session: Session, account: Account
) -> None:
    for use_case in (enrol, renew_recovery_codes):
        with pytest.raises(InvalidInputError) as refused:
            use_case(session, account=account, password=WRONG, now=MORNING)
        assert refused.value.field == "password"


def test_setting_it_up_ends_all_other_sessions(session: Session, account: Account) -> None:
    here, elsewhere = token_of(session, account), token_of(session, account)
    found = find_session(session, token=here, now=MORNING)
    assert found is not None
    secret = enrol(session, account=account, password=PHRASE, now=MORNING).secret
    confirm(session, account=account, code=code_at(secret, MORNING), now=MORNING, keep=found[0])
    assert find_session(session, token=here, now=MORNING) is not None
    assert find_session(session, token=elsewhere, now=MORNING) is None


def test_an_administrator_takes_a_lost_authenticator_off(
    session: Session, account: Account
) -> None:
    _, codes = protect(session, account)
    token = token_of(session, account, code=codes[0])
    reset_second_factor(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    assert find_session(session, token=token, now=MORNING) is None
    assert not verify_code(session, account=account, code=codes[1], now=MORNING)
    assert try_in(session, account).token


def test_nobody_else_takes_an_authenticator_off(
    session: Session, programme: Programme, account: Account
) -> None:
    mine = make_account(session, programme, Role.ADMINISTRATOR)
    with pytest.raises(NotPermittedError):
        reset_second_factor(
            session, account=account, actor=make_actor(Role.COORDINATOR), now=MORNING
        )
    with pytest.raises(GuardNotMetError):
        reset_second_factor(session, account=mine, actor=actor_of(mine), now=MORNING)


def test_the_picture_is_plain_svg_that_any_policy_allows(
    session: Session, account: Account
) -> None:
    picture = enrol(session, account=account, password=PHRASE, now=MORNING).qr_svg
    assert ET.fromstring(picture).tag == "svg"  # noqa: S314 - our own text
    assert not re.search(r"style|script|href|url\(", picture)


def test_each_change_of_the_second_factor_is_an_event(session: Session, account: Account) -> None:
    protect(session, account)
    renew_recovery_codes(session, account=account, password=PHRASE, now=MORNING)
    reset_second_factor(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    kinds = session.exec(select(Event.kind).order_by(col(Event.seq))).all()
    assert list(kinds) == [
        "account_created",
        "second_factor_set_up",
        "recovery_codes_renewed",
        "second_factor_reset",
    ]


@pytest.mark.both_databases
def test_one_code_cannot_sign_in_twice_at_once(database: Database, programme: Programme) -> None:
    with database.write() as session:
        account = make_account(session, programme)
        secret, codes = protect(session, account)
    now = later(minutes=1)

    def enter(code: str) -> bool:
        with database.write() as session:
            mine = session.get_one(Account, account.key)
            return verify_code(session, account=mine, code=code, now=now)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(enter, [code_at(secret, now)] * 4)) == 1
        assert sum(pool.map(enter, [codes[0]] * 4)) == 1
