"""The allocation's pages: preview, apply, undo; plans for a re-balance, a leaver, an absence.

A plan is solved between two short transactions, so that nobody waits for it.
"""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from sqlmodel import col

from api.answers import go_on, show
from api.connections import AppDatabase
from api.inputs import Number
from api.moments import Moment, Reading, Writing, moment_of
from api.pages.roster import a_day
from api.posted import Posted, text
from api.site import PageSite
from forms.allocation import LINES_SHOWN, PATH, RunPage, run_page, runs_page
from forms.pages import Site
from forms.wording import plural
from workflow.allocation.applying import apply_allocation, moved_since
from workflow.allocation.inputs import read_inputs
from workflow.allocation.lines import lines_of
from workflow.allocation.runs import find_run, list_runs, solved, store_preview
from workflow.allocation.tasks import BACKLOG, Task, absence, leaver
from workflow.allocation.undoing import touched_since, undo_allocation
from workflow.db import Database
from workflow.errors import NotFoundError
from workflow.models import AllocationLine, AllocationRun, RunKind, RunStatus
from workflow.programmes import geography_of
from workflow.queries import count_reviews
from workflow.roster import roster_of
from workflow.roster.loads import loads
from workflow.states import ReviewState

router = APIRouter(prefix=PATH)
_TASKS = {"backlog": BACKLOG, "rebalance": Task(RunKind.REBALANCE)}


@router.get("", response_class=HTMLResponse)
def runs(at: Reading, site: PageSite) -> HTMLResponse:
    """All runs, and how to make another."""
    page = runs_page(
        site,
        list_runs(at.session, at.programme)[:100],
        unallocated=count_reviews(at.session, at.programme).by_state[ReviewState.UNALLOCATED],
        as_of=at.as_of,
    )
    return show("allocation/runs.html", page)


@router.post("/preview", response_class=HTMLResponse)
def preview(at: Reading, posted: Posted, database: AppDatabase) -> Response:
    """Work out an allocation of what waits, or a re-balance; changes nothing."""
    kind = text(posted, "kind")
    if kind not in _TASKS:
        raise NotFoundError("kind of allocation", kind)
    return _preview(at, database, _TASKS[kind])


@router.post("/leaver", response_class=HTMLResponse)
def plan_leaver(at: Reading, posted: Posted, database: AppDatabase) -> Response:
    """Work out who takes over from somebody who leaves."""
    last_day = a_day(text(posted, "last_day"), "last_day", "the last working day")
    return _preview(at, database, leaver(text(posted, "reviewer"), last_day))


@router.post("/absence", response_class=HTMLResponse)
def plan_absence(at: Reading, posted: Posted, database: AppDatabase) -> Response:
    """Work out who takes over what somebody cannot finish in time because they are away."""
    first = a_day(text(posted, "away_from"), "away_from", "the first day away")
    last = a_day(text(posted, "away_to"), "away_to", "the last day away")
    return _preview(at, database, absence(text(posted, "reviewer"), first, last))


def _preview(at: Moment, database: Database, task: Task) -> Response:
    return go_on(f"{PATH}/{plan(at, database, task).key}")


def plan(at: Moment, database: Database, task: Task) -> AllocationRun:
    """Solve a task and store the preview."""
    proposal = solved(
        read_inputs(at.session, programme=at.programme, policy=at.policy, as_of=at.as_of, task=task)
    )
    with database.write() as session:
        then = moment_of(session, at.visitor, at.clock)
        return store_preview(
            session, proposal, programme=then.programme, actor=then.actor, now=then.now
        )


@router.get("/{number}", response_class=HTMLResponse)
def one_run(at: Reading, site: PageSite, number: Number) -> HTMLResponse:
    """A run: who gets what and why, load before and after, what is left over."""
    return show("allocation/run.html", _run(at, site, number))


@router.post("/{number}/apply", response_class=HTMLResponse)
def apply(at: Writing, number: Number) -> Response:
    """Make a preview real, all of it; refused when something moved since."""
    run = apply_allocation(
        at.session,
        number,
        programme=at.programme,
        policy=at.policy,
        actor=at.actor,
        now=at.now,
    )
    return go_on(f"{PATH}/{number}", done=f"{plural(run.allocated, 'review')} allocated.")


@router.post("/{number}/undo", response_class=HTMLResponse)
def undo(at: Writing, number: Number) -> Response:
    """Put everything a run did back where it was; refused once somebody began."""
    undo_allocation(at.session, number, programme=at.programme, actor=at.actor, now=at.now)
    return go_on(f"{PATH}/{number}", done="The run is undone. Everything is where it was before.")


def _run(at: Moment, site: Site, number: int) -> RunPage:
    run = find_run(at.session, number, programme=at.programme)
    gains, losses = _gains_and_losses(at, run)
    roster = roster_of(at.session, at.programme.key)
    return run_page(
        site,
        run,
        placed=lines_of(at.session, run.key, placed=True, limit=LINES_SHOWN),
        left=lines_of(at.session, run.key, placed=False, limit=LINES_SHOWN),
        loads=loads(at.session, at.programme, on=at.as_of),
        gains=gains,
        losses=losses,
        reviewers={reviewer.reference: reviewer for reviewer in roster.reviewers},
        districts=geography_of(at.programme).districts,
        moved=changed_since(at, run) if run.status is RunStatus.PREVIEW else (),
        touched=changed_since(at, run) if run.status is RunStatus.APPLIED else (),
        as_of=at.as_of,
    )


def changed_since(at: Moment, run: AllocationRun) -> tuple[str, ...]:
    """Why a preview cannot be applied any more, or an applied run not be undone: what changed since."""
    if run.status is RunStatus.PREVIEW:
        moved = moved_since(
            at.session, run.key, programme=at.programme, policy=at.policy, now=at.now
        )
        return tuple(map(str, moved))
    if run.status is RunStatus.APPLIED:
        return tuple(map(str, touched_since(at.session, run.key)))
    return ()


def _gains_and_losses(at: Moment, run: AllocationRun) -> tuple[dict[int, int], dict[int, int]]:
    """How many reviews each reviewer gets from a run, and gives away."""
    found: list[dict[int, int]] = []
    for column in (col(AllocationLine.reviewer_id), col(AllocationLine.from_reviewer_id)):
        query: Any = (
            sa.select(column, sa.func.count())
            .where(
                col(AllocationLine.run_id) == run.key,
                col(AllocationLine.reviewer_id).is_not(None),
                column.is_not(None),
            )
            .group_by(column)
        )
        found.append({row[0]: row[1] for row in at.session.connection().execute(query)})
    return found[0], found[1]
