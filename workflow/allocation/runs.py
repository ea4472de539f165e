"""Use cases of allocation: from the programme's data to a stored run, and from a run to reviews.

A run is proposed and stored as a preview; applying it allocates all of its reviews in the caller's
one transaction, or none. A preview whose data moved since is refused.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlmodel import Session, col, select

from workflow import audit, reviews
from workflow.allocation.problem import Plan, Problem, Unit
from workflow.allocation.problem import Reviewer as Candidate
from workflow.allocation.solve import solve
from workflow.cases import row_of
from workflow.cohort import refresh_priorities
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError, InvalidInputError, NotFoundError
from workflow.geography import Geography
from workflow.models import (
    AllocationLine,
    AllocationRun,
    Case,
    Conflict,
    ConflictKind,
    Programme,
    Review,
    Reviewer,
    RunStatus,
)
from workflow.policy import Policy
from workflow.priority import Priority, assess
from workflow.programmes import geography_of
from workflow.roster import Roster, capacity_by_day, roster_of
from workflow.states import HELD_STATES, Actor, ReviewState, Role

_MILESTONES = 3
_DUE_BY_BAND = (2, 2, 1, 0, 0)
"""Bands 4 and 5 are due in the first third of the days left, band 3 in the second."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A solved allocation, still tied to the rows it came from."""

    problem: Problem
    plan: Plan
    input_hash: str
    waiting: dict[str, Review]
    """Case reference → unallocated review."""
    reviewers: dict[str, Reviewer]
    """Roster reference → reviewer."""


def propose(session: Session, *, programme: Programme, policy: Policy, as_of: date) -> Proposal:
    """Solve the allocation of everything unallocated on a day; stores nothing.

    Raises:
        InvalidInputError: there is no roster, or no working day left before the target.
    """
    days = programme.calendar.working_days(as_of, programme.target_on)
    if not days:
        message = f"No working day is left before the target, {programme.target_on}: move it first."
        raise InvalidInputError(message)
    roster = roster_of(session, programme.key)
    if not roster.reviewers:
        raise InvalidInputError("There is no roster yet: import one with `cin roster FILE`.")
    pairs = _open_pairs(session, programme)
    geography = geography_of(programme)
    units = _units(pairs, roster, programme, policy, as_of)
    problem = Problem(
        units=tuple(units),
        reviewers=tuple(_candidates(roster, units, pairs, programme, days)),
        milestones=_milestones(days),
        due_by_band=_DUE_BY_BAND,
        distances=_distances(geography, roster),
        weights=policy.allocation,
        seed=programme.seed,
        days=tuple(days),
    )
    return Proposal(
        problem=problem,
        plan=solve(problem),
        input_hash=_hash(problem),
        waiting={
            case.reference: review
            for review, case in pairs
            if review.state is ReviewState.UNALLOCATED
        },
        reviewers={reviewer.reference: reviewer for reviewer in roster.reviewers},
    )


def preview_allocation(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    actor: Actor,
    now: datetime,
    as_of: date,
) -> AllocationRun:
    """Store what an allocation run would do, with a line and a reason for every waiting review."""
    return _store(
        session,
        programme,
        propose(session, programme=programme, policy=policy, as_of=as_of),
        actor,
        now,
        as_of,
    )


def apply_allocation(
    session: Session,
    *,
    run_id: int,
    programme: Programme,
    policy: Policy,
    actor: Actor,
    now: datetime,
) -> AllocationRun:
    """Make a preview real: all of its placements, in the caller's transaction.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: it was applied already, or the caseload or the roster moved since.
    """
    session.refresh(programme, with_for_update=ROW_LOCK)
    run = session.get(AllocationRun, run_id)
    if run is None or run.programme_id != programme.key:
        raise NotFoundError("allocation run", run_id)
    if run.status is not RunStatus.PREVIEW:
        raise ConflictError(f"Allocation run {run_id} was applied already.")
    fresh = propose(session, programme=programme, policy=policy, as_of=run.as_of)
    if fresh.input_hash != run.input_hash:
        raise ConflictError(
            "The caseload or the roster changed since this preview; nothing was allocated. "
            "Make a new preview."
        )
    return _apply(session, run, programme, policy, actor, now)


def allocate_backlog(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    actor: Actor,
    now: datetime,
    as_of: date,
) -> AllocationRun:
    """Propose, store and apply in one transaction: the run a flow makes every morning."""
    session.refresh(programme, with_for_update=ROW_LOCK)
    run = preview_allocation(
        session, programme=programme, policy=policy, actor=actor, now=now, as_of=as_of
    )
    return _apply(session, run, programme, policy, actor, now)


def lines_of(session: Session, run_id: int) -> list[tuple[AllocationLine, Case]]:
    """The lines of a run with their cases, in the order of the case references."""
    query = (
        select(AllocationLine, Case)
        .join(Review, col(Review.id) == col(AllocationLine.review_id))
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(AllocationLine.run_id == run_id)
        .order_by(col(Case.reference))
    )
    return list(session.exec(query))


