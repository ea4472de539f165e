"""Allocation by hand, of one case or many: the same hard rules, and a choice to read before choosing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.allocation.desk import Desk, Obstacle, Rule, families_in, may_go
from workflow.allocation.families import Members, OpenReview, make_unit
from workflow.allocation.inputs import read_inputs
from workflow.allocation.model import pair_terms
from workflow.allocation.priorities import bring_up_to_date
from workflow.allocation.runs import check_may
from workflow.db import ROW_LOCK
from workflow.errors import InvalidInputError, NotFoundError
from workflow.handovers import Handover, hand_over_all
from workflow.models import Case, Programme, Review, Reviewer
from workflow.policy import Policy
from workflow.states import HELD_STATES, Actor, ReviewState


@dataclass(frozen=True, slots=True)
class Placed:
    """A case that was given to the reviewer."""

    review_id: int
    reference: str
    due_on: date
    overridden: tuple[Obstacle, ...]
    """The rules that were set aside."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A case that stays where it is, and why."""

    review_id: int
    reference: str
    obstacles: tuple[Obstacle, ...]

    @property
    def reason(self) -> str:
        """All that stands in the way, in sentences."""
        return " ".join(obstacle.reason for obstacle in self.obstacles)

    @property
    def can_override(self) -> bool:
        """Whether a coordinator may set all of it aside for a reason."""
        return all(obstacle.can_override for obstacle in self.obstacles)


