"""Use cases on what the Board was promised: the only writer of `Commitment`. The caller commits."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.board.status import Rag, rag_of
from workflow.calendar import local_date
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, InvalidInputError, NotFoundError, NotPermittedError
from workflow.models import Commitment, CommitmentKind, CommitmentStatus, Programme
from workflow.moved_dates import moved_since
from workflow.policy import BoardPolicy
from workflow.states import Actor, Role

MAY_KEEP = (Role.MANAGER, Role.COORDINATOR, Role.ADMINISTRATOR)
"""Who keeps the Board's register."""


@dataclass(frozen=True, slots=True)
class ListedCommitment:
    """One commitment as the register shows it on a day."""

    commitment: Commitment
    rag: Rag
    due_on: date | None
    """Its date as it was on that day."""
    slipped_by: int
    """Working days between the date first given and `due_on`; 0 when it was not moved."""


def list_commitments(
    session: Session,
    programme: Programme,
    *,
    as_of: date,
    policy: BoardPolicy,
    kind: CommitmentKind | None = None,
    open_only: bool = False,
) -> list[ListedCommitment]:
    """The register on a day: by date, what has none last."""
    query = select(Commitment).where(
        Commitment.programme_id == programme.key, col(Commitment.opened_on) <= as_of
    )
    if kind is not None:
        query = query.where(Commitment.kind == kind)
    moved = moved_since(
        session, programme.key, kind="commitment_updated", subject="commitment_id", as_of=as_of
    )
    listed = [
        _listed(commitment, programme, policy, as_of, moved.get(commitment.key, commitment.due_on))
        for commitment in session.exec(query)
    ]
    if open_only:
        listed = [one for one in listed if one.rag not in (Rag.MET, Rag.DROPPED)]
    return sorted(listed, key=lambda one: (one.due_on or date.max, one.commitment.reference))


def add_commitment(
    session: Session,
    *,
    programme: Programme,
    reference: str,
    kind: CommitmentKind,
    title: str,
    owner: str,
    due_on: date | None,
    actor: Actor,
    now: datetime,
    source: str = "",
    part_of: str | None = None,
) -> Commitment:
    """Enter a commitment, a recommendation or a milestone in the register.

    Raises:
        InvalidInputError: reference, title or owner is missing, or `part_of` names nothing.
        ConflictError: the reference is taken.
    """
    check_role(actor, "add a commitment")
    session.get(Programme, programme.key, with_for_update=ROW_LOCK)
    reference, title, owner = reference.strip(), title.strip(), owner.strip()
    named = {"reference": reference, "title": title, "owner": owner}
    if not all(named.values()):
        lacking = next(name for name, value in named.items() if not value)
        raise InvalidInputError("A commitment needs a reference, a title and an owner.", lacking)
    if find_commitment(session, programme, reference):
        raise ConflictError(f"There is a commitment {reference} already.")
    if part_of and not find_commitment(session, programme, part_of):
        raise InvalidInputError(
            f"There is no {part_of} that {reference} could be part of.", "part_of"
        )
    commitment = Commitment(
        programme_id=programme.key,
        reference=reference,
        kind=kind,
        title=title,
        owner=owner,
        first_due_on=due_on,
        due_on=due_on,
        source=source,
        part_of=part_of,
        opened_on=local_date(now),
    )
    session.add(commitment)
    session.flush()  # the event names the commitment by its number
    _record(session, commitment, "commitment_added", actor, now, {"due_on": _iso(due_on)})
    return commitment


