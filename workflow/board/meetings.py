"""Use cases on the Board's meetings and what they decided: the only writer of both."""

from datetime import date, datetime

from sqlmodel import Session, col, func, select

from workflow import audit
from workflow.board.commitments import check_role
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.models import Commitment, Decision, Meeting, Programme
from workflow.states import Actor


def record_meeting(
    session: Session,
    *,
    programme: Programme,
    held_on: date,
    title: str,
    actor: Actor,
    now: datetime,
    chair: str = "",
) -> Meeting:
    """Enter a meeting of the Board, past or to come.

    Raises:
        InvalidInputError: it has no title.
        ConflictError: there is a meeting on that day already.
    """
    check_role(actor, "record a meeting")
    session.get(Programme, programme.key, with_for_update=ROW_LOCK)
    if not title.strip():
        raise InvalidInputError("A meeting needs a title.", "title")
    if find_meeting(session, programme, held_on):
        raise ConflictError(f"There is a meeting on {held_on} already.")
    meeting = Meeting(
        programme_id=programme.key,
        held_on=held_on,
        title=title.strip(),
        chair=chair.strip(),
        recorded_at=now,
    )
    session.add(meeting)
    session.flush()  # the event names the meeting by its number
    audit.record(
        session,
        programme_id=programme.key,
        kind="meeting_recorded",
        actor=actor,
        at=now,
        payload={"meeting_id": meeting.key, "held_on": held_on.isoformat()},
    )
    return meeting


def record_decision(
    session: Session,
    *,
    meeting_id: int,
    text: str,
    actor: Actor,
    now: datetime,
    commitment: Commitment | None = None,
) -> Decision:
    """Enter what a meeting decided, and the commitment that came of it.

    Raises:
        NotFoundError: there is no such meeting.
        InvalidInputError: the decision says nothing, or its commitment is another programme's.
    """
    check_role(actor, "record a decision")
    meeting = session.get(Meeting, meeting_id, with_for_update=ROW_LOCK)
    if meeting is None:
        raise NotFoundError("meeting", meeting_id)
    if not text.strip():
        raise InvalidInputError("Say what was decided.", "text")
    if commitment is not None and commitment.programme_id != meeting.programme_id:
        raise InvalidInputError("The commitment belongs to another programme.")
    count = select(func.count()).select_from(Decision).where(Decision.meeting_id == meeting_id)
    decision = Decision(
        meeting_id=meeting_id,
        number=session.exec(count).one() + 1,
        text=text.strip(),
        commitment_id=commitment.key if commitment else None,
        recorded_at=now,
    )
    session.add(decision)
    session.flush()  # the event names the decision by its number
    audit.record(
        session,
        programme_id=meeting.programme_id,
        kind="decision_recorded",
        actor=actor,
        at=now,
        payload={"meeting_id": meeting_id, "decision_id": decision.key},
    )
    return decision


def find_meeting(session: Session, programme: Programme, held_on: date) -> Meeting | None:
    """The meeting of a day, if there is one."""
    query = select(Meeting).where(Meeting.programme_id == programme.key, Meeting.held_on == held_on)
    return session.exec(query).first()


def meetings_of(
    session: Session, programme: Programme, *, up_to: date
) -> list[tuple[Meeting, list[Decision]]]:
    """The meetings held by a day with their decisions, the newest first."""
    meetings = session.exec(
        select(Meeting)
        .where(Meeting.programme_id == programme.key, col(Meeting.held_on) <= up_to)
        .order_by(col(Meeting.held_on).desc())
    ).all()
    decisions = session.exec(
        select(Decision)
        .where(col(Decision.meeting_id).in_([meeting.key for meeting in meetings]))
        .order_by(col(Decision.number))
    ).all()
    return [
        (meeting, [one for one in decisions if one.meeting_id == meeting.key])
        for meeting in meetings
    ]


def next_meeting(session: Session, programme: Programme, *, after: date) -> Meeting | None:
    """The first meeting after a day that is entered already."""
    query = (
        select(Meeting)
        .where(Meeting.programme_id == programme.key, col(Meeting.held_on) > after)
        .order_by(col(Meeting.held_on))
        .limit(1)
    )
    return session.exec(query).first()
