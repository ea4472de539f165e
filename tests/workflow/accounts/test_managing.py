from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session, col, select

from tests.factories import make_actor, make_programme, make_reviewer
from tests.workflow.accounts.people import (
    ADMINISTRATOR,
    MORNING,
    PHRASE,
    later,
    make_account,
    token_of,
    try_in,
)
from workflow import audit
from workflow.accounts import (
    Account,
    actor_of,
    change_details,
    change_password,
    change_roles,
    create_account,
    disable,
    enable,
    find_account,
    find_session,
    invite,
    link_reviewer,
    list_accounts,
    reset_password,
    reset_second_factor,
)
from workflow.db import Database
from workflow.errors import (
    ConflictError,
    GuardNotMetError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
)
from workflow.models import Event, Programme
from workflow.states import Actor, Role

SHORT = "tooshort"
NEW = "heather lighthouse mug"


def create(session: Session, programme: Programme, **values: Any) -> Account:
    typed: dict[str, Any] = {
        "user_name": "jane.smith@example.org",
        "name": "Jane Smith",
        "roles": [Role.COORDINATOR],
        "actor": ADMINISTRATOR,
        "now": MORNING,
    }
    return create_account(session, programme=programme, **typed | values)


def last_event(session: Session) -> Event:
    event = session.exec(select(Event).order_by(col(Event.seq).desc())).first()
    assert event is not None
    return event


def test_an_account_acts_as_what_it_was_made_for(session: Session, programme: Programme) -> None:
    reviewer = make_reviewer(session, programme, agency="constabulary")
    account = create(
        session,
        programme,
        user_name=" Jane.Smith@Example.org ",
        roles=["reviewer", "manager"],
        reviewer=reviewer,
    )
    assert actor_of(account) == Actor(
        name="jane.smith@example.org",
        roles=frozenset({Role.REVIEWER, Role.MANAGER}),
        agency="constabulary",
        reviewer_id=reviewer.key,
    )


