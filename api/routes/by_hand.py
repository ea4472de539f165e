"""Allocation by hand for programs: one case, or many cases at once."""

from datetime import date
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import Field, model_validator
from sqlmodel import Session, col

from api.inputs import Body, CaseReference, InAddress, Reason, ReviewerReference, Version
from api.moments import Moment, Reading, Writing
from api.outputs import Out
from api.pages.roster import find_reviewer
from api.routes.reviews import AskedList
from workflow.allocation.by_hand import (
    ByHand,
    Option,
    Placed,
    Refused,
    allocate_by_hand,
    candidates_for,
)
from workflow.allocation.desk import Obstacle
from workflow.case_file import find_review
from workflow.errors import InvalidInputError, NotFoundError
from workflow.models import Case, Programme, Review
from workflow.worklists import matching_reviews

router = APIRouter(prefix="/api/reviews", tags=["Allocation by hand"])
_MOST_AT_ONCE = 1_000


class Hindrance(Out):
    """A rule that keeps a case from a reviewer."""

    rule: str
    reason: str
    can_override: bool


class Candidate(Out):
    """A reviewer as one choice for a case."""

    reviewer: str
    """Roster reference."""
    name: str
    agency: str
    is_holder: bool
    cases: int
    """Held now."""
    points: int
    """Held now."""
    room: int
    """Review points free by the time the case is due; below 0 when already too full."""
    utilisation: float | None
    kilometres: float | None
    cost: float
    terms: dict[str, float]
    obstacles: list[Hindrance]
    due_on: date | None


class Candidates(Out):
    """Everybody who could review a case: free ones first, the cheapest first."""

    reference: str
    version: int
    candidates: list[Candidate]


class PlacedCase(Out):
    """A case that was given to the reviewer."""

    reference: str
    due_on: date
    overridden: list[Hindrance]


class RefusedCase(Out):
    """A case that stays where it is, and why."""

    reference: str
    reason: str
    can_override: bool


class Outcome(Out):
    """What became of each case, in the order of their references."""

    placed: list[PlacedCase]
    refused: list[RefusedCase]


class Give(Body):
    """A reviewer for a case."""

    reviewer: ReviewerReference
    reason: Reason = ""
    override: bool = False
    """Set aside whatever may be set aside; needs a reason."""
    version: Version = None


class GiveMany(Body):
    """A reviewer for many cases: those named, or all of a worklist."""

    reviewer: ReviewerReference
    cases: Annotated[list[CaseReference] | None, Field(min_length=1, max_length=_MOST_AT_ONCE)] = (
        None
    )
    matching: AskedList | None = None
    """All reviews of this list, on every page."""
    reason: Reason = ""
    override: bool = False

    @model_validator(mode="after")
    def _check_one_of_two(self) -> "GiveMany":
        if (self.cases is None) == (self.matching is None):
            raise ValueError("give either cases or matching")
        return self


@router.get("/{reference}/candidates")
def candidates(at: Reading, reference: InAddress) -> Candidates:
    """Everybody who could review a case."""
    _, review = find_review(at.session, at.programme, reference)
    options = candidates_for(
        at.session, review.key, programme=at.programme, policy=at.policy, as_of=at.as_of
    )
    found = [_candidate(option) for option in options]
    return Candidates(reference=reference, version=review.version, candidates=found)


@router.post("/{reference}/allocate")
def give_one(at: Writing, reference: InAddress, body: Give) -> PlacedCase:
    """Give a case to a reviewer, through the same rules as a run; 422 when a rule forbids it."""
    _, review = find_review(at.session, at.programme, reference)
    versions = {review.key: body.version} if body.version is not None else None
    done = _give(at, [review.key], body, versions)
    if done.refused:
        raise InvalidInputError(done.refused[0].reason, "reviewer")
    return _placed(done.placed[0])


@router.post("/allocate")
def give_many(at: Writing, body: GiveMany) -> Outcome:
    """Give many cases to one reviewer; what a rule keeps from them is named and stays."""
    if body.matching is not None:
        ids = matching_reviews(at.session, at.programme, body.matching.query(), as_of=at.as_of)
    else:
        ids = _numbers(at.session, at.programme, body.cases or [])
    done = _give(at, ids, body, None)
    return Outcome(
        placed=[_placed(one) for one in done.placed],
        refused=[_refused(one) for one in done.refused],
    )


def _give(
    at: Moment, ids: list[int], body: Give | GiveMany, versions: dict[int, int] | None
) -> ByHand:
    return allocate_by_hand(
        at.session,
        programme=at.programme,
        policy=at.policy,
        review_ids=ids,
        reviewer_id=find_reviewer(at, body.reviewer).key,
        actor=at.actor,
        now=at.now,
        as_of=at.as_of,
        reason=body.reason.strip() or None,
        override=body.override,
        versions=versions,
    )


def _numbers(session: Session, programme: Programme, references: list[str]) -> list[int]:
    """The reviews of cases.

    Raises:
        NotFoundError: one of the cases is not there, or has no review.
    """
    query = (
        sa.select(col(Case.reference), col(Review.id))
        .join(Review, col(Review.case_id) == col(Case.id))
        .where(col(Case.programme_id) == programme.key, col(Case.reference).in_(references))
    )
    found = {row.reference: row.id for row in session.connection().execute(query)}
    if missing := set(references) - found.keys():
        raise NotFoundError("review of case", min(missing))
    return list(found.values())


def _candidate(option: Option) -> Candidate:
    return Candidate(
        reviewer=option.reviewer.reference,
        name=option.reviewer.name,
        agency=option.reviewer.agency,
        is_holder=option.is_holder,
        cases=option.cases,
        points=option.points,
        room=option.room,
        utilisation=option.utilisation,
        kilometres=option.kilometres,
        cost=option.cost,
        terms=dict(option.terms),
        obstacles=_hindrances(option.obstacles),
        due_on=option.due_on,
    )


def _placed(one: Placed) -> PlacedCase:
    return PlacedCase(
        reference=one.reference, due_on=one.due_on, overridden=_hindrances(one.overridden)
    )


def _refused(one: Refused) -> RefusedCase:
    return RefusedCase(reference=one.reference, reason=one.reason, can_override=one.can_override)


def _hindrances(obstacles: tuple[Obstacle, ...]) -> list[Hindrance]:
    return [Hindrance.model_validate(obstacle) for obstacle in obstacles]
