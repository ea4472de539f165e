"""A case as its files add up to it: what is stored, and the typed row the rules read."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from workflow.intake.rows import CaseRow
from workflow.models import Case, Programme

IDENTITY = ("child_id", "episode_start")
FACTS = tuple(f.name for f in fields(CaseRow) if f.name not in (*IDENTITY, "line"))
"""The fields of a row that a file may speak for."""
UNMAPPED = "unmapped"
"""Key of `Case.facts` that keeps, by field, the spellings no code fits yet."""

_MIRRORED = ("family", "district", "team", "worker")
_ROWS: TypeAdapter[CaseRow] = TypeAdapter(CaseRow)


def cases_of(session: Session, programme: Programme) -> list[Case]:
    """All cases of the programme, in and out of the cohort, in the order of their references."""
    query = select(Case).where(Case.programme_id == programme.key).order_by(col(Case.id))
    return list(session.exec(query))


def row_of(case: Case) -> CaseRow:
    """The case as the typed row its files add up to."""
    known = {name: case.facts[name] for name in FACTS if name in case.facts}
    identity = {"line": 0, "child_id": case.child_id, "episode_start": case.episode_start}
    return _ROWS.validate_python(known | identity)


def say(case: Case, said: Mapping[str, Any]) -> bool:
    """Put what a file says into the case; tells whether that changed anything.

    Args:
        said: fields of `FACTS` as `plain` gives them, and the spellings still `UNMAPPED`.
    """
    merged = facts_with(case.facts, said)
    if merged == case.facts:
        return False
    case.facts = merged
    for name, value in mirrored(merged).items():
        setattr(case, name, value)
    return True


def facts_with(facts: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a case after a file spoke; what was `UNMAPPED` and no longer is goes."""
    return {name: v for name, v in {**facts, **said}.items() if name != UNMAPPED or v}


def mirrored(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that stand in columns of their own too, because lists filter by them."""
    return {name: facts.get(name) for name in _MIRRORED}


def plain(value: object) -> object:
    """A value of a row as JSON has it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
