"""Allocation runs for programs: preview, apply, undo; plans for a re-balance, a leaver, an absence."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.connections import AppDatabase
from api.inputs import Body, Day, Number, PageNumber, ReviewerReference
from api.moments import Reading, Writing
from api.outputs import Out
from api.pages.allocation import changed_since, plan
from workflow.allocation.applying import apply_allocation
from workflow.allocation.lines import lines_of
from workflow.allocation.runs import find_run, list_runs
from workflow.allocation.tasks import BACKLOG, REBALANCE, absence, leaver
from workflow.allocation.undoing import undo_allocation
from workflow.models import RunKind, RunStatus
from workflow.states import ReviewState

router = APIRouter(prefix="/api/allocation", tags=["Allocation"])
_PER_PAGE = 500
_MOST_RUNS = 100


class Run(Out):
    """An allocation run."""

    id: int
    kind: RunKind
    about: dict[str, str]
    status: RunStatus
    as_of: date
    objective: float
    bound: float
    gap: float
    greedy_objective: float
    seconds: float
    allocated: int
    unallocated: int
    created_by: str
    created_at: datetime
    applied_by: str | None
    applied_at: datetime | None
    undone_by: str | None
    undone_at: datetime | None


class WholeRun(Run):
    """A run with what it would do to everybody's load."""

    parts: dict[str, float]
    utilisation: dict[str, float]
    """Roster reference → share of capacity used."""
    shadow_price: dict[str, float]
    """Roster reference → what one more working day would save, in cost units."""
    changed_since: list[str]
    """What moved since a preview, or was touched since a run was applied: reasons it is refused."""


class Runs(Out):
    """Runs, the newest first."""

    runs: list[Run]


class RunLine(Out):
    """What a run says of one review."""

    reference: str
    state: ReviewState
    band: int
    effort: int
    district: str | None
    from_reviewer: str | None
    reviewer: str | None
    """Roster reference; null: it stays where it is."""
    due_on: date | None
    rule: str | None
    reason: str
    runner_up: str | None
    margin: float | None
    terms: dict[str, float]


class RunLines(Out):
    """A page of a run's lines, by case reference."""

    page: int
    total: int
    lines: list[RunLine]


class Preview(Body):
    """What to work out: the backlog, or a re-balance."""

    kind: Literal["backlog", "rebalance"] = "backlog"


class Leaver(Body):
    """Who leaves, and their last working day."""

    reviewer: ReviewerReference
    last_day: Day


class Absence(Body):
    """Who is away, from the first to the last day, both counted."""

    reviewer: ReviewerReference
    first_on: Day
    last_on: Day


@router.get("")
def runs(at: Reading) -> Runs:
    """The newest hundred runs."""
    found = list_runs(at.session, at.programme)[:_MOST_RUNS]
    return Runs(runs=[Run.model_validate(run) for run in found])


@router.post("/preview", status_code=201)
def preview(at: Reading, database: AppDatabase, body: Preview) -> Run:
    """Work out an allocation of what waits, or a re-balance; changes nothing."""
    task = BACKLOG if body.kind == "backlog" else REBALANCE
    return Run.model_validate(plan(at, database, task))


@router.post("/leaver", status_code=201)
def plan_leaver(at: Reading, database: AppDatabase, body: Leaver) -> Run:
    """Work out who takes over from somebody who leaves; changes nothing."""
    task = leaver(body.reviewer, body.last_day)
    return Run.model_validate(plan(at, database, task))


@router.post("/absence", status_code=201)
def plan_absence(at: Reading, database: AppDatabase, body: Absence) -> Run:
    """Work out who takes over what somebody away cannot finish in time; changes nothing."""
    task = absence(body.reviewer, body.first_on, body.last_on)
    return Run.model_validate(plan(at, database, task))


@router.get("/{number}")
def one_run(at: Reading, number: Number) -> WholeRun:
    """A run with its figures."""
    run = find_run(at.session, number, programme=at.programme)
    said = Run.model_validate(run).model_dump()
    return WholeRun(
        **said,
        parts=run.parts,
        utilisation=run.utilisation,
        shadow_price=run.shadow_price,
        changed_since=list(changed_since(at, run)),
    )


@router.get("/{number}/lines")
def lines(
    at: Reading,
    number: Number,
    page: PageNumber = 1,
    placed: Annotated[
        bool | None, Query(description="Only those given to somebody, or only the others.")
    ] = None,
) -> RunLines:
    """Who gets which case and why, and what is left over and why; 500 at a time."""
    run = find_run(at.session, number, programme=at.programme)
    found = lines_of(
        at.session, run.key, placed=placed, limit=_PER_PAGE, offset=(page - 1) * _PER_PAGE
    )
    total = {True: run.allocated, False: run.unallocated, None: run.allocated + run.unallocated}
    return RunLines(
        page=page, total=total[placed], lines=[RunLine.model_validate(line) for line in found]
    )


@router.post("/{number}/apply")
def apply(at: Writing, number: Number) -> Run:
    """Make a preview real, all of it; 409 with what moved when something did."""
    run = apply_allocation(
        at.session,
        number,
        programme=at.programme,
        policy=at.policy,
        actor=at.actor,
        now=at.now,
    )
    return Run.model_validate(run)


@router.post("/{number}/undo")
def undo(at: Writing, number: Number) -> Run:
    """Put everything a run did back where it was; 409 once somebody began."""
    run = undo_allocation(at.session, number, programme=at.programme, actor=at.actor, now=at.now)
    return Run.model_validate(run)