def test_making_an_account_is_one_event_without_a_name(
    session: Session, programme: Programme
) -> None:
    account = create(session, programme)
    event = last_event(session)
    assert (event.seq, event.kind, event.actor) == (1, "account_created", ADMINISTRATOR.name)
    assert event.payload == {"account_id": account.key, "roles": ["coordinator"]}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"user_name": ""}, "user_name"),
        ({"user_name": "two words"}, "user_name"),
        ({"user_name": "x" * 101}, "user_name"),
        ({"user_name": "<script>"}, "user_name"),
        ({"user_name": "a\0b"}, "user_name"),
        ({"name": "   "}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": ["king"]}, "roles"),
        ({"roles": [Role.AUDITOR, Role.COORDINATOR]}, "roles"),
        ({"password": "short"}, "password"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_at_its_field(
    session: Session, programme: Programme, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        create(session, programme, **values)
    assert refused.value.field == field
    assert list_accounts(session, programme) == []


def test_a_user_name_is_given_once_however_it_is_written(
    session: Session, programme: Programme
) -> None:
    create(session, programme)
    with pytest.raises(InvalidInputError, match="already"):
        create(session, programme, user_name="JANE.SMITH@example.org")


@pytest.mark.both_databases
def test_two_administrators_cannot_give_one_user_name_at_once(
    database: Database, programme: Programme
) -> None:
    def one_more(_: int) -> bool:
        try:
            with database.write() as session:
                create(session, programme)
        except InvalidInputError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one_more, range(4))) == 1


def test_a_reviewer_has_one_account(session: Session, programme: Programme) -> None:
    reviewer = make_reviewer(session, programme)
    create(session, programme, reviewer=reviewer)
    with pytest.raises(InvalidInputError, match="has an account") as refused:
        create(session, programme, user_name="other", reviewer=reviewer)
    assert refused.value.field == "reviewer"


def test_a_reviewer_of_another_agency_or_programme_is_not_linked(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    officer = make_reviewer(session, programme, agency="constabulary")
    elsewhere = make_programme(name="Elsewhere")
    session.add(elsewhere)
    session.flush()
    stranger = make_reviewer(session, elsewhere)
    for reviewer in (officer, stranger):
        with pytest.raises(InvalidInputError) as refused:
            link_reviewer(
                session, account=account, reviewer=reviewer, actor=ADMINISTRATOR, now=MORNING
            )
        assert refused.value.field == "reviewer"


def test_an_account_can_be_linked_and_unlinked(session: Session, programme: Programme) -> None:
    account, reviewer = make_account(session, programme), make_reviewer(session, programme)
    link_reviewer(session, account=account, reviewer=reviewer, actor=ADMINISTRATOR, now=MORNING)
    assert actor_of(account).reviewer_id == reviewer.key
    link_reviewer(session, account=account, reviewer=None, actor=ADMINISTRATOR, now=MORNING)
    assert actor_of(account).reviewer_id is None
    assert last_event(session).kind == "account_linked"


MANAGING = [
    partial(change_details, name="Joan", agency="council"),
    partial(change_roles, roles=["manager"]),
    partial(link_reviewer, reviewer=None),
    disable,
    enable,
    invite,
    reset_password,
    reset_second_factor,
]
NAMES = ["details", "roles", "link", "disable", "enable", "invite", "reset", "second factor"]


@pytest.mark.parametrize("use_case", MANAGING, ids=NAMES)
def test_only_administrators_manage_accounts(
    session: Session, programme: Programme, use_case: Any
) -> None:
    account = make_account(session, programme)
    everybody_else = make_actor(*(role for role in Role if role is not Role.ADMINISTRATOR))
    with pytest.raises(NotPermittedError):
        use_case(session, account=account, actor=everybody_else, now=MORNING)
    with pytest.raises(NotPermittedError):
        create(session, programme, actor=everybody_else)


@pytest.mark.parametrize("use_case", MANAGING, ids=NAMES)
def test_nobody_manages_their_own_account(
    session: Session, programme: Programme, use_case: Any
) -> None:
    make_account(session, programme, Role.ADMINISTRATOR)
    mine = make_account(session, programme, Role.ADMINISTRATOR)
    with pytest.raises(GuardNotMetError, match="Another administrator"):
        use_case(session, account=mine, actor=actor_of(mine), now=MORNING)


def test_the_last_administrator_stays_one(session: Session, programme: Programme) -> None:
    last = make_account(session, programme, Role.ADMINISTRATOR)
    invited = make_account(session, programme, Role.ADMINISTRATOR, has_password=False)
    gone = make_account(session, programme, Role.ADMINISTRATOR)
    disable(session, account=gone, actor=ADMINISTRATOR, now=MORNING)
    with pytest.raises(GuardNotMetError, match="last administrator"):
        disable(session, account=last, actor=ADMINISTRATOR, now=MORNING)
    with pytest.raises(GuardNotMetError, match="last administrator"):
        change_roles(session, account=last, roles=["manager"], actor=ADMINISTRATOR, now=MORNING)
    disable(session, account=invited, actor=ADMINISTRATOR, now=MORNING)
    assert not last.is_disabled


@pytest.mark.both_databases
def test_two_administrators_cannot_remove_each_other_at_once(
    database: Database, programme: Programme
) -> None:
    with database.write() as session:
        pair = [make_account(session, programme, Role.ADMINISTRATOR) for _ in range(2)]

    def remove(number: int) -> bool:
        try:
            with database.write() as session:
                disable(
                    session,
                    account=pair[number],
                    actor=actor_of(pair[1 - number]),
                    now=MORNING,
                )
        except GuardNotMetError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, range(2))) == [False, True]


