"""The work of each flow without Prefect: one transaction each, called by flows and commands alike."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean, pstdev
from time import perf_counter
from typing import Any

from flows.runtime import Moment, Runtime, moment
from workflow import caseload
from workflow.allocation.applying import apply_proposal
from workflow.allocation.inputs import read_inputs
from workflow.allocation.lines import RunLine, lines_of
from workflow.allocation.runs import list_runs, solved, store_preview
from workflow.allocation.tasks import BACKLOG, Task
from workflow.caseload import ImportResult
from workflow.errors import ConflictError
from workflow.forecast.scenario import Scenario
from workflow.forecast.stored import Outlook, forecast_programme, store_forecast
from workflow.forecast.what_if import ScenarioRun, run_scenario, save_scenario
from workflow.intake import ColumnMapping
from workflow.intake.rows import Kind
from workflow.models import AllocationRun, RunStatus, Sweep
from workflow.programmes import geography_of
from workflow.queries import count_reviews
from workflow.roster import RosterResult, import_roster, read_roster
from workflow.states import Actor, ReviewState
from workflow.tracking import sweep


def import_file(
    runtime: Runtime,
    path: Path,
    *,
    actor: Actor,
    as_of: date | None = None,
    kind: Kind | None = None,
    mapping: ColumnMapping | None = None,
    dry_run: bool = False,
    skip_bad_rows: bool = False,
) -> ImportResult:
    """Take one caseload file in; a refused file and a dry run leave nothing behind."""
    with runtime.database.write() as session:
        programme, _ = runtime.ensure_programme(session, actor)
        at = moment(session, programme, as_of)
        result = caseload.import_file(
            session,
            path,
            programme=programme,
            policy=at.policy,
            actor=actor,
            now=at.now,
            as_of=at.as_of,
            kind=kind,
            mapping=mapping,
            skip_bad_rows=skip_bad_rows,
        )
        if dry_run or result.refused:
            session.rollback()
    return result


def take_roster(
    runtime: Runtime, path: Path, *, actor: Actor, dry_run: bool = False
) -> RosterResult:
    """Take a roster file in; a refused file and a dry run leave nothing behind."""
    with runtime.database.write() as session:
        programme, _ = runtime.ensure_programme(session, actor)
        at = moment(session, programme, None)
        extract = read_roster(path, find_district=geography_of(programme).find_district)
        result = import_roster(
            session, programme=programme, extract=extract, actor=actor, now=at.now
        )
        if dry_run or result.refused:
            session.rollback()
    return result


@dataclass(frozen=True, slots=True)
class Allocated:
    """An allocation run with its lines and how long it took to read, solve and store."""

    run: AllocationRun
    lines: list[RunLine]
    seconds: float

    def summary(self) -> dict[str, Any]:
        """The run's figures."""
        run = self.run
        used = list(run.utilisation.values()) or [0.0]
        return {
            "run": run.key,
            "kind": run.kind.value,
            "as_of": run.as_of.isoformat(),
            "status": run.status.value,
            "objective": run.objective,
            "bound": run.bound,
            "gap": run.gap,
            "greedy_objective": run.greedy_objective,
            "allocated": run.allocated,
            "unallocated": run.unallocated,
            "seconds": round(self.seconds, 3),
            "utilisation": {"mean": fmean(used), "sd": pstdev(used)},
        }

    def to_json(self) -> dict[str, Any]:
        """The stable keys of `cin allocate --json`, with the reason of every case."""
        left = [_reason(line) for line in self.lines if not line.is_placed]
        placed = [_reason(line) for line in self.lines if line.is_placed]
        return self.summary() | {"unallocated": left, "reasons": placed}


def _reason(line: RunLine) -> dict[str, Any]:
    return {
        "case": line.reference,
        "reason": line.reason,
        "rule": line.rule,
        "reviewer": line.reviewer,
        "from": line.from_reviewer,
        "due_on": line.due_on,
    }


ATTEMPTS = 3
"""How often an allocation is solved anew when the data move while it is being solved."""


def allocate(
    runtime: Runtime,
    *,
    actor: Actor,
    as_of: date | None = None,
    task: Task = BACKLOG,
    dry_run: bool = False,
) -> Allocated:
    """Do what a task asks for, or store only the preview of it.

    Solving happens outside any transaction, so that nobody waits for it; when the data moved meanwhile
    it is solved again.

    Raises:
        ConflictError: the data moved at every attempt.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(ConflictError):
            return _allocate(runtime, actor, as_of, task, dry_run=dry_run)
    return _allocate(runtime, actor, as_of, task, dry_run=dry_run)


def preview_waiting(runtime: Runtime, *, actor: Actor) -> Allocated | None:
    """Store a preview of what waits; None where nothing does, or the newest preview says the same."""
    with runtime.read() as at:
        waiting = count_reviews(at.session, at.programme).by_state[ReviewState.UNALLOCATED]
        newest = list_runs(at.session, at.programme)[:1]
        inputs = read_inputs(
            at.session, programme=at.programme, policy=at.policy, as_of=at.as_of, task=BACKLOG
        )
    known = newest and newest[0].status is RunStatus.PREVIEW
    if not waiting or (known and newest[0].input_hash == inputs.hash()):
        return None
    return allocate(runtime, actor=actor, dry_run=True)


def _allocate(
    runtime: Runtime, actor: Actor, as_of: date | None, task: Task, *, dry_run: bool
) -> Allocated:
    started = perf_counter()
    with runtime.read(as_of) as at:
        inputs = read_inputs(
            at.session, programme=at.programme, policy=at.policy, as_of=at.as_of, task=task
        )
    proposal = solved(inputs)
    with runtime.write(as_of) as at:
        who: dict[str, Any] = {"programme": at.programme, "actor": actor, "now": at.now}
        if dry_run:
            run = store_preview(at.session, proposal, **who)
        else:
            run = apply_proposal(at.session, proposal, policy=at.policy, **who)
        lines = lines_of(at.session, run.key)
    return Allocated(run, lines, perf_counter() - started)


def track(runtime: Runtime, *, actor: Actor, as_of: date | None = None) -> Sweep:
    """Sweep every open review once."""
    with runtime.write(as_of) as at:
        return sweep(
            at.session,
            programme=at.programme,
            policy=at.policy,
            actor=actor,
            now=at.now,
            as_of=at.as_of,
        )


def forecast(
    runtime: Runtime, *, actor: Actor, as_of: date | None = None, paths: int = 10_000
) -> Outlook:
    """Forecast and keep what was said; the simulation runs outside the write transaction."""
    with runtime.read(as_of) as at:
        outlook = _outlook(at, paths)
    with runtime.write(as_of) as at:
        store_forecast(at.session, programme=at.programme, outlook=outlook, actor=actor, now=at.now)
    return outlook


def what_if(
    runtime: Runtime,
    scenario: Scenario,
    *,
    actor: Actor,
    as_of: date | None = None,
    save: bool = False,
) -> ScenarioRun:
    """Play a scenario against the forecast; the simulation runs outside the write transaction."""
    with runtime.read(as_of) as at:
        run = run_scenario(
            at.session,
            programme=at.programme,
            policy=at.policy,
            as_of=at.as_of,
            scenario=scenario,
        )
    if save:
        with runtime.write(as_of) as at:
            save_scenario(at.session, programme=at.programme, run=run, actor=actor, now=at.now)
    return run


def _outlook(at: Moment, paths: int) -> Outlook:
    return forecast_programme(
        at.session, programme=at.programme, policy=at.policy, as_of=at.as_of, paths=paths
    )
