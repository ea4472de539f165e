"""What a route works with: who asks, in which programme, on which day, in one session."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends
from sqlmodel import Session

from api.connections import Now, ReadSession, WriteSession
from api.once import once
from api.visitor import SignedIn, Visitor
from workflow.calendar import LONDON, at_local, local_date
from workflow.models import Programme
from workflow.policy import Policy
from workflow.programmes import policy_of, programme_day
from workflow.row_security import enter
from workflow.states import Actor


@dataclass(frozen=True, slots=True)
class Moment:
    """One request's unit of work."""

    session: Session
    programme: Programme
    policy: Policy
    actor: Actor
    visitor: Visitor
    as_of: date
    """The day the pages speak of."""
    now: datetime
    """The instant that is recorded; in a demonstration, this time of its own day."""
    clock: datetime
    """What the clock says, in a demonstration too: sessions and security codes go by it."""


async def get_reading(session: ReadSession, visitor: SignedIn, now: Now) -> Moment:
    """A moment for looking."""
    return _moment(session, visitor, visitor.programme, now)


def get_writing(
    _: Annotated[None, Depends(once, scope="function")],
    session: WriteSession,
    visitor: SignedIn,
    now: Now,
) -> Moment:
    """A moment whose changes are kept together, or not at all when the route ends in an error."""
    return moment_of(session, visitor, now)


Reading = Annotated[Moment, Depends(get_reading, scope="function")]
Writing = Annotated[Moment, Depends(get_writing, scope="function")]


def moment_of(session: Session, visitor: Visitor, now: datetime) -> Moment:
    """The unit of work of a visitor in a session of its own."""
    enter(session, visitor.programme.key)
    programme = session.get_one(Programme, visitor.programme.key)
    return _moment(session, visitor, programme, now)


def _moment(session: Session, visitor: Visitor, programme: Programme, now: datetime) -> Moment:
    day = programme_day(programme, local_date(now))
    return Moment(
        session=session,
        programme=programme,
        policy=policy_of(programme),
        actor=visitor.actor,
        visitor=visitor,
        as_of=day,
        now=now if day == local_date(now) else at_local(day, now.astimezone(LONDON).time()),
        clock=now,
    )
