"""The daily cycle of one programme without Prefect: each step once, whoever asks and however often.

Every function gives the summary of its step: of the work it did, or of whoever did it before
(`workflow.cycles`). What takes long is worked out before the transaction that notes it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from flows.operations import ATTEMPTS, Allocated
from flows.runtime import FLOW, Moment, Runtime
from workflow.allocation.applying import apply_proposal
from workflow.allocation.inputs import read_inputs
from workflow.allocation.lines import lines_of
from workflow.allocation.runs import Proposal, solved
from workflow.allocation.tasks import BACKLOG
from workflow.calendar import local_date
from workflow.cycles import DAILY, CycleDay, do_once, end_cycle, entry_of
from workflow.errors import ConflictError
from workflow.forecast.stored import Outlook, forecast_programme, store_forecast
from workflow.models import CycleStep
from workflow.reporting import BoardReport, report_facts
from workflow.states import Actor
from workflow.tracking import sweep

Summary = dict[str, Any]

_OUTLOOK = ("as_of", "target", "total", "complete", "open", "p_done_by_target", "p50", "p80", "p95")


def cycle_of(runtime: Runtime, as_of: date | None = None, occasion: str = DAILY) -> CycleDay:
    """The cycle meant; None for the day: the programme's."""
    with runtime.read(as_of) as at:
        return CycleDay(at.as_of, occasion)


def occasion_of(files: Iterable[Path]) -> str:
    """`daily`, or the name of the cycle that these files set going: the same for the same content."""
    digests = sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
    return (
        f"files-{hashlib.sha256(''.join(digests).encode()).hexdigest()[:16]}" if digests else DAILY
    )


def run_cycle(runtime: Runtime, cycle: CycleDay) -> dict[str, Summary]:
    """The whole cycle in one process; safe to repeat and to run twice at once."""
    return {step.value: work(runtime, cycle) for step, work in WORK.items()}


def track_once(runtime: Runtime, cycle: CycleDay) -> Summary:
    """Sweep the open reviews."""
    with runtime.write(cycle.day) as at:
        return _once(at, cycle, CycleStep.TRACK, partial(_sweep, at))


def allocate_once(runtime: Runtime, cycle: CycleDay) -> Summary:
    """Allocate what waits; solved anew when the data move while it is being solved.

    Raises:
        ConflictError: the data moved at every attempt.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(ConflictError):
            return _allocate(runtime, cycle)
    return _allocate(runtime, cycle)


def forecast_once(runtime: Runtime, cycle: CycleDay) -> Summary:
    """Forecast and keep what was said."""
    return forecast_with_outlook(runtime, cycle)[0]


def forecast_with_outlook(
    runtime: Runtime, cycle: CycleDay, actor: Actor = FLOW
) -> tuple[Summary, Outlook | None]:
    """As `forecast_once`, with the forecast itself; None where it was kept before."""
    with runtime.read(cycle.day) as at:
        if done := entry_of(at.session, at.programme, cycle, CycleStep.FORECAST):
            return done.summary, None
        outlook = forecast_programme(
            at.session, programme=at.programme, policy=at.policy, as_of=at.as_of
        )
    with runtime.write(cycle.day) as at:
        summary = _once(at, cycle, CycleStep.FORECAST, partial(_store_forecast, at, outlook, actor))
    return summary, outlook


def report_once(runtime: Runtime, cycle: CycleDay) -> Summary:
    """Keep the figures of the Board report; `cin report` makes the paper from the same facts."""
    with runtime.read(cycle.day) as at:
        if done := entry_of(at.session, at.programme, cycle, CycleStep.REPORT):
            return done.summary
        report = report_facts(
            at.session,
            programme=at.programme,
            policy=at.policy,
            as_of=at.as_of,
            today=at.programme.demo_today or max(local_date(datetime.now(UTC)), at.as_of),
        )
    with runtime.write(cycle.day) as at:
        return _once(at, cycle, CycleStep.REPORT, partial(_figures, report))


def end_once(runtime: Runtime, cycle: CycleDay) -> Summary:
    """Close the cycle.

    Raises:
        ConflictError: a step is not done yet.
    """
    with runtime.write(cycle.day) as at:
        return end_cycle(
            at.session, programme=at.programme, cycle=cycle, actor=FLOW, now=at.now
        ).summary


WORK: dict[CycleStep, Callable[[Runtime, CycleDay], Summary]] = {
    CycleStep.TRACK: track_once,
    CycleStep.ALLOCATE: allocate_once,
    CycleStep.FORECAST: forecast_once,
    CycleStep.REPORT: report_once,
    CycleStep.END: end_once,
}
"""What does each step, in order."""


def _once(at: Moment, cycle: CycleDay, step: CycleStep, work: Callable[[], Summary]) -> Summary:
    return do_once(
        at.session,
        programme=at.programme,
        cycle=cycle,
        step=step,
        work=work,
        actor=FLOW,
        now=at.now,
    ).summary


def _sweep(at: Moment) -> Summary:
    done = sweep(
        at.session,
        programme=at.programme,
        policy=at.policy,
        actor=FLOW,
        now=at.now,
        as_of=at.as_of,
    )
    return {
        "as_of": done.as_of.isoformat(),
        "opened": done.opened,
        "cleared": done.cleared,
        "released": done.released,
        "notified": done.notified,
    }


def _allocate(runtime: Runtime, cycle: CycleDay) -> Summary:
    started = perf_counter()
    with runtime.read(cycle.day) as at:
        if done := entry_of(at.session, at.programme, cycle, CycleStep.ALLOCATE):
            return done.summary
        inputs = read_inputs(
            at.session, programme=at.programme, policy=at.policy, as_of=at.as_of, task=BACKLOG
        )
    proposal = solved(inputs)
    with runtime.write(cycle.day) as at:
        work = partial(_apply, at, proposal, started)
        return _once(at, cycle, CycleStep.ALLOCATE, work)


def _apply(at: Moment, proposal: Proposal, started: float) -> Summary:
    run = apply_proposal(
        at.session,
        proposal,
        programme=at.programme,
        policy=at.policy,
        actor=FLOW,
        now=at.now,
    )
    return Allocated(run, lines_of(at.session, run.key), perf_counter() - started).summary()


def _store_forecast(at: Moment, outlook: Outlook, actor: Actor) -> Summary:
    store_forecast(at.session, programme=at.programme, outlook=outlook, actor=actor, now=at.now)
    document = outlook.forecast.to_json()
    return {name: document[name] for name in _OUTLOOK}


def _figures(report: BoardReport) -> Summary:
    return {
        "as_of": report.as_of.isoformat(),
        "version": report.version,
        "figures": json.loads(report.to_json())["figures"],
    }
