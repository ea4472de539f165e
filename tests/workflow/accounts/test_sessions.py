from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from tests.workflow.accounts.people import (
    ADMINISTRATOR,
    MORNING,
    PHRASE,
    later,
    make_account,
    token_of,
)
from workflow.accounts import (
    Account,
    WebSession,
    actor_of,
    change_password,
    change_roles,
    disable,
    enable,
    end_sessions,
    find_session,
    needs_touch,
    open_session,
    open_sessions,
    reset_password,
    sign_out,
    sign_out_everywhere,
    touch,
)
from workflow.db import Database
from workflow.errors import NotPermittedError
from workflow.models import Programme
from workflow.states import Role

NEW = "heather lighthouse mug"


def find(session: Session, token: str, now: datetime = MORNING) -> WebSession:
    found = find_session(session, token=token, now=now)
    assert found is not None
    return found[0]


def by_signing_out(session: Session, account: Account, token: str) -> None:
    sign_out(session, web_session=find(session, token), now=MORNING)


def by_disabling(session: Session, account: Account, token: str) -> None:
    disable(session, account=account, actor=ADMINISTRATOR, now=MORNING)


def by_other_roles(session: Session, account: Account, token: str) -> None:
    change_roles(session, account=account, roles=[Role.MANAGER], actor=ADMINISTRATOR, now=MORNING)


def by_another_password(session: Session, account: Account, token: str) -> None:
    change_password(
        session,
        account=account,
        old_password=PHRASE,
        new_password=NEW,
        now=MORNING,
    )


def by_a_reset(session: Session, account: Account, token: str) -> None:
    reset_password(session, account=account, actor=ADMINISTRATOR, now=MORNING)


@pytest.mark.parametrize(
    "end", [by_signing_out, by_disabling, by_other_roles, by_another_password, by_a_reset]
)
def test_a_session_ends_at_once(
    session: Session, programme: Programme, end: Callable[[Session, Account, str], None]
) -> None:
    make_account(session, programme, Role.ADMINISTRATOR)
    account = make_account(session, programme)
    other = token_of(session, make_account(session, programme))
    token = token_of(session, account)
    end(session, account, token)
    assert find_session(session, token=token, now=MORNING) is None
    assert find_session(session, token=other, now=MORNING) is not None


@pytest.mark.parametrize("change", [{"disabled_at": MORNING}, {"version": 99}])
def test_a_session_ends_even_when_nobody_thought_of_ending_it(
    session: Session, programme: Programme, change: dict[str, object]
) -> None:
    account = make_account(session, programme)
    token = token_of(session, account)
    session.exec(sa.update(Account).values(**change))
    assert find_session(session, token=token, now=MORNING) is None


def test_a_session_ends_after_twelve_idle_hours(session: Session, programme: Programme) -> None:
    token = token_of(session, make_account(session, programme))
    assert find_session(session, token=token, now=later(hours=11, minutes=59)) is not None
    assert find_session(session, token=token, now=later(hours=12)) is None


def test_a_session_ends_after_a_day_however_busy(session: Session, programme: Programme) -> None:
    token = token_of(session, make_account(session, programme))
    for hour in range(1, 24):
        touch(session, web_session=find(session, token, later(hours=hour)), now=later(hours=hour))
    assert find_session(session, token=token, now=later(hours=23, minutes=59)) is not None
    assert find_session(session, token=token, now=later(hours=24)) is None


