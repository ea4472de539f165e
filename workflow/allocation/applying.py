"""Applying an allocation: all of a run's lines in one transaction, or none and what moved instead.

The data are read again under locks and compared by hash with what was solved; nothing is solved again.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow.allocation.fingerprint import Change, Fingerprint, changes
from workflow.allocation.inputs import Inputs, is_unchanged, read_inputs
from workflow.allocation.lines import placements_of
from workflow.allocation.priorities import bring_up_to_date
from workflow.allocation.runs import Proposal, check_may, find_run, record_run, store_run
from workflow.allocation.tasks import task_of
from workflow.calendar import local_date
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError
from workflow.handovers import Handover, hand_over_all
from workflow.models import (
    AllocationInputs,
    AllocationLine,
    AllocationRun,
    Case,
    Programme,
    Review,
    RunKind,
    RunStatus,
)
from workflow.policy import Policy
from workflow.roster import capacity_by_day, record_leave
from workflow.states import Actor


def apply_allocation(
    session: Session,
    run_id: int,
    *,
    programme: Programme,
    policy: Policy,
    actor: Actor,
    now: datetime,
) -> AllocationRun:
    """Make a preview real: all of its lines, in the caller's transaction. Nothing is solved again.

    A leaver or absence plan also notes in the roster when they are away, so that the next run gives
    them nothing.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: it was applied already, or the data moved since; `changes` says what.
    """
    session.refresh(programme, with_for_update=ROW_LOCK)
    run = find_run(session, run_id, programme=programme, lock=True)
    if run.status is not RunStatus.PREVIEW:
        raise ConflictError(_was_applied(run))
    inputs = _read_again(session, run, programme, policy, now, lock=True)
    if inputs.hash() != run.input_hash:
        raise _moved(_what_moved(session, run, inputs))
    return _apply(session, run, inputs, programme, actor, now)


def apply_proposal(
    session: Session,
    proposal: Proposal,
    *,
    programme: Programme,
    policy: Policy,
    actor: Actor,
    now: datetime,
) -> AllocationRun:
    """Store and apply at once what was solved a moment ago: the run a flow makes every morning.

    Raises:
        ConflictError: the data moved since it was read; read and solve again.
    """
    session.refresh(programme, with_for_update=ROW_LOCK)
    inputs = proposal.inputs
    if not is_unchanged(session, inputs, programme=programme, policy=policy, lock=True):
        inputs = _reread(session, proposal, programme, policy)
    run = store_run(session, proposal, programme=programme, actor=actor, now=now)
    return _apply(session, run, inputs, programme, actor, now)


def _reread(session: Session, proposal: Proposal, programme: Programme, policy: Policy) -> Inputs:
    """The inputs once more: something was stored since, though perhaps nothing that matters here."""
    before = proposal.inputs
    inputs = read_inputs(
        session,
        programme=programme,
        policy=policy,
        as_of=before.as_of,
        task=before.task,
        lock=True,
    )
    if inputs.hash() != proposal.input_hash:
        states = _states(session, programme)
        raise _moved(changes(before.fingerprint(), inputs.fingerprint(), states))
    return inputs


def moved_since(
    session: Session,
    run_id: int,
    *,
    programme: Programme,
    policy: Policy,
    now: datetime,
) -> tuple[Change, ...]:
    """What moved since a preview was made: empty while it can be applied.

    Raises:
        NotFoundError: there is no such run.
    """
    run = find_run(session, run_id, programme=programme)
    if local_date(now) > programme.target_on:
        return (Change("the target has passed"),)
    inputs = _read_again(session, run, programme, policy, now, lock=False)
    if inputs.hash() == run.input_hash:
        return ()
    return _what_moved(session, run, inputs)


def _read_again(
    session: Session,
    run: AllocationRun,
    programme: Programme,
    policy: Policy,
    now: datetime,
    *,
    lock: bool,
) -> Inputs:
    """The inputs of a run as they stand: on its own day, or today when that is later."""
    return read_inputs(
        session,
        programme=programme,
        policy=policy,
        as_of=max(run.as_of, local_date(now)),
        task=task_of(run.kind, run.about),
        lock=lock,
    )


def _what_moved(session: Session, run: AllocationRun, inputs: Inputs) -> tuple[Change, ...]:
    stored = session.get(AllocationInputs, run.key)
    if stored is None:
        return (Change(f"the preview is of {run.as_of:%-d %B %Y}"),)
    states = _states(session, session.get_one(Programme, run.programme_id))
    return changes(Fingerprint(**stored.fingerprint), inputs.fingerprint(), states)


def _states(session: Session, programme: Programme) -> dict[str, str]:
    query = (
        select(Case.reference, Review.state)
        .join(Review, col(Review.case_id) == col(Case.id))
        .where(Case.programme_id == programme.key)
    )
    return {reference: str(state) for reference, state in session.exec(query)}


def _moved(moved: tuple[Change, ...]) -> ConflictError:
    words = tuple(map(str, moved)) or ("the data changed",)
    return ConflictError(
        f"Nothing was allocated, because things moved since this was worked out: "
        f"{'; '.join(words)}. Make a new preview.",
        changes=words,
    )


def _was_applied(run: AllocationRun) -> str:
    if run.status is RunStatus.UNDONE:
        return f"Allocation run {run.id} was applied and undone; make a new preview."
    return f"Allocation run {run.id} was applied already, by {run.applied_by}."


def _apply(
    session: Session,
    run: AllocationRun,
    inputs: Inputs,
    programme: Programme,
    actor: Actor,
    now: datetime,
) -> AllocationRun:
    check_may(actor, "apply an allocation")
    reviews = {review.review_id: review for review in inputs.reviews}
    because = {
        review.review_id: why
        for unit, why in inputs.because.items()
        for review in inputs.families.members[unit]
    }
    placed = [(reviews[line.review_id], line) for line in placements_of(session, run)]
    hand_over_all(
        session,
        [
            Handover(
                review_id=line.review_id,
                state=review.state,
                reviewer_id=line.reviewer_id,
                due_on=line.due_on,
                reason=_reason(run, because.get(line.review_id)),
                payload={"run_id": run.key},
            )
            for review, line in placed
        ],
        programme_id=programme.key,
        actor=actor,
        now=now,
        topic=f"run-{run.key}",
        run_id=run.key,
    )
    session.connection().execute(_SEAL_VERSIONS, {"run": run.key})
    bring_up_to_date(session, (review for review, _ in placed))
    _note_absence(session, inputs, programme, actor, now)
    session.exec(sa.delete(AllocationInputs).where(col(AllocationInputs.run_id) == run.key))
    run.status, run.applied_by, run.applied_at = RunStatus.APPLIED, actor.name, now
    record_run(session, run, "allocation_applied", actor, now)
    return run


_LABELS = {
    RunKind.BACKLOG: "Allocation",
    RunKind.REBALANCE: "Re-balance",
    RunKind.LEAVER: "Leaver plan",
    RunKind.ABSENCE: "Absence plan",
}
_SEAL_VERSIONS = (
    sa.update(AllocationLine)
    .where(
        col(AllocationLine.run_id) == sa.bindparam("run"),
        col(AllocationLine.reviewer_id).is_not(None),
    )
    .values(
        applied_version=sa.select(col(Review.version))
        .where(col(Review.id) == col(AllocationLine.review_id))
        .scalar_subquery()
    )
)


def _reason(run: AllocationRun, because: str | None) -> str | None:
    """Why a review leaves its holder; a review that waits needs no reason."""
    return f"{_LABELS[run.kind]} (run {run.id}): {because}." if because else None


def _note_absence(
    session: Session, inputs: Inputs, programme: Programme, actor: Actor, now: datetime
) -> None:
    """Put a leaver's or absentee's days into the roster, unless it knows of them."""
    task = inputs.task
    if task.reviewer is None or task.first_on is None:
        return
    reviewer, last_on = inputs.reviewers[task.reviewer], task.last_on or programme.target_on
    days = programme.calendar.working_days(task.first_on, last_on)
    leave = inputs.roster.leave_by_reviewer[reviewer.key]
    if any(capacity_by_day(reviewer, leave, days, programme.calendar)):
        record_leave(
            session,
            reviewer=reviewer,
            first_on=task.first_on,
            last_on=last_on,
            actor=actor,
            now=now,
            kind="other",
        )
