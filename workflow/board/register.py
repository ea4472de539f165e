"""The Board's register as a file: meetings, decisions, commitments, recommendations and milestones.

Reading is pure and checks everything; taking it in adds what is not there yet, so that the same file
again changes nothing.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked
from sqlmodel import Session

from workflow.board.commitments import add_commitment, find_commitment
from workflow.board.meetings import find_meeting, record_decision, record_meeting
from workflow.errors import InvalidInputError
from workflow.models import CommitmentKind, Programme
from workflow.states import Actor

JANUARY = "board_2016_01_20.toml"
"""The register as the Board's first meeting left it; shipped for the demonstration."""

_STRICT = ConfigDict(extra="forbid")


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class DecisionRow:
    """One decision of a meeting; `commitment` is a reference."""

    text: str
    commitment: str | None = None


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class MeetingRow:
    """One meeting with its decisions in order."""

    held_on: date
    title: str
    chair: str = ""
    decisions: tuple[DecisionRow, ...] = ()


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class CommitmentRow:
    """One line of the register; `part_of` is the reference of a recommendation."""

    reference: str
    kind: CommitmentKind
    title: str
    owner: str
    due_on: date | None = None
    source: str = ""
    part_of: str | None = None


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class RegisterFile:
    """All that a file says; `source` stands where a commitment names none."""

    source: str = ""
    commitments: tuple[CommitmentRow, ...] = ()
    meetings: tuple[MeetingRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What was new in a file."""

    commitments: int
    meetings: int
    decisions: int


_FILE: TypeAdapter[RegisterFile] = TypeAdapter(RegisterFile)


def parse_register(text: str) -> RegisterFile:
    """The register written in `text` (TOML, as in `workflow/data/board_2016_01_20.toml`).

    Raises:
        InvalidInputError: it is no TOML, lacks a part, or a decision names an unknown commitment.
    """
    try:
        register = _FILE.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInputError(f"The register is not valid TOML: {problem}.") from problem
    except ValidationError as problem:
        fault = problem.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise InvalidInputError(
            f"The register cannot be read at {where}: {fault['msg']}."
        ) from None
    _check_references(register)
    return register


def january_register() -> RegisterFile:
    """What the Board agreed on 20 January 2016."""
    return parse_register((files("workflow") / "data" / JANUARY).read_text("utf-8"))


def take_register(
    session: Session, *, programme: Programme, register: RegisterFile, actor: Actor, now: datetime
) -> Taken:
    """Enter what the register does not hold yet; what it holds stays as people have changed it."""
    added = 0
    for row in register.commitments:
        if find_commitment(session, programme, row.reference) is None:
            values = _values(row, register.source)
            add_commitment(session, programme=programme, actor=actor, now=now, **values)
            added += 1
    new = [m for m in register.meetings if find_meeting(session, programme, m.held_on) is None]
    for meeting in new:
        _take_meeting(session, programme, meeting, actor, now)
    return Taken(added, len(new), sum(len(row.decisions) for row in new))


def _take_meeting(
    session: Session, programme: Programme, row: MeetingRow, actor: Actor, now: datetime
) -> None:
    meeting = record_meeting(
        session,
        programme=programme,
        held_on=row.held_on,
        title=row.title,
        chair=row.chair,
        actor=actor,
        now=now,
    )
    for decision in row.decisions:
        reference = decision.commitment
        record_decision(
            session,
            meeting_id=meeting.key,
            text=decision.text,
            commitment=find_commitment(session, programme, reference) if reference else None,
            actor=actor,
            now=now,
        )


def _values(row: CommitmentRow, source: str) -> Mapping[str, Any]:
    return {
        "reference": row.reference,
        "kind": row.kind,
        "title": row.title,
        "owner": row.owner,
        "due_on": row.due_on,
        "source": row.source or source,
        "part_of": row.part_of,
    }


def _check_references(register: RegisterFile) -> None:
    known = [row.reference for row in register.commitments]
    if len(known) != len(set(known)):
        raise InvalidInputError("The register names a reference twice.")
    named = {d.commitment for m in register.meetings for d in m.decisions if d.commitment}
    if unknown := named - set(known):
        raise InvalidInputError(f"A decision names {min(unknown)}, which the register lacks.")
