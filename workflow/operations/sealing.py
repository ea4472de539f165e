"""Answers of restricted questions are encrypted in the database and plain in memory.

A use case says which answers are restricted (`restrict`); from then on this module seals them on the
way in and opens them on the way out, for every table registered with `sealed_answers`. What was sealed
once is sealed again at every later save, whoever saves it. Without keys (`CIN_FIELD_KEYS`) answers are
stored as they are.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState, Session, object_session
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import SQLModel

from workflow.errors import InvalidInputError
from workflow.operations.fields import FieldKeys, SealedError

SEAL = "$sealed"
"""The only key of the object that stands in place of a sealed answer."""
_RESTRICTED = "restricted_answers"
_PLAIN = "plain_answers"
_TABLES: dict[str, type[SQLModel]] = {}


def restrict(row: SQLModel, questions: Iterable[str]) -> None:
    """Say which answers of a draft or a submission are stored encrypted."""
    _state(row).info.setdefault(_RESTRICTED, set()).update(questions)


def restricted_in(row: SQLModel) -> frozenset[str]:
    """The answers of a row that are stored encrypted, as far as it was said or loaded so."""
    return frozenset(_state(row).info.get(_RESTRICTED, ()))


def sealed_answers(model: type[SQLModel]) -> None:
    """Let a table with a JSON column `answers` and a `review_id` keep restricted answers encrypted."""
    _TABLES[str(model.__tablename__)] = model
    for moment in ("load", "refresh"):
        sa.event.listen(model, moment, _open_row)
    for moment in ("before_insert", "before_update"):
        sa.event.listen(model, moment, _seal_row)
    for moment in ("after_insert", "after_update"):
        sa.event.listen(model, moment, _show_row)


def sealed_tables() -> Mapping[str, type[SQLModel]]:
    """The tables whose answers may be sealed, by name."""
    return _TABLES


def open_answers(session: Session, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a row that was read below the session, as a mapping with its `review_id`."""
    return _opened(session.info.get("field_keys"), table, row["review_id"], row["answers"])


def seal_context(table: str, review_id: int, question: str) -> str:
    """What a sealed answer is bound to: it does not open in another table, review or question."""
    return f"{table}:{review_id}:{question}"


def is_sealed(answer: object) -> bool:
    """Whether this stands in place of an encrypted answer."""
    return isinstance(answer, dict) and answer.keys() == {SEAL}


def _open_row(row: Any, *_: object) -> None:
    answers = row.__dict__.get("answers")
    found = {name for name, answer in (answers or {}).items() if is_sealed(answer)}
    if not found:
        return
    restrict(row, found)
    opened = _opened(_keys(row), str(row.__tablename__), row.review_id, answers)
    set_committed_value(row, "answers", opened)


def _seal_row(_: object, __: object, row: Any) -> None:
    """Put sealed answers in place of the plain ones for the time of one statement."""
    state, keys = _state(row), _keys(row)
    if not state.attrs.answers.history.has_changes():
        return
    if keys is None:
        _refuse_lookalikes(row.answers)
        return
    hidden: Collection[str] = state.info.get(_RESTRICTED, ())
    plain, table = row.answers, str(row.__tablename__)
    state.info[_PLAIN] = plain
    row.answers = {
        name: {SEAL: keys.seal(answer, context=seal_context(table, row.review_id, name))}
        if name in hidden or is_sealed(answer)
        else answer
        for name, answer in plain.items()
    }


def _refuse_lookalikes(answers: Mapping[str, Any]) -> None:
    """Nothing is sealed without keys, so what looks sealed was typed; nobody could open it later."""
    if any(map(is_sealed, answers.values())):
        raise InvalidInputError("One of these answers cannot be kept.")


def _show_row(_: object, __: object, row: Any) -> None:
    plain = _state(row).info.pop(_PLAIN, None)
    if plain is not None:
        set_committed_value(row, "answers", plain)


def _opened(
    keys: FieldKeys | None, table: str, review_id: int, answers: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        name: _opened_answer(keys, seal_context(table, review_id, name), answer)
        if is_sealed(answer)
        else answer
        for name, answer in answers.items()
    }


def _opened_answer(keys: FieldKeys | None, context: str, answer: Mapping[str, Any]) -> Any:
    if keys is None:
        raise SealedError("An encrypted answer needs its key; CIN_FIELD_KEYS is not set.")
    return keys.open(answer[SEAL], context=context)


def _state(row: SQLModel) -> InstanceState[Any]:
    state: InstanceState[Any] = sa.inspect(row)
    return state


def _keys(row: SQLModel) -> FieldKeys | None:
    session = object_session(row)
    return session.info.get("field_keys") if session else None
