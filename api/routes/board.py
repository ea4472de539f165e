"""The Improvement Board for programs: commitments, meetings, decisions and the report's figures."""

import json
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.board_report import make_report
from api.connections import AppDatabase
from api.moments import Reading, Writing
from api.pages.board import Number, commitment_numbered, listed
from workflow import board
from workflow.board import ListedCommitment
from workflow.board.reading import all_meetings, read_commitment, read_meeting
from workflow.models import Commitment, CommitmentKind, Meeting

router = APIRouter(prefix="/api/board")
_Line = Annotated[str, Field(max_length=500)]
_Text = Annotated[str, Field(max_length=10_000)]
_Version = Annotated[int | None, Field(ge=0, lt=2**31)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewCommitment(_Body):
    """Something owed to the Board."""

    reference: _Line
    kind: CommitmentKind
    title: _Text
    owner: _Line
    due_on: date | None = None
    source: _Line = ""
    part_of: _Line | None = None


class Changed(_Body):
    """What of a commitment changes; what is left out stays."""

    owner: _Line | None = None
    due_on: date | None = None
    evidence: _Text | None = None
    reason: _Text
    version: _Version = None


class Settled(_Body):
    """That a commitment is met, or falls away."""

    evidence: _Text
    dropped: bool = False
    version: _Version = None


class NewMeeting(_Body):
    """A meeting, past or to come."""

    held_on: date
    title: _Line
    chair: _Line = ""


class NewDecision(_Body):
    """What a meeting decided; `commitment` is its number."""

    text: _Text
    commitment: Annotated[int | None, Field(ge=1, lt=2**31)] = None


@router.get("")
def register(at: Reading) -> dict[str, Any]:
    """The register by date, and the meetings, the newest first."""
    return {
        "as_of": at.as_of,
        "commitments": [_listed(one) for one in listed(at)],
        "meetings": [_meeting(meeting) for meeting in all_meetings(at.session, at.programme)],
    }


@router.post("/commitments", status_code=201)
def add_commitment(at: Writing, body: NewCommitment) -> dict[str, Any]:
    """Enter a commitment, a recommendation or a milestone."""
    made = board.add_commitment(
        at.session, programme=at.programme, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _commitment(made)


@router.post("/commitments/{number}/change")
def change(at: Writing, number: Number, body: Changed) -> dict[str, Any]:
    """Change owner, date or evidence, with a reason."""
    read_commitment(at.session, at.programme, number)
    changed = board.update_commitment(
        at.session, commitment_id=number, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _commitment(changed)


@router.post("/commitments/{number}/close")
def close(at: Writing, number: Number, body: Settled) -> dict[str, Any]:
    """Say that it is met or falls away, with what shows it."""
    read_commitment(at.session, at.programme, number)
    settled = board.close_commitment(
        at.session, commitment_id=number, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _commitment(settled)


@router.post("/meetings", status_code=201)
def add_meeting(at: Writing, body: NewMeeting) -> dict[str, Any]:
    """Enter a meeting."""
    made = board.record_meeting(
        at.session, programme=at.programme, actor=at.actor, now=at.now, **body.model_dump()
    )
    return _meeting(made)


@router.get("/meetings/{number}")
def one_meeting(at: Reading, number: Number) -> dict[str, Any]:
    """A meeting and what it decided."""
    meeting, decisions = read_meeting(at.session, at.programme, number)
    return {
        **_meeting(meeting),
        "decisions": [
            {
                "number": decision.number,
                "text": decision.text,
                "commitment": commitment.reference if commitment else None,
            }
            for decision, commitment in decisions
        ],
    }


@router.post("/meetings/{number}/decisions", status_code=201)
def add_decision(at: Writing, number: Number, body: NewDecision) -> dict[str, Any]:
    """Enter what a meeting decided."""
    read_meeting(at.session, at.programme, number)
    made = board.record_decision(
        at.session,
        meeting_id=number,
        text=body.text,
        commitment=commitment_numbered(at, str(body.commitment or "")),
        actor=at.actor,
        now=at.now,
    )
    return {"number": made.number, "text": made.text}


@router.get("/report/{day}")
def report(at: Reading, database: AppDatabase, day: date) -> dict[str, Any]:
    """The report's figures of the morning of a day; takes half a minute the first time."""
    figures: dict[str, Any] = json.loads(make_report(database, at, day).to_json())
    return figures


def _listed(one: ListedCommitment) -> dict[str, Any]:
    return _commitment(one.commitment) | {
        "due_on": one.due_on,
        "slipped_by": one.slipped_by,
        "rag": one.rag,
    }


def _commitment(commitment: Commitment) -> dict[str, Any]:
    return {
        "id": commitment.id,
        "version": commitment.version,
        "reference": commitment.reference,
        "kind": commitment.kind,
        "title": commitment.title,
        "owner": commitment.owner,
        "first_due_on": commitment.first_due_on,
        "due_on": commitment.due_on,
        "status": commitment.status,
        "evidence": commitment.evidence,
        "source": commitment.source,
        "part_of": commitment.part_of,
        "settled_on": commitment.settled_on,
    }


def _meeting(meeting: Meeting) -> dict[str, Any]:
    return {
        "id": meeting.id,
        "held_on": meeting.held_on,
        "title": meeting.title,
        "chair": meeting.chair,
    }
