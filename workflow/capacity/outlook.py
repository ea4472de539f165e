"""The capacity register as it stood on a day: posts, Practice Managers, and both burn-downs.

Reads only. Dates that were moved later are put back to what they were, so that a past day can be shown
again.
"""

from datetime import date

from sqlmodel import Session, select

from workflow.capacity.burn_down import (
    BurnDown,
    Carrier,
    Post,
    carried_burn_down,
    posts_burn_down,
)
from workflow.capacity.managers import managers_of
from workflow.capacity.posts import slips
from workflow.models import Programme, Vacancy
from workflow.moved_dates import moved_since
from workflow.policy import Policy


def posts_of(session: Session, programme: Programme, as_of: date) -> list[Post]:
    """Every post of the register, by reference, with its first date and the date of that day."""
    query = select(Vacancy).where(Vacancy.programme_id == programme.key).order_by(Vacancy.reference)
    moved = moved_since(
        session, programme.key, kind="post_moved", subject="vacancy_id", as_of=as_of
    )
    first: dict[int, date | None] = {}
    for slip in slips(session, programme, up_to=as_of):
        if slip.before is not None or slip.vacancy_id not in first:
            first.setdefault(slip.vacancy_id, slip.before)
    return [
        Post(
            reference=post.reference,
            since_on=post.since_on,
            first_expected_on=first.get(post.key) or moved.get(post.key, post.expected_on),
            expected_on=moved.get(post.key, post.expected_on),
            filled_on=post.filled_on,
        )
        for post in session.exec(query)
    ]


def carriers_of(session: Session, programme: Programme, as_of: date) -> list[Carrier]:
    """Every Practice Manager of the register, by reference, with the counts known by that day."""
    moved = moved_since(
        session, programme.key, kind="manager_end_moved", subject="manager_id", as_of=as_of
    )
    return [
        Carrier(
            reference=manager.reference,
            counts=tuple((c.counted_on, c.cases) for c in counts if c.counted_on <= as_of),
            ends_on=moved.get(manager.key, manager.ends_on),
        )
        for manager, counts in managers_of(session, programme)
    ]


def vacant_posts(
    session: Session, *, programme: Programme, policy: Policy, as_of: date
) -> BurnDown:
    """Posts still vacant: what was, what is planned, what is to be expected."""
    return posts_burn_down(
        posts_of(session, programme, as_of),
        as_of=as_of,
        since=programme.starts_on,
        target=programme.target_on,
        calendar=programme.calendar,
        priors=policy.forecast,
        policy=policy.capacity,
        seed=programme.seed,
    )


def carried_cases(
    session: Session, *, programme: Programme, policy: Policy, as_of: date
) -> BurnDown:
    """Cases Practice Managers still carry: what was, what is planned, what is to be expected."""
    return carried_burn_down(
        carriers_of(session, programme, as_of),
        as_of=as_of,
        since=programme.starts_on,
        target=programme.target_on,
        calendar=programme.calendar,
        policy=policy.capacity,
        seed=programme.seed,
    )
