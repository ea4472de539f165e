"""Programmes of any size with a month of history, written as rows: to measure cost, not truth."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session, func, select

from tests.factories import make_actor, make_programme, make_reviewer
from workflow import audit
from workflow.calendar import at_local
from workflow.models import Case, Programme, Review, Submission
from workflow.states import Action, ReviewState, Role

DAY = date(2016, 2, 24)
DISTRICTS = ("E07000117", "E07000118", "E07000119", "E07000123")
CASES_FOR_EACH = 40
"""Cases for each reviewer."""
_PATH = (
    ("review_allocated", Action.ALLOCATE, ReviewState.UNALLOCATED, ReviewState.ALLOCATED),
    ("review_started", Action.START, ReviewState.ALLOCATED, ReviewState.IN_PROGRESS),
    ("review_submitted", Action.SUBMIT, ReviewState.IN_PROGRESS, ReviewState.SUBMITTED),
    ("review_confirmed", Action.CONFIRM, ReviewState.SUBMITTED, ReviewState.COMPLETE),
)
_REACHED = (0.0, 0.4, 0.45, 0.5, 1.0)
"""Share of the reviews that have come no further than 0, 1, 2, 3, 4 steps of the path."""


def add_council(session: Session, name: str, cases: int, *, seed: int = 1) -> int:
    """A programme half done, with the events of how it came there; gives its number."""
    rng = np.random.default_rng(seed)
    programme = make_programme(name=name, demo_today=DAY, seed=seed)
    session.add(programme)
    session.flush()
    people = [
        make_reviewer(session, programme, district=DISTRICTS[number % len(DISTRICTS)]).key
        for number in range(max(2, cases // CASES_FOR_EACH))
    ]
    steps = np.searchsorted(_REACHED, rng.random(cases), side="left")
    holders = rng.choice(people, cases)
    days = np.sort(rng.integers(1, 34, (cases, len(_PATH))), axis=1)
    first = 1 + (session.exec(select(func.max(Case.id))).one() or 0)
    connection = session.connection()
    connection.execute(sa.insert(Case), list(_cases(programme, first, cases)))
    reviews = [
        _review(programme, first + n, int(steps[n]), int(holders[n]), days[n]) for n in range(cases)
    ]
    connection.execute(sa.insert(Review), reviews)
    connection.execute(
        sa.insert(Submission), [_submission(row) for row in reviews if row["outcome"]]
    )
    moves = sorted(_moves(reviews, steps, days), key=lambda move: move[0])
    for at in sorted({at for at, _ in moves}):
        audit.record_all(
            session,
            (entry for when, entry in moves if when == at),
            programme_id=programme.key,
            actor=make_actor(Role.COORDINATOR),
            at=at,
        )
    return programme.key


def _cases(programme: Programme, first: int, count: int) -> Iterator[dict[str, Any]]:
    for number in range(first, first + count):
        yield {
            "id": number,
            "programme_id": programme.key,
            "reference": f"CIN-{number:06}",
            "child_id": f"SYN{number:08}",
            "episode_start": date(2015, 6, 1),
            "family": f"F{number // 2}",
            "district": DISTRICTS[number % len(DISTRICTS)],
            "team": f"Team {number % 30}",
            "facts": {"birth_on": "2008-05-01"},
            "in_cohort": True,
            "cohort_reason": "",
            "band": 1 + number % 5,
            "band_reasons": [],
            "effort": 4 + number % 6,
        }


def _review(
    programme: Programme, number: int, steps: int, holder: int, days: np.ndarray
) -> dict[str, Any]:
    def reached(step: int) -> datetime | None:
        return _morning(int(days[step])) if steps > step else None

    return {
        "id": number,
        "programme_id": programme.key,
        "case_id": number,
        "state": _PATH[steps - 1][3] if steps else ReviewState.UNALLOCATED,
        "version": 1 + steps,
        "reviewer_id": holder if steps else None,
        "author_id": holder if steps > 2 else None,
        "moderated": False,
        "due_on": DAY + timedelta(number % 30 - 3),
        "opened_on": date(2016, 1, 20),
        "allocated_at": reached(0),
        "started_at": reached(1),
        "submitted_at": reached(2),
        "completed_at": reached(3),
        "outcome": "remain_cin" if steps > 2 else None,
        "grade": "good" if steps > 2 else None,
        "safety": "safe" if steps > 2 else None,
    }


def _submission(review: dict[str, Any]) -> dict[str, Any]:
    return {
        "review_id": review["id"],
        "number": 1,
        "author_id": review["author_id"],
        "form_id": "cin_review",
        "form_version": 1,
        "answers": {},
        "outcome": review["outcome"],
        "grade": review["grade"],
        "safety": review["safety"],
        "submitted_at": review["submitted_at"],
    }


def _moves(
    reviews: list[dict[str, Any]], steps: np.ndarray, days: np.ndarray
) -> Iterator[tuple[datetime, audit.Entry]]:
    for row, reached, when in zip(reviews, steps, days, strict=True):
        yield (
            _morning(0),
            audit.Entry(
                kind="review_opened",
                review_id=row["id"],
                case_id=row["id"],
                payload={"opened_on": "2016-01-20"},
            ),
        )
        for (kind, action, source, target), day in zip(_PATH[:reached], when, strict=False):
            allocated = action is Action.ALLOCATE
            yield (
                _morning(int(day)),
                audit.Entry(
                    kind=kind,
                    review_id=row["id"],
                    action=action,
                    from_state=source,
                    to_state=target,
                    payload={"reviewer_id": row["reviewer_id"]} if allocated else {},
                ),
            )


def _morning(days: int) -> datetime:
    return at_local(date(2016, 1, 20) + timedelta(days))
