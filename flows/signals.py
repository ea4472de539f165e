"""Telling Prefect what happened: signals of the outbox become its events, and events start deployments.

A signal is written with what it tells and relayed later, at least once. Prefect's `emit_event` hands an
event to a thread and forgets about it; here the server's word is waited for before a signal counts as
sent, so that none is lost while Prefect is down. Many signals of one kind become one event: the flows
look at the database, not at what an event says.
"""

import asyncio
import logging
import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import sqlalchemy as sa

from workflow.db import Database
from workflow.errors import WorkflowError
from workflow.models import Signal, SignalKind
from workflow.notifications.sending import SIGNALS, claim, settle_failed, settle_sent

log = logging.getLogger(__name__)
RESOURCE = "cin.programme"
"""Start of an event's resource id: `cin.programme.1`."""
_EVERY = 5.0
"""Seconds between two looks at the outbox."""
_PATIENCE = 15.0
"""Seconds Prefect's server gets to take a batch of events."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """What one look at the outbox did."""

    signals: int = 0
    events: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class _Event:
    """What happened in a programme since the last look, once or many times."""

    kind: SignalKind
    programme_id: int
    signals: tuple[Signal, ...]

    @property
    def id(self) -> UUID:
        """The same for the same signals, so that a repeat can be told."""
        numbers = ",".join(f"{one.key}@{one.written_at.isoformat()}" for one in self.signals)
        return uuid5(NAMESPACE_URL, f"{RESOURCE}.{self.programme_id}/{self.kind}/{numbers}")


def relay_signals(database: Database) -> Relayed:
    """Relay what waits to the Prefect server of the settings; without one, nothing is claimed."""
    if not os.environ.get("PREFECT_API_URL"):
        return Relayed()
    with database.write() as session:
        claimed = claim(session, Signal, mark=uuid4().hex, now=datetime.now(UTC), policy=SIGNALS)
    if not claimed:
        return Relayed()
    events = _grouped(claimed)
    try:
        asyncio.run(asyncio.wait_for(_emit(events), _PATIENCE))
    except Exception as broken:  # noqa: BLE001 - whatever Prefect's client raises, the signals wait
        _give_back(database, claimed, f"Prefect did not take it ({type(broken).__name__}).")
        return Relayed(failed=len(claimed))
    with database.write() as session:
        settle_sent(session, claimed, now=datetime.now(UTC))
    return Relayed(signals=len(claimed), events=len(events))


def _grouped(signals: Sequence[Signal]) -> list[_Event]:
    groups: dict[tuple[SignalKind, int], list[Signal]] = defaultdict(list)
    for one in signals:
        groups[one.kind, one.programme_id].append(one)
    return [_Event(kind, number, tuple(those)) for (kind, number), those in groups.items()]


def _give_back(database: Database, claimed: Sequence[Signal], error: str) -> None:
    with database.write() as session:
        for one in claimed:
            settle_failed(session, one, error=error, now=datetime.now(UTC), policy=SIGNALS)


async def _emit(events: Sequence[_Event]) -> None:
    """Hand events to Prefect's server, each confirmed before the next."""
    from prefect.events import Event as PrefectEvent
    from prefect.events import Resource
    from prefect.events.clients import get_events_client

    async with get_events_client(reconnection_attempts=0, checkpoint_every=1) as client:
        for event in events:
            resource = {
                "prefect.resource.id": f"{RESOURCE}.{event.programme_id}",
                "prefect.resource.name": f"programme {event.programme_id}",
            }
            await client.emit(
                PrefectEvent(
                    id=event.id,
                    event=event.kind.value,
                    resource=Resource(resource),
                    payload={"programme": event.programme_id, "count": len(event.signals)},
                )
            )


@contextmanager
def relaying(database: Database, *, every: float = _EVERY) -> Iterator[None]:
    """Look at the outbox every few seconds while the block runs, in a thread of its own."""
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(every):
            try:
                relay_signals(database)
            except (sa.exc.SQLAlchemyError, WorkflowError) as broken:
                log.warning("the outbox could not be read: %s", type(broken).__name__)

    thread = threading.Thread(target=look, name="relay-signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PATIENCE)
