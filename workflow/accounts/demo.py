"""The accounts of a demonstration: one for each way of working, all with one random password."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from workflow.accounts.managing import create_account
from workflow.accounts.secret_texts import new_code
from workflow.calendar import at_local
from workflow.errors import GuardNotMetError
from workflow.models import Account, Programme, Review, Reviewer
from workflow.notifications.outbox import RECENT, catch_up
from workflow.states import HELD_STATES, Actor, Role


@dataclass(frozen=True, slots=True)
class _Person:
    user_name: str
    name: str
    role: Role
    reviewer: Reviewer | None = None


_OFFICES = tuple(
    _Person(role.value, role.capitalize(), role) for role in Role if role is not Role.REVIEWER
)
_REVIEWERS = (("council", 2), ("constabulary", 1))
"""Agency and how many of its reviewers get an account."""
_PASSWORD_GROUPS = 4


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """Who can sign in to a demonstration."""

    password: str
    """Shared by all of them; stored nowhere in clear."""
    accounts: tuple[Account, ...]


def make_demo_accounts(
    session: Session, *, programme: Programme, actor: Actor, now: datetime
) -> DemoAccounts:
    """Make an account for every role, and for the roster's busiest reviewers of both agencies.

    Raises:
        GuardNotMetError: the programme is a real one.
        NotPermittedError: the actor is no administrator.
    """
    if programme.demo_today is None:
        raise GuardNotMetError(
            "make demonstration accounts",
            "Only a demonstration gets accounts with a shared password.",
        )
    password = new_code(_PASSWORD_GROUPS).lower()
    accounts = tuple(
        create_account(
            session,
            programme=programme,
            user_name=person.user_name,
            name=person.name,
            roles=(person.role,),
            reviewer=person.reviewer,
            password=password,
            actor=actor,
            now=now,
        )
        for person in (*_OFFICES, *_reviewers(session, programme))
    )
    for account in accounts:
        catch_up(session, account, since=at_local(programme.demo_today) - RECENT)
    return DemoAccounts(password, accounts)


def _reviewers(session: Session, programme: Programme) -> list[_Person]:
    found = [
        reviewer
        for agency, count in _REVIEWERS
        for reviewer in _busiest(session, programme, agency, count)
    ]
    return [
        _Person(f"reviewer-{number}", reviewer.name, Role.REVIEWER, reviewer)
        for number, reviewer in enumerate(found, start=1)
    ]


def _busiest(session: Session, programme: Programme, agency: str, count: int) -> list[Reviewer]:
    """Reviewers of an agency who hold the most reviews now."""
    held = (
        select(func.count())
        .where(Review.reviewer_id == Reviewer.id, col(Review.state).in_(HELD_STATES))
        .correlate(Reviewer)
        .scalar_subquery()
    )
    query = (
        select(Reviewer)
        .where(Reviewer.programme_id == programme.key, Reviewer.agency == agency)
        .order_by(held.desc(), col(Reviewer.reference))
        .limit(count)
    )
    return list(session.exec(query))