@dataclass(frozen=True, slots=True)
class ByHand:
    """What became of each case, in the order of their references."""

    placed: tuple[Placed, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A reviewer as one choice for a case."""

    reviewer: Reviewer
    is_holder: bool
    cases: int
    """Held now."""
    points: int
    """Held now."""
    room: int
    """Review points free by the time the case is due; below 0 when already too full."""
    utilisation: float | None
    """Points held / capacity left; None without capacity."""
    kilometres: float | None
    """From base to the case's district; None when either is unknown."""
    terms: Mapping[str, float]
    """What the choice costs, by term: as in a run, `unfairness` included."""
    cost: float
    obstacles: tuple[Obstacle, ...]
    due_on: date | None
    """The due date it would get; None when the reviewer cannot take any case."""


def allocate_by_hand(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    review_ids: Sequence[int],
    reviewer_id: int,
    actor: Actor,
    now: datetime,
    as_of: date,
    reason: str | None = None,
    override: bool = False,
    due_on: date | None = None,
    versions: Mapping[int, int] | None = None,
) -> ByHand:
    """Give reviews to a reviewer, each one unless a rule keeps it from them.

    Args:
        reason: needed to move what somebody holds, and to override; recorded with each review.
        override: set aside whatever may be set aside; the rules are recorded with the reason.
        due_on: instead of the day that follows from risk and the reviewer's work.
        versions: review → the version the actor saw; a review changed since is refused.

    Raises:
        NotFoundError: the programme has no such review or reviewer.
        InvalidInputError: a reason is missing, or the due date lies in the past.
    """
    check_may(actor, "allocate")
    session.refresh(programme, with_for_update=ROW_LOCK)
    reviewer = _reviewer(session, programme, reviewer_id)
    known = _locked(session, programme, review_ids)
    _check_input(known, reason, override, due_on, as_of)
    inputs = read_inputs(session, programme=programme, policy=policy, as_of=as_of)
    desk = Desk(inputs, programme.calendar)
    placed: list[tuple[OpenReview, Placed]] = []
    refused = [
        Refused(row.id, row.reference, (obstacle,))
        for row in known.values()
        if (obstacle := _out_of_hand(row, versions or {}))
    ]
    closed = {refusal.review_id for refusal in refused}
    for members in families_in(desk.reviews[key] for key in known.keys() - closed):
        obstacles = desk.obstacles(members, reviewer, override=override)
        going = [r for r in members if may_go(obstacles[r.review_id], override=override)]
        day = due_on or (desk.due_on(going, reviewer.reference) if going else None)
        for review in members:
            found = obstacles[review.review_id]
            if day and review in going:
                done = Placed(review.review_id, review.reference, day, found)
                placed.append((review, done))
            else:
                refused.append(Refused(review.review_id, review.reference, found))
        if going:
            desk.give(going, reviewer.reference)
    _hand_over(session, programme, reviewer, placed, actor, now, reason)
    return ByHand(
        placed=tuple(sorted((done for _, done in placed), key=lambda done: done.reference)),
        refused=tuple(sorted(refused, key=lambda refusal: refusal.reference)),
    )


def candidates_for(
    session: Session, review_id: int, *, programme: Programme, policy: Policy, as_of: date
) -> list[Option]:
    """Everybody who reviews as a choice for one case: free ones first, the cheapest first.

    Raises:
        NotFoundError: the programme has no such review, or it is not open to allocation.
    """
    inputs = read_inputs(session, programme=programme, policy=policy, as_of=as_of)
    desk = Desk(inputs, programme.calendar)
    if review_id not in desk.reviews:
        raise NotFoundError("review to allocate", review_id)
    members = [desk.reviews[review_id]]
    options = [
        _option(desk, members, inputs.reviewers[key])
        for key, person in inputs.people.items()
        if any(person.by_day) or key == members[0].holder
    ]
    return sorted(options, key=_preference)


def _reviewer(session: Session, programme: Programme, reviewer_id: int) -> Reviewer:
    reviewer = session.get(Reviewer, reviewer_id)
    if reviewer is None or reviewer.programme_id != programme.key:
        raise NotFoundError("reviewer", reviewer_id)
    return reviewer


def _locked(session: Session, programme: Programme, review_ids: Sequence[int]) -> dict[int, Any]:
    """Review → its number, state, version and case reference, locked until the transaction ends."""
    query = (
        sa.select(col(Review.id), col(Review.state), col(Review.version), col(Case.reference))
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(col(Review.programme_id) == programme.key, col(Review.id).in_(set(review_ids)))
        .order_by(col(Review.id))
        .with_for_update(of=Review, key_share=True)
    )
    session.flush()  # plain rows are read past the session's objects
    rows: Iterable[Any] = session.connection().execute(query)
    found = {row.id: row for row in rows}
    if missing := set(review_ids) - found.keys():
        raise NotFoundError("review", min(missing))
    return found


def _check_input(
    known: Mapping[int, Any],
    reason: str | None,
    override: bool,
    due_on: date | None,
    as_of: date,
) -> None:
    if due_on is not None and due_on < as_of:
        raise InvalidInputError(f"The due date {due_on:%-d %B %Y} is over.", "due_on")
    if (reason or "").strip():
        return
    if override:
        raise InvalidInputError("Give a reason for setting a rule aside.", "reason")
    if any(row.state in HELD_STATES for row in known.values()):
        raise InvalidInputError("Give a reason to re-allocate what somebody holds.", "reason")


def _out_of_hand(row: Any, versions: Mapping[int, int]) -> Obstacle | None:
    """Why a review cannot be given to anybody at all."""
    if versions.get(row.id, row.version) != row.version:
        return Obstacle(Rule.STALE, "It was changed by somebody else: look at it again first.")
    if row.state is ReviewState.UNALLOCATED or row.state in HELD_STATES:
        return None
    return Obstacle(Rule.STATE, f"It is {row.state.value.replace('_', ' ')}.")


def _hand_over(
    session: Session,
    programme: Programme,
    reviewer: Reviewer,
    placed: Sequence[tuple[OpenReview, Placed]],
    actor: Actor,
    now: datetime,
    reason: str | None,
) -> None:
    hand_over_all(
        session,
        [
            Handover(
                review_id=review.review_id,
                state=review.state,
                reviewer_id=reviewer.key,
                due_on=done.due_on,
                reason=reason,
                payload={
                    "by_hand": True,
                    "overridden": [obstacle.rule.value for obstacle in done.overridden],
                },
            )
            for review, done in placed
        ],
        programme_id=programme.key,
        actor=actor,
        now=now,
    )
    bring_up_to_date(session, (review for review, _ in placed))


def _option(desk: Desk, members: Members, reviewer: Reviewer) -> Option:
    (review,) = members
    key, inputs = reviewer.reference, desk.inputs
    person, problem = inputs.people[key], inputs.problem
    cases, points = desk.load(key)
    holder = review.holder
    unit = make_unit(review.group, holder, members, problem.weights.sibling_share)
    terms = pair_terms(problem, unit, person) | {"unfairness": desk.unfairness(members, key)}
    capacity = person.capacity[-1]
    return Option(
        reviewer=reviewer,
        is_holder=key == holder,
        cases=cases,
        points=points,
        room=desk.room(key, members),
        utilisation=points / capacity if capacity else None,
        kilometres=problem.distances.get((review.district or "", reviewer.district or "")),
        terms=terms,
        cost=sum(terms.values()),
        obstacles=desk.obstacles(members, reviewer)[review.review_id],
        due_on=desk.due_on(members, key) if capacity else None,
    )


def _preference(option: Option) -> tuple[object, ...]:
    """Free to take it, then overridable, then barred; each time the cheapest first."""
    barred = not all(obstacle.can_override for obstacle in option.obstacles)
    return barred, bool(option.obstacles), option.cost, option.reviewer.reference
