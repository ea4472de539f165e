"""What was said each day, in short: read without the large parts of the kept documents."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.calendar import local_date
from workflow.forecast.reading import COMPLETED
from workflow.forecast.record import Resolved
from workflow.models import Event, Programme, StoredForecast


@dataclass(frozen=True, slots=True)
class Said:
    """The first forecast of a day: the one that counts, so that nobody can pick the best."""

    number: int
    as_of: date
    made_at: datetime
    made_by: str
    model_version: str
    input_hash: str
    complete: int
    """Reviews complete on the morning of that day."""
    p_done_by_target: float
    p80: date | None
    """Day by which 98 % are done, 80 % sure; None: beyond the horizon."""
    ahead: Sequence[dict[str, Any]]
    """What was said of five and ten working days ahead: `date`, `quantiles`, `naive`."""


def _of_result(name: str) -> Any:
    return col(StoredForecast.result)[name]


_COLUMNS: tuple[Any, ...] = (
    col(StoredForecast.id),
    col(StoredForecast.as_of),
    col(StoredForecast.made_at),
    col(StoredForecast.made_by),
    col(StoredForecast.model_version),
    col(StoredForecast.input_hash),
    _of_result("complete"),
    _of_result("p_done_by_target"),
    _of_result("p80"),
    _of_result("ahead"),
)
_FIRST_ONES = (
    sa.select(sa.func.min(col(StoredForecast.id)))
    .where(
        col(StoredForecast.programme_id) == sa.bindparam("programme"),
        col(StoredForecast.as_of) <= sa.bindparam("up_to"),
    )
    .group_by(col(StoredForecast.as_of))
)
_SAID = (
    sa.select(*_COLUMNS)
    .where(col(StoredForecast.id).in_(_FIRST_ONES))
    .order_by(col(StoredForecast.as_of))
)


def what_was_said(session: Session, programme: Programme, *, up_to: date) -> list[Said]:
    """The first forecast of each day up to a day, oldest first."""
    rows: Any = session.connection().execute(_SAID, {"programme": programme.key, "up_to": up_to})
    return [_said(row) for row in rows]


def _said(row: Any) -> Said:
    (number, as_of, made_at, made_by, version, input_hash, complete, p_done, p80, ahead) = row
    return Said(
        number=number,
        as_of=as_of,
        made_at=made_at,
        made_by=made_by,
        model_version=version,
        input_hash=input_hash,
        complete=complete,
        p_done_by_target=p_done,
        p80=date.fromisoformat(p80) if p80 else None,
        ahead=ahead,
    )


def resolve(
    session: Session, programme: Programme, said: Sequence[Said], *, as_of: date
) -> list[Resolved]:
    """Every statement about a day that is over by `as_of`, with what came true."""
    days, standing = _complete_by_day(session, programme)

    def complete_on(day: date) -> float:
        place = bisect_right(days, day)
        return float(standing[place - 1]) if place else 0.0

    return [
        Resolved(
            working_days=row["working_days"],
            start=float(forecast.complete),
            quantiles=_by_level(row["quantiles"]),
            naive=_by_level(row["naive"]) if row["naive"] else None,
            truth=complete_on(on),
        )
        for forecast in said
        for row in forecast.ahead
        if (on := date.fromisoformat(row["date"])) < as_of
    ]


def _complete_by_day(session: Session, programme: Programme) -> tuple[list[date], list[int]]:
    """Days on which reviews were completed or reopened, and how many were complete at their end."""
    query: Any = sa.select(col(Event.at), col(Event.kind)).where(
        col(Event.programme_id) == programme.key, col(Event.kind).in_(COMPLETED)
    )
    by_day: dict[date, int] = {}
    for at, kind in session.connection().execute(query):
        day = local_date(at)
        by_day[day] = by_day.get(day, 0) + COMPLETED[kind]
    days, standing, total = sorted(by_day), [], 0
    for day in days:
        total += by_day[day]
        standing.append(total)
    return days, standing


def _by_level(quantiles: dict[str, float]) -> dict[float, float]:
    return {float(level): value for level, value in quantiles.items()}
