"""Use cases on values nobody knew: list them, teach what they mean, and put the cases right."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from workflow import audit
from workflow.cases import UNMAPPED, cases_of, say
from workflow.cohort import Days, decide
from workflow.db import ROW_LOCK
from workflow.errors import InvalidInputError
from workflow.intake.codes import Vocabulary
from workflow.intake.rows import UnmappedValue
from workflow.models import Case, Programme, ValueMapping
from workflow.policy import Policy
from workflow.states import Actor

_MANY = ("factors", "disabilities")
"""Fields that hold several codes."""


def vocabulary_of(session: Session, programme: Programme) -> Vocabulary:
    """The shipped vocabulary with everything this programme has learned."""
    taught = session.exec(
        select(ValueMapping).where(
            ValueMapping.programme_id == programme.key, col(ValueMapping.code).is_not(None)
        )
    )
    lessons = ((mapping.field, mapping.raw, mapping.code or "") for mapping in taught)
    return Vocabulary.shipped().learn_all(lessons)


def map_value(
    session: Session,
    *,
    programme: Programme,
    field: str,
    raw: str,
    code: str,
    policy: Policy,
    actor: Actor,
    now: datetime,
    as_of: date,
) -> int:
    """Teach the programme what a spelling means, and put it right in every case that has it.

    Returns:
        How many cases carried the spelling.

    Raises:
        InvalidInputError: the spelling is not on the list, or the code does not exist.
    """
    session.refresh(programme, with_for_update=ROW_LOCK)
    query = select(ValueMapping).where(
        ValueMapping.programme_id == programme.key,
        ValueMapping.field == field,
        ValueMapping.raw == raw,
    )
    mapping = session.exec(query).first()
    if mapping is None:
        raise InvalidInputError(f"{raw!r} is not on the list of unmapped values of {field}.")
    vocabulary_of(session, programme).learn(field, raw, code)  # refuses a code that does not exist
    mapping.code, mapping.decided_by, mapping.decided_at = code, actor.name, now
    cases = cases_of(session, programme)
    carriers = [case for case in cases if raw in case.facts.get(UNMAPPED, {}).get(field, ())]
    for case in carriers:
        _put_right(case, field, raw, code)
    decide(session, programme, cases, actor, now, Days(as_of, known_on=as_of), policy)
    audit.record(
        session,
        programme_id=programme.key,
        kind="value_mapped",
        actor=actor,
        at=now,
        payload={"field": field, "code": code, "cases": len(carriers)},
    )
    return len(carriers)


def note_unmapped(
    session: Session, programme: Programme, values: tuple[UnmappedValue, ...]
) -> bool:
    """Put spellings of one file on the list that a coordinator maps; tells whether it grew."""
    counts: dict[tuple[str, str], int] = {}
    for value in values:
        counts[value.field, value.raw] = counts.get((value.field, value.raw), 0) + 1
    query = select(ValueMapping).where(ValueMapping.programme_id == programme.key)
    known = {(mapping.field, mapping.raw): mapping for mapping in session.exec(query)}
    for (field, raw), seen in sorted(counts.items()):
        if (field, raw) in known:
            known[field, raw].seen = seen
        else:
            session.add(ValueMapping(programme_id=programme.key, field=field, raw=raw, seen=seen))
    return bool(counts.keys() - known.keys())


def unmapped_values(session: Session, programme: Programme) -> list[ValueMapping]:
    """The spellings that still wait for a code, most frequent first."""
    query = select(ValueMapping).where(
        ValueMapping.programme_id == programme.key, col(ValueMapping.code).is_(None)
    )
    return list(session.exec(query.order_by(col(ValueMapping.seen).desc(), col(ValueMapping.raw))))


def _put_right(case: Case, field: str, raw: str, code: str) -> None:
    spellings = {
        name: [text for text in texts if (name, text) != (field, raw)]
        for name, texts in case.facts[UNMAPPED].items()
    }
    waiting = {name: texts for name, texts in spellings.items() if texts}
    value = sorted({*(case.facts.get(field) or ()), code}) if field in _MANY else code
    say(case, {field: value, UNMAPPED: waiting})
