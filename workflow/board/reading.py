"""Single commitments and meetings with what belongs to them; reads only."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from workflow.errors import NotFoundError
from workflow.models import Commitment, Decision, Event, Meeting, Programme

_KINDS = ("commitment_added", "commitment_updated", "commitment_met", "commitment_dropped")


@dataclass(frozen=True, slots=True)
class CommitmentFile:
    """A commitment, the decisions it came from, its parts, and what happened to it."""

    commitment: Commitment
    decisions: list[tuple[Meeting, Decision]]
    """The newest meeting first."""
    parts: list[Commitment]
    """What is part of it, by reference."""
    events: list[Event]
    """Oldest first."""


def read_commitment(session: Session, programme: Programme, number: int) -> CommitmentFile:
    """The file of a commitment.

    Raises:
        NotFoundError: the programme has none of that number.
    """
    commitment = session.get(Commitment, number)
    if commitment is None or commitment.programme_id != programme.key:
        raise NotFoundError("commitment", number)
    decisions = (
        select(Meeting, Decision)
        .join(Decision, col(Decision.meeting_id) == col(Meeting.id))
        .where(Decision.commitment_id == number)
        .order_by(col(Meeting.held_on).desc(), col(Decision.number))
    )
    parts = select(Commitment).where(
        Commitment.programme_id == programme.key, Commitment.part_of == commitment.reference
    )
    events = (
        select(Event)
        .where(Event.programme_id == programme.key, col(Event.kind).in_(_KINDS))
        .order_by(col(Event.seq))
    )
    return CommitmentFile(
        commitment=commitment,
        decisions=[(meeting, decision) for meeting, decision in session.exec(decisions)],
        parts=list(session.exec(parts.order_by(Commitment.reference))),
        events=[e for e in session.exec(events) if e.payload.get("commitment_id") == number],
    )


def read_meeting(
    session: Session, programme: Programme, number: int
) -> tuple[Meeting, list[tuple[Decision, Commitment | None]]]:
    """A meeting and its decisions, each with the commitment that came of it.

    Raises:
        NotFoundError: the programme has none of that number.
    """
    meeting = session.get(Meeting, number)
    if meeting is None or meeting.programme_id != programme.key:
        raise NotFoundError("meeting", number)
    query = (
        select(Decision, Commitment)
        .outerjoin(Commitment, col(Commitment.id) == col(Decision.commitment_id))
        .where(Decision.meeting_id == number)
        .order_by(col(Decision.number))
    )
    return meeting, [(decision, commitment) for decision, commitment in session.exec(query)]


def all_meetings(session: Session, programme: Programme) -> list[Meeting]:
    """Every meeting entered, also those to come, the newest first."""
    query = select(Meeting).where(Meeting.programme_id == programme.key)
    return list(session.exec(query.order_by(col(Meeting.held_on).desc())))
