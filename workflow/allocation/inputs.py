"""The problem of a run, read from the database: reviews, roster and rules as they stand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.allocation.families import (
    Families,
    OpenReview,
    conflicts_by_unit,
    group_families,
    subjects_declared,
)
from workflow.allocation.fingerprint import Fingerprint, fingerprint, hash_problem, roster_digests
from workflow.allocation.held import choose
from workflow.allocation.people import DUE_BY_BAND, candidate, milestones, without_capacity
from workflow.allocation.problem import Placement, Problem
from workflow.allocation.problem import Reviewer as Candidate
from workflow.allocation.tasks import BACKLOG, Task
from workflow.cases import row_of
from workflow.errors import InvalidInputError, NotFoundError
from workflow.geography import Geography
from workflow.models import Case, ConflictKind, Leave, Programme, Review, Reviewer, RunKind
from workflow.models.case import siblings_group
from workflow.policy import Policy
from workflow.priority import Priority, assess
from workflow.programmes import geography_of
from workflow.roster import Roster, roster_of
from workflow.states import HELD_STATES, ReviewState, Role


@dataclass(frozen=True, slots=True)
class Inputs:
    """All a run looks at, and the problem made of it."""

    task: Task
    as_of: date
    problem: Problem
    people: dict[str, Candidate]
    """Roster reference → what they can give; in `problem` a re-balance may fill less."""
    families: Families
    reviewers: dict[str, Reviewer]
    """Roster reference → reviewer, whether they review or only hold something."""
    because: dict[str, str]
    """Key of a held unit that may move → why."""
    roster: Roster
    snapshot: str
    """Digest of all that was read, as it was stored."""

    @property
    def reviews(self) -> Iterator[OpenReview]:
        """The reviews of the problem's units."""
        return (review for unit in self.problem.units for review in self.families.members[unit.key])

    def utilisation(self, placements: Iterable[Placement]) -> dict[str, float]:
        """Reviewer → points they hold after a plan / capacity, for those with any."""
        holds = {unit.key: unit.holder for unit in self.problem.units}
        holds |= {placement.unit: placement.reviewer for placement in placements}
        points = dict.fromkeys(self.people, 0)
        for unit in self.problem.units:
            if holder := holds[unit.key]:
                points[holder] += unit.effort
        return {
            key: points[key] / self.people[key].capacity[-1]
            for key in sorted(points)
            if self.people[key].capacity[-1]
        }

    def hash(self) -> str:
        """SHA-256 of the problem: the same hash gives the same plan."""
        return hash_problem(self.problem)

    def fingerprint(self) -> Fingerprint:
        """The same in parts, to tell what moved."""
        return fingerprint(self.problem, self.task, self.reviews, self.roster)


def read_inputs(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    as_of: date,
    task: Task = BACKLOG,
    lock: bool = False,
) -> Inputs:
    """Read what a run looks at; nothing is solved and nothing changes.

    Args:
        lock: keep the reviews from changing until the transaction ends.

    Raises:
        InvalidInputError: there is no roster, or no working day left before the target.
        NotFoundError: the roster does not have the reviewer whom the task is about.
    """
    days = programme.calendar.working_days(as_of, programme.target_on)
    if not days:
        message = f"No working day is left before the target, {programme.target_on}: move it first."
        raise InvalidInputError(message)
    roster = roster_of(session, programme.key)
    if not roster.reviewers:
        raise InvalidInputError("There is no roster yet: import one with `cin roster FILE`.")
    known = {reviewer.reference: reviewer for reviewer in roster.reviewers}
    if task.reviewer is not None and task.reviewer not in known:
        raise NotFoundError("reviewer", task.reviewer)
    rows = _read_rows(session, programme, lock=lock)
    reviews = _open_reviews(rows, programme, policy, as_of, roster)
    people = _people(roster, reviews, task, programme, days)
    closed = {
        reviewer.reference: subjects_declared(roster.conflicts_by_reviewer[reviewer.key])
        for reviewer in roster.reviewers
    }
    families = group_families(reviews, people, closed, policy.allocation.sibling_share)
    conflicts = conflicts_by_unit(families, closed)
    people = {key: replace(person, conflicts=conflicts[key]) for key, person in people.items()}
    units, filled, because = families.units, people, {}
    if task.kind is not RunKind.BACKLOG:
        movable = choose(task, families, people, as_of, policy.allocation.even_within)
        units, filled, because = movable.units, movable.people, movable.because
    problem = Problem(
        units=tuple(units),
        reviewers=tuple(filled.values()),
        milestones=milestones(days),
        due_by_band=DUE_BY_BAND,
        distances=_distances(geography_of(programme), roster),
        weights=policy.allocation,
        seed=programme.seed,
        days=tuple(days),
    )
    return Inputs(
        task=task,
        as_of=as_of,
        problem=problem,
        people=people,
        families=families,
        reviewers=known,
        because=because,
        roster=roster,
        snapshot=_digest(rows, roster, programme, policy),
    )


