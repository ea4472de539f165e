"""A case as its files add up to it: what is stored, and the typed row the rules read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
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


@dataclass(slots=True, kw_only=True)
class NewCase:
    """A case that is decided about before it is stored: the columns of `Case`, by the same names.

    A first import has a hundred thousand of them. As objects of a session they would take longer to make
    and store than the file takes to read.
    """

    programme_id: int
    reference: str
    child_id: str
    episode_start: date
    facts: dict[str, Any]
    family: str | None = None
    district: str | None = None
    team: str | None = None
    worker: str | None = None
    in_cohort: bool = False
    cohort_rule: str | None = None
    cohort_reason: str = ""
    band: int = 1
    band_reasons: list[str] = field(default_factory=list)
    effort: int = 0
    id: int | None = None
    """The number it was stored under."""

    @property
    def key(self) -> int:
        """The number of a stored case; one that was never stored has none."""
        if self.id is None:
            raise LookupError("this case was never stored")
        return self.id


AnyCase = Case | NewCase
_COLUMNS = tuple(one.name for one in fields(NewCase) if one.name != "id")


def store_new(session: Session, cases: Iterable[AnyCase]) -> None:
    """Store the new ones among the cases, which get their numbers."""
    new = [case for case in cases if isinstance(case, NewCase)]
    if not new:
        return
    insert = sa.insert(Case).returning(col(Case.id), sort_by_parameter_order=True)
    rows = [{name: getattr(case, name) for name in _COLUMNS} for case in new]
    # Rows that lack different values would else go in by groups of a few.
    numbers = session.scalars(insert, rows, execution_options={"render_nulls": True})
    for case, number in zip(new, numbers, strict=True):
        case.id = number


def cases_of(session: Session, programme: Programme) -> list[Case]:
    """All cases of the programme, in and out of the cohort, in the order of their references."""
    query = select(Case).where(Case.programme_id == programme.key).order_by(col(Case.id))
    return list(session.exec(query))


def row_of(case: AnyCase) -> CaseRow:
    """The case as the typed row its files add up to."""
    known = {name: case.facts[name] for name in FACTS if name in case.facts}
    identity = {"line": 0, "child_id": case.child_id, "episode_start": case.episode_start}
    return _ROWS.validate_python(known | identity)


def say(case: AnyCase, said: Mapping[str, Any]) -> bool:
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
