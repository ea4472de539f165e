"""The lines of a run: what it says of each review, as it is stored and as it is read back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from workflow.allocation.families import OpenReview
from workflow.allocation.inputs import Inputs
from workflow.allocation.problem import LeftOver, Placement, Plan
from workflow.models import AllocationLine, AllocationRun, Case, Review, Reviewer
from workflow.states import ReviewState

_NOBODY_MAY = {"conflict", "own_team", "qualification"}
"""Rules that leave nobody, as against those that leave no room."""


def make_lines(inputs: Inputs, plan: Plan) -> Iterator[dict[str, Any]]:
    """Columns of a line for every review a run is about: those that wait, or those that may move."""
    for placement in plan.placements:
        moves = _moves(inputs, placement)
        for review in inputs.families.members[placement.unit]:
            if review.is_waiting or moves:
                yield _placed(inputs, placement, review)
    for over in plan.left_over:
        for review in inputs.families.members[over.unit]:
            yield _left(inputs, over, review)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One line of a run with what a page or a program shows beside it."""

    review_id: int
    reference: str
    """Of the case."""
    state: ReviewState
    """Of the review now, whatever it was when the run was made."""
    family: str | None
    district: str | None
    band: int
    effort: int
    from_reviewer: str | None
    """Roster reference of who holds it before the run; None when it waited."""
    reviewer_id: int | None
    reviewer: str | None
    """Roster reference of who gets it; None when it stays where it is."""
    reviewer_name: str | None
    due_on: date | None
    rule: str | None
    reason: str
    runner_up: str | None
    """Roster reference."""
    margin: float | None
    terms: dict[str, float]

    @property
    def is_placed(self) -> bool:
        """Whether the run gives the review to somebody."""
        return self.reviewer_id is not None


def lines_of(
    session: Session,
    run_id: int,
    *,
    placed: bool | None = None,
    reviewer_id: int | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[RunLine]:
    """The lines of a run, in the order of the case references.

    Args:
        placed: only those that give the review to somebody, or only those that do not.
        reviewer_id: only what this reviewer gets or gives away.
    """
    people: list[Any] = [aliased(Reviewer) for _ in range(3)]
    holder, taker, second = people
    query = (
        sa.select(
            col(AllocationLine.review_id),
            col(Case.reference),
            col(Review.state),
            col(Case.family),
            col(Case.district),
            col(Case.band),
            col(Case.effort),
            holder.reference.label("from_reviewer"),
            col(AllocationLine.reviewer_id),
            taker.reference.label("reviewer"),
            taker.name.label("reviewer_name"),
            col(AllocationLine.due_on),
            col(AllocationLine.rule),
            col(AllocationLine.reason),
            second.reference.label("runner_up"),
            col(AllocationLine.margin),
            col(AllocationLine.terms),
        )
        .join(Review, col(Review.id) == col(AllocationLine.review_id))
        .join(Case, col(Case.id) == col(Review.case_id))
        .outerjoin(holder, holder.id == col(AllocationLine.from_reviewer_id))
        .outerjoin(taker, taker.id == col(AllocationLine.reviewer_id))
        .outerjoin(second, second.id == col(AllocationLine.runner_up_id))
        .where(col(AllocationLine.run_id) == run_id)
        .order_by(col(Case.reference))
        .limit(limit)
        .offset(offset)
    )
    if placed is not None:
        query = query.where(col(AllocationLine.reviewer_id).is_not(None) == placed)
    if reviewer_id is not None:
        theirs = (AllocationLine.reviewer_id, AllocationLine.from_reviewer_id)
        query = query.where(sa.or_(*(col(column) == reviewer_id for column in theirs)))
    session.flush()  # plain rows are read past the session's objects
    return [RunLine(**row._asdict()) for row in session.connection().execute(query)]


def placements_of(session: Session, run: AllocationRun) -> Sequence[Any]:
    """The lines of a run that give a review to somebody, by the review's number."""
    query = sa.select(
        col(AllocationLine.review_id),
        col(AllocationLine.reviewer_id),
        col(AllocationLine.due_on),
        col(AllocationLine.from_reviewer_id),
        col(AllocationLine.from_due_on),
    ).where(col(AllocationLine.run_id) == run.key, col(AllocationLine.reviewer_id).is_not(None))
    return session.connection().execute(query.order_by(col(AllocationLine.review_id))).all()


def _moves(inputs: Inputs, placement: Placement) -> bool:
    """Whether a placement takes held work from its holder."""
    holder = inputs.families.members[placement.unit][0].holder
    return placement.unit in inputs.because and placement.reviewer != holder


def _placed(inputs: Inputs, placement: Placement, review: OpenReview) -> dict[str, Any]:
    runner_up = inputs.reviewers.get(placement.runner_up or "")
    return _line(review) | {
        "reviewer_id": inputs.reviewers[placement.reviewer].key,
        "due_on": placement.due_on,
        "reason": _why_placed(inputs, placement, review),
        "runner_up_id": runner_up.key if runner_up else None,
        "margin": placement.margin,
        "terms": placement.terms,
    }


def _left(inputs: Inputs, over: LeftOver, review: OpenReview) -> dict[str, Any]:
    return _line(review) | {"rule": over.rule, "reason": _why_left(inputs, over, review)}


def _line(review: OpenReview) -> dict[str, Any]:
    return {
        "review_id": review.review_id,
        "from_reviewer_id": review.holder_id,
        "from_due_on": review.due_on,
        "reviewer_id": None,
        "due_on": None,
        "rule": None,
        "runner_up_id": None,
        "margin": None,
        "terms": {},
    }


def _why_placed(inputs: Inputs, placement: Placement, review: OpenReview) -> str:
    if placement.unit in inputs.because:
        started = " It was started: what is written goes with it." if review.is_opened else ""
        return f"{inputs.because[placement.unit]}. {placement.reason}{started}"
    if placement.unit != review.group:
        return f"Joins its siblings, who are with {placement.reviewer}."
    return _after(inputs.families.apart.get(placement.unit), placement.reason)


def _why_left(inputs: Inputs, over: LeftOver, review: OpenReview) -> str:
    if over.unit not in inputs.because:
        return _after(inputs.families.apart.get(over.unit), over.reason)
    why = over.reason
    if over.rule in _NOBODY_MAY:
        why = "Conflicts, teams or qualifications keep everybody else from it."
    return f"{inputs.because[over.unit]}, but it stays with {review.holder}. {why}"


def _after(before: str | None, reason: str) -> str:
    return f"{before} {reason}" if before else reason