_Pair = tuple[Review, Case]


def _open_pairs(session: Session, programme: Programme, *, lock: bool = False) -> list[_Pair]:
    """Reviews that wait for a reviewer or are with one, each with its case; locked to change them."""
    query = (
        select(Review, Case)
        .join(Case, col(Case.id) == col(Review.case_id))
        .where(
            Review.programme_id == programme.key,
            col(Review.state).in_([ReviewState.UNALLOCATED, *HELD_STATES]),
        )
        .order_by(col(Case.reference))
    )
    if lock:
        query = query.with_for_update(of=Review, key_share=True)
        query = query.execution_options(populate_existing=True)
    return list(session.exec(query))


def _units(
    pairs: Iterable[_Pair], roster: Roster, programme: Programme, policy: Policy, as_of: date
) -> list[Unit]:
    """Families to place, and what each reviewer holds already (pinned)."""
    holders = {reviewer.key: reviewer.reference for reviewer in roster.reviewers}
    families: dict[tuple[str, str | None], list[tuple[Review, Case, Priority]]] = defaultdict(list)
    held_by: dict[str, str] = {}
    assessed = []
    for review, case in pairs:
        holder = holders.get(review.reviewer_id) if review.reviewer_id else None
        if holder:
            held_by.setdefault(case.unit, holder)
        assessed.append((review, case, holder, _priority(case, programme, policy, as_of)))
    for review, case, holder, priority in assessed:
        families[case.unit, holder or held_by.get(case.unit)].append((review, case, priority))
    return [
        _unit(name, holder, members, policy)
        for (name, holder), members in sorted(families.items(), key=lambda item: str(item[0]))
    ]


def _priority(case: Case, programme: Programme, policy: Policy, as_of: date) -> Priority:
    return assess(
        row_of(case),
        as_of=as_of,
        calendar=programme.calendar,
        priority=policy.priority,
        effort=policy.effort,
    )


def _unit(
    name: str,
    holder: str | None,
    members: list[tuple[Review, Case, Priority]],
    policy: Policy,
) -> Unit:
    """Siblings as one unit; new siblings of a family somebody holds join that reviewer."""
    priorities = [priority for _, _, priority in members]
    wants = frozenset().union(*(priority.wants for priority in priorities))
    return Unit(
        key=f"{name} with {holder}" if holder else name,
        cases=tuple(sorted(case.reference for _, case, _ in members)),
        effort=_shared_effort([p.effort for p in priorities], policy.allocation.sibling_share),
        band=max(priority.band for priority in priorities),
        district=members[0][1].district,
        teams=frozenset(case.team for _, case, _ in members if case.team),
        needs_qualified=any(priority.needs_qualified for priority in priorities),
        wants=wants,
        prefers_agency="constabulary" if wants else None,
        holder=holder,
        pinned=holder is not None,
        opened=any(review.state is not ReviewState.ALLOCATED for review, _, _ in members),
    )


def _shared_effort(efforts: list[int], share: float) -> int:
    """Points of a family: the longest review whole, a share of each other one, rounded up."""
    longest = max(efforts)
    return longest + math.ceil(share * (sum(efforts) - longest))


def _candidates(
    roster: Roster,
    units: list[Unit],
    pairs: list[_Pair],
    programme: Programme,
    days: list[date],
) -> list[Candidate]:
    hit = _conflict_index(units, pairs)
    candidates = []
    for reviewer in roster.reviewers:
        if Role.REVIEWER not in reviewer.roles:
            continue
        leave = roster.leave_by_reviewer.get(reviewer.key, ())
        by_day = _whole_points(capacity_by_day(reviewer, leave, days, programme.calendar))
        declared = roster.conflicts_by_reviewer.get(reviewer.key, ())
        candidates.append(
            Candidate(
                key=reviewer.reference,
                agency=reviewer.agency,
                capacity=_cumulative(by_day, len(days)),
                district=reviewer.district,
                team=reviewer.team,
                qualified=reviewer.is_qualified,
                skills=frozenset(reviewer.skills),
                conflicts=frozenset().union(*(_hits(conflict, hit) for conflict in declared)),
                by_day=by_day,
            )
        )
    return candidates


_ConflictIndex = Mapping[tuple[ConflictKind, str | None], set[str]]


def _conflict_index(units: list[Unit], pairs: list[_Pair]) -> _ConflictIndex:
    """What a conflict can name → keys of the units that touches."""
    unit_of = {reference: unit.key for unit in units for reference in unit.cases}
    index: dict[tuple[ConflictKind, str | None], set[str]] = defaultdict(set)
    for _, case in pairs:
        key = unit_of[case.reference]
        index[ConflictKind.CASE, case.reference].add(key)
        index[ConflictKind.CHILD, case.child_id].add(key)
        index[ConflictKind.FAMILY, case.family].add(key)
        index[ConflictKind.TEAM, case.team].add(key)
    return index


def _hits(conflict: Conflict, index: _ConflictIndex) -> set[str]:
    return index.get((conflict.kind, conflict.subject), set())


