"""Use cases on vacant posts: opened, expected on a date, filled.

Each change is an event, so a slip is never overwritten; a roster file may also bring posts in. The
caller commits.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.calendar import local_date
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from workflow.models import Event, Programme, Vacancy
from workflow.states import Actor, Role

MAY_KEEP = (Role.MANAGER, Role.COORDINATOR, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Slip:
    """One change of the date by which a post was expected to be filled."""

    vacancy_id: int
    on: date
    """The day it was said."""
    before: date | None
    after: date | None


def open_post(
    session: Session,
    *,
    programme: Programme,
    reference: str,
    role: str,
    since_on: date,
    expected_on: date | None,
    actor: Actor,
    now: datetime,
    agency: str = "council",
    district: str | None = None,
    points_per_day: float = 0.0,
) -> Vacancy:
    """Enter a post that stands vacant.

    Args:
        points_per_day: review points it would give once filled; 0 for a post that does not review.

    Raises:
        InvalidInputError: reference or role is missing.
        ConflictError: the reference is taken.
    """
    check_role(actor, "enter a vacant post")
    session.get(Programme, programme.key, with_for_update=ROW_LOCK)
    if not reference.strip() or not role.strip():
        raise InvalidInputError(
            "A post needs a reference and a role.", "role" if reference.strip() else "reference"
        )
    taken = select(Vacancy.id).where(
        Vacancy.programme_id == programme.key, Vacancy.reference == reference.strip()
    )
    if session.exec(taken).first() is not None:
        raise ConflictError(f"There is a post {reference.strip()} already.")
    post = Vacancy(
        programme_id=programme.key,
        reference=reference.strip(),
        role=role.strip(),
        agency=agency,
        district=district,
        since_on=since_on,
        expected_on=expected_on,
        points_per_day=points_per_day,
    )
    session.add(post)
    session.flush()  # the event names the post by its number
    _record(session, post, "post_opened", actor, now, {"expected_on": iso(expected_on)})
    return post


def expect_post(
    session: Session,
    *,
    vacancy_id: int,
    expected_on: date | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Vacancy:
    """Change the date by which a post is expected to be filled; None: nobody can say.

    Raises:
        InvalidInputError: no reason was given, or the date stays the same.
        ConflictError: the post is filled.
    """
    post = _locked_open(session, vacancy_id, actor)
    if not reason.strip():
        raise InvalidInputError("Say why the date changes.", "reason")
    if expected_on == post.expected_on:
        raise InvalidInputError("Nothing would change.", "expected_on")
    payload = {"from": iso(post.expected_on), "to": iso(expected_on)}
    post.expected_on = expected_on
    _record(session, post, "post_moved", actor, now, payload, reason.strip())
    return post


def fill_post(
    session: Session, *, vacancy_id: int, filled_on: date, actor: Actor, now: datetime
) -> Vacancy:
    """Say that somebody has started in a post.

    Raises:
        InvalidInputError: the day lies ahead, or before the post fell vacant.
        ConflictError: the post is filled already.
    """
    post = _locked_open(session, vacancy_id, actor)
    if filled_on > local_date(now) or (post.since_on and filled_on < post.since_on):
        raise InvalidInputError(
            "Give the day on which somebody started, no later than today.", "filled_on"
        )
    post.filled_on = filled_on
    payload = {"filled_on": iso(filled_on), "expected_on": iso(post.expected_on)}
    _record(session, post, "post_filled", actor, now, payload)
    return post


def slips(session: Session, programme: Programme, *, up_to: date) -> list[Slip]:
    """Every change of an expected date said by a day, the oldest first."""
    query = (
        select(Event)
        .where(Event.programme_id == programme.key, Event.kind == "post_moved")
        .order_by(col(Event.seq))
    )
    return [
        Slip(
            vacancy_id=event.payload["vacancy_id"],
            on=local_date(event.at),
            before=from_iso(event.payload["from"]),
            after=from_iso(event.payload["to"]),
        )
        for event in session.exec(query)
        if local_date(event.at) <= up_to
    ]


def check_role(actor: Actor, deed: str) -> None:
    """Refuse whoever does not keep the register.

    Raises:
        NotPermittedError: the actor has none of the roles.
    """
    if not actor.roles & set(MAY_KEEP):
        raise NotPermittedError(deed, MAY_KEEP)


def iso(day: date | None) -> str | None:
    """A date as a payload has it."""
    return day.isoformat() if day else None


def from_iso(text: str | None) -> date | None:
    """A date of a payload."""
    return date.fromisoformat(text) if text else None


def _locked_open(session: Session, vacancy_id: int, actor: Actor) -> Vacancy:
    check_role(actor, "change a vacant post")
    post = session.get(Vacancy, vacancy_id, with_for_update=ROW_LOCK)
    if post is None:
        raise NotFoundError("post", vacancy_id)
    if post.filled_on is not None:
        raise ConflictError(f"Post {post.reference} is filled already.")
    return post


def _record(
    session: Session,
    post: Vacancy,
    kind: str,
    actor: Actor,
    now: datetime,
    payload: dict[str, Any],
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        programme_id=post.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        reason=reason,
        payload={"vacancy_id": post.key} | payload,
    )
