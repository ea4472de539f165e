"""Flow: have every programme's daily cycle run, shared out among the workers.

It starts what is missing and waits for nothing, so it may run as often as wanted: programmes whose cycle
has ended, or is in a run that still lives, are left alone. What a dead machine was doing is started
again by the next run of this flow.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from prefect import flow, unmapped
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments import run_deployment

from flows.fan_out import opened
from flows.recording import work
from workflow.calendar import at_local, local_date
from workflow.cycles import programmes_to_run

FLOW_NAME, DEPLOYMENT = "review-cycle", "pool"
AT_A_TIME = 10
"""Programmes in one run: starting a process takes as long as a small programme's cycle."""
PATIENCE = 45
"""Minutes after which a run that has not ended counts as lost, should nothing have marked it."""
_PAGE = 200
_WAITING = frozenset({StateType.SCHEDULED})
_AT_WORK = frozenset({StateType.PENDING, StateType.RUNNING, StateType.CANCELLING})


@dataclass(frozen=True, slots=True)
class Batch:
    """Programmes that one run takes on, and the number of runs that tried the first of them before."""

    programmes: tuple[int, ...]
    tried: int

    def key(self, day: date) -> str:
        """What tells Prefect that two requests mean the same run."""
        return f"{day.isoformat()} {' '.join(map(str, self.programmes))} #{self.tried}"


@work
def programmes_waiting(day: date) -> list[int]:
    """Numbers of the programmes whose cycle of the day has not ended."""
    with opened() as runtime, runtime.database.read() as session:
        return [programme.key for programme in programmes_to_run(session, day)]


@work
def start_batch(batch: Batch, day: date) -> str:
    """One run of the cycle for a few programmes; the same batch asked for twice is one run."""
    run = run_deployment(
        f"{FLOW_NAME}/{DEPLOYMENT}",
        parameters={"programmes": list(batch.programmes)},
        idempotency_key=batch.key(day),
        timeout=0,
        as_subflow=False,
    )
    return str(cast("FlowRun", run).id)


@flow(name="every-programme")
def every_programme(at_a_time: int = AT_A_TIME, patience: int = PATIENCE) -> dict[str, Any]:
    """Start the day's cycle of every programme that still needs it.

    Args:
        at_a_time: programmes in one run.
        patience: minutes after which a run that has not ended counts as lost.
    """
    now = datetime.now(UTC)
    day = local_date(now)
    waiting = programmes_waiting(day)
    runs = list(_runs_since(at_local(day, time.min)))
    busy = set(_programmes_of(run for run in runs if _lives(run, now, patience)))
    idle = [number for number in waiting if number not in busy]
    batches = [Batch(group, _times(runs, group[0])) for group in _groups(idle, at_a_time)]
    start_batch.map(batches, unmapped(day)).result()
    return {"waiting": len(waiting), "under_way": len(busy), "runs_started": len(batches)}


def _groups(numbers: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    return (tuple(numbers[start : start + size]) for start in range(0, len(numbers), size))


def _runs_since(start: datetime) -> Iterator[FlowRun]:
    """The day's runs of the cycle in the pool, whatever became of them."""
    with get_client(sync_client=True) as client:
        offset = 0
        while page := _read(client, start, offset):
            yield from page
            offset += len(page)


def _read(client: SyncPrefectClient, start: datetime, offset: int) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[FLOW_NAME])),
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[DEPLOYMENT])),
        flow_run_filter=FlowRunFilter.model_validate({"expected_start_time": {"after_": start}}),
        sort=FlowRunSort.ID_DESC,
        limit=_PAGE,
        offset=offset,
    )


def _lives(run: FlowRun, now: datetime, patience: int) -> bool:
    """Whether a run waits for a worker or is at work, and not for longer than anybody believes."""
    if run.state_type in _WAITING:
        return True
    began = run.start_time or run.expected_start_time or now
    return run.state_type in _AT_WORK and now - began < timedelta(minutes=patience)


def _programmes_of(runs: Iterable[FlowRun]) -> Iterator[int]:
    return (number for run in runs for number in run.parameters.get("programmes") or ())


def _times(runs: Iterable[FlowRun], programme: int) -> int:
    return sum(number == programme for number in _programmes_of(runs))
