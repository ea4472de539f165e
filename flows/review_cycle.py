"""Flow: the daily cycle of one or several programmes: track, allocate, forecast, report."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture, wait

from flows.daily_cycle import (
    Summary,
    allocate_once,
    cycle_of,
    end_once,
    forecast_with_outlook,
    occasion_of,
    report_once,
    track_once,
)
from flows.fan_out import ONE_BY_ONE, in_one, one_allocation, opened, programmes_meant
from flows.import_caseload import import_caseload
from flows.pictures import burn_down_png
from flows.recording import leave_picture, leave_table, this_run, work
from flows.set_aside import waiting_file
from workflow.cycles import CycleDay
from workflow.models import CycleStep

Futures = dict[str, PrefectFuture[Summary]]


@work
def track_programme(programme: int, cycle: CycleDay) -> Summary:
    """The sweep of a programme."""
    with opened(programme) as runtime:
        summary = track_once(runtime, cycle)
    leave_table("tracking", summary, f"What the sweep did in programme {programme}")
    return summary


@work
def allocate_programme(programme: int, cycle: CycleDay) -> Summary:
    """What waits in a programme, one run at a time."""
    with one_allocation(programme), opened(programme) as runtime:
        summary = allocate_once(runtime, cycle)
    leave_table("allocation", summary, f"Allocation run of programme {programme}")
    return summary


@work
def forecast_of_programme(programme: int, cycle: CycleDay) -> Summary:
    """The day's forecast of a programme, with its picture when it is new."""
    with opened(programme) as runtime:
        summary, outlook = forecast_with_outlook(runtime, cycle, this_run())
    leave_table("forecast", summary, f"Completion forecast of programme {programme}")
    if outlook:
        picture = burn_down_png(outlook)
        leave_picture("burn-down", picture, "Reviews still open, with the 50, 80 and 95 % ranges")
    return summary


@work
def report_programme(programme: int, cycle: CycleDay) -> Summary:
    """The figures of a programme's Board report."""
    with opened(programme) as runtime:
        return report_once(runtime, cycle)


@work
def end_programme(programme: int, cycle: CycleDay) -> Summary:
    """The note that a programme's cycle is done."""
    with opened(programme) as runtime:
        return end_once(runtime, cycle)


STEPS = {
    CycleStep.TRACK: track_programme,
    CycleStep.ALLOCATE: allocate_programme,
    CycleStep.FORECAST: forecast_of_programme,
    CycleStep.REPORT: report_programme,
    CycleStep.END: end_programme,
}


@flow(name="review-cycle", task_runner=ONE_BY_ONE, validate_parameters=False)
def review_cycle(
    as_of: date | None = None,
    files: list[str] | None = None,
    programmes: list[int] | None = None,
) -> dict[str, Any]:
    """Run the day's cycle of each programme to its end, exactly once; a repeat changes nothing.

    Tracking comes first, so that the reviews of people who have left are allocated again at once. New
    files, where there are any, come in before all else and make a cycle of their own. A programme that
    fails does not hold the others up.

    Args:
        files: the numbers under which they were set aside.
        programmes: their numbers; None: the one of the settings, or all.
    """
    imported = {"import": import_caseload(files, as_of)} if files else {}
    occasion = occasion_of(waiting_file(file) for file in files or ())
    submitted = {
        number: _submit(number, as_of, occasion) for number in programmes_meant(programmes)
    }
    wait([future for futures in submitted.values() for future in futures.values()])
    return imported | in_one(
        {
            number: {step: future.result() for step, future in futures.items()}
            for number, futures in submitted.items()
        }
    )


def _submit(programme: int, as_of: date | None, occasion: str) -> Futures:
    with opened(programme) as runtime:
        cycle = cycle_of(runtime, as_of, occasion)
    futures: Futures = {}
    for step, task in STEPS.items():
        named = task.with_options(task_run_name=f"{step.value}-{programme}")
        before = list(futures.values())[-1:]
        futures[step.value] = named.submit(programme, cycle, wait_for=before, return_state=False)
    return futures
