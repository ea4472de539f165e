from datetime import date

import pytest
from sqlmodel import Session

from tests.factories import make_actor, make_review, make_reviewer
from tests.workflow.accounts.people import ADMINISTRATOR, MORNING, try_in
from workflow.accounts import actor_of, make_demo_accounts
from workflow.errors import GuardNotMetError
from workflow.models import Programme, Reviewer
from workflow.reviews import allocate
from workflow.states import Role


@pytest.fixture
def roster(session: Session, programme: Programme) -> list[Reviewer]:
    programme.demo_today = date(2016, 2, 24)
    session.add(programme)
    council = [make_reviewer(session, programme) for _ in range(4)]
    police = [make_reviewer(session, programme, agency="constabulary") for _ in range(2)]
    return [*council, *police]


@pytest.mark.usefixtures("roster")
def test_a_demonstration_has_an_account_for_every_role(
    session: Session, programme: Programme
) -> None:
    made = make_demo_accounts(session, programme=programme, actor=ADMINISTRATOR, now=MORNING)
    assert {role for account in made.accounts for role in account.roles} == set(Role)
    agencies = [one.agency for one in made.accounts if one.reviewer_id is not None]
    assert sorted(agencies) == ["constabulary", "council", "council"]


@pytest.mark.usefixtures("roster")
def test_one_password_opens_them_all(session: Session, programme: Programme) -> None:
    made = make_demo_accounts(session, programme=programme, actor=ADMINISTRATOR, now=MORNING)
    for account in made.accounts:
        assert try_in(session, account, password=made.password).token


def test_the_reviewers_are_those_who_have_something_to_do(
    session: Session, programme: Programme, roster: list[Reviewer]
) -> None:
    review = make_review(session, programme)
    allocate(
        session,
        review=review,
        reviewer_id=roster[3].key,
        due_on=None,
        actor=make_actor(Role.COORDINATOR),
        now=MORNING,
    )
    made = make_demo_accounts(session, programme=programme, actor=ADMINISTRATOR, now=MORNING)
    linked = [actor_of(account).reviewer_id for account in made.accounts]
    assert roster[3].key in linked


def test_a_real_programme_gets_no_shared_password(session: Session, programme: Programme) -> None:
    with pytest.raises(GuardNotMetError):
        make_demo_accounts(session, programme=programme, actor=ADMINISTRATOR, now=MORNING)
