"""What the flows share: the way a task is retried, and what a run leaves on Prefect's pages."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from prefect import Task, task
from prefect.artifacts import create_image_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.tasks import exponential_backoff

from flows.runtime import FLOW
from workflow.states import Actor

RETRIES = 3


async def _is_outage(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    """Only a database that cannot be reached is tried again; a refusal stays a refusal."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, sa.exc.OperationalError)


work = task(
    retries=RETRIES,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=_is_outage,
    cache_policy=NO_CACHE,
    persist_result=False,
)
"""Decorator of a step that talks to the database: retried with jitter, never cached, never pickled."""


def this_run() -> Actor:
    """The flow run that asks, as an actor: what it makes can be traced to Prefect's pages."""
    name = flow_run.get_name()
    return replace(FLOW, name=f"{FLOW.name}:{name}") if name else FLOW


def leave_table(key: str, rows: dict[str, Any], description: str) -> None:
    """A two-column table on the run's page: counts and dates only, never personal data."""
    table = [
        {"what": name.replace("_", " "), "value": _text(value)} for name, value in rows.items()
    ]
    create_table_artifact(table=table, key=key, description=description)


def leave_picture(key: str, png: bytes, description: str) -> None:
    """A picture on the run's page, carried in the artifact itself."""
    url = f"data:image/png;base64,{b64encode(png).decode()}"
    create_image_artifact(image_url=url, key=key, description=description)


def _text(value: object) -> str:
    return (
        ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
    )
