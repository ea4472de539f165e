"""Undoing an applied run while nothing of it was touched: everything goes back, in one transaction."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from workflow.allocation.fingerprint import Change, group_changes
from workflow.allocation.lines import placements_of
from workflow.allocation.runs import check_may, find_run, record_run
from workflow.db import ROW_LOCK
from workflow.errors import ConflictError
from workflow.handovers import Handover, hand_over_all
from workflow.models import AllocationLine, AllocationRun, Case, Programme, Review, RunStatus
from workflow.states import Actor, ReviewState


def undo_allocation(
    session: Session, run_id: int, *, programme: Programme, actor: Actor, now: datetime
) -> AllocationRun:
    """Put everything a run did back where it was before, in the caller's transaction.

    What waited waits again; what was moved goes back to who held it. A leaver's or absentee's dates in
    the roster stay: they are facts, not decisions.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: it is not applied, or a review of it was touched since; `changes` says which.
    """
    check_may(actor, "undo an allocation")
    session.refresh(programme, with_for_update=ROW_LOCK)
    run = find_run(session, run_id, programme=programme, lock=True)
    if run.status is not RunStatus.APPLIED:
        raise ConflictError(f"Allocation run {run_id} is not applied: there is nothing to undo.")
    lines = placements_of(session, run)
    if touched := touched_since(session, run_id, lock=True):
        words = tuple(map(str, touched))
        raise ConflictError(
            f"Run {run_id} cannot be undone any more: {'; '.join(words)}.", changes=words
        )
    hand_over_all(
        session,
        [
            Handover(
                review_id=line.review_id,
                state=ReviewState.ALLOCATED,
                reviewer_id=line.from_reviewer_id,
                due_on=line.from_due_on,
                reason=f"Allocation run {run_id} was undone.",
                payload={"undone_run_id": run_id},
            )
            for line in lines
        ],
        programme_id=programme.key,
        actor=actor,
        now=now,
        topic=f"undone-{run_id}",
    )
    run.status, run.undone_by, run.undone_at = RunStatus.UNDONE, actor.name, now
    record_run(session, run, "allocation_undone", actor, now)
    return run


def touched_since(session: Session, run_id: int, *, lock: bool = False) -> tuple[Change, ...]:
    """What happened to the reviews of an applied run since: empty while it can be undone."""
    query = (
        sa.select(col(Case.reference), col(Review.state))
        .join(Review, col(Review.case_id) == col(Case.id))
        .join(AllocationLine, col(AllocationLine.review_id) == col(Review.id))
        .where(col(AllocationLine.run_id) == run_id, col(AllocationLine.reviewer_id).is_not(None))
        .order_by(col(Review.id))
    )
    changed = col(Review.version) != col(AllocationLine.applied_version)
    session.flush()  # plain rows are read past the session's objects
    if lock:
        session.connection().execute(query.with_for_update(of=Review, key_share=True))
    rows = session.connection().execute(query.where(changed))
    return group_changes("review", ((_TOUCHED[state], reference) for reference, state in rows))


_TOUCHED = {
    ReviewState.UNALLOCATED: "handed back",
    ReviewState.ALLOCATED: "allocated anew",
    ReviewState.IN_PROGRESS: "already started",
    ReviewState.ON_HOLD: "already started and on hold",
    ReviewState.SUBMITTED: "already handed in",
    ReviewState.RETURNED: "already returned for changes",
    ReviewState.IN_MODERATION: "already in moderation",
    ReviewState.COMPLETE: "already complete",
    ReviewState.WITHDRAWN: "withdrawn",
}