def _whole_points(points: Iterable[float]) -> tuple[int, ...]:
    """Points by day as whole numbers whose running sum is the true one, rounded down."""
    total, whole = 0.0, [0]
    for point in points:
        total += point
        whole.append(math.floor(total + 1e-9))
    return tuple(after - before for before, after in pairwise(whole))


def _milestones(days: list[date]) -> tuple[date, ...]:
    return tuple(days[end - 1] for end in _milestone_ends(len(days)))


def _milestone_ends(n_days: int) -> list[int]:
    """How many days lie before the end of each third (at least one)."""
    return [max(1, n_days * part // _MILESTONES) for part in range(1, _MILESTONES + 1)]


def _cumulative(by_day: tuple[int, ...], n_days: int) -> tuple[int, ...]:
    return tuple(sum(by_day[:end]) for end in _milestone_ends(n_days))


def _distances(geography: Geography, roster: Roster) -> dict[tuple[str, str], float]:
    bases = {reviewer.district for reviewer in roster.reviewers if reviewer.district}
    return {
        (district, base): geography.distance_km(district, base)
        for district in sorted(geography.districts)
        for base in sorted(bases)
    }


def _hash(problem: Problem) -> str:
    """SHA-256 of everything the solver sees, whatever the order of rows and sets."""
    content = asdict(problem) | {
        "units": sorted((asdict(unit) for unit in problem.units), key=lambda u: u["key"]),
        "reviewers": sorted((asdict(r) for r in problem.reviewers), key=lambda r: r["key"]),
        "distances": sorted((*pair, km) for pair, km in problem.distances.items()),
    }
    text = json.dumps(content, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _store(
    session: Session,
    programme: Programme,
    proposal: Proposal,
    actor: Actor,
    now: datetime,
    as_of: date,
) -> AllocationRun:
    plan = proposal.plan
    lines = list(_lines(proposal))
    run = AllocationRun(
        programme_id=programme.key,
        as_of=as_of,
        status=RunStatus.PREVIEW,
        input_hash=proposal.input_hash,
        weights=asdict(proposal.problem.weights),
        objective=plan.objective,
        bound=plan.bound,
        gap=plan.gap,
        greedy_objective=plan.greedy_objective,
        parts=plan.parts,
        utilisation=plan.utilisation,
        allocated=sum(line.reviewer_id is not None for line in lines),
        unallocated=sum(line.reviewer_id is None for line in lines),
        created_by=actor.name,
        created_at=now,
    )
    session.add(run)
    session.flush()  # the lines name the run's number
    for line in lines:
        line.run_id = run.key
    session.add_all(lines)
    session.flush()  # applying reads them
    return run


def _lines(proposal: Proposal) -> Iterable[AllocationLine]:
    """A line for every waiting review; pinned units only bring new siblings along."""
    members = {unit.key: unit.cases for unit in proposal.problem.units}
    reviewers = proposal.reviewers
    for placement in proposal.plan.placements:
        runner_up = reviewers.get(placement.runner_up or "")
        for reference in members[placement.unit]:
            if reference in proposal.waiting:
                yield AllocationLine(
                    run_id=0,
                    review_id=proposal.waiting[reference].key,
                    reviewer_id=reviewers[placement.reviewer].key,
                    due_on=placement.due_on,
                    reason=placement.reason,
                    runner_up_id=runner_up.key if runner_up else None,
                    margin=placement.margin,
                    terms=placement.terms,
                )
    for over in proposal.plan.left_over:
        for reference in members[over.unit]:
            yield AllocationLine(
                run_id=0,
                review_id=proposal.waiting[reference].key,
                rule=over.rule,
                reason=over.reason,
            )


def _apply(
    session: Session,
    run: AllocationRun,
    programme: Programme,
    policy: Policy,
    actor: Actor,
    now: datetime,
) -> AllocationRun:
    open_pairs = _open_pairs(session, programme, lock=True)
    pairs = {review.key: (review, case) for review, case in open_pairs}
    placed = session.exec(
        select(AllocationLine)
        .where(AllocationLine.run_id == run.key, col(AllocationLine.reviewer_id).is_not(None))
        .order_by(col(AllocationLine.review_id))
    )
    touched = []
    for line in placed:
        review, case = pairs.get(line.review_id, (None, None))
        if review is None or case is None or review.state is not ReviewState.UNALLOCATED:
            raise ConflictError("A review changed while it was being allocated; run it again.")
        reviews.allocate(
            session,
            review=review,
            reviewer_id=line.reviewer_id or 0,
            due_on=line.due_on,
            actor=actor,
            now=now,
            run_id=run.key,
        )
        touched.append(case)
    refresh_priorities(touched, programme, policy=policy, as_of=run.as_of)
    run.status, run.applied_at = RunStatus.APPLIED, now
    audit.record(
        session,
        programme_id=programme.key,
        kind="allocation_applied",
        actor=actor,
        at=now,
        payload={"run_id": run.key, "allocated": run.allocated, "unallocated": run.unallocated},
    )
    return run
