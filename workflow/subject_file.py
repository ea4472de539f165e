"""Everything held about one case, as one document for a subject access request.

The document is gathered by following the database's own foreign keys from the case, so that a table
added tomorrow is in it without anybody remembering. Text that may speak of other people, or that the
police hold, is **marked**, never left out: whether it is disclosed is a person's decision (Data
Protection Act 2018, schedules 2 and 3). A text of a table nobody has looked at yet counts as a third
party's.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from workflow import audit
from workflow.errors import InvalidInputError, NotFoundError, NotPermittedError
from workflow.models import (
    Case,
    Conflict,
    ConflictKind,
    ImportRun,
    Notification,
    Programme,
    Review,
    Reviewer,
)
from workflow.operations.sealing import open_answers
from workflow.states import Actor, Role

POLICE_AGENCY = "constabulary"
_MAY_TAKE = (Role.MANAGER, Role.ADMINISTRATOR)


class Marking(StrEnum):
    """Why a text must be looked at before it is disclosed."""

    POLICE = "police"
    """Held or written by the police: ask them first, and never copy it elsewhere."""
    THIRD_PARTY = "third_party"
    """Free text, or facts about somebody else: take out what is not about this child."""


Markings = Mapping[tuple[str, int], Mapping[str, Marking]]
"""(Form, version) → question → marking; questions that need none are absent."""

_FREE_TEXT: dict[str, frozenset[str]] = {
    "alert": frozenset(),
    "allocationline": frozenset(),
    "case": frozenset(),
    "draft": frozenset(),
    "escalation": frozenset({"reason", "outcome"}),
    "event": frozenset({"reason"}),
    "followonaction": frozenset({"task", "owner", "receiver", "result"}),
    "legalhold": frozenset({"reason", "lifted_because"}),
    "moderationreview": frozenset(),
    "purgedcase": frozenset(),
    "review": frozenset(),
    "samplereplacement": frozenset(),
    "seconddraft": frozenset(),
    "submission": frozenset(),
}
"""Text columns of the tables somebody has looked at; every text of another table is marked."""
_INTERNAL = frozenset({"mac", "previous_mac", "reason_seal"})
"""Columns that say nothing about anybody."""
_WRITERS = ("author_id", "raised_by", "actor")
"""Columns that name who wrote a row: the number or the reference of a reviewer, or a user name."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What the gathering needs to know all along."""

    session: Session
    case: Case
    review: Review | None
    markings: Markings
    police: frozenset[object]
    """Numbers and references of the police's reviewers."""


def subject_file(
    session: Session, *, programme: Programme, case_reference: str, markings: Markings
) -> dict[str, Any]:
    """Everything held about one case, ready for JSON.

    Returns:
        `case` (its reference), `held` (table → rows as column → value), `mentioned` (rows of tables that
        name the case without a foreign key), `marked` (marking → how many texts) and `guide` (marking →
        what to do). A marked text is `{"text": …, "redact": "police" or "third_party"}`.

    Raises:
        NotFoundError: the programme has no such case.
    """
    case = find_case(session, programme, case_reference)
    if case is None:
        raise NotFoundError("case", case_reference)
    held = _Held(
        session=session,
        case=case,
        review=session.exec(select(Review).where(Review.case_id == case.key)).first(),
        markings=markings,
        police=_police_of(session, programme),
    )
    document = {"case": case.reference, "held": _rows_held(held), "mentioned": _mentions(held)}
    return document | {
        "marked": dict(Counter(_marks(document))),
        "guide": {marking.value: _GUIDE[marking] for marking in Marking},
    }