def is_unchanged(
    session: Session, inputs: Inputs, *, programme: Programme, policy: Policy, lock: bool = False
) -> bool:
    """Whether everything that was read is still stored the same: cheaper than reading it all again.

    Args:
        lock: keep the reviews from changing until the transaction ends.
    """
    rows = _read_rows(session, programme, lock=lock)
    roster = roster_of(session, programme.key)
    return _digest(rows, roster, programme, policy) == inputs.snapshot


_COLUMNS: tuple[Any, ...] = (
    col(Review.id).label("review_id"),
    col(Review.case_id),
    col(Review.state),
    col(Review.version),
    col(Review.reviewer_id),
    col(Review.due_on),
    col(Case.reference),
    col(Case.child_id),
    col(Case.episode_start),
    col(Case.family),
    col(Case.district),
    col(Case.team),
    col(Case.facts),
    col(Case.band),
    col(Case.effort),
    col(Case.band_reasons),
)


def _read_rows(session: Session, programme: Programme, *, lock: bool) -> Sequence[Any]:
    """Reviews that wait or are with a reviewer, each with its case, in the order of their numbers."""
    query = (
        sa.select(*_COLUMNS)
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(
            col(Review.programme_id) == programme.key,
            col(Review.state).in_([ReviewState.UNALLOCATED, *HELD_STATES]),
        )
        .order_by(col(Review.id))
    )
    if lock:
        query = query.with_for_update(of=Review, key_share=True)
    session.flush()  # plain rows are read past the session's objects
    return session.connection().execute(query).all()


def _digest(rows: Iterable[Any], roster: Roster, programme: Programme, policy: Policy) -> str:
    digest = sha256(repr((policy, sorted(programme.model_dump(mode="json").items()))).encode())
    digest.update(repr(sorted(roster_digests(roster).items())).encode())
    for row in rows:
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def _open_reviews(
    rows: Iterable[Any], programme: Programme, policy: Policy, as_of: date, roster: Roster
) -> list[OpenReview]:
    holders = {reviewer.id: reviewer.reference for reviewer in roster.reviewers}
    calendar = programme.calendar
    return [
        _open_review(
            row,
            holders.get(row.reviewer_id),
            assess(
                row_of(row),
                as_of=as_of,
                calendar=calendar,
                priority=policy.priority,
                effort=policy.effort,
            ),
        )
        for row in rows
    ]


def _open_review(row: Any, holder: str | None, priority: Priority) -> OpenReview:
    named = {
        ConflictKind.CASE: row.reference,
        ConflictKind.CHILD: row.child_id,
        ConflictKind.FAMILY: row.family,
        ConflictKind.TEAM: row.team,
    }
    stored = (row.band, row.effort, tuple(row.band_reasons))
    return OpenReview(
        review_id=row.review_id,
        case_id=row.case_id,
        reference=row.reference,
        state=row.state,
        version=row.version,
        holder=holder,
        holder_id=row.reviewer_id,
        due_on=row.due_on,
        group=siblings_group(row.family, row.child_id),
        district=row.district,
        team=row.team,
        subjects=frozenset((kind, name) for kind, name in named.items() if name),
        priority=priority,
        is_stale=stored != (priority.band, priority.effort, priority.reasons),
    )


def _people(
    roster: Roster,
    reviews: Iterable[OpenReview],
    task: Task,
    programme: Programme,
    days: Sequence[date],
) -> dict[str, Candidate]:
    """Everybody who reviews, and with nothing to give whoever only holds a review still."""
    holding = {review.holder for review in reviews}
    people = {}
    for reviewer in roster.reviewers:
        reference, reviews_cases = reviewer.reference, Role.REVIEWER in reviewer.roles
        if not reviews_cases and reference not in holding:
            continue
        leave = [*roster.leave_by_reviewer[reviewer.key]]
        if reference == task.reviewer and task.first_on is not None:
            last_on = task.last_on or programme.target_on
            leave.append(Leave(reviewer_id=reviewer.key, first_on=task.first_on, last_on=last_on))
        person = candidate(reviewer, leave, days, programme.calendar)
        people[reference] = person if reviews_cases else without_capacity(person)
    return people


def _distances(geography: Geography, roster: Roster) -> dict[tuple[str, str], float]:
    bases = {reviewer.district for reviewer in roster.reviewers if reviewer.district}
    return {
        (district, base): geography.distance_km(district, base)
        for district in sorted(geography.districts)
        for base in sorted(bases)
    }
