"""What each reviewer holds now, for whoever chooses one; reads, never writes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.models import Case, Programme, Review, Reviewer
from workflow.roster.capacity import capacity_by_day
from workflow.roster.queries import roster_of
from workflow.states import HELD_STATES, Role


@dataclass(frozen=True, slots=True)
class Load:
    """A reviewer and what they hold."""

    reviewer_id: int
    reference: str
    name: str
    agency: str
    district: str | None
    team: str | None
    available_from: date
    available_to: date | None
    points_per_day: float
    roles: list[str]
    held: int
    """Reviews they have not submitted yet."""
    points: int
    """Review points of these."""


def loads(session: Session, programme: Programme, *, on: date | None = None) -> list[Load]:
    """Every reviewer with their load, by name.

    Args:
        on: leaves out who has left by this day; None: everybody.
    """
    columns: tuple[Any, ...] = (
        col(Reviewer.id),
        col(Reviewer.reference),
        col(Reviewer.name),
        col(Reviewer.agency),
        col(Reviewer.district),
        col(Reviewer.team),
        col(Reviewer.available_from),
        col(Reviewer.available_to),
        col(Reviewer.points_per_day),
        col(Reviewer.roles),
        sa.func.count(col(Review.id)),
        sa.func.coalesce(sa.func.sum(col(Case.effort)), 0),
    )
    query = (
        sa.select(*columns)
        .select_from(Reviewer)
        .outerjoin(
            Review,
            (col(Review.reviewer_id) == col(Reviewer.id)) & col(Review.state).in_(HELD_STATES),
        )
        .outerjoin(Case, col(Case.id) == col(Review.case_id))
        .where(col(Reviewer.programme_id) == programme.key)
        .group_by(col(Reviewer.id))
        .order_by(col(Reviewer.name), col(Reviewer.id))
    )
    found = [Load(*row) for row in session.connection().execute(query)]
    return [
        load
        for load in found
        if Role.REVIEWER in load.roles
        if on is None or load.available_to is None or load.available_to >= on
    ]


def points_left(session: Session, programme: Programme, *, as_of: date) -> list[tuple[Load, float]]:
    """Every reviewer with their load and the review points they can still give until the target."""
    roster, calendar = roster_of(session, programme.key), programme.calendar
    days = calendar.working_days(as_of, programme.target_on)
    by_number = {reviewer.key: reviewer for reviewer in roster.reviewers}
    return [
        (
            load,
            sum(
                capacity_by_day(
                    by_number[load.reviewer_id],
                    roster.leave_by_reviewer[load.reviewer_id],
                    days,
                    calendar,
                )
            ),
        )
        for load in loads(session, programme)
    ]


@dataclass(frozen=True, slots=True)
class Person:
    """A reviewer somebody can choose."""

    number: int
    name: str
    agency: str
    held: int


_HELD = (
    sa.select(sa.func.count())
    .where(col(Review.reviewer_id) == col(Reviewer.id), col(Review.state).in_(HELD_STATES))
    .correlate(Reviewer)
    .scalar_subquery()
)
_CHOICES: sa.Select[Any] = (
    sa.select(
        col(Reviewer.id), col(Reviewer.name), col(Reviewer.agency), _HELD, col(Reviewer.roles)
    )
    .where(
        col(Reviewer.programme_id) == sa.bindparam("programme"),
        sa.or_(
            col(Reviewer.available_to).is_(None), col(Reviewer.available_to) >= sa.bindparam("on")
        ),
    )
    .order_by(col(Reviewer.name), col(Reviewer.id))
)
"""Built once; every worklist asks it, so it counts from an index alone."""


def people_to_choose(session: Session, programme: Programme, *, on: date) -> list[Person]:
    """Who reviews and has not left by a day, by name, with what they hold."""
    values = {"programme": programme.key, "on": on}
    return [
        Person(*row[:-1])
        for row in session.connection().execute(_CHOICES, values)
        if Role.REVIEWER in row.roles
    ]
