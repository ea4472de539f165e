"""Use cases of the daily cycle: each step of a programme's day is done exactly once.

A cycle has a business number of its own: programme, day and occasion. Whoever runs it, how often, on
how many machines at once: a step and the note that it is done commit together, under the programme's
lock, and a repeat finds the note. Nothing here depends on who schedules the work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError
from workflow.models import CycleEntry, CycleStep, Programme, Review
from workflow.programmes import programme_day
from workflow.states import Actor

DAILY = "daily"
STEPS = (CycleStep.TRACK, CycleStep.ALLOCATE, CycleStep.FORECAST, CycleStep.REPORT)
"""What a cycle does, in this order; `CycleStep.END` closes it."""


@dataclass(frozen=True, slots=True)
class CycleDay:
    """Which cycle of a programme is meant."""

    day: date
    occasion: str = DAILY


def entry_of(
    session: Session, programme: Programme, cycle: CycleDay, step: CycleStep
) -> CycleEntry | None:
    """The note that a step is done, if it is."""
    query = select(CycleEntry).where(
        CycleEntry.programme_id == programme.key,
        CycleEntry.day == cycle.day,
        CycleEntry.occasion == cycle.occasion,
        CycleEntry.step == step,
    )
    return session.exec(query).first()


def do_once(
    session: Session,
    *,
    programme: Programme,
    cycle: CycleDay,
    step: CycleStep,
    work: Callable[[], dict[str, Any]],
    actor: Actor,
    now: datetime,
) -> CycleEntry:
    """Do a step and note it in this transaction, or give the note of whoever did it before.

    Args:
        work: what the step changes, in the same session; gives the summary.
    """
    session.refresh(programme, with_for_update=ROW_LOCK)
    if done := entry_of(session, programme, cycle, step):
        return done
    entry = CycleEntry(
        programme_id=programme.key,
        day=cycle.day,
        occasion=cycle.occasion,
        step=step,
        summary=work(),
        done_by=actor.name,
        done_at=now,
    )
    session.add(entry)
    session.flush()  # a second note of the same step is refused here, with its effects
    return entry


def end_cycle(
    session: Session, *, programme: Programme, cycle: CycleDay, actor: Actor, now: datetime
) -> CycleEntry:
    """Close a cycle whose steps are all done; closed once, however often it is asked for.

    Raises:
        ConflictError: a step is not done yet.
    """

    def close() -> dict[str, Any]:
        missing = [step for step in STEPS if not entry_of(session, programme, cycle, step)]
        if missing:
            raise ConflictError(f"The cycle of {cycle.day} still lacks: {', '.join(missing)}.")
        payload = {"day": cycle.day.isoformat(), "occasion": cycle.occasion}
        audit.record(
            session,
            programme_id=programme.key,
            kind="cycle_ended",
            actor=actor,
            at=now,
            payload=payload,
        )
        return payload

    return do_once(
        session,
        programme=programme,
        cycle=cycle,
        step=CycleStep.END,
        work=close,
        actor=actor,
        now=now,
    )


def programmes_to_run(session: Session, today: date) -> Sequence[Programme]:
    """Programmes with reviews and under way today whose daily cycle has not ended, by number.

    Args:
        today: the local date; a demonstration goes by the day it pretends.
    """
    query = (
        select(Programme)
        .where(select(Review.id).where(Review.programme_id == Programme.id).exists())
        .order_by(col(Programme.id))
    )
    return [
        programme
        for programme in session.exec(query)
        if _is_under_way(programme, today) and not _has_ended(session, programme, today)
    ]


def _is_under_way(programme: Programme, today: date) -> bool:
    return programme.is_demo or programme_day(programme, today) == today


def _has_ended(session: Session, programme: Programme, today: date) -> bool:
    cycle = CycleDay(programme_day(programme, today))
    return entry_of(session, programme, cycle, CycleStep.END) is not None