def test_changed_roles_are_one_event_with_both(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    change_roles(
        session, account=account, roles=["manager", "reviewer"], actor=ADMINISTRATOR, now=MORNING
    )
    event = last_event(session)
    assert (event.seq, event.kind) == (2, "account_roles_changed")
    assert event.payload["before"] == ["coordinator"]
    assert event.payload["roles"] == ["manager", "reviewer"]


def test_the_same_roles_again_change_nothing(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    change_roles(session, account=account, roles=["coordinator"], actor=ADMINISTRATOR, now=MORNING)
    assert (account.version, last_event(session).kind) == (1, "account_created")


def test_a_stale_form_changes_nothing(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    for roles, version in ((["manager"], 1), (["moderator"], None)):
        change_roles(
            session,
            account=account,
            roles=roles,
            actor=ADMINISTRATOR,
            now=MORNING,
            version=version,
        )
    with pytest.raises(ConflictError):
        change_roles(
            session,
            account=account,
            roles=["reviewer"],
            actor=ADMINISTRATOR,
            now=MORNING,
            version=2,
        )
    assert account.roles == ["moderator"]


def test_a_name_put_right_ends_no_session_but_another_agency_does(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    token = token_of(session, account)
    by: dict[str, Any] = {"account": account, "actor": ADMINISTRATOR, "now": MORNING}
    change_details(session, name=" Joan  Smith ", agency="council", **by)
    assert account.name == "Joan Smith"
    assert find_session(session, token=token, now=MORNING) is not None
    change_details(session, name="Joan Smith", agency="constabulary", **by)
    assert actor_of(account).agency == "constabulary"
    assert find_session(session, token=token, now=MORNING) is None


def test_a_reviewers_account_keeps_the_reviewers_agency(
    session: Session, programme: Programme
) -> None:
    account = create(session, programme, reviewer=make_reviewer(session, programme))
    with pytest.raises(InvalidInputError) as refused:
        change_details(
            session,
            account=account,
            name="Joan",
            agency="constabulary",
            actor=ADMINISTRATOR,
            now=MORNING,
        )
    assert refused.value.field == "agency"


def test_why_an_account_was_disabled_stands_in_the_event(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    disable(session, account=account, actor=ADMINISTRATOR, now=MORNING, reason=" Left the council ")
    assert last_event(session).reason == "Left the council"


def test_disabling_and_enabling_twice_is_one_event_each(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)
    for use_case in (disable, disable, enable, enable):
        use_case(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    events = session.exec(select(Event.kind).order_by(col(Event.seq))).all()
    assert list(events) == ["account_created", "account_disabled", "account_enabled"]


def test_a_changed_password_is_the_only_one_that_works(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme, must_change_password=True)
    change_password(session, account=account, old_password=PHRASE, new_password=NEW, now=MORNING)
    assert not account.must_change_password
    assert try_in(session, account, password=NEW).token
    assert not try_in(session, account).token


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong all along", NEW, "old_password"),
        (PHRASE, "short", "new_password"),
        (PHRASE, PHRASE, "new_password"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_bad_one(
    session: Session, programme: Programme, old: str, new: str, field: str
) -> None:
    account = make_account(session, programme)
    with pytest.raises(InvalidInputError) as refused:
        change_password(session, account=account, old_password=old, new_password=new, now=MORNING)
    assert refused.value.field == field
    assert try_in(session, account).token


def test_the_old_password_cannot_be_guessed_at_a_browser_left_open(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme)

    def guess(old: str) -> str:
        with pytest.raises(InvalidInputError) as refused:
            change_password(
                session, account=account, old_password=old, new_password=SHORT, now=MORNING
            )
        return str(refused.value)

    for number in range(10):
        assert "not right" in guess(f"guess {number}")
    assert "Too many" in guess(PHRASE)


def test_an_account_is_found_in_its_own_programme_only(
    session: Session, programme: Programme
) -> None:
    account = make_account(session, programme, user_name="jane")
    elsewhere = make_programme(name="Elsewhere")
    session.add(elsewhere)
    session.flush()
    assert find_account(session, programme, "JANE") == account
    for where, name in ((elsewhere, "jane"), (programme, "joan"), (programme, "a b")):
        with pytest.raises(NotFoundError):
            find_account(session, where, name)


def test_a_secret_never_shows_in_a_log_line(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    account.totp_secret = SHORT
    assert "argon2" not in repr(account)
    assert SHORT not in repr(account)


def test_every_event_of_an_account_fits_the_chain(session: Session, programme: Programme) -> None:
    account = make_account(session, programme)
    reset_password(session, account=account, actor=ADMINISTRATOR, now=MORNING)
    disable(session, account=account, actor=ADMINISTRATOR, now=later(hours=1))
    session.flush()
    checked = audit.verify(session, programme.key)
    assert (checked.ok, checked.events) == (True, 3)
