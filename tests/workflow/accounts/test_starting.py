from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import Session, col, select

from tests.workflow.accounts.people import ADMINISTRATOR, MORNING, later, make_account, try_in
from workflow.accounts import (
    Account,
    begin_account,
    disable,
    enable,
    first_administrator,
    has_accounts,
    invite,
    issue_setup_code,
    reset_password,
)
from workflow.db import Database
from workflow.errors import GuardNotMetError, InvalidInputError
from workflow.models import Event, Programme, SetupCode

CHOSEN = "heather lighthouse mug"


def setup_code(session: Session, programme: Programme, **values: Any) -> str:
    typed: dict[str, Any] = {"programme": programme, "actor": ADMINISTRATOR, "now": MORNING}
    return issue_setup_code(session, **typed | values)


def start(session: Session, code: str, **values: Any) -> Account:
    typed: dict[str, Any] = {
        "user_name": "first@example.org",
        "name": "First Person",
        "password": CHOSEN,
        "now": MORNING,
    }
    return first_administrator(session, code=code, **typed | values)


def begin(session: Session, account: Account, code: str, **values: Any) -> Account:
    typed: dict[str, Any] = {"user_name": account.user_name, "password": CHOSEN, "now": MORNING}
    return begin_account(session, code=code, **typed | values)


def refused_at(field: str) -> Any:
    return pytest.raises(InvalidInputError, check=lambda error: error.field == field)


def test_the_setup_code_makes_the_first_administrator(
    session: Session, programme: Programme
) -> None:
    assert not has_accounts(session)
    account = start(session, setup_code(session, programme))
    assert (account.roles, account.programme_id) == (["administrator"], programme.key)
    assert try_in(session, account, password=CHOSEN).token
    kinds = session.exec(select(Event.kind).order_by(col(Event.seq))).all()
    assert list(kinds) == ["setup_code_issued", "account_created", "signed_in"]


def test_a_code_can_be_typed_as_it_is_read(session: Session, programme: Programme) -> None:
    code = setup_code(session, programme)
    assert start(session, f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} ")


def test_a_code_is_stored_as_a_hash_only(session: Session, programme: Programme) -> None:
    code = setup_code(session, programme)
    stored = session.exec(select(SetupCode)).one()
    assert code not in stored.model_dump_json()
    assert code.replace("-", "") not in stored.model_dump_json()


def test_the_setup_code_works_once_for_a_day_and_only_the_newest(
    session: Session, programme: Programme
) -> None:
    old, new = setup_code(session, programme), setup_code(session, programme)
    for code, now in ((old, MORNING), (new, later(hours=24)), ("", MORNING), ("0" * 20, MORNING)):
        with refused_at("code"):
            start(session, code, now=now)
    start(session, new, now=later(hours=23))
    with refused_at("code"):
        start(session, new, user_name="second", now=later(hours=23))


def test_no_setup_code_is_given_once_there_is_an_account(
    session: Session, programme: Programme
) -> None:
    make_account(session, programme)
    with pytest.raises(GuardNotMetError):
        setup_code(session, programme)


def test_a_setup_code_makes_nobody_once_there_is_an_account(
    session: Session, programme: Programme
) -> None:
    code = setup_code(session, programme)
    make_account(session, programme)
    with pytest.raises(GuardNotMetError):
        start(session, code)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"password": "short"}, "password"),
        ({"name": ""}, "name"),
        ({"user_name": "a b"}, "user_name"),
    ],
)
def test_a_mistake_in_the_form_does_not_use_the_code_up(
    session: Session, programme: Programme, values: dict[str, str], field: str
) -> None:
    code = setup_code(session, programme)
    with refused_at(field):
        start(session, code, **values)
    assert start(session, code)


@pytest.mark.both_databases
def test_two_people_cannot_both_be_first(database: Database, programme: Programme) -> None:
    with database.write() as session:
        code = setup_code(session, programme)

    def be_first(number: int) -> bool:
        try:
            with database.write() as session:
                start(session, code, user_name=f"first-{number}")
        except (InvalidInputError, GuardNotMetError):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(be_first, range(4))) == 1
    with database.read() as session:
        assert len(session.exec(select(Account)).all()) == 1


def test_somebody_invited_chooses_their_password(session: Session, programme: Programme) -> None:
    account = make_account(session, programme, has_password=False)
    code = invite(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    assert not try_in(session, account, password=CHOSEN).token
    begin(session, account, code)
    assert try_in(session, account, password=CHOSEN).token


def test_an_invitation_works_once_for_three_days_and_only_the_newest(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme, has_password=False)
    old, new = (
        invite(session, account=account, actor=ADMINISTRATOR, now=MORNING) for _ in range(2)
    )
    for code, now in ((old, MORNING), (new, later(days=3))):
        with refused_at("code"):
            begin(session, account, code, now=now)
    begin(session, account, new, now=later(days=2))
    with refused_at("code"):
        begin(session, account, new, now=later(days=2))


def test_a_code_is_good_for_its_own_account_only(session: Session, programme: Programme) -> None:
    one, other = (make_account(session, programme, has_password=False) for _ in range(2))
    code = invite(session, account=one, actor=ADMINISTRATOR, now=MORNING)
    with refused_at("code"):
        begin(session, other, code)
    assert other.password_hash is None


def test_a_wrong_code_says_the_same_of_known_and_unknown_people(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme, has_password=False)
    sentences = set()
    for name in (account.user_name, "nobody@example.org", "a b"):
        with refused_at("code") as refused:
            begin(session, account, "wrong", user_name=name)
        sentences.add(str(refused.value))
    assert len(sentences) == 1


def test_a_reset_voids_the_password_until_another_is_chosen(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    code = reset_password(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    assert not try_in(session, account).token
    begin(session, account, code)
    assert try_in(session, account, password=CHOSEN).token


def test_somebody_with_a_password_is_reset_and_not_invited(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    with pytest.raises(GuardNotMetError, match="reset"):
        invite(session, account=account, actor=ADMINISTRATOR, now=MORNING)


def test_disabling_an_account_voids_its_code_for_good(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme, has_password=False)
    code = invite(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    disable(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    with refused_at("code"):
        begin(session, account, code)
    with pytest.raises(GuardNotMetError):
        invite(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    enable(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    with refused_at("code"):
        begin(session, account, code)


def test_codes_cannot_be_guessed_without_end(session: Session, programme: Programme) -> None:
    account = make_account(session, programme, has_password=False)
    code = invite(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    for number in range(10):
        with refused_at("code"):
            begin(session, account, f"guess {number}", address=f"192.0.2.{number}")
    with pytest.raises(InvalidInputError, match="Too many"):
        begin(session, account, code, address="198.51.100.7")
