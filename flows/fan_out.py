"""Which programmes a flow is meant for, and what it gives back for them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from sqlmodel import col, select

from flows.runtime import Runtime, open_runtime
from workflow.models import Programme
from workflow.programmes import find_programme

ONE_BY_ONE = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner[Any](max_workers=1))
"""Steps keep a processor busy: a worker runs several flows as processes, not steps as threads."""
_LEASE = 60
"""Seconds after which the place of a dead machine's run is free again; renewed while it lives."""
_PATIENCE = 900
"""Seconds a run waits for its programme's place."""


@contextmanager
def opened(programme: int | None = None) -> Iterator[Runtime]:
    """The database for one step, its connections given back at the end."""
    runtime = open_runtime(programme=programme)
    try:
        yield runtime
    finally:
        runtime.database.close()


def programmes_meant(programmes: Sequence[int] | None = None) -> list[int]:
    """The numbers given; else the programme of the settings, or every one of the installation."""
    if programmes:
        return list(programmes)
    with opened() as runtime, runtime.database.read() as session:
        if runtime.programme_name is not None:
            return [find_programme(session, runtime.programme_name).key]
        numbers = session.exec(select(Programme.id).order_by(col(Programme.id))).all()
        return [number for number in numbers if number is not None]


def one_programme(programme: int | None) -> int:
    """The number given; else that of the programme of the settings.

    Raises:
        InvalidInputError: there are several and the settings name none.
    """
    if programme is not None:
        return programme
    with opened() as runtime, runtime.database.read() as session:
        return find_programme(session, runtime.programme_name).key


def in_one(summaries: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    """What a flow returns: the summary of the only programme, or of each by its number."""
    if len(summaries) == 1:
        return next(iter(summaries.values()))
    return {str(number): summary for number, summary in summaries.items()}


@contextmanager
def one_allocation(programme: int) -> Iterator[None]:
    """Hold the place of a programme's only allocation run among all workers.

    A limit of Prefect's for each programme, made when it is first asked for. It spares work, and no
    more: two runs at once would not allocate anything twice, because the second finds the data moved.

    Raises:
        TimeoutError: another run held the place for a quarter of an hour.
    """
    name = f"allocate-programme-{programme}"
    # Made by another run a moment ago: as good.
    with suppress(ObjectAlreadyExists), get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(name, limit=1)
    with concurrency(name, timeout_seconds=_PATIENCE, lease_duration=_LEASE, strict=True):
        yield