def test_an_enabled_account_needs_a_new_session(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    token = token_of(session, account)
    disable(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    enable(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    assert find_session(session, token=token, now=MORNING) is None
    assert token_of(session, account)


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\ud800", "\0"])
def test_an_unknown_token_finds_nobody(session: Session, programme: Programme, token: str) -> None:
    token_of(session, make_account(session, programme))
    assert find_session(session, token=token, now=MORNING) is None


def test_somebody_who_changes_their_password_stays_where_they_are(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    here, elsewhere = token_of(session, account), token_of(session, account)
    change_password(
        session,
        account=account,
        old_password=PHRASE,
        new_password=NEW,
        now=MORNING,
        keep=find(session, here),
    )
    assert find_session(session, token=here, now=MORNING) is not None
    assert find_session(session, token=elsewhere, now=MORNING) is None


def test_a_session_of_somebody_else_cannot_be_kept(session: Session, programme: Programme) -> None:
    account, other = make_account(session, programme), make_account(session, programme)
    token, others = token_of(session, account), token_of(session, other)
    end_sessions(session, account=account, why="test", now=MORNING, keep=find(session, others))
    assert find_session(session, token=token, now=MORNING) is None
    assert find(session, others).account_version == other.version


def test_somebody_can_sign_out_everywhere_else(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    here, elsewhere = token_of(session, account), token_of(session, account)
    kept = find(session, here)
    by = actor_of(account)
    assert sign_out_everywhere(session, account=account, actor=by, now=MORNING, keep=kept) == 1
    assert find(session, here)
    assert find_session(session, token=elsewhere, now=MORNING) is None


def test_an_administrator_can_sign_anybody_out_and_others_cannot(
    session: Session, programme: Programme
) -> None:
    account, other = make_account(session, programme), make_account(session, programme)
    token = token_of(session, account)
    with pytest.raises(NotPermittedError):
        sign_out_everywhere(session, account=account, actor=actor_of(other), now=MORNING)
    assert find(session, token)
    sign_out_everywhere(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    assert find_session(session, token=token, now=MORNING) is None


def test_looking_a_session_up_changes_nothing(database: Database, programme: Programme) -> None:
    with database.write() as session:
        token = token_of(session, make_account(session, programme))
    with database.read() as session:
        before = find(session, token).model_dump()
    with database.read() as session:
        assert find(session, token, later(hours=1)).model_dump() == before


def test_a_request_is_noted_at_most_once_in_five_minutes(
    session: Session, programme: Programme
) -> None:
    token = token_of(session, make_account(session, programme))
    web_session = find(session, token)
    soon, then = later(minutes=4), later(minutes=5)
    assert not needs_touch(web_session, now=soon)
    touch(session, web_session=web_session, now=soon)
    assert web_session.last_seen_at == MORNING
    assert needs_touch(web_session, now=then)
    touch(session, web_session=web_session, now=then)
    assert web_session.last_seen_at == then


def test_a_session_read_elsewhere_can_be_touched_and_ended(
    database: Database, programme: Programme
) -> None:
    with database.write() as session:
        account = make_account(session, programme)
        token = token_of(session, account)
    with database.read() as reading:
        web_session = find(reading, token)
        with database.write() as session:
            touch(session, web_session=web_session, now=later(hours=2))
        with database.write() as session:
            sign_out(session, web_session=web_session, now=later(hours=2))
    with database.read() as session:
        ended = session.exec(select(WebSession)).one()
    assert (ended.last_seen_at, ended.ended_why) == (later(hours=2), "signed out")


def test_the_sixth_browser_ends_the_oldest_session(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    tokens = [
        open_session(session, account=account, now=MORNING + timedelta(minutes=n)) for n in range(6)
    ]
    now = later(minutes=6)
    lasting = [find_session(session, token=token, now=now) is not None for token in tokens]
    assert lasting == [False, True, True, True, True, True]
    ended = [one.ended_why for one in session.exec(select(WebSession)) if one.ended_at]
    assert ended == ["too many sessions"]


def test_open_sessions_are_listed_newest_first(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    for minute in range(3):
        open_session(session, account=account, now=later(minutes=minute))
    listed = open_sessions(session, account=account, now=later(minutes=3))
    assert [one.created_at for one in listed] == [later(minutes=n) for n in (2, 1, 0)]
    assert open_sessions(session, account=account, now=later(days=2)) == []