def take_subject_file(
    session: Session,
    *,
    programme: Programme,
    case_reference: str,
    markings: Markings,
    purpose: str,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """The subject file with `made_at` and `purpose`, and the event that somebody took it.

    Raises:
        NotPermittedError: the actor is neither manager nor administrator.
        InvalidInputError: no purpose was given.
    """
    if not actor.roles & set(_MAY_TAKE):
        raise NotPermittedError("take a subject file", _MAY_TAKE)
    if not purpose.strip():
        raise InvalidInputError(
            "Say what the file is for, e.g. the number of the request.", "purpose"
        )
    document = subject_file(
        session, programme=programme, case_reference=case_reference, markings=markings
    )
    case = find_case(session, programme, case_reference)
    audit.record(
        session,
        programme_id=programme.key,
        kind="subject_file_taken",
        actor=actor,
        at=now,
        case_id=case.key if case else None,
        reason=purpose.strip(),
        payload={"marked": document["marked"]},
    )
    return {"made_at": now.isoformat(), "purpose": purpose.strip()} | document


def find_case(session: Session, programme: Programme, reference: str) -> Case | None:
    """The programme's case of a reference, if there is one."""
    query = select(Case).where(Case.programme_id == programme.key, Case.reference == reference)
    return session.exec(query).first()


def tables_held() -> list[sa.Table]:
    """The tables whose rows hang on one case, parents first: the case and all that refers to it."""
    held = {"case"}
    ordered = []
    for table in SQLModel.metadata.sorted_tables:
        parents = {key.column.table.name for key in table.foreign_keys}
        if table.name in held or parents & held:
            held.add(table.name)
            ordered.append(table)
    return ordered


def _rows_held(held: _Held) -> dict[str, list[dict[str, Any]]]:
    held.session.flush()  # the tables are read below the session
    keys: dict[str, list[Any]] = {}
    found: dict[str, list[dict[str, Any]]] = {}
    for table in tables_held():
        rows = _select(held, table, keys)
        keys[table.name] = [row[column.name] for column in table.primary_key for row in rows]
        found[table.name] = [_as_document(held, table, row) for row in rows]
    return found


def _select(held: _Held, table: sa.Table, keys: Mapping[str, list[Any]]) -> list[Mapping[str, Any]]:
    if table.name == "case":
        belongs: sa.ColumnElement[bool] = table.c.id == held.case.key
    else:
        belongs = sa.or_(
            *(
                key.parent.in_(keys[key.column.table.name])
                for key in table.foreign_keys
                if key.column.table.name in keys
            )
        )
    query = sa.select(table).where(belongs).order_by(*table.primary_key)
    return [dict(row) for row in held.session.connection().execute(query).mappings()]


def _as_document(held: _Held, table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    by_police = _is_by_police(held, table, row)
    text = Marking.POLICE if by_police else Marking.THIRD_PARTY
    return {
        column.name: _answers(held, table, row, by_police=by_police)
        if column.name == "answers"
        else _marked(_plain(row[column.name]), text if _is_free_text(column) else None)
        for column in table.columns
        if column.name not in _INTERNAL
    }


def _is_by_police(held: _Held, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Whether the police wrote a row; drafts and a reviewer's actions have the review's people."""
    writers = {row[name] for name in _WRITERS if row.get(name) is not None}
    if table.name == "draft":
        writers.add(row["reviewer_id"])
    if table.name == "followonaction" and held.review is not None:
        writers.add(held.review.author_id)
    return bool(writers & held.police)


def _is_free_text(column: sa.Column[Any]) -> bool:
    known = _FREE_TEXT.get(column.table.name)
    if known is not None:
        return column.name in known
    return isinstance(column.type, sa.String | sa.JSON) and not isinstance(column.type, sa.Enum)


def _answers(
    held: _Held, table: sa.Table, row: Mapping[str, Any], *, by_police: bool
) -> dict[str, Any]:
    """Answers by question; of a form nobody has marked, every text is marked."""
    marked = held.markings.get((row.get("form_id", ""), row.get("form_version", 0)))
    said: dict[str, Any] = {}
    answers = open_answers(held.session, table.name, row)
    for question, answer in answers.items():
        unknown = None if isinstance(answer, int | float) else Marking.THIRD_PARTY
        marking = unknown if marked is None else marked.get(question)
        if marking is not None and by_police:
            marking = Marking.POLICE
        said[question] = _marked(answer, marking)
    return said


def _mentions(held: _Held) -> dict[str, list[Any]]:
    """Rows that name the case, the child or the family in words."""
    case, session = held.case, held.session
    other = select(Case.reference).where(
        Case.programme_id == case.programme_id,
        col(Case.id) != case.key,
        col(Case.family) == case.family,
    )
    mention = _mention_of([case.reference, case.child_id])
    messages = session.exec(
        select(Notification).where(Notification.programme_id == case.programme_id)
    )
    imports = session.exec(select(ImportRun).where(ImportRun.programme_id == case.programme_id))
    return {
        "brothers_and_sisters": [
            _marked(reference, Marking.THIRD_PARTY) for reference in session.exec(other)
        ],
        "conflicts": _conflicts(held),
        "notifications": [_dumped(message) for message in messages if mention(message.content)],
        "import_findings": [
            finding for run in imports for finding in run.findings if mention(finding)
        ],
    }


def _conflicts(held: _Held) -> list[dict[str, Any]]:
    """Declared conflicts with the case, the child or the family, the reason marked."""
    case = held.case
    subjects = {
        ConflictKind.CASE: case.reference,
        ConflictKind.CHILD: case.child_id,
        ConflictKind.FAMILY: case.family,
    }
    query = (
        select(Conflict)
        .join(Reviewer)
        .where(Reviewer.programme_id == case.programme_id)
        .order_by(col(Conflict.id))
    )
    found = []
    for conflict in held.session.exec(query):
        if conflict.subject != subjects.get(conflict.kind):
            continue
        by_police = conflict.reviewer_id in held.police
        marking = Marking.POLICE if by_police else Marking.THIRD_PARTY
        found.append(_dumped(conflict) | {"reason": _marked(conflict.reason, marking)})
    return found


def _mention_of(names: Iterable[str]) -> Callable[[object], bool]:
    """Tells whether a JSON value holds one of the names as a whole word."""
    pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in names))
    return lambda value: bool(pattern.search(json.dumps(value, ensure_ascii=False)))


def _police_of(session: Session, programme: Programme) -> frozenset[object]:
    query = select(Reviewer).where(
        Reviewer.programme_id == programme.key, Reviewer.agency == POLICE_AGENCY
    )
    people = list(session.exec(query))
    return frozenset(key for person in people for key in (person.key, person.reference))


def _marked(value: Any, marking: Marking | None) -> Any:
    if marking is None or value is None or value in ("", [], {}):
        return value
    return {"text": value, "redact": marking.value}


def _marks(document: object) -> Iterable[str]:
    """Every marking in a document."""
    if isinstance(document, dict):
        if document.keys() == {"text", "redact"}:
            yield document["redact"]
            return
        document = list(document.values())
    if isinstance(document, list):
        for part in document:
            yield from _marks(part)


def _dumped(row: SQLModel) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.model_dump().items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


_GUIDE = {
    Marking.POLICE: "Ask the constabulary before disclosing; hold back what would prejudice its work.",
    Marking.THIRD_PARTY: "Take out what is about somebody else, unless they agree or it is reasonable.",
}
