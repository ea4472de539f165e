"""The record of everything that happened: the only writer and reader of events.

Every change of a review writes exactly one event in the same transaction. Events are chained by an
HMAC whose key lies outside the database, so that a later change of any of them can be found; the
newest link (`AuditHead`) can be exported (`workflow.audit_head`) and compared, so that a cut-off end is
found too.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.db import ROW_LOCK
from workflow.errors import IllegalTransitionError
from workflow.models import AuditHead, Case, Event, PurgedCase
from workflow.states import INITIAL_STATE, Action, Actor, ReviewState, next_state

_CHAINED = (
    "programme_id",
    "seq",
    "kind",
    "action",
    "review_id",
    "case_id",
    "from_state",
    "to_state",
    "actor",
    "reason_seal",
    "payload",
    "previous_mac",
)


def record(
    session: Session,
    *,
    programme_id: int,
    kind: str,
    actor: Actor,
    at: datetime,
    review_id: int | None = None,
    case_id: int | None = None,
    action: Action | None = None,
    from_state: ReviewState | None = None,
    to_state: ReviewState | None = None,
    reason: str | None = None,
    payload: dict[str, Any] | None = None,
) -> Event:
    """Append one event to the programme's chain.

    `payload` takes ids, codes, counts and ISO dates only, never text about a child.
    """
    head = _locked_head(session, programme_id)
    event = Event(
        programme_id=programme_id,
        seq=head.seq + 1,
        kind=kind,
        action=action,
        review_id=review_id,
        case_id=case_id,
        from_state=from_state,
        to_state=to_state,
        actor=actor.name,
        at=at,
        reason=reason,
        reason_seal=_seal_reason(session, programme_id, head.seq + 1, reason),
        payload=payload or {},
        previous_mac=head.mac,
        mac="",
    )
    event.mac = _mac(session, event)
    head.seq, head.mac = event.seq, event.mac
    session.add(event)
    return event


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one of many events of a kind of work says; the rest is common to them all."""

    kind: str
    review_id: int | None = None
    case_id: int | None = None
    action: Action | None = None
    from_state: ReviewState | None = None
    to_state: ReviewState | None = None
    reason: str | None = None
    payload: dict[str, Any]


def record_all(
    session: Session,
    entries: Iterable[Entry],
    *,
    programme_id: int,
    actor: Actor,
    at: datetime,
) -> None:
    """Append many events to the programme's chain, in their order: `record` for thousands at a time."""
    head = _locked_head(session, programme_id)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        row: dict[str, Any] = {
            "programme_id": programme_id,
            "seq": head.seq + 1,
            "kind": entry.kind,
            "action": entry.action,
            "review_id": entry.review_id,
            "case_id": entry.case_id,
            "from_state": entry.from_state,
            "to_state": entry.to_state,
            "actor": actor.name,
            "at": at,
            "reason": entry.reason,
            "reason_seal": _seal_reason(session, programme_id, head.seq + 1, entry.reason),
            "payload": entry.payload,
            "previous_mac": head.mac,
        }
        row["mac"] = _seal(session, row)
        head.seq, head.mac = row["seq"], row["mac"]
        rows.append(row)
    if rows:
        session.connection().execute(sa.insert(Event), rows)


VIEWED, REFUSED = "case_viewed", "access_refused"
LOOKS = (VIEWED, REFUSED)
"""Kinds of event that say who looked; nothing changed."""
_PLACE = re.compile(r"[A-Za-z0-9_ /{}.-]{1,120}")


def record_view(
    session: Session,
    *,
    programme_id: int,
    actor: Actor,
    at: datetime,
    page: str,
    review_id: int | None = None,
    case_id: int | None = None,
    reason: str | None = None,
) -> Event:
    """Record that somebody looked at a case (the consultation that the law asks to be logged).

    Args:
        page: the route's template (`GET /reviews/{reference}`), never what was typed in its place.
        reason: why they looked, where they were asked.
    """
    return record(
        session,
        programme_id=programme_id,
        kind=VIEWED,
        actor=actor,
        at=at,
        review_id=review_id,
        case_id=case_id,
        reason=reason,
        payload={"page": _place(page)},
    )


def record_refusal(
    session: Session,
    *,
    programme_id: int,
    actor: Actor,
    at: datetime,
    page: str,
    status: int,
    review_id: int | None = None,
) -> Event:
    """Record that somebody asked for what they may not have.

    Args:
        page: as in `record_view`.
        status: the HTTP status of the answer.
        review_id: the review they asked for, where it exists.
    """
    return record(
        session,
        programme_id=programme_id,
        kind=REFUSED,
        actor=actor,
        at=at,
        review_id=review_id,
        payload={"page": _place(page), "status": status},
    )


def _place(page: str) -> str:
    if not _PLACE.fullmatch(page):
        raise ValueError("a page is recorded by its route's template, without what was typed")
    return page