def update_commitment(
    session: Session,
    *,
    commitment_id: int,
    actor: Actor,
    now: datetime,
    reason: str,
    owner: str | None = None,
    due_on: date | None = None,
    evidence: str | None = None,
    version: int | None = None,
) -> Commitment:
    """Change owner, date or evidence; what is left out stays. The date first given stays on record.

    Raises:
        InvalidInputError: nothing changes, or no reason was given.
        ConflictError: it is settled, or changed since `version`.
    """
    commitment = _locked_open(session, commitment_id, actor, version)
    if not reason.strip():
        raise InvalidInputError("Say why the commitment changes.", "reason")
    said = {"owner": owner, "due_on": due_on, "evidence": evidence}
    changed = {
        name: value
        for name, value in said.items()
        if value is not None and getattr(commitment, name) != value
    }
    if not changed:
        raise InvalidInputError("Nothing would change.", "due_on")
    payload: dict[str, Any] = {"changed": sorted(changed)}
    if "due_on" in changed:
        payload |= {"from": _iso(commitment.due_on), "to": _iso(due_on)}
        commitment.first_due_on = commitment.first_due_on or due_on
    for name, value in changed.items():
        setattr(commitment, name, value)
    commitment.version += 1
    _record(session, commitment, "commitment_updated", actor, now, payload, reason.strip())
    return commitment


def close_commitment(
    session: Session,
    *,
    commitment_id: int,
    evidence: str,
    actor: Actor,
    now: datetime,
    dropped: bool = False,
    version: int | None = None,
) -> Commitment:
    """Say that a commitment is met, or (`dropped`) falls away, with what shows it.

    Raises:
        InvalidInputError: no evidence was given.
        ConflictError: it is settled already, or changed since `version`.
    """
    commitment = _locked_open(session, commitment_id, actor, version)
    if not evidence.strip():
        raise InvalidInputError(
            "Say what shows it: a paper, a figure, a decision of the Board.", "evidence"
        )
    commitment.evidence = evidence.strip()
    commitment.status = CommitmentStatus.DROPPED if dropped else CommitmentStatus.MET
    commitment.settled_on, commitment.settled_by = local_date(now), actor.name
    commitment.version += 1
    _record(session, commitment, f"commitment_{commitment.status}", actor, now, {})
    return commitment


def find_commitment(session: Session, programme: Programme, reference: str) -> Commitment | None:
    """The commitment of a reference, if there is one."""
    query = select(Commitment).where(
        Commitment.programme_id == programme.key, Commitment.reference == reference
    )
    return session.exec(query).first()


def check_role(actor: Actor, deed: str) -> None:
    """Refuse whoever does not keep the register.

    Raises:
        NotPermittedError: the actor has none of the roles.
    """
    if not actor.roles & set(MAY_KEEP):
        raise NotPermittedError(deed, MAY_KEEP)


def _locked_open(
    session: Session, commitment_id: int, actor: Actor, version: int | None
) -> Commitment:
    check_role(actor, "change a commitment")
    commitment = session.get(Commitment, commitment_id, with_for_update=ROW_LOCK)
    if commitment is None:
        raise NotFoundError("commitment", commitment_id)
    if version is not None and version != commitment.version:
        raise ConflictError("This commitment was changed by somebody else. Look at it again first.")
    if commitment.status is not CommitmentStatus.OPEN:
        raise ConflictError(f"{commitment.reference} is {commitment.status} already.")
    return commitment


def _listed(
    commitment: Commitment,
    programme: Programme,
    policy: BoardPolicy,
    as_of: date,
    due_on: date | None,
) -> ListedCommitment:
    calendar, first = programme.calendar, commitment.first_due_on
    return ListedCommitment(
        commitment=commitment,
        rag=rag_of(
            commitment,
            as_of,
            due_on=due_on,
            calendar=calendar,
            amber_within=policy.amber_within,
        ),
        due_on=due_on,
        slipped_by=calendar.working_days_between(first, due_on) if first and due_on else 0,
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _record(
    session: Session,
    commitment: Commitment,
    kind: str,
    actor: Actor,
    now: datetime,
    payload: dict[str, Any],
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        programme_id=commitment.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        reason=reason,
        payload={"commitment_id": commitment.key, "reference": commitment.reference} | payload,
    )
