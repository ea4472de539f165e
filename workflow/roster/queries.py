"""A programme's roster as one read; never writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlmodel import Session, col, select

from workflow.models import Conflict, Leave, Reviewer, Vacancy


class _OfReviewer(Protocol):
    reviewer_id: int


R = TypeVar("R", bound=_OfReviewer)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody of a programme, with what limits them.

    Both dictionaries have an entry for every reviewer, by number.
    """

    reviewers: tuple[Reviewer, ...]
    """By reference."""
    leave_by_reviewer: dict[int, tuple[Leave, ...]]
    """By first day."""
    conflicts_by_reviewer: dict[int, tuple[Conflict, ...]]
    """By number."""
    vacancies: tuple[Vacancy, ...]
    """By reference."""


def roster_of(session: Session, programme_id: int) -> Roster:
    """The programme's whole roster, in four queries."""
    reviewers = session.exec(
        select(Reviewer).where(Reviewer.programme_id == programme_id).order_by(Reviewer.reference)
    ).all()
    leave = session.exec(
        select(Leave)
        .join(Reviewer)
        .where(Reviewer.programme_id == programme_id)
        .order_by(col(Leave.first_on), col(Leave.id))
    )
    conflicts = session.exec(
        select(Conflict)
        .join(Reviewer)
        .where(Reviewer.programme_id == programme_id)
        .order_by(col(Conflict.id))
    )
    vacancies = session.exec(
        select(Vacancy).where(Vacancy.programme_id == programme_id).order_by(Vacancy.reference)
    )
    numbers = [reviewer.key for reviewer in reviewers]
    return Roster(
        reviewers=tuple(reviewers),
        leave_by_reviewer=_by_reviewer(numbers, leave),
        conflicts_by_reviewer=_by_reviewer(numbers, conflicts),
        vacancies=tuple(vacancies),
    )


def _by_reviewer(numbers: Iterable[int], rows: Iterable[R]) -> dict[int, tuple[R, ...]]:
    grouped: dict[int, list[R]] = {number: [] for number in numbers}
    for row in rows:
        grouped[row.reviewer_id].append(row)
    return {number: tuple(group) for number, group in grouped.items()}