def timeline(session: Session, review_id: int) -> list[Event]:
    """What happened to one review, oldest first; who looked at it is not among it."""
    query = select(Event).where(Event.review_id == review_id, col(Event.kind).not_in(LOOKS))
    return list(session.exec(query.order_by(col(Event.seq))))


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the events alone say of a review."""

    state: ReviewState
    reviewer_id: int | None
    changes: int
    """How often its state table was used."""


def replay(events: Iterable[Event]) -> Replayed:
    """Fold a review's events, oldest first, through the state table.

    Raises:
        IllegalTransitionError: the events do not form a legal path.
    """
    state, reviewer_id, changes = INITIAL_STATE, None, 0
    for event in events:
        if event.action is None:
            continue
        target = next_state(state, Action(event.action))
        if event.from_state != state or event.to_state != target:
            raise IllegalTransitionError(state, event.action)
        state, changes = target, changes + 1
        reviewer_id = event.payload.get("reviewer_id", reviewer_id)
    return Replayed(state, reviewer_id, changes)


@dataclass(frozen=True, slots=True)
class Link:
    """One event's place in the chain, as it was at some moment."""

    seq: int
    mac: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking a programme's chain."""

    events: int
    first_bad: int | None
    """`seq` of the first event that does not fit; None when all fit."""
    problem: str = ""
    """What is wrong, in a sentence."""

    @property
    def ok(self) -> bool:
        """Whether every link and the head agree."""
        return self.first_bad is None


def verify(session: Session, programme_id: int, *, against: Link | None = None) -> Verification:
    """Recompute the programme's chain from its first event to its head.

    Args:
        against: the newest link as it was exported earlier; it must still be in the chain.
    """
    query = select(Event).where(Event.programme_id == programme_id).order_by(col(Event.seq))
    previous, count = "", 0
    purged = _purged(session, programme_id)
    with closing(session.exec(query.execution_options(yield_per=1000))) as events:
        for event in events:
            count += 1
            if problem := _misfit(session, event, count, previous, purged):
                return Verification(count, min(event.seq, count), problem)
            if against and against.seq == count and against.mac != event.mac:
                return Verification(count, count, f"Event {count} is not the one exported.")
            previous = event.mac
    if against and against.seq > count:
        problem = f"Events {count + 1} to {against.seq} are gone; they were there when exported."
        return Verification(count, count + 1, problem)
    head = session.get(AuditHead, programme_id)
    sealed = (head.seq, head.mac) if head else (0, "")
    if sealed != (count, previous):
        return Verification(count, count + 1, f"Event {count} is not the newest: some are gone.")
    return Verification(count, None)


@dataclass(frozen=True, slots=True)
class _Purged:
    """Reviews and cases whose reasons may be gone."""

    reviews: frozenset[int | None]
    cases: frozenset[int | None]

    def has(self, event: Event) -> bool:
        return event.review_id in self.reviews or event.case_id in self.cases


def _purged(session: Session, programme_id: int) -> _Purged:
    query = (
        select(PurgedCase.review_id, PurgedCase.case_id)
        .join(Case, col(Case.id) == col(PurgedCase.case_id))
        .where(Case.programme_id == programme_id)
    )
    found = session.exec(query).all()
    reviews = frozenset(review for review, _ in found if review is not None)
    return _Purged(reviews, frozenset(case for _, case in found))


def _misfit(
    session: Session, event: Event, place: int, previous: str, purged: _Purged
) -> str | None:
    """What is wrong with an event, given how many came before it and the link it must hang on."""
    if event.seq != place:
        return f"Event {place} is missing."
    if not hmac.compare_digest(event.mac, _mac(session, event)):
        return f"Event {place} was changed."
    if event.reason is None and event.reason_seal is not None and not purged.has(event):
        return f"The reason of event {place} is gone, and its case was not purged."
    seal = _seal_reason(session, event.programme_id, event.seq, event.reason)
    if event.reason is not None and seal != event.reason_seal:
        return f"Event {place} was changed."
    if event.previous_mac != previous:
        return f"Event {place} does not follow the one before it."
    return None


def _locked_head(session: Session, programme_id: int) -> AuditHead:
    """The chain's newest link, locked once per transaction: one session is one transaction."""
    heads: dict[int, AuditHead] = session.info.setdefault("audit_heads", {})
    if programme_id not in heads:
        head = session.get(AuditHead, programme_id, with_for_update=ROW_LOCK)
        if head is None:
            session.connection().execute(_FIRST_LINK, {"programme_id": programme_id})
            head = session.get_one(AuditHead, programme_id, with_for_update=ROW_LOCK)
        heads[programme_id] = head
    return heads[programme_id]


_FIRST_LINK = sa.text(
    "INSERT INTO audithead (programme_id, seq, mac) VALUES (:programme_id, 0, '') "
    "ON CONFLICT DO NOTHING"
)
"""Of two first events at once, the second waits for the first one's link."""


def _mac(session: Session, event: Event) -> str:
    return _seal(session, {name: getattr(event, name) for name in (*_CHAINED, "at")})


def _seal_reason(session: Session, programme_id: int, seq: int, reason: str | None) -> str | None:
    if reason is None:
        return None
    text = f"{programme_id} {seq} {reason}"
    return hmac.new(session.info["audit_key"], text.encode(), hashlib.sha256).hexdigest()


def _seal(session: Session, row: Mapping[str, Any]) -> str:
    content = {name: row[name] for name in _CHAINED} | {"at": row["at"].astimezone(UTC).isoformat()}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hmac.new(session.info["audit_key"], text.encode(), hashlib.sha256).hexdigest()
