"""Allocation runs up to the preview: proposed, stored, looked up.

Solving takes seconds and needs no transaction: `propose` in a read session, or `read_inputs` in a
session and `solved` after it; then `store_preview` in a write session. `applying` and `undoing` hold
what comes after.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workflow import audit
from workflow.allocation.inputs import Inputs, read_inputs
from workflow.allocation.lines import make_lines
from workflow.allocation.problem import Plan
from workflow.allocation.solve import solve
from workflow.allocation.tasks import BACKLOG, Task
from workflow.db import ROW_LOCK
from workflow.errors import NotFoundError, NotPermittedError
from workflow.models import (
    AllocationInputs,
    AllocationLine,
    AllocationRun,
    Programme,
    RunStatus,
)
from workflow.policy import Policy
from workflow.states import Actor, Role


@dataclass(frozen=True, slots=True)
class Proposal:
    """A solved allocation with what it was made of; in no database yet."""

    inputs: Inputs
    plan: Plan
    input_hash: str


def propose(
    session: Session,
    *,
    programme: Programme,
    policy: Policy,
    as_of: date,
    task: Task = BACKLOG,
) -> Proposal:
    """Read what there is to allocate on a day and solve it; stores nothing.

    Raises:
        InvalidInputError: there is no roster, or no working day left before the target.
        NotFoundError: the roster does not have the reviewer whom the task is about.
    """
    return solved(read_inputs(session, programme=programme, policy=policy, as_of=as_of, task=task))


def solved(inputs: Inputs) -> Proposal:
    """The plan for inputs already read: needs no session, so that nobody waits for it."""
    return Proposal(inputs, solve(inputs.problem), inputs.hash())


def store_preview(
    session: Session, proposal: Proposal, *, programme: Programme, actor: Actor, now: datetime
) -> AllocationRun:
    """Store what a run would do, with a line and a reason for every review it is about."""
    run = store_run(session, proposal, programme=programme, actor=actor, now=now)
    session.add(AllocationInputs(run_id=run.key, fingerprint=asdict(proposal.inputs.fingerprint())))
    return run


def find_run(
    session: Session, run_id: int, *, programme: Programme, lock: bool = False
) -> AllocationRun:
    """A run of this programme.

    Raises:
        NotFoundError: there is none of this number.
    """
    run = session.get(AllocationRun, run_id, with_for_update=ROW_LOCK if lock else None)
    if run is None or run.programme_id != programme.key:
        raise NotFoundError("allocation run", run_id)
    return run


def list_runs(session: Session, programme: Programme) -> list[AllocationRun]:
    """The programme's runs, the newest first."""
    query = select(AllocationRun).where(AllocationRun.programme_id == programme.key)
    return list(session.exec(query.order_by(col(AllocationRun.id).desc())))


def store_run(
    session: Session, proposal: Proposal, *, programme: Programme, actor: Actor, now: datetime
) -> AllocationRun:
    """Store a run and its lines; without what it looked at it can only be applied at once."""
    inputs, plan = proposal.inputs, proposal.plan
    rows = list(make_lines(inputs, plan))
    placed = sum(row["reviewer_id"] is not None for row in rows)
    run = AllocationRun(
        programme_id=programme.key,
        as_of=inputs.as_of,
        kind=inputs.task.kind,
        about=inputs.task.to_json(),
        status=RunStatus.PREVIEW,
        input_hash=proposal.input_hash,
        solver=solver_version(),
        seconds=plan.seconds,
        weights=asdict(inputs.problem.weights),
        objective=plan.objective,
        bound=plan.bound,
        gap=plan.gap,
        greedy_objective=plan.greedy_objective,
        parts=plan.parts,
        utilisation=inputs.utilisation(plan.placements),
        shadow_price=plan.shadow_price,
        allocated=placed,
        unallocated=len(rows) - placed,
        created_by=actor.name,
        created_at=now,
    )
    session.add(run)
    session.flush()  # the lines name the run's number
    if rows:
        numbered = [row | {"run_id": run.key} for row in rows]
        session.connection().execute(sa.insert(AllocationLine), numbered)
    _forget_earlier_inputs(session, run)
    return run


def _forget_earlier_inputs(session: Session, run: AllocationRun) -> None:
    """Previews of earlier days cannot be applied any more: what they looked at need not be kept."""
    earlier = sa.select(col(AllocationRun.id)).where(
        col(AllocationRun.programme_id) == run.programme_id, col(AllocationRun.as_of) < run.as_of
    )
    session.exec(sa.delete(AllocationInputs).where(col(AllocationInputs.run_id).in_(earlier)))


@cache
def solver_version() -> str:
    """A digest of the solver's source, and the version of the flow library under it."""
    folder = Path(__file__).parent
    source = b"".join((folder / f"{name}.py").read_bytes() for name in _SOLVER)
    return f"{hashlib.sha256(source).hexdigest()[:12]} ortools {version('ortools')}"


_SOLVER = (
    "problem", "model", "order", "bound", "flow", "insert", "search", "divide", "exact", "greedy",
    "due", "explain", "solve",
)  # fmt: skip


def record_run(
    session: Session, run: AllocationRun, kind: str, actor: Actor, now: datetime
) -> None:
    """Record that something happened to a run."""
    audit.record(
        session,
        programme_id=run.programme_id,
        kind=kind,
        actor=actor,
        at=now,
        payload={
            "run_id": run.key,
            "run_kind": run.kind.value,
            "allocated": run.allocated,
            "unallocated": run.unallocated,
        },
    )


def check_may(actor: Actor, what: str) -> None:
    """Only a coordinator decides who reviews what.

    Raises:
        NotPermittedError: the actor is none.
    """
    if Role.COORDINATOR not in actor.roles:
        raise NotPermittedError(what, (Role.COORDINATOR,))
