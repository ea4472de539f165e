"""Beyond one machine: the deployments in a work pool, and what Prefect watches over there.

`deploy` may be run as often as wanted; it brings a server to what stands here. Workers on any machine
that has the product installed and reaches both databases then take the runs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from prefect import Flow
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.events.actions import (
    ActionTypes,
    CallWebhook,
    ChangeFlowRunState,
    DoNothing,
    RunDeployment,
)
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.schedules import Cron
from prefect.workers.process import ProcessWorker
from pydantic import SecretStr

from flows.deployments import SCHEDULES, TIMEZONE, Scheduled, deployments
from flows.every_programme import DEPLOYMENT, every_programme
from flows.review_cycle import review_cycle

POOL = "cin"
DISPATCH = Scheduled(
    every_programme, "*/15 6-8 * * 1-5", "every working morning, until each cycle has ended"
)
SILENCE = timedelta(seconds=200)
"""Without a heartbeat for so long a run counts as crashed; they come every 30 seconds."""
WAIT = timedelta(minutes=10)
"""A run that waits for a worker for so long is somebody's business."""
_ALERT = "cin-alert"
_ENDS = frozenset(
    f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed")
)
_TAKEN = frozenset({"prefect.flow-run.Pending", "prefect.flow-run.Running"})
_ANY_RUN = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})
_EACH_RUN = {"prefect.resource.id"}


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a Prefect server now has."""

    pool: str
    deployments: tuple[str, ...]
    automations: tuple[str, ...]


def deploy(pool: str = POOL, *, limit: int | None = None, alert_url: str | None = None) -> Deployed:
    """Bring the server to what stands here: pool, deployments with schedules and triggers, automations.

    Args:
        limit: flow runs at once in the whole pool; None leaves it to the workers.
        alert_url: address that is told of crashed and waiting runs; None shows them on Prefect's pages.
    """
    with get_client(sync_client=True) as client:
        _make_pool(client, pool, limit)
        made = {
            f"{deployment.flow_name}/{deployment.name}": cast("UUID", deployment.apply())
            for deployment in pool_deployments(pool)
        }
        dispatch = made[f"{every_programme.name}/{DEPLOYMENT}"]
        watching = list(automations(dispatch, _alert(alert_url)))
        for automation in watching:
            _put(client, automation)
    return Deployed(pool, tuple(made), tuple(automation.name for automation in watching))


def pool_deployments(pool: str = POOL) -> list[RunnerDeployment]:
    """The deployments of one machine made ready for many, and the one that shares out the cycles.

    Flows are found by module, not by file: workers have the product installed wherever they like. The
    cycle has no schedule of its own here and no limit: `every-programme` starts it for each programme,
    and what must not happen twice is seen to by the database.
    """
    made = cast("list[RunnerDeployment]", deployments())
    flows = {item.flow.name: item.flow for item in SCHEDULES}
    for deployment in made:
        deployment.name = DEPLOYMENT
        deployment.work_pool_name = pool
        deployment.entrypoint = _module_path(flows[str(deployment.flow_name)])
        if deployment.flow_name == review_cycle.name:
            deployment.schedules, deployment.concurrency_limit = [], None
    dispatch = DISPATCH.flow.to_deployment(
        name=DEPLOYMENT,
        schedule=Cron(str(DISPATCH.cron), timezone=TIMEZONE),
        description=DISPATCH.why,
        tags=["cin"],
        work_pool_name=pool,
    )
    share_out = cast("RunnerDeployment", dispatch)
    share_out.entrypoint = _module_path(DISPATCH.flow)
    return [*made, share_out]


def automations(dispatch: UUID, alert: Sequence[ActionTypes]) -> Iterator[AutomationCore]:
    """What Prefect does by itself when runs die or wait.

    Args:
        dispatch: the deployment that starts again what is missing.
        alert: how somebody is told.
    """
    yield AutomationCore(
        name="cin: no heartbeat, so the run has crashed",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", *_ENDS},
            match=_ANY_RUN,
            for_each=_EACH_RUN,
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[
            ChangeFlowRunState(
                name=None,
                force=False,
                state=StateType.CRASHED,
                message=f"No heartbeat for {SILENCE.seconds} seconds: its machine is gone.",
            )
        ],
    )
    yield AutomationCore(
        name="cin: crashed, so what is missing is started again",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Crashed"},
            match=_ANY_RUN,
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[
            RunDeployment(
                source="selected", deployment_id=dispatch, parameters=None, job_variables=None
            ),
            *alert,
        ],
    )
    yield AutomationCore(
        name="cin: no worker takes a run",
        trigger=EventTrigger(
            after={"prefect.flow-run.Late"},
            expect={*_TAKEN, *_ENDS},
            match=_ANY_RUN,
            for_each=_EACH_RUN,
            posture=Posture.Proactive,
            threshold=1,
            within=WAIT,
        ),
        actions=[*alert] or [DoNothing()],
    )


def _make_pool(client: SyncPrefectClient, pool: str, limit: int | None) -> None:
    template = ProcessWorker.get_default_base_job_template()
    wanted = WorkPoolCreate(
        name=pool, type=ProcessWorker.type, base_job_template=template, concurrency_limit=limit
    )
    client.create_work_pool(wanted, overwrite=True)


def _put(client: SyncPrefectClient, automation: AutomationCore) -> None:
    """Make an automation, or bring the one of its name to what stands here."""
    for known in client.read_automations_by_name(automation.name):
        client.update_automation(known.id, automation)
        return
    client.create_automation(automation)


def _alert(url: str | None) -> list[ActionTypes]:
    if url is None:
        return []
    block = Webhook(url=SecretStr(url))
    saved = block.save(_ALERT, overwrite=True)
    return [CallWebhook(block_document_id=cast("UUID", saved), payload=_MESSAGE)]


_MESSAGE = "Flow run {{ event.resource.name }}: {{ event.event }}, {{ event.occurred }}"
"""Names of runs and times only; templates are filled in by Prefect's server."""


def _module_path(flow: Flow[..., Any]) -> str:
    return f"{flow.fn.__module__}.{flow.fn.__name__}"
